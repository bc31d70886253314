"""Footage made in the test: real H.264 in real containers, a few kilobytes each."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream
import numpy as np
from numpy.typing import NDArray

# Not imported from the package under test: that one has two names (vision and its full one).
type RgbImage = NDArray[np.uint8]
type Draw = Callable[[int], RgbImage]


def moving_square(size: tuple[int, int]) -> Draw:
    """A bright square that wanders over a grey, textured ground."""
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    ground = (96 + 32 * ((rows // 16 + columns // 16) % 2)).astype(np.uint8)
    side = max(2, min(size) // 4)

    def draw(index: int) -> RgbImage:
        picture = np.repeat(ground[:, :, None], 3, axis=2)
        x = (index * max(1, side // 8)) % max(1, width - side)
        y = (height - side) // 2
        picture[y : y + side, x : x + side] = (230, 60, 40)
        return picture

    return draw


def make_clip(
    path: Path,
    *,
    seconds: float = 2.0,
    fps: int = 10,
    size: tuple[int, int] = (320, 240),
    draw: Draw | None = None,
    gop: int = 10,
    codec: str = "libx264",
    container_format: str | None = None,
    container_options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Encode ``seconds`` of video and return ``path``; its ending names the container.

    Args:
        path: Where to write. ``.mp4``, ``.mkv``, ``.ts``, ``.avi``...
        seconds: Length; at least one frame is written.
        fps: Frames per second.
        size: (width, height), both even.
        draw: Frame number to picture of that size; a wandering square by default.
        gop: A key frame every so many frames.
        codec: PyAV's name of the encoder.
        container_format: FFmpeg's name where the ending does not tell.
        container_options: For the muxer, for example ``{"movflags": "faststart"}``.
        codec_options: For the encoder; by default fast and without B-frames, like a camera.
    """
    draw = draw or moving_square(size)
    options = {"preset": "ultrafast", "tune": "zerolatency"} if codec == "libx264" else {}
    options |= codec_options or {}
    with av.open(path, "w", format=container_format, options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=fps, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.gop_size = gop
        stream.codec_context.time_base = Fraction(1, fps)
        for index in range(max(1, round(seconds * fps))):
            frame = av.VideoFrame.from_ndarray(draw(index), format="rgb24")
            frame.pts = index
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
