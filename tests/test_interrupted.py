"""A motion never disappears, even where Home Assistant is killed while it looks."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.visits import Visits
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector, enrol_only


async def history(database: Database, subentry_id: str) -> list[dict[str, str]]:
    now = dt_util.utcnow()
    return await database.async_motions(subentry_id, now - timedelta(hours=1), now, 10)


def database_of(camera: CameraCoordinator) -> Database:
    return camera.config_entry.runtime_data.database


async def test_a_motion_that_a_kill_cut_short_is_inconclusive_after_the_next_start(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    network.confidence = 0.01
    camera = await enrol_only(hass, still_camera)
    database, own_id = database_of(camera), camera.settings.subentry_id
    motions.on()
    await still_camera.asked(2)
    # What is looked at still is no outcome.
    assert await history(database, own_id) == []

    # The file as a kill at this moment leaves it, read by the next start.
    await database.async_load(Visits())

    (motion,) = await history(database, own_id)
    assert (motion["outcome"], motion["reason"]) == (Outcome.INCONCLUSIVE, "interrupted")
    motions.off()


async def test_a_motion_that_ends_has_one_outcome_only(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    camera = await enrol_only(hass, still_camera)
    await motions.run()

    await database_of(camera).async_load(Visits())

    (motion,) = await history(database_of(camera), camera.settings.subentry_id)
    assert motion["outcome"] == Outcome.ALERTED
