"""Pictures that are kept, as people meet them: on phones, after a restart, while disks fail."""

from contextlib import closing
from datetime import timedelta
import sqlite3
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.camera_smart_alerts.alerting import Alerting, Seen
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.data import async_find_picture
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.history import HistoryFile
from custom_components.camera_smart_alerts.pictures import PictureShelf, async_pictures
from custom_components.camera_smart_alerts.upkeep import EVERY
from custom_components.camera_smart_alerts.vault import Vault
from tests.camera_peer import PeerCamera
from tests.enrolled import alert, observation
from tests.vault_kit import MOVING, SHOT
from tests.watched_home import WatchedHome


def shown(push: dict[str, Any]) -> str:
    """Return the id of the picture that a phone was told to fetch."""
    path: str = push["data"]["image"]
    return path.rpartition("/")[2].partition(".")[0]


@pytest.mark.usefixtures("soon")
async def test_what_is_taken_up_after_a_kill_has_its_picture(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    await home.see()
    (told,) = home.pushes
    picture = await async_find_picture(hass, shown(told))
    assert picture is not None
    home.pushes.clear()
    await hass.config_entries.async_unload(home.entry.entry_id)
    assert await async_find_picture(hass, shown(told)) is None, "nobody can open it now"
    with closing(sqlite3.connect(hass.config.cache_path(DOMAIN, FILE))) as file, file:
        file.execute("UPDATE tellings SET state = 'waiting'")
    await hass.config_entries.async_setup(home.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (again,) = home.pushes
    assert shown(again) == shown(told)
    assert await async_find_picture(hass, shown(again)) == picture


async def test_a_picture_that_memory_has_lost_is_read_from_the_history(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    await home.see()
    (told,) = home.pushes
    picture = await async_find_picture(hass, shown(told))
    async_pictures(hass).forget_everything()
    assert picture is not None
    assert await async_find_picture(hass, shown(told)) == picture


async def test_picture_and_preview_are_kept_and_a_test_is_not(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, visit = await home.see()
    vault = home.entry.runtime_data.vault
    told = alert(id=visit, revision=2, subentry_id=camera.settings.subentry_id)
    seen = Seen(observation(), preview=MOVING)
    assert (await camera.alerting.async_picture(told, seen) or "").endswith("-preview.gif")
    kept = [(one.id, str(one.role)) for one in await vault.async_list(own_visit_id=visit)]
    assert sorted(kept) == [
        (f"{visit}-1", "trigger"),
        (f"{visit}-2", "best"),
        (f"{visit}-2-preview", "preview"),
    ]
    await camera.alerting.async_try_out(alert(id=visit, revision=3, is_test=True), observation())
    assert len(await vault.async_list()) == 3


async def test_a_history_that_does_not_answer_leaves_the_picture_out(
    home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    with patch.object(Vault, "async_newest", side_effect=TimeoutError):
        assert await camera.alerting.async_picture_of(alert(id="nobody")) is None
    assert await camera.alerting.async_picture_of(alert(id="nobody")) is None


async def test_people_are_told_with_the_picture_in_memory_when_none_can_be_kept(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    with patch.object(HistoryFile, "write", return_value=False):
        assert (await home.see())[0] is Outcome.ALERTED
    (told,) = home.pushes
    assert await async_find_picture(hass, shown(told)) is not None
    assert await home.entry.runtime_data.vault.async_list() == []


async def test_what_is_too_old_goes_every_ten_minutes(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
) -> None:
    await home.enrol(still_camera)
    await home.see()
    vault = home.entry.runtime_data.vault
    assert await vault.async_list()
    later = dt_util.utcnow() + timedelta(days=7) + EVERY
    with patch.object(dt_util, "utcnow", return_value=later):
        # The first time the clock has jumped.
        for minutes in (0, 10):
            async_fire_time_changed(hass, later + timedelta(minutes=minutes))
            await hass.async_block_till_done(wait_background_tasks=True)
    rows = await vault._database.async_read("SELECT count(*) FROM pictures")
    assert rows == [(0,)]


def test_memory_forgets_what_is_too_old_or_from_a_wrong_clock(
    freezer: FrozenDateTimeFactory,
) -> None:
    shelf = PictureShelf()
    shelf.retention = timedelta(hours=1)
    for jump, stays in ((3600, True), (3601, False), (-300, True), (-301, False)):
        shelf.put("one", SHOT, "camera.front")
        freezer.tick(timedelta(seconds=jump))
        assert (shelf.get("one") is not None) is stays
        shelf.forget_everything()


async def test_memory_keeps_to_the_retention_of_the_history(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    assert isinstance(camera.alerting, Alerting)
    assert async_pictures(hass).retention == timedelta(days=7)
