"""Pictures and what cameras make of them: JPEG, video files, video bytes."""

from collections.abc import Callable
import io
import threading
from typing import Any, override

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

type Pictures = Callable[[int], NDArray[np.uint8]]
"""The RGB picture of an index; a camera counts up from 0."""


def moving_square(index: int, *, width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """Return a picture that differs from every other: a bright square wanders over a gradient."""
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 200, width, dtype=np.uint8)
    image[..., 1] = np.linspace(0, 200, height, dtype=np.uint8)[:, None]
    image[..., 2] = 60
    x, y = (index * 7) % (width - 40), (index * 3) % (height - 40)
    image[y : y + 40, x : x + 40] = 255
    return image


def jpeg(image: NDArray[np.uint8], quality: int = 90) -> bytes:
    """Return the picture as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


class Encoder:
    """Encodes pictures as H.264 into a path or a file-like object, one by one (blocking)."""

    def __init__(self, target: Any, first: NDArray[np.uint8], fps: int, **options: Any) -> None:
        self._lock = threading.Lock()
        self._open = True
        self._output = av.open(target, "w", **options)
        self._stream = self._output.add_stream("libx264", rate=fps)
        self._stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(fps)}
        self._stream.pix_fmt = "yuv420p"
        self._stream.height, self._stream.width = first.shape[:2]

    def add(self, image: NDArray[np.uint8]) -> None:
        """Write one picture, unless closed."""
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        with self._lock:
            if self._open:
                self._output.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is left; any thread, also while another adds."""
        with self._lock:
            self._open = False
            self._output.mux(self._stream.encode())
            self._output.close()


def write_clip(path: str, pictures: Pictures, frames: int, fps: int) -> None:
    """Write a video file (blocking)."""
    encoder = Encoder(path, pictures(0), fps)
    for index in range(frames):
        encoder.add(pictures(index))
    encoder.close()


class ByteSink(io.RawIOBase):
    """Collects what a muxer writes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def drain(self) -> bytes:
        """Remove and return what was written since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def frames_of(picture: bytes) -> list[NDArray[np.uint8]]:
    """Return the frames of a moving picture, or the one of a still, RGB."""
    moving = Image.open(io.BytesIO(picture))
    frames = []
    for number in range(getattr(moving, "n_frames", 1)):
        moving.seek(number)
        frames.append(np.asarray(moving.convert("RGB")))
    return frames
