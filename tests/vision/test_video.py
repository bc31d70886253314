"""From a stream to small upright pictures, in a thread that stops when told."""

import gc
from itertools import count, pairwise
from pathlib import Path
import struct
from threading import Event
import time

import av
import numpy as np
import pytest

from vision import video as video_module
from vision.datatypes import RgbImage
from vision.errors import SourceError, SourceFailure
from vision.video import iter_frames, scale_for, to_rgb

from .footage import make_clip
from .http_camera import HttpCamera
from .rtsp_camera import RtspCamera

pytestmark = pytest.mark.usefixtures("socket_enabled")

CORNERS = {
    "top left": (200, 40, 40),
    "top right": (40, 200, 40),
    "bottom left": (40, 40, 200),
    "bottom right": (200, 200, 40),
}


def quarters(width: int = 320, height: int = 240) -> RgbImage:
    """A picture with a colour of its own in every corner."""
    image = np.zeros((height, width, 3), np.uint8)
    for name, colour in CORNERS.items():
        rows = slice(0, height // 2) if "top" in name else slice(height // 2, None)
        columns = slice(0, width // 2) if "left" in name else slice(width // 2, None)
        image[rows, columns] = colour
    return image


def corners_of(image: RgbImage) -> dict[str, str]:
    """Which corner of ``quarters`` is now where."""
    height, width = image.shape[:2]
    found = {}
    for place in CORNERS:
        y = height // 4 if "top" in place else 3 * height // 4
        x = width // 4 if "left" in place else 3 * width // 4
        distance = {
            name: int(np.abs(image[y, x].astype(int) - colour).sum())
            for name, colour in CORNERS.items()
        }
        found[place] = min(distance, key=lambda name: distance[name])
    return found


class TestScale:
    @pytest.mark.parametrize(
        ("width", "height", "max_side", "scaled"),
        [
            (3840, 2160, 1280, (1280, 720)),
            (2160, 3840, 1280, (720, 1280)),
            (2592, 1944, 1280, (1280, 960)),
            (640, 360, 1280, (640, 360)),
            (1280, 720, 1280, (1280, 720)),
            (1, 1, 1280, (1, 1)),
            (10_000, 1, 100, (100, 1)),
        ],
    )
    def test_fits_keeps_its_shape_and_is_never_enlarged(
        self, width: int, height: int, max_side: int, scaled: tuple[int, int]
    ) -> None:
        assert scale_for(width, height, max_side) == scaled

    @pytest.mark.parametrize(
        "pixels", ["yuv420p", "yuvj420p", "yuv422p", "nv12", "yuv420p10le", "rgb24", "gray", "bgra"]
    )
    @pytest.mark.parametrize("max_side", [1280, 160])
    def test_every_pixel_format_becomes_rgb(self, pixels: str, max_side: int) -> None:
        image = quarters()
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
        rgb = to_rgb(frame, max_side)
        assert rgb.shape == ((240, 320, 3) if max_side == 1280 else (120, 160, 3))
        assert rgb.dtype == np.uint8
        assert rgb.flags.c_contiguous
        if pixels != "gray":
            assert corners_of(rgb) == {name: name for name in CORNERS}

    def test_colours_survive(self) -> None:
        frame = av.VideoFrame.from_ndarray(quarters(), format="rgb24").reformat(format="yuv420p")
        rgb = to_rgb(frame, 160)
        assert np.abs(rgb[30, 40].astype(int) - CORNERS["top left"]).max() <= 4

    @pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 1), (641, 359)])
    def test_odd_sizes(self, size: tuple[int, int]) -> None:
        frame = av.VideoFrame(*size, "yuv420p")
        assert to_rgb(frame, 100).shape[:2] == scale_for(*size, 100)[::-1]

    @pytest.mark.parametrize("matrix", range(20))
    def test_nonsense_about_colours_does_not_cost_the_picture(self, matrix: int) -> None:
        frame = av.VideoFrame.from_ndarray(quarters(), format="rgb24").reformat(format="yuv420p")
        frame.colorspace = matrix
        assert to_rgb(frame, 160).shape == (120, 160, 3)

    def test_a_pixel_format_without_conversion_is_unreadable(self) -> None:
        with pytest.raises(SourceError) as caught:
            to_rgb(av.VideoFrame(64, 48, "rgb4"), 32)
        assert caught.value.failure is SourceFailure.UNREADABLE


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds, ten frames a second, a key frame every second."""
    return make_clip(tmp_path_factory.mktemp("video") / "clip.mp4", seconds=6, fps=10)


class TestIterFrames:
    def test_gives_the_wanted_rate_in_seconds_of_the_clip(self, clip: Path) -> None:
        times = [frame.captured_at for frame in iter_frames(clip, fps=5)]
        assert times == pytest.approx([n / 5 for n in range(30)])

    def test_scales_what_is_larger(self, clip: Path) -> None:
        frame = next(iter_frames(clip, fps=5, max_side=160))
        assert frame.image.shape == (120, 160, 3)

    def test_only_frames_that_are_given_are_converted(
        self, clip: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        converted = count()
        real = to_rgb

        def counting(frame: av.VideoFrame, max_side: int, rotation: int) -> RgbImage:
            next(converted)
            return real(frame, max_side, rotation)

        monkeypatch.setattr(video_module, "to_rgb", counting)
        assert len(list(iter_frames(clip, fps=2))) == 12
        assert next(converted) == 12

    @pytest.mark.parametrize(
        ("matrix", "moved"),
        [
            pytest.param(
                (0, 0x10000, 0, -0x10000, 0, 0, 240 << 16, 0, 0x40000000),
                {"top right": "top left", "bottom right": "top right"},
                id="a quarter clockwise",
            ),
            pytest.param(
                (-0x10000, 0, 0, 0, -0x10000, 0, 320 << 16, 240 << 16, 0x40000000),
                {"bottom right": "top left", "bottom left": "top right"},
                id="upside down",
            ),
            pytest.param(
                (0, -0x10000, 0, 0x10000, 0, 0, 0, 320 << 16, 0x40000000),
                {"bottom left": "top left", "top left": "top right"},
                id="a quarter anticlockwise",
            ),
        ],
    )
    def test_a_turned_camera_gives_upright_pictures(
        self, tmp_path: Path, matrix: tuple[int, ...], moved: dict[str, str]
    ) -> None:
        turned = make_clip(tmp_path / "turned.mp4", seconds=0.5, draw=lambda _: quarters())
        data = turned.read_bytes()
        track = data.index(b"tkhd")
        straight = struct.pack("!9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
        at = data.index(straight, track)
        turned.write_bytes(data[:at] + struct.pack("!9i", *matrix) + data[at + 36 :])
        image = next(iter_frames(turned, fps=5)).image
        found = corners_of(image)
        assert {place: found[place] for place in moved} == moved
        assert image.flags.c_contiguous

    def test_a_picture_that_changes_its_size_stays_within_the_limit(self, tmp_path: Path) -> None:
        parts = [
            make_clip(tmp_path / f"{size[0]}.h264", seconds=1, size=size).read_bytes()
            for size in ((320, 240), (640, 360))
        ]
        both = tmp_path / "both.h264"
        both.write_bytes(b"".join(parts))
        shapes = {frame.image.shape for frame in iter_frames(both, fps=100, max_side=400)}
        assert shapes == {(240, 320, 3), (225, 400, 3)}

    def test_two_recordings_in_one_file_are_one_rising_line(self, tmp_path: Path) -> None:
        part = make_clip(tmp_path / "part.ts", seconds=2).read_bytes()
        both = tmp_path / "both.ts"
        both.write_bytes(part + part)
        times = [frame.captured_at for frame in iter_frames(both, fps=10)]
        assert len(times) >= 38
        assert all(0 < b - a < 0.5 for a, b in pairwise(times))

    def test_nothing_decodable_is_unreadable(self, tmp_path: Path) -> None:
        # A stream joined after its only key frame.
        clip = make_clip(tmp_path / "clip.ts", seconds=2, gop=1000)
        with (
            RtspCamera(clip, start_at=1, hang_up_after=15) as camera,
            pytest.raises(SourceError) as caught,
        ):
            list(iter_frames(camera.url(), fps=5))
        assert caught.value.failure is SourceFailure.UNREADABLE

    def test_a_stop_ends_it_quietly(self, clip: Path) -> None:
        stop = Event()
        frames = iter_frames(clip, fps=5, stop=stop)
        next(frames)
        stop.set()
        assert list(frames) == []

    def test_a_stop_before_the_first_frame_is_no_complaint_about_the_source(
        self, clip: Path
    ) -> None:
        stop = Event()
        assert list(iter_frames(clip, fps=5, stop=stop, on_open=lambda _: stop.set())) == []
        with pytest.raises(SourceError) as caught:
            next(iter_frames(clip, fps=5, stop=stop))
        assert caught.value.failure is SourceFailure.ENDED

    def test_decoders_are_gone_with_their_threads_when_the_clip_is_over(self, clip: Path) -> None:
        def threads() -> int:
            return len(list(Path("/proc/self/task").iterdir()))

        if not Path("/proc/self/task").exists():
            pytest.skip("counts the process's threads as Linux shows them")
        gc.collect()
        before = threads()
        gc.disable()
        try:
            for _ in range(5):
                assert list(iter_frames(clip, fps=1))
            assert threads() <= before
        finally:
            gc.enable()

    def test_tells_when_the_source_has_answered(self, clip: Path) -> None:
        opened: list[bool] = []
        frames = iter_frames(clip, fps=5, on_open=lambda _: opened.append(True))
        assert opened == []
        next(frames)
        assert opened == [True]

    def test_a_decoder_that_cannot_keep_up_skips_to_a_key_frame(self, clip: Path) -> None:
        # Every frame of 0.1 s takes this clock 0.5 s.
        clock = count(1000.0, 0.5)
        times = [
            frame.captured_at
            for frame in iter_frames(clip, fps=10, clock=lambda: next(clock), paced=False)
        ]
        gaps = np.diff(times)
        assert (gaps > 0.15).any()
        # Where it goes on there is a key frame: one a second.
        for place in np.flatnonzero(gaps > 0.15):
            assert (times[place + 1] - 1000.0) % 1 == pytest.approx(0, abs=1e-6)

    def test_bare_jpegs_are_as_old_as_their_arrival(self, tmp_path: Path) -> None:
        # Ten pictures in one second; FFmpeg would take them for 0.4 s.
        jpegs = make_clip(
            tmp_path / "clip.mpjpeg", seconds=1, codec="mjpeg", container_format="mpjpeg"
        )
        kind = "multipart/x-mixed-replace;boundary=ffmpeg"
        with HttpCamera(jpegs.read_bytes(), live=True, seconds=1, content_type=kind) as camera:
            frames = list(iter_frames(camera.url(), fps=20, clock=time.monotonic))
            assert len(frames) >= 4
            assert 0.6 < frames[-1].captured_at - frames[0].captured_at < 5
            # What comes at one and the same moment counts once.
            assert len(list(iter_frames(camera.url(), fps=20, clock=lambda: 7.0))) == 1
