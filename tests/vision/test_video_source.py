"""The thread that decodes: newest frame first, gone when told."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
import threading
import time

import av
import numpy as np
import pytest

from vision import video as video_module
from vision.datatypes import Frame, RgbImage
from vision.errors import SourceError, SourceFailure
from vision.newest import NewestFrame
from vision.video import VideoSource
from vision.video_options import VideoOptions

from .footage import make_clip
from .http_camera import HttpCamera
from .rtsp_camera import RtspCamera

pytestmark = pytest.mark.usefixtures("socket_enabled")


class Collected(NewestFrame):
    """A slot that remembers all frames."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.frames: list[Frame] = []

    def put(self, frame: Frame) -> None:
        self.frames.append(frame)
        super().put(frame)


async def ended(newest: NewestFrame) -> SourceFailure:
    """Drain until the end and return its reason."""
    async with asyncio.timeout(30):
        while True:
            try:
                await newest.wait()
            except SourceError as err:
                return err.failure
            newest.take()


async def joined(source: VideoSource, within: float = 3.0) -> bool:
    return await asyncio.to_thread(source.join, within)


def decoder_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "decoder" in thread.name]


class TestVideoSource:
    @pytest.fixture(autouse=True)
    def no_thread_is_left(self) -> Iterator[None]:
        yield
        assert decoder_threads() == []

    @pytest.fixture(scope="class")
    def stream(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return make_clip(tmp_path_factory.mktemp("rtsp") / "clip.ts", seconds=2, fps=25, gop=25)

    async def test_a_file_plays_at_its_own_speed_on_the_monotonic_clock(
        self, tmp_path: Path
    ) -> None:
        short = make_clip(tmp_path / "short.mp4", seconds=1)
        newest = Collected()
        began = time.monotonic()
        source = VideoSource(short, newest, fps=10)
        source.start()
        assert await ended(newest) is SourceFailure.ENDED
        assert await joined(source)
        times = [frame.captured_at for frame in newest.frames]
        assert np.diff(times) == pytest.approx([0.1] * 9)
        assert began <= times[0] <= times[-1] <= time.monotonic()
        assert time.monotonic() - began >= 0.9
        assert source.opened_at is not None
        assert began <= source.opened_at <= times[0]

    async def test_a_stop_in_the_middle_of_a_file_is_prompt(self, clip: Path) -> None:
        newest = Collected()
        source = VideoSource(clip, newest, fps=1)
        source.start()
        async with asyncio.timeout(20):
            await newest.wait()
        source.stop()
        assert await joined(source)
        assert await ended(newest) is SourceFailure.ENDED

    async def test_a_live_stream_comes_as_it_comes(self, stream: Path) -> None:
        newest = Collected()
        with RtspCamera(stream) as camera:
            source = VideoSource(camera.url(), newest, fps=10)
            source.start()
            async with asyncio.timeout(20):
                while len(newest.frames) < 5:
                    await newest.wait()
                    newest.take()
            source.stop()
            assert await joined(source)
        ages = [time.monotonic() - frame.captured_at for frame in newest.frames]
        assert all(0 <= age < 5 for age in ages)
        assert sorted(ages, reverse=True) == ages

    async def test_a_stream_that_has_stalled_stops_at_once(self, stream: Path) -> None:
        newest = Collected()
        with RtspCamera(stream, stall_after=5) as camera:
            source = VideoSource(camera.url(), newest, fps=25)
            source.start()
            async with asyncio.timeout(20):
                while len(newest.frames) < 3:
                    await newest.wait()
                    newest.take()
            assert not await joined(source, 0.3)
            source.stop()
            assert await joined(source)
        assert camera.requests[-1] == "TEARDOWN"

    async def test_a_camera_that_never_answers_stops_at_once(self) -> None:
        newest = Collected()
        with HttpCamera(b"", stall_after=0) as camera:
            source = VideoSource(camera.url(), newest, fps=5)
            source.start()
            assert not await joined(source, 0.3)
            source.stop()
            assert await joined(source)
        assert await ended(newest) is SourceFailure.ENDED
        assert source.opened_at is None

    async def test_the_reason_of_a_failure_arrives_without_the_address(self) -> None:
        newest = Collected()
        source = VideoSource("rtsp://me:s3cret@127.0.0.1:9/live", newest, fps=5)
        source.start()
        with pytest.raises(SourceError) as caught:
            async with asyncio.timeout(20):
                await newest.wait()
        assert await joined(source)
        assert caught.value.failure is SourceFailure.REFUSED
        assert "s3cret" not in str(caught.value)
        assert caught.value.__context__ is None

    async def test_a_camera_that_stalls_is_reported(self, stream: Path) -> None:
        newest = Collected()
        with RtspCamera(stream, stall_after=3) as camera:
            options = VideoOptions(read_timeout_s=0.3)
            source = VideoSource(camera.url(), newest, fps=25, options=options)
            source.start()
            assert await ended(newest) is SourceFailure.TIMEOUT
            assert await joined(source)

    async def test_our_own_mistake_ends_the_stream_and_is_logged(
        self, clip: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(frame: av.VideoFrame, max_side: int, rotation: int) -> RgbImage:
            raise ZeroDivisionError

        monkeypatch.setattr(video_module, "to_rgb", broken)
        newest = Collected()
        source = VideoSource(clip, newest, fps=5)
        source.start()
        assert await ended(newest) is SourceFailure.UNREADABLE
        assert await joined(source)
        assert "The decoder failed" in caplog.text

    async def test_one_that_was_never_started_is_joined_already(self, clip: Path) -> None:
        source = VideoSource(clip, Collected(), fps=5)
        source.stop()
        assert source.join(0)
