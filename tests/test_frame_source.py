"""The ladder of frame sources, against real cameras."""

import asyncio
import logging
import threading
import time
from typing import Any
from unittest.mock import patch

from homeassistant.components.camera.const import DATA_CAMERA_PREFS
from homeassistant.components.stream.core import Orientation
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import numpy as np
import pytest

from custom_components.camera_smart_alerts import frame_source, still_source, webrtc_source
from custom_components.camera_smart_alerts.frame_source import CameraFrames
from custom_components.camera_smart_alerts.vision.datatypes import Frame
from custom_components.camera_smart_alerts.vision.decoder import VideoOptions
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from custom_components.camera_smart_alerts.vision.video import VideoSource
from tests.camera_peer import AddCamera, NativePeerCamera, PeerCamera, moving_square

NO_SOURCE = SourceFailure.NO_SOURCE


def ladder(hass: HomeAssistant, entity_id: str, fps: float = 10) -> CameraFrames:
    return CameraFrames(hass, entity_id, fps=fps, max_side=640)


async def next_frame(frames: CameraFrames) -> Frame:
    async with asyncio.timeout(15):
        await frames.wait()
    frame = frames.take()
    assert frame is not None
    return frame


async def end_of(frames: CameraFrames) -> SourceError:
    """Return why no further frame comes."""
    try:
        while True:
            await next_frame(frames)
    except SourceError as err:
        return err


