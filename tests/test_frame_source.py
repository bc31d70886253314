"""The ladder of frame sources, against real cameras: which rung wins."""

from pathlib import Path
import time
from typing import Any
from unittest.mock import patch

import certifi
from homeassistant.components.camera.const import DATA_CAMERA_PREFS
from homeassistant.components.stream.core import Orientation
from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from custom_components.camera_smart_alerts import camera_rung, still_source
from custom_components.camera_smart_alerts.frame_source import CameraFrames
from custom_components.camera_smart_alerts.vision.datatypes import Frame
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from custom_components.camera_smart_alerts.vision.video import VideoSource
from custom_components.camera_smart_alerts.vision.video_options import VideoOptions
from tests.camera_peer import AddCamera, NativePeerCamera, PeerCamera, moving_square
from tests.frames_viewer import NO_SOURCE, all_rungs, end_of, failure_of, ladder, next_frame, soon  # noqa: F401
from tests.vision.hls_camera import HlsCamera, segments_of


async def watch_two_frames(hass: HomeAssistant, camera: PeerCamera, rung: str) -> None:
    started = time.monotonic()
    async with ladder(hass, camera.entity_id) as frames:
        # Opening waits for nothing, but a still can be there at once.
        assert frames.name in ("", rung)
        frame = await next_frame(frames)
        later = await next_frame(frames)

        assert frames.name == rung
        assert frames.opened_at is not None
        assert started < frames.opened_at <= frame.captured_at < later.captured_at
        assert later.captured_at < time.monotonic()
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


@pytest.mark.parametrize("in_segments", [True, False])
async def test_a_stream_in_segments_is_watched_with_more_patience(
    hass: HomeAssistant, stream_camera: PeerCamera, tmp_path: Path, *, in_segments: bool
) -> None:
    segments = await hass.async_add_executor_job(lambda: segments_of(tmp_path, count=3))
    with HlsCamera(segments) as camera:
        if in_segments:
            stream_camera.source = camera.url()
        async with ladder(hass, stream_camera.entity_id) as frames:
            for _ in range(3):
                await next_frame(frames)
            assert frames._winner is not None
            patience = frames._winner.patience_s
    options = VideoOptions()
    assert patience > (options.segment_timeout_s if in_segments else options.read_timeout_s)
    assert patience < (60 if in_segments else options.segment_timeout_s)


async def test_plays_a_file_at_its_own_speed_and_says_when_it_ends(
    hass: HomeAssistant, stream_camera: PeerCamera, clip: str
) -> None:
    stream_camera.source = clip
    started = time.monotonic()
    async with ladder(hass, stream_camera.entity_id, fps=5) as frames:
        assert (await end_of(frames)).failure is SourceFailure.ENDED
        assert frames.failures["stream"] is SourceFailure.ENDED
        assert stream_camera.sources_asked == 1

    assert time.monotonic() - started > 1.5


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
        assert (await end_of(frames)).failure is SourceFailure.FROZEN


@pytest.mark.parametrize("domain", ["nest", "ring"])
async def test_placeholders_and_last_recordings_are_not_even_asked_for(
    hass: HomeAssistant, add_camera: AddCamera, domain: str
) -> None:
    camera = PeerCamera()
    camera.stills = True
    await add_camera(camera, domain)

    assert await failure_of(hass, camera.entity_id) is NO_SOURCE
    assert camera.stills_asked == 0


async def test_a_rung_that_wins_before_the_last_one_starts_goes_on(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    class AtOnce(VideoSource):
        """Has a frame the moment it is started, as a file may have."""

        def start(self) -> None:
            self._newest.put(Frame(moving_square(0), time.monotonic()))
            super().start()

    stream_camera.stills = True
    with patch("custom_components.camera_smart_alerts.camera_rung.VideoSource", AtOnce):
        async with ladder(hass, stream_camera.entity_id) as frames:
            await next_frame(frames)
            await next_frame(frames)
            assert frames.name == "stream"
    assert stream_camera.stills_asked == 0


@pytest.mark.parametrize("rung", ["webrtc", "stream", "still"])
async def test_whatever_delivers_is_turned_as_the_camera_was_set_up(
    hass: HomeAssistant,
    native_camera: NativePeerCamera,
    stream_camera: PeerCamera,
    still_camera: PeerCamera,
    rung: str,
) -> None:
    camera = {"webrtc": native_camera, "stream": stream_camera, "still": still_camera}[rung]
    await hass.data[DATA_CAMERA_PREFS].async_update(
        camera.entity_id, orientation=Orientation.ROTATE_180
    )
    async with ladder(hass, camera.entity_id) as frames:
        frame = await next_frame(frames)
        assert frames.name in ("", rung)

    difference = np.abs(frame.image.astype(int) - np.rot90(moving_square(0), 2))
    assert np.median(difference) < 12


@pytest.mark.parametrize(
    ("options", "verify_tls", "expected"),
    [
        ({}, False, VideoOptions()),
        ({}, True, VideoOptions(verify_tls=True, ca_file=certifi.where())),
        (
            {"rtsp_transport": "udp", "verify_ssl": True},
            False,
            VideoOptions(verify_tls=True, ca_file=certifi.where(), rtsp_transport="udp"),
        ),
    ],
)
async def test_opens_a_stream_with_the_options_of_its_camera(
    hass: HomeAssistant,
    stream_camera: PeerCamera,
    monkeypatch: pytest.MonkeyPatch,
    *,
    options: dict[str, Any],
    verify_tls: bool,
    expected: VideoOptions,
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    stream_camera.stream_options = options
    with patch.object(camera_rung, "VideoSource", wraps=VideoSource) as source:
        async with CameraFrames(
            hass, stream_camera.entity_id, fps=5, max_side=640, verify_tls=verify_tls
        ) as frames:
            await next_frame(frames)

    assert source.call_args.kwargs["options"] == expected


async def test_a_certificate_that_home_assistant_trusts_is_trusted_here(
    hass: HomeAssistant, stream_camera: PeerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/ssl/home.pem")
    with patch.object(camera_rung, "VideoSource", wraps=VideoSource) as source:
        async with CameraFrames(hass, stream_camera.entity_id, fps=5, verify_tls=True) as frames:
            await next_frame(frames)
    assert source.call_args.kwargs["options"].ca_file == "/ssl/home.pem"


@pytest.mark.parametrize("scheme", ["", "file://"])
async def test_a_stream_source_that_is_no_file_is_no_source(
    hass: HomeAssistant, stream_camera: PeerCamera, tmp_path: Path, scheme: str
) -> None:
    stream_camera.source = f"{scheme}{tmp_path}/missing.mp4"
    assert await failure_of(hass, stream_camera.entity_id) is NO_SOURCE
