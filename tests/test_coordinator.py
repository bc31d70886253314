"""From motion to alert with a real camera; only the network and the phones are stood in for."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
)

from custom_components.camera_smart_alerts.alerts import Alert, Outcome
from custom_components.camera_smart_alerts.const import (
    CONF_COOLDOWN,
    CONF_SPEAKERS,
)
from custom_components.camera_smart_alerts.frame_source import CameraFrames
from custom_components.camera_smart_alerts.pictures import PICTURES
from custom_components.camera_smart_alerts.vision.annotate import decode_image
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.errors import ModelError
from tests.camera_peer import PeerCamera
from tests.common import (
    Motions,
    WhiteSquareDetector,
    enrol_only,
    let_visits_end,
)


async def test_motion_with_somebody_there_becomes_an_alert_with_the_picture(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
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
    picture = hass.data[PICTURES].get(f"{alert.id}-{alert.revision}")
    assert picture is not None
    assert picture.data == coordinator.last_picture
    assert decode_image(picture.data).shape == (240, 320, 3)
    assert coordinator.records[-1].alert_ids == (alert.id,)


async def test_motion_with_nobody_there_stays_silent_and_says_why(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    network.confidence = 0.01
    coordinator = await enrol_only(hass, still_camera)
    ended = await motions.run()
    assert ended["outcome"] == Outcome.NOTHING_FOUND
    assert ended["frames"] > 2
    assert coordinator.data.present == frozenset()
    assert coordinator.data.last_alert is None
    assert coordinator.data.last_motion.outcome is Outcome.NOTHING_FOUND


async def test_a_second_motion_soon_after_belongs_to_the_same_visit(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    await motions.run()
    first = coordinator.data.last_alert
    assert (await motions.run())["outcome"] == Outcome.UPDATED
    assert coordinator.data.last_alert == first
    assert coordinator.data.detections_today == 1
    assert coordinator.records[0].alert_ids == coordinator.records[1].alert_ids


async def test_a_new_visit_within_the_cooldown_is_seen_but_not_told(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera, **{CONF_COOLDOWN: 600})
    await motions.run()
    first = coordinator.data.last_alert
    await let_visits_end(hass, coordinator)
    assert (await motions.run())["outcome"] == Outcome.COOLDOWN
    assert coordinator.data.last_alert == first


async def test_without_cooldown_every_visit_alerts(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera, **{CONF_COOLDOWN: 0})
    for _ in range(2):
        assert (await motions.run())["outcome"] == Outcome.ALERTED
        await let_visits_end(hass, coordinator)


async def test_an_alert_that_reached_nobody_starts_no_cooldown(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    targets = {CONF_SPEAKERS: ["notify.gone"]}
    await enrol_only(hass, still_camera, **targets)
    for _ in range(2):
        assert (await motions.run())["outcome"] == Outcome.DELIVERY_FAILED


async def test_motion_during_a_session_starts_no_second_one(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
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
    await enrol_only(hass, still_camera)
    still_camera.turn(on=False)
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.CAMERA_UNREACHABLE, "camera_off")


async def test_a_network_that_fails_is_inconclusive_not_nothing(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    network.error = ModelError("broken")
    await enrol_only(hass, still_camera)
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "detector_failed")


async def test_an_unexpected_error_still_ends_the_motion(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await enrol_only(hass, still_camera)
    with patch(
        "custom_components.camera_smart_alerts.motion_session.analyze",
        side_effect=ZeroDivisionError,
    ):
        ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "error")
    assert "the analysis" in caplog.text


async def test_an_alert_whose_picture_cannot_be_drawn_goes_out_without_one(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await enrol_only(hass, still_camera)
    with patch(
        "custom_components.camera_smart_alerts.drawing.annotate", side_effect=ZeroDivisionError
    ):
        assert (await motions.run())["outcome"] == Outcome.ALERTED
    assert "the picture of an alert" in caplog.text


async def test_the_receipt_says_when_the_first_target_accepted(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    told = async_mock_service(hass, "notify", "send_message")
    speakers = ["notify.kitchen", "notify.hall"]
    for speaker in speakers:
        hass.states.async_set(speaker, "unknown")
    coordinator = await enrol_only(hass, still_camera, **{CONF_SPEAKERS: speakers})
    assert (await motions.run())["outcome"] == Outcome.ALERTED
    assert len(told) == 2
    hops = coordinator.data.last_alert.hops_ms
    steps = ["source", "first_frame", "trigger", "verdict", "stored", "picture", "handed"]
    assert list(hops) == steps
    assert hops["stored"] <= hops["picture"] <= hops["handed"]


async def test_a_late_receipt_does_not_push_out_a_newer_alert(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    await motions.run()
    newer = coordinator.data.last_alert
    coordinator.async_publish(replace(newer, id="older", at=newer.at - timedelta(seconds=1)))
    assert coordinator.data.last_alert is newer


async def test_motion_while_the_camera_is_being_closed_gets_its_own_look(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    closing, go_on = asyncio.Event(), asyncio.Event()

    class SlowToClose(CameraFrames):
        async def __aexit__(self, *error: object) -> None:
            closing.set()
            await go_on.wait()
            await super().__aexit__(*error)

    await enrol_only(hass, still_camera)
    with patch("custom_components.camera_smart_alerts.motion_session.CameraFrames", SlowToClose):
        motions.on()
        await closing.wait()
        motions.off()
        motions.on()
        go_on.set()
        assert (await motions.ended(1))["outcome"] == Outcome.ALERTED
        assert (await motions.ended(2))["outcome"] == Outcome.UPDATED


async def test_what_a_camera_integration_raises_is_logged_without_its_address(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await enrol_only(hass, still_camera)
    with patch(
        "custom_components.camera_smart_alerts.motion_session.analyze",
        side_effect=ValueError("rtsp://user:secret@camera/1"),
    ):
        await motions.run()
    assert "secret" not in caplog.text
