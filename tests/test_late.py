"""Somebody is reached after all: the motion was told, and how long that took is counted."""

from unittest.mock import patch

from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.explain import async_explain
from tests.camera_peer import PeerCamera
from tests.common import Motions
from tests.enrolled import state
from tests.fake_phones import PushService
from tests.watched_home import OFFLINE, AwayPhone, WatchedHome


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_motion_counts_as_told_once_somebody_was_reached(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    motions: Motions,
    push: PushService,
    *,
    restarts: bool,
) -> None:
    camera = await home.enrol(still_camera)
    away = AwayPhone(OFFLINE)
    with patch.object(MobileAppNotificationService, "async_send_message", away.send):
        assert (await motions.run())["outcome"] == Outcome.DELIVERY_FAILED
        assert state(hass, camera, "sensor", "last_outcome").state == Outcome.DELIVERY_FAILED
        assert camera.data.latency_p50 is None
        if restarts:
            await hass.config_entries.async_unload(home.entry.entry_id)
    if restarts:
        await hass.config_entries.async_setup(home.entry.entry_id)
    await push.until(1)
    await hass.async_block_till_done(wait_background_tasks=True)

    camera = home.cameras[0]
    told = await async_explain(hass, home.entry.runtime_data, camera, None)
    assert told["motion"]["outcome"] == Outcome.ALERTED
    assert told["motion"]["hops_ms"]["handed"] > 0
    assert (told["day"]["sent"], told["day"]["suppressed"]) == (1, {})
    if not restarts:
        assert state(hass, camera, "sensor", "last_outcome").state == Outcome.ALERTED
        assert camera.data.latency_p50 > 0
        assert camera.data.last_alert.hops_ms["handed"] > 0

    # What is known of the last day survives the next start.
    await hass.config_entries.async_reload(home.entry.entry_id)
    assert home.cameras[0].data.latency_p50 == told["motion"]["hops_ms"]["handed"] / 1000


async def test_how_long_an_alert_took_is_kept_with_its_motion(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, motions: Motions
) -> None:
    camera = await home.enrol(still_camera)
    await motions.run()
    handed = camera.records[-1].hops_ms["handed"]
    assert camera.data.latency_p50 == handed / 1000
    await motions.run()
    assert "handed" not in camera.records[-1].hops_ms, "an update is not what people wait for"
    await hass.config_entries.async_reload(home.entry.entry_id)
    assert home.cameras[0].data.latency_p95 == handed / 1000