async def failure_of(hass: HomeAssistant, entity_id: str) -> SourceFailure:
    async with ladder(hass, entity_id) as frames:
        with pytest.raises(SourceError) as caught:
            await next_frame(frames)
        assert frames.take() is None
        assert (frames.name, frames.opened_at) == ("", None)
    return caught.value.failure


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience with every rung after half a second."""
    monkeypatch.setattr(frame_source, "FIRST_FRAME_S", 0.5)
    monkeypatch.setattr(webrtc_source, "FIRST_PICTURE_S", 0.4)
    monkeypatch.setattr(still_source, "RETRY_S", 0.01)


async def watch_two_frames(hass: HomeAssistant, camera: PeerCamera, rung: str) -> None:
    started = time.monotonic()
    async with ladder(hass, camera.entity_id) as frames:
        assert (frames.name, frames.opened_at) == ("", None)
        frame = await next_frame(frames)
        later = await next_frame(frames)

        assert frames.name == rung
        assert frames.opened_at is not None
        assert started < frames.opened_at <= frame.captured_at < later.captured_at
        assert later.captured_at < time.monotonic() < started + 5
    assert np.median(np.abs(frame.image.astype(int) - moving_square(0))) < 12


async def test_webrtc_alone_shows_what_the_camera_shows(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    await watch_two_frames(hass, native_camera, "webrtc")


async def test_a_stream_alone_shows_what_the_camera_shows(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    await watch_two_frames(hass, stream_camera, "stream")


async def test_stills_alone_show_what_the_camera_shows(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    await watch_two_frames(hass, still_camera, "still")


async def test_plays_a_file_at_its_own_speed_and_says_when_it_ends(
    hass: HomeAssistant, stream_camera: PeerCamera, clip: str
) -> None:
    stream_camera.source = clip
    started = time.monotonic()
    async with ladder(hass, stream_camera.entity_id, fps=5) as frames:
        assert (await end_of(frames)).failure is SourceFailure.ENDED
        assert frames.failures["stream"] is SourceFailure.ENDED

    assert 1.5 < time.monotonic() - started < 5


async def all_rungs(native_camera: NativePeerCamera, stream_camera: PeerCamera) -> PeerCamera:
    """Give the native camera a stream source and stills, too."""
    native_camera.source = stream_camera.source
    native_camera.stills = True
    return native_camera


@pytest.mark.parametrize(
    ("fault", "winner"),
    [("offer_hangs", "stream"), ("source_hangs", "webrtc"), ("offer_raises", "stream")],
)
async def test_the_first_rung_with_a_frame_wins_and_the_others_are_closed_at_once(
    hass: HomeAssistant,
    native_camera: NativePeerCamera,
    stream_camera: PeerCamera,
    fault: str,
    winner: str,
) -> None:
    camera = await all_rungs(native_camera, stream_camera)
    camera.stills = False
    camera.fault = fault
    async with ladder(hass, camera.entity_id) as frames:
        await next_frame(frames)
        assert frames.name == winner
        await next_frame(frames)
        await next_frame(frames)
        assert stream_camera.live is not None
        assert stream_camera.live.viewers == (winner == "stream")
        assert len(native_camera.peers) == (winner == "webrtc")

    assert frames.failures.get("webrtc") in (None, SourceFailure.REFUSED)
    await hass.async_block_till_done()


async def test_live_stills_win_over_sources_that_hang(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.stills = True
    native_camera.fault = "offer_hangs"
    async with ladder(hass, native_camera.entity_id) as frames:
        for _ in range(4):
            await next_frame(frames)
        assert frames.name == "still"


async def test_an_old_still_does_not_win_over_a_source_that_takes_its_time(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    stream_camera.stills = True
    stream_camera.fault = "still_frozen"
    assert stream_camera.live is not None
    stream_camera.live.delay = 0.6
    async with ladder(hass, stream_camera.entity_id) as frames:
        await next_frame(frames)

        assert frames.name == "stream"
        assert stream_camera.stills_asked > 2


@pytest.mark.usefixtures("soon")
async def test_an_old_still_is_better_than_nothing_once_the_other_sources_have_failed(
    hass: HomeAssistant, native_camera: NativePeerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(still_source, "FROZEN_S", 1.0)
    frozen = moving_square(0)
    native_camera.stills = True
    native_camera.pictures = lambda _: frozen
    native_camera.fault = "offer_hangs"
    async with ladder(hass, native_camera.entity_id) as frames:
        await next_frame(frames)
        assert frames.name == "still"
        assert frames.failures == {"webrtc": SourceFailure.TIMEOUT, "stream": NO_SOURCE}
        assert (await end_of(frames)).failure is SourceFailure.TIMEOUT


@pytest.mark.parametrize("domain", ["nest", "ring"])
async def test_placeholders_and_last_recordings_are_not_even_asked_for(
    hass: HomeAssistant, add_camera: AddCamera, domain: str
) -> None:
    camera = PeerCamera()
    camera.stills = True
    await add_camera(camera, domain)

    assert await failure_of(hass, camera.entity_id) is NO_SOURCE
    assert camera.stills_asked == 0


async def test_a_camera_that_is_missing_off_or_unavailable_is_not_asked_for_anything(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    assert await failure_of(hass, "camera.nowhere") is SourceFailure.CAMERA_MISSING
    still_camera.turn(on=False)
    assert await failure_of(hass, still_camera.entity_id) is SourceFailure.CAMERA_OFF
    still_camera.reach(available=False)
    assert await failure_of(hass, still_camera.entity_id) is SourceFailure.CAMERA_UNAVAILABLE

    assert (still_camera.stills_asked, still_camera.sources_asked) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "failures", "told"),
    [
        (
            "source_raises",
            {"webrtc": NO_SOURCE, "stream": SourceFailure.REFUSED, "still": SourceFailure.REFUSED},
            SourceFailure.REFUSED,
        ),
        (
            "source_hangs",
            {"webrtc": NO_SOURCE, "stream": SourceFailure.TIMEOUT, "still": SourceFailure.REFUSED},
            SourceFailure.REFUSED,
        ),
        (
            "still_hangs",
            {"webrtc": NO_SOURCE, "stream": NO_SOURCE, "still": SourceFailure.TIMEOUT},
            SourceFailure.TIMEOUT,
        ),
        (
            "still_garbage",
            {"webrtc": NO_SOURCE, "stream": NO_SOURCE, "still": SourceFailure.UNREADABLE},
            SourceFailure.UNREADABLE,
        ),
    ],
)
@pytest.mark.usefixtures("soon")
async def test_when_every_rung_fails_the_most_telling_reason_is_given(
    hass: HomeAssistant,
    add_camera: AddCamera,
    caplog: pytest.LogCaptureFixture,
    *,
    fault: str,
    failures: dict[str, SourceFailure],
    told: SourceFailure,
) -> None:
    caplog.set_level(logging.DEBUG)
    camera = await add_camera(PeerCamera())
    camera.fault = fault
    async with ladder(hass, camera.entity_id) as frames:
        with pytest.raises(SourceError) as caught:
            await next_frame(frames)
        assert frames.failures == failures

    assert caught.value.failure is told
    assert "secret" not in str(caught.value)
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("fault", "status", "failures"),
    [
        ("stream_silent", 200, {SourceFailure.TIMEOUT}),
        # FFmpeg may call it an error of input instead.
        ("stream_garbage", 200, {SourceFailure.UNREADABLE, SourceFailure.REFUSED}),
        (None, 404, {SourceFailure.REFUSED}),
    ],
)
async def test_a_stream_that_does_not_deliver_is_given_up_with_its_reason(
    hass: HomeAssistant,
    stream_camera: PeerCamera,
    monkeypatch: pytest.MonkeyPatch,
    *,
    fault: str | None,
    status: int,
    failures: set[SourceFailure],
) -> None:
    monkeypatch.setattr(frame_source, "FIRST_FRAME_S", 2.0)
    stream_camera.fault = fault
    assert stream_camera.live is not None
    stream_camera.live.status = status
    async with ladder(hass, stream_camera.entity_id) as frames:
        await end_of(frames)
        assert frames.failures["stream"] in failures


async def test_a_stream_is_turned_as_its_camera_was_set_up(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    await hass.data[DATA_CAMERA_PREFS].async_update(
        stream_camera.entity_id, orientation=Orientation.ROTATE_180
    )
    async with ladder(hass, stream_camera.entity_id) as frames:
        frame = await next_frame(frames)

    difference = np.abs(frame.image.astype(int) - np.rot90(moving_square(0), 2))
    assert np.median(difference) < 12


@pytest.mark.parametrize(
    ("options", "verify_tls", "expected"),
    [
        ({}, False, VideoOptions()),
        ({}, True, VideoOptions(verify_tls=True)),
        (
            {"rtsp_transport": "udp", "verify_ssl": True},
            False,
            VideoOptions(verify_tls=True, rtsp_transport="udp"),
        ),
    ],
)
async def test_opens_a_stream_with_the_options_of_its_camera(
    hass: HomeAssistant,
    stream_camera: PeerCamera,
    *,
    options: dict[str, Any],
    verify_tls: bool,
    expected: VideoOptions,
) -> None:
    stream_camera.stream_options = options
    with patch.object(frame_source, "VideoSource", wraps=VideoSource) as source:
        async with CameraFrames(
            hass, stream_camera.entity_id, fps=5, max_side=640, verify_tls=verify_tls
        ) as frames:
            await next_frame(frames)

    assert source.call_args.kwargs["options"] == expected


async def test_switching_the_camera_off_ends_the_frames(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with ladder(hass, native_camera.entity_id) as frames:
        await next_frame(frames)
        native_camera.turn(on=False)

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_OFF


async def test_removing_the_camera_ends_the_frames(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    async with ladder(hass, stream_camera.entity_id) as frames:
        await next_frame(frames)
        er.async_get(hass).async_remove(stream_camera.entity_id)
        await hass.async_block_till_done()

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_MISSING


async def test_frames_go_on_while_the_camera_calls_itself_unavailable(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with ladder(hass, native_camera.entity_id) as frames:
        await next_frame(frames)
        native_camera.reach(available=False)
        await next_frame(frames)
        await next_frame(frames)
        (peer,) = native_camera.peers.values()
        await peer.close()

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_UNAVAILABLE


async def test_a_bug_in_a_rung_is_logged_and_fails_that_rung_only(
    hass: HomeAssistant, native_camera: NativePeerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    native_camera.stills = True
    with patch.object(frame_source, "WebRTCSource", side_effect=RuntimeError("bug")):
        async with ladder(hass, native_camera.entity_id) as frames:
            await next_frame(frames)

    assert "camera.native: webrtc failed unexpectedly" in caplog.text
    assert frames.failures["webrtc"] is SourceFailure.REFUSED


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.05, 0.1, 0.2, 0.4])
async def test_whenever_the_session_is_cancelled_everything_is_closed(
    hass: HomeAssistant, native_camera: NativePeerCamera, stream_camera: PeerCamera, delay: float
) -> None:
    camera = await all_rungs(native_camera, stream_camera)

    async def session() -> None:
        async with ladder(hass, camera.entity_id) as frames:
            while True:
                await next_frame(frames)

    task = asyncio.create_task(session())
    await asyncio.sleep(delay)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await hass.async_block_till_done()

    assert not native_camera.peers
    assert not [thread for thread in threading.enumerate() if "decoder" in thread.name]
