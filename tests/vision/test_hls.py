"""Video that comes in segments (HLS): nothing for seconds, then a whole segment at once."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
import re
import threading
from threading import Event
import time
from typing import NamedTuple, override

import numpy as np
import pytest

from vision.datatypes import Frame, RgbImage
from vision.decoder import open_decoder
from vision.errors import SourceError, SourceFailure
from vision.newest import NewestFrame
from vision.video import VideoSource, iter_frames
from vision.video_options import VideoOptions

from .decoding import failure_of
from .hls_camera import LISTED, HlsCamera, segments_of

pytestmark = pytest.mark.usefixtures("socket_enabled")

FPS = 5
STEP_S = 1 / FPS
PER_SEGMENT = 10
"""Frames as they are sent; every second one is wanted."""
NEWEST = (LISTED - 1) * PER_SEGMENT
"""The first frame of the newest segment there is at the beginning."""


def numbered(index: int) -> RgbImage:
    return np.full((48, 64, 3), 4 * index, np.uint8)


def number(image: RgbImage) -> int:
    return round(float(image.mean()) / 4)


class Shown(NamedTuple):
    """A frame at the moment that it was shown."""

    index: int
    captured_at: float
    shown_at: float


class Viewer(NewestFrame):
    """A slot that remembers what was put into it, and when."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.shown: list[Shown] = []

    @override
    def put(self, frame: Frame) -> None:
        self.shown.append(Shown(number(frame.image), frame.captured_at, time.monotonic()))
        super().put(frame)


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return segments_of(tmp_path_factory.mktemp("hls"), count=6, draw=numbered)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    names = [thread.name for thread in threading.enumerate()]
    assert [name for name in names if "decoder" in name or "hls camera" in name] == []


async def watch(
    camera: HlsCamera, frames: int, options: VideoOptions
) -> tuple[list[Shown], SourceFailure | None]:
    """Watch until so many frames were shown; return them, or those there were and why no more."""
    viewer = Viewer()
    source = VideoSource(camera.url(), viewer, fps=FPS, options=options)
    source.start()
    failure = None
    try:
        async with asyncio.timeout(30):
            while len(viewer.shown) < frames:
                await viewer.wait()
                viewer.take()
    except SourceError as err:
        failure = err.failure
    finally:
        source.stop()
        assert await asyncio.to_thread(source.join, 3)
    return viewer.shown, failure


def assert_nothing_is_lost_or_rushed(shown: list[Shown]) -> None:
    indexes = [one.index for one in shown]
    assert indexes == list(range(NEWEST, NEWEST + 2 * len(shown), 2))
    assert np.diff([one.captured_at for one in shown]) == pytest.approx(STEP_S, abs=0.01)
    assert all(one.captured_at <= one.shown_at for one in shown)
    # A burst would replace every frame before somebody can look at it.
    assert min(np.diff([one.shown_at for one in shown])) > STEP_S / 2


async def test_begins_with_the_newest_segment_and_shows_every_frame_at_its_turn(
    segments: list[bytes],
) -> None:
    with HlsCamera(segments) as camera:
        shown, failure = await watch(camera, 12, VideoOptions())
    assert failure is None
    assert_nothing_is_lost_or_rushed(shown)
    assert camera.asked[:2] == ["/live.m3u8", f"/{LISTED - 1}.ts"]


async def test_a_segment_that_is_late_is_no_stall_and_is_not_rushed_through(
    segments: list[bytes],
) -> None:
    with HlsCamera(segments, late_s=0.8) as camera:
        shown, failure = await watch(camera, 10, VideoOptions(read_timeout_s=0.3))
    assert failure is None
    assert_nothing_is_lost_or_rushed(shown)
    assert shown[-1].shown_at - shown[-1].captured_at > 0.3


async def test_a_playlist_that_grows_no_more_is_a_timeout(segments: list[bytes]) -> None:
    options = VideoOptions(read_timeout_s=0.1, segment_timeout_s=0.5)
    with HlsCamera(segments, ends_after=LISTED) as camera:
        shown, failure = await watch(camera, 100, options)
    assert failure is SourceFailure.TIMEOUT
    assert len(shown) >= 3


def test_a_recording_in_segments_is_shown_from_its_beginning_to_its_end(
    segments: list[bytes],
) -> None:
    with HlsCamera(segments[:2], complete=True) as camera:
        frames = [number(frame.image) for frame in iter_frames(camera.url(), fps=FPS)]
        decoder = open_decoder(camera.url(), VideoOptions(), Event())
        assert decoder.in_segments
        assert decoder.is_recording
        decoder.close()
    assert frames == list(range(0, 2 * PER_SEGMENT, 2))


def test_a_login_is_used_for_the_segments_as_well_and_never_told(segments: list[bytes]) -> None:
    login = b64encode(b"me:s3cret").decode()
    with HlsCamera(segments[:1], complete=True, login=login) as camera:
        assert len(list(iter_frames(camera.url("me:s3cret"), fps=FPS))) == FPS
        error = failure_of(camera.url("me:wr0ng"))
    assert error.failure is SourceFailure.REFUSED
    assert not re.search(r"wr0ng|127\.0\.0\.1|http:|m3u8", str(error))
    assert error.__cause__ is None
    assert error.__context__ is None
