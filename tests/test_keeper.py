"""Visits in a running Home Assistant: told once, gone on with silently, taken up again."""

from dataclasses import replace
from datetime import timedelta
import io
from typing import Any
from unittest.mock import patch

from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_mock_service,
)

from custom_components.camera_smart_alerts.alerts import Outcome, visit_id
from custom_components.camera_smart_alerts.answers import EVENT_RECEIVED
from custom_components.camera_smart_alerts.const import (
    CONF_CONFIRM_WITHIN,
    CONF_IMPORTANT,
    CONF_SPEAKERS,
)
from custom_components.camera_smart_alerts.pictures import PICTURES
from custom_components.camera_smart_alerts.state import EVENT_VISIT
from custom_components.camera_smart_alerts.visits import QUIET
from tests.camera_peer import PeerCamera
from tests.common import (
    Motions,
)
from tests.watched_home import AwayPhone, WatchedHome, is_silent


async def test_more_people_are_told_silently_in_the_same_place_and_not_at_once(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    events = async_capture_events(hass, EVENT_VISIT)
    await home.enrol(still_camera)
    assert (await home.see())[0] is Outcome.ALERTED
    outcome, visit = await home.see(count=3)
    assert outcome is Outcome.UPDATED
    assert len(home.pushes) == 1

    await home.wait()

    first, second = home.pushes
    assert [is_silent(one) for one in (first, second)] == [False, True]
    assert first["data"]["tag"] == second["data"]["tag"]
    assert first["data"]["image"] != second["data"]["image"]
    assert "3" in second["message"]
    await home.wait()
    assert len(home.pushes) == 2, "there is no more to tell"
    assert [event.data["type"] for event in events] == ["started", "updated"]
    assert {event.data["visit_id"] for event in events} == {visit_id(visit)}
    assert events[1].data["kinds"] == {"person": 3}


async def test_the_session_is_shown_as_a_moving_preview_afterwards(
    home: WatchedHome, still_camera: PeerCamera, motions: Motions
) -> None:
    camera = await home.enrol(still_camera)
    await motions.run()
    assert len(home.pushes) == 1
    await home.wait()
    first, second = home.pushes
    assert first["data"]["attachment"]["content-type"] == "jpeg"
    assert second["data"]["attachment"]["content-type"] == "gif"
    assert is_silent(second)
    picture_id = second["data"]["image"].rpartition("/")[2].removesuffix(".gif")
    picture = camera.hass.data[PICTURES].get(picture_id)
    assert picture is not None
    with Image.open(io.BytesIO(picture.data)) as preview:
        assert preview.is_animated
    assert camera.last_picture is not None
    assert camera.last_picture.startswith(b"\xff\xd8"), "entities show the still picture"


async def test_the_end_of_a_visit_is_told_silently(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    events = async_capture_events(hass, EVENT_VISIT)
    await home.enrol(still_camera)
    await home.see()
    await home.wait(QUIET)
    first, last = home.pushes
    assert is_silent(last)
    assert last["data"]["tag"] == first["data"]["tag"]
    assert last["data"]["image"] == first["data"]["image"]
    assert [event.data["type"] for event in events] == ["started", "ended"]
    assert events[-1].data["lasted_s"] is not None


async def test_motion_that_lasts_keeps_its_visit_open(
    home: WatchedHome, still_camera: PeerCamera, motions: Motions
) -> None:
    camera = await home.enrol(still_camera)
    motions.on()
    await motions.ended()
    await home.wait(QUIET)
    assert camera.keeper._visits.open
    motions.off()
    await home.wait(QUIET)
    assert not camera.keeper._visits.open


async def test_a_camera_that_is_not_to_be_named_is_not_named_through_its_group(
    home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera, group="Front")
    first, shy = home.cameras
    alerts = replace(shy.settings.alerts, no_text=True)
    shy.settings = replace(shy.settings, alerts=alerts)
    await home.see()
    await home.see(camera=1)
    await home.wait()
    named, *later = home.pushes
    assert first.name in str(named)
    assert later
    assert not any(first.name in str(one) or shy.name in str(one) for one in later)


@pytest.mark.usefixtures("soon")
async def test_the_next_target_is_told_once_when_the_first_one_fails(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    said = async_mock_service(hass, "notify", "send_message")
    hass.states.async_set("notify.kitchen", "unknown")
    await home.enrol(still_camera, **confirming())
    never = AwayPhone(ServiceValidationError("never"))
    with patch.object(MobileAppNotificationService, "async_send_message", never.send):
        await home.see()
        await home.see(count=2)
        await hass.async_block_till_done(wait_background_tasks=True)
    (spoken,) = said
    assert "person" in spoken.data["message"].lower()


async def test_silence_holds_back_what_waits_for_its_turn(
    home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    await home.see()
    await home.see(count=3)
    camera.control.async_silence(timedelta(hours=1))
    await home.wait()
    assert len(home.pushes) == 1


async def test_another_camera_of_the_group_goes_on_with_the_visit(
    home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera, group="Front")
    await home.see()
    assert (await home.see(camera=1))[0] is Outcome.UPDATED
    await home.wait()
    assert len({one["data"]["tag"] for one in home.pushes}) == 1
    first, *others = home.pushes
    assert not is_silent(first)
    assert sorted(is_silent(one) for one in others) == [False, True], "it is the first for one"
    assert all("Camera 0" in str(one) and "Camera 1" in str(one) for one in others)
    assert all(one["data"]["url"].endswith("camera.camera_1_smart_view") for one in others)


@pytest.mark.parametrize("important", [True, False])
async def test_only_an_important_camera_tells_of_what_could_not_be_analysed(
    home: WatchedHome, still_camera: PeerCamera, motions: Motions, *, important: bool
) -> None:
    still_camera.turn(on=False)
    await home.enrol(still_camera, **{CONF_IMPORTANT: important})
    ended = await motions.run()
    assert ended["reason"] == "camera_off"
    assert ended["outcome"] == (Outcome.ALERTED if important else Outcome.CAMERA_UNREACHABLE)
    assert len(home.pushes) == important
    assert all("image" not in one["data"] for one in home.pushes)


async def test_a_visit_that_was_called_wrong_is_over(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, visit = await home.see()
    await camera.async_not_right(visit)
    camera.keeper.async_retract("unknown")
    await hass.config_entries.async_reload(home.entry.entry_id)
    assert not home.cameras[0].keeper._visits.open


async def test_a_camera_that_was_removed_takes_its_visits_along_quietly(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    await home.see()
    await home.see(count=2)
    hass.config_entries.async_remove_subentry(home.entry, camera.settings.subentry_id)
    await hass.async_block_till_done()
    await home.wait()
    await home.wait(QUIET)
    assert not home.entry.runtime_data.keeper._visits.open
    assert len(home.pushes) == 1


def confirming(**seconds: int) -> dict[str, Any]:
    """Return settings of a camera that tells one target after the other."""
    return {CONF_CONFIRM_WITHIN: 1, CONF_SPEAKERS: ["notify.kitchen"], **seconds}


@pytest.mark.parametrize("confirms", [True, False])
async def test_the_next_target_is_told_only_if_nobody_confirms(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, *, confirms: bool
) -> None:
    said = async_mock_service(hass, "notify", "send_message")
    hass.states.async_set("notify.kitchen", "unknown")
    camera = await home.enrol(still_camera, **confirming())
    outcome, _ = await home.see()
    assert outcome is Outcome.ALERTED
    assert len(home.pushes) == 1
    assert home.pushes[0]["data"]["confirmation"]
    assert said == []
    if confirms:
        (entry,) = hass.config_entries.async_entries("mobile_app")
        told = {"tag": home.pushes[0]["data"]["tag"]}
        hass.bus.async_fire(EVENT_RECEIVED, told)
        assert "confirmed" not in camera.data.last_alert.hops_ms, "that was no phone of ours"
        for _ in range(2):
            hass.bus.async_fire(
                EVENT_RECEIVED, told, context=Context(user_id=entry.data["user_id"])
            )
        assert camera.data.last_alert.hops_ms["confirmed"] >= 0
        await home.see(count=3)
        await home.wait()
        assert len(home.pushes) == 2, "whoever was told hears how it goes on"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(said) == (not confirms)


async def test_a_visit_of_cameras_that_are_gone_can_be_called_wrong(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    events = async_capture_events(hass, EVENT_VISIT)
    camera = await home.enrol(still_camera)
    _, visit = await home.see()
    camera.keeper._cameras = {}
    camera.keeper.async_retract(visit)
    await hass.async_block_till_done()
    assert not camera.keeper._visits.open
    assert [event.data["type"] for event in events] == ["started"]
