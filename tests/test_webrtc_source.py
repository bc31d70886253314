"""WebRTC: our client against a real aiortc peer in the camera's place, over loopback."""

import asyncio
import time
from typing import Any
from unittest.mock import patch

from homeassistant.components.camera.webrtc import WebRTCError
from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from custom_components.camera_smart_alerts import webrtc_source
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from tests.camera_media import moving_square
from tests.camera_webrtc import NativePeerCamera
from tests.webrtc_viewer import failure_of, no_socket_left, soon, watching  # noqa: F401 - fixtures


async def test_shows_what_the_camera_shows_and_closes_both_ends(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    started = time.monotonic()
    async with watching(hass, native_camera) as viewer:
        frame = await viewer.frame()
        assert len(native_camera.peers) == 1

    assert viewer.source.opened_at is not None
    assert started < viewer.source.opened_at < frame.captured_at < time.monotonic()
    difference = np.abs(frame.image.astype(int) - moving_square(0))
    assert np.median(difference) < 8
    assert not native_camera.peers
    assert len(native_camera.closed) == 1


async def test_converts_no_more_pictures_than_asked_for(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.fps = 30
    async with watching(hass, native_camera, fps=4) as viewer:
        stamps = [(await viewer.frame()).captured_at for _ in range(4)]

    # Half a second apart, less the jitter of a busy machine; every picture would be 0.07 s apart.
    assert stamps[3] - stamps[1] >= 0.3


async def test_a_picture_that_comes_while_another_is_converted_is_let_go(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.fps = 30
    convert, calls = webrtc_source.to_rgb, []

    def slowly(picture: Any, max_side: int) -> Any:
        calls.append(picture)
        time.sleep(0.2)
        return convert(picture, max_side)

    with patch.object(webrtc_source, "to_rgb", slowly):
        async with watching(hass, native_camera, fps=30) as viewer:
            for _ in range(3):
                await viewer.frame()

    assert len(calls) <= 5


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("offer_raises", SourceFailure.REFUSED),
        ("offer_refused", SourceFailure.REFUSED),
        ("offer_hangs", SourceFailure.TIMEOUT),
        ("offer_silent", SourceFailure.TIMEOUT),
        ("answer_garbage", SourceFailure.UNREADABLE),
        ("answer_without_video", SourceFailure.UNREADABLE),
        ("answer_without_key", SourceFailure.UNREADABLE),
        ("answer_without_path", SourceFailure.TIMEOUT),
        ("answer_unreachable", SourceFailure.TIMEOUT),
        ("video_silent", SourceFailure.TIMEOUT),
        ("video_garbage", SourceFailure.UNREADABLE),
    ],
)
@pytest.mark.usefixtures("soon")
async def test_a_camera_that_does_not_deliver_is_given_up_with_its_reason(
    hass: HomeAssistant, native_camera: NativePeerCamera, fault: str, failure: SourceFailure
) -> None:
    native_camera.fault = fault

    assert (await failure_of(hass, native_camera)).failure is failure
    assert not native_camera.peers
    assert len(native_camera.closed) == 1


async def test_a_refusal_keeps_its_code_and_drops_its_text(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()
        assert native_camera.send is not None
        native_camera.send(WebRTCError("gone", "rtsp://user:secret@camera/1 is gone"))
        assert str(await viewer.end()) == "refused: gone"


async def test_a_camera_that_hangs_up_ends_the_source(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()
        (peer,) = native_camera.peers.values()
        await peer.close()
        assert (await viewer.end()).failure is SourceFailure.ENDED


async def test_an_unexpected_error_while_converting_ends_the_source(
    hass: HomeAssistant, native_camera: NativePeerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(webrtc_source, "to_rgb", side_effect=RuntimeError("swscale")):
        assert (await failure_of(hass, native_camera)).failure is SourceFailure.UNREADABLE
    assert "A picture of camera.native cannot be converted" in caplog.text


async def test_a_camera_that_fails_to_close_its_side_does_not_keep_ours_open(
    hass: HomeAssistant, native_camera: NativePeerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    native_camera.fault = "close_raises"
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()

    assert "camera.native: closing a WebRTC session: failed unexpectedly" in caplog.text
    assert not native_camera.peers


@pytest.mark.parametrize(
    "fault", [None, "offer_hangs", "offer_silent", "answer_unreachable", "video_silent"]
)
@pytest.mark.parametrize("steps", [0, 1, 5, 20, 60])
async def test_closes_both_ends_whenever_it_is_cancelled(
    hass: HomeAssistant, native_camera: NativePeerCamera, fault: str | None, steps: int
) -> None:
    native_camera.fault = fault
    async with watching(hass, native_camera):
        for _ in range(steps):
            await asyncio.sleep(0.001)

    assert not native_camera.peers
