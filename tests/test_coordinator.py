"""From motion to alert with a real camera; only the network and the phones are stood in for."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.camera_smart_alerts import EVENT_ACTION, ISSUE_MODEL
from custom_components.camera_smart_alerts.alerts import Alert, Outcome
from custom_components.camera_smart_alerts.const import (
    CONF_COOLDOWN,
    CONF_SPEAKERS,
    DOMAIN,
)
from custom_components.camera_smart_alerts.pictures import PICTURES
from custom_components.camera_smart_alerts.vision.annotate import decode_image
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.errors import ModelError
from tests.camera_peer import PeerCamera
from tests.common import MOTION, Motions, WhiteSquareDetector, enrol, only_camera, subentry


@pytest.fixture
def motions(hass: HomeAssistant) -> Motions:
    return Motions(hass)


async def front(hass: HomeAssistant, camera: PeerCamera, **data: Any) -> Any:
    """Enrol the camera and return its coordinator."""
    return only_camera(await enrol(hass, subentry(camera.entity_id, MOTION, **data)))


async def test_motion_with_somebody_there_becomes_an_alert_with_the_picture(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera)
    ended = await motions.run()
    assert ended["outcome"] == Outcome.ALERTED
    assert ended["verdict"] == Kind.PERSON
    state = coordinator.data
    assert state.present == {Kind.PERSON}
    assert state.detections_today == 1
    assert dt_util.utcnow() - state.last_seen[Kind.PERSON] < timedelta(seconds=30)
    alert = state.last_alert
    assert isinstance(alert, Alert)
    assert alert.kind is Kind.PERSON
    assert alert.count == 1
    assert not state.analyzing
    hops = list(alert.hops_ms.values())
    assert hops == sorted(hops)
    picture = hass.data[PICTURES].get(alert.id)
    assert picture is not None
    assert picture.jpeg == coordinator.last_picture
    assert decode_image(picture.jpeg).shape == (240, 320, 3)
    assert coordinator.records[-1].alert_ids == (alert.id,)


async def test_motion_with_nobody_there_stays_silent_and_says_why(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    network.confidence = 0.01
    coordinator = await front(hass, still_camera)
    with patch(
        "custom_components.camera_smart_alerts.motion_session.SessionSettings", short_session
    ):
        ended = await motions.run()
    assert ended["outcome"] == Outcome.NOTHING_FOUND
    assert ended["frames"] > 2
    assert coordinator.data.present == frozenset()
    assert coordinator.data.last_alert is None
    assert coordinator.data.last_motion.outcome is Outcome.NOTHING_FOUND


async def answer(hass: HomeAssistant, verb: str, alert_id: str) -> None:
    """Tap a button of a notification."""
    action = f"{DOMAIN}_{verb}_".upper() + alert_id
    hass.bus.async_fire(EVENT_ACTION, {"action": action})
    await hass.async_block_till_done()


def short_session(*args: Any) -> Any:
    """Return session settings with a burst that a test can wait for."""
    from custom_components.camera_smart_alerts.vision.session import (  # noqa: PLC0415
        SessionSettings,
    )

    return SessionSettings(*args, burst_s=1.5, cap_s=1.5)


async def test_a_second_motion_within_the_cooldown_is_seen_but_not_told(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera)
    await motions.run()
    first = coordinator.data.last_alert
    assert (await motions.run())["outcome"] == Outcome.COOLDOWN
    assert coordinator.data.last_alert == first
    assert coordinator.data.detections_today == 1, "still the same visit"


async def test_without_cooldown_every_motion_alerts(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    await front(hass, still_camera, **{CONF_COOLDOWN: 0})
    for _ in range(2):
        assert (await motions.run())["outcome"] == Outcome.ALERTED


async def test_an_alert_that_reached_nobody_starts_no_cooldown(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    targets = {CONF_SPEAKERS: ["notify.gone"]}
    coordinator = await front(hass, still_camera, **targets)
    for _ in range(2):
        assert (await motions.run())["outcome"] == Outcome.DELIVERY_FAILED
    assert coordinator.memory.policy.delivered_at == {}
    assert coordinator.memory.policy.pending == set()


async def test_silence_tells_nobody_for_half_an_hour_but_looks_on(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera, **{CONF_COOLDOWN: 0})
    await motions.run()
    await answer(hass, "silence", coordinator.data.last_alert.id)
    until = coordinator.memory.policy.silenced_until
    assert timedelta(minutes=29) < until - dt_util.utcnow() <= timedelta(minutes=30)
    assert (await motions.run())["outcome"] == Outcome.SILENCED
    assert coordinator.data.present == {Kind.PERSON}


async def test_not_a_person_takes_the_alert_back(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera)
    await motions.run()
    assert coordinator.data.present == {Kind.PERSON}
    await answer(hass, "not_right", coordinator.data.last_alert.id)
    assert coordinator.data.present == frozenset()
    assert coordinator.records[-1].feedback == "not_right"


async def test_answers_to_unknown_alerts_and_other_buttons_change_nothing(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera)
    await motions.run()
    await answer(hass, "silence", "guessed")
    await answer(hass, "not_right", "guessed")
    hass.bus.async_fire(EVENT_ACTION, {"action": "URI"})
    hass.bus.async_fire(EVENT_ACTION, {})
    await hass.async_block_till_done()
    assert coordinator.memory.policy.silenced_until is None
    assert coordinator.data.present == {Kind.PERSON}


async def test_an_old_alert_can_still_be_called_wrong(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera, **{CONF_COOLDOWN: 0})
    await motions.run()
    first = coordinator.data.last_alert.id
    await motions.run()
    await answer(hass, "not_right", first)
    assert [record.feedback for record in coordinator.records] == ["not_right", ""]
    assert coordinator.data.present == {Kind.PERSON}, "the newer alert still stands"


async def test_a_camera_that_is_switched_off_is_not_opened(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera)
    coordinator.async_set_enabled(enabled=False)
    assert (await motions.run())["outcome"] == Outcome.SWITCHED_OFF
    assert still_camera.stills_asked == 0
    assert not coordinator.data.enabled


async def test_the_switch_for_all_cameras_leaves_each_ones_own_switch_alone(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    coordinator = only_camera(entry)
    entry.runtime_data.async_set_all_enabled(enabled=False)
    assert (await motions.run())["outcome"] == Outcome.SWITCHED_OFF
    assert coordinator.is_switched_on
    assert not coordinator.data.enabled
    entry.runtime_data.async_set_all_enabled(enabled=True)
    assert (await motions.run())["outcome"] == Outcome.ALERTED


async def test_switching_off_ends_a_running_session(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.fault = "still_hangs"
    coordinator = await front(hass, still_camera)
    motions.on()
    await asyncio.sleep(0)
    assert coordinator.data.analyzing
    coordinator.async_set_enabled(enabled=False)
    ended = await motions.ended()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "stopped")
    assert not coordinator.data.analyzing


async def test_motion_during_a_session_starts_no_second_one(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await front(hass, still_camera)
    motions.on()
    await asyncio.sleep(0)
    motions.off()
    motions.on()
    await motions.ended()
    await hass.async_block_till_done()
    assert len(coordinator.records) == 1


async def test_a_camera_that_is_off_ends_the_motion_with_that_reason(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    await front(hass, still_camera)
    still_camera.turn(on=False)
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.CAMERA_UNREACHABLE, "camera_off")


async def test_a_network_that_fails_is_inconclusive_not_nothing(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    network.error = ModelError("broken")
    await front(hass, still_camera)
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "detector_failed")


async def test_an_unexpected_error_still_ends_the_motion(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await front(hass, still_camera)
    with patch(
        "custom_components.camera_smart_alerts.motion_session.analyze",
        side_effect=ZeroDivisionError,
    ):
        ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "error")
    assert "analysis failed unexpectedly" in caplog.text


async def test_a_picture_that_cannot_be_drawn_is_a_failed_delivery_not_a_lost_motion(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    caplog: pytest.LogCaptureFixture,
) -> None:
    coordinator = await front(hass, still_camera)
    with patch(
        "custom_components.camera_smart_alerts.alerting.annotate", side_effect=ZeroDivisionError
    ):
        assert (await motions.run())["outcome"] == Outcome.DELIVERY_FAILED
    assert "an alert failed unexpectedly" in caplog.text
    assert coordinator.memory.policy.pending == set()


async def test_entities_follow_the_camera_in_and_out_of_reach(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await front(hass, still_camera)
    assert coordinator.data.available
    still_camera.reach(available=False)
    await hass.async_block_till_done()
    assert not coordinator.data.available
    still_camera.reach(available=True)
    await hass.async_block_till_done()
    assert coordinator.data.available


async def test_a_renamed_motion_sensor_is_still_followed(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    registry = er.async_get(hass)
    sensor = registry.async_get_or_create("binary_sensor", "test", "motion")
    entry = await enrol(hass, subentry(still_camera.entity_id, sensor.id))
    registry.async_update_entity(sensor.entity_id, new_entity_id="binary_sensor.renamed")
    await hass.async_block_till_done()
    assert only_camera(entry).motion_entity_ids == ["binary_sensor.renamed"]
    motions = Motions(hass, "binary_sensor.renamed")
    assert (await motions.run())["outcome"] == Outcome.ALERTED
    # What does not matter here does not start anything over.
    before = only_camera(entry)
    registry.async_update_entity("binary_sensor.renamed", icon="mdi:run")
    await hass.async_block_till_done()
    assert only_camera(entry) is before


async def test_a_removed_camera_keeps_its_motions_and_raises_a_repair_issue(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    registry = er.async_get(hass)
    camera_id = registry.async_get(still_camera.entity_id).id
    entry = await enrol(hass, subentry(camera_id, MOTION))
    registry.async_remove(still_camera.entity_id)
    await hass.async_block_till_done()
    issue = f"camera_missing_{only_camera(entry).settings.subentry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.CAMERA_UNREACHABLE, "camera_missing")


async def test_detections_start_at_zero_every_day(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    freezer: FrozenDateTimeFactory,
) -> None:
    coordinator = await front(hass, still_camera)
    coordinator.async_seen(Kind.PERSON)
    assert coordinator.data.detections_today == 1
    midnight = dt_util.start_of_local_day() + timedelta(days=1, seconds=1)
    freezer.move_to(midnight)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert coordinator.data.detections_today == 0


async def test_a_restart_restores_what_was_and_announces_nothing(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    await motions.run()
    before = only_camera(entry)
    alert_id = before.data.last_alert.id
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    after = only_camera(entry)
    assert after is not before
    assert after.data.last_seen == before.data.last_seen
    assert after.data.detections_today == 1
    assert after.data.last_alert is None
    assert (await motions.run())["outcome"] == Outcome.COOLDOWN
    await answer(hass, "silence", alert_id)
    assert after.memory.policy.silenced_until is not None


@pytest.mark.parametrize("how", ["unload", "stop"])
async def test_a_session_ends_with_the_entry_and_with_home_assistant(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    how: str,
) -> None:
    still_camera.fault = "still_hangs"
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    motions.on()
    await asyncio.sleep(0)
    if how == "unload":
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert entry.state is ConfigEntryState.NOT_LOADED
    else:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    assert (await motions.ended())["reason"] == "stopped"
    await hass.async_block_till_done()
    # verify_cleanup of the test plugin now looks for threads and tasks left behind.


async def test_removing_the_integration_leaves_nothing_on_disk(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    await motions.run()
    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert DOMAIN not in hass_storage
    assert hass.data[PICTURES].get("anything") is None


async def test_an_unusable_network_is_a_repair_issue_and_motions_are_inconclusive(
    hass: HomeAssistant, still_camera: PeerCamera, motions: Motions
) -> None:
    with patch(
        "custom_components.camera_smart_alerts.inference.Detector.load",
        side_effect=ModelError("The weights were altered"),
    ):
        entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    assert entry.state is ConfigEntryState.LOADED
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ISSUE_MODEL)
    assert issue.translation_placeholders == {"reason": "The weights were altered"}
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "detector_failed")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue(DOMAIN, ISSUE_MODEL) is None


async def test_a_test_alert_reports_every_target(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await front(hass, still_camera, **{CONF_SPEAKERS: ["notify.gone"]})
    (result,) = await coordinator.async_test_alert()
    assert (result.target, result.ok) == ("notify.gone", False)
    assert coordinator.memory.policy.delivered_at == {}
    assert coordinator.data.last_alert is None, "no automation mistakes a test for a person"
    assert coordinator.last_picture is None


async def test_the_buttons_of_a_test_alert_work(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await front(hass, still_camera)
    assert await coordinator.async_test_alert() == []
    await answer(hass, "silence", coordinator.memory.alert_ids[-1])
    assert coordinator.memory.policy.silenced_until is not None
    await answer(hass, "not_right", coordinator.memory.alert_ids[-1])


async def test_a_change_of_settings_starts_the_entry_over(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    before = only_camera(entry)
    hass.config_entries.async_update_entry(entry, options={"frames_per_second": 3})
    await hass.async_block_till_done()
    assert only_camera(entry) is not before
    assert entry.runtime_data.hub.frames_per_second == 3
