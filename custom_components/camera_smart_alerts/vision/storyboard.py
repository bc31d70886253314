"""A moving preview of a session: a few small frames, spread over it, as one GIF.

No video is kept: what remains of a session is at most ``MOST`` small frames, and they go when the
preview is made. Everything here works on pixels, so it belongs in a thread, ``add`` included.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image

from .datatypes import Box, Observation, RgbImage
from .errors import ImageError
from .style import PictureStyle, apply_style
from .video import scale_for

MOST: Final = 10
"""Frames kept of a session."""
MAX_SIDE: Final = 480
"""Pixels of the longer side of a preview."""
MAX_BYTES: Final = 400_000
"""Of a preview."""

_LEAST: Final = 2
"""Frames below which nothing moves."""
_EMPTY: Final = 0.2
"""Worth of a frame in which nothing was seen, compared with one that is sure."""
_STEPS: Final = ((480, 128), (400, 96), (320, 64), (240, 48), (160, 32), (120, 16), (64, 8))
"""Longer side and colours, from the best to one that surely fits."""


def encode_storyboard(
    frames: Sequence[RgbImage],
    *,
    frame_s: float = 0.6,
    max_side: int = MAX_SIDE,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """Return frames as an animated GIF that starts over for ever.

    Args:
        frames: In their order; all are brought to the size of the first.
        frame_s: Seconds each is shown; the last twice as long.
        max_side: Pixels of the longer side, at most.
        max_bytes: Size of the GIF, at most; the picture gets smaller and poorer until it fits.

    Raises:
        ImageError: There is no frame, or it does not fit however small.
    """
    if not frames:
        raise ImageError("no frames")
    height, width = frames[0].shape[:2]
    for side, colours in _STEPS:
        size = scale_for(width, height, min(side, max_side))
        data = _gif(frames, size, colours, frame_s)
        if len(data) <= max_bytes:
            return data
    raise ImageError("too large for a preview")


def _gif(frames: Sequence[RgbImage], size: tuple[int, int], colours: int, frame_s: float) -> bytes:
    pictures = [
        Image.fromarray(frame)
        .resize(size, Image.Resampling.BOX)
        .quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        for frame in frames
    ]
    shown_ms = round(1000 * frame_s)
    out = BytesIO()
    pictures[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=[shown_ms] * (len(pictures) - 1) + [2 * shown_ms],
        loop=0,
        optimize=False,
    )
    return out.getvalue()


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A small frame, when it was captured, and how much it is worth."""

    image: RgbImage
    at: float
    """Monotonic seconds."""
    worth: float
    """0 to 1."""


class Storyboard:
    """Keeps few small frames of a session whose length nobody knows beforehand.

    Not for several threads at once: ``add`` as frames are analysed, ``encode`` when they are.
    """

    def __init__(
        self,
        most: int = MOST,
        max_side: int = MAX_SIDE,
        style: PictureStyle = PictureStyle.FULL,
    ) -> None:
        """Start empty; frames are kept as ``style`` allows, and none if it allows none."""
        self._most = most
        self._max_side = max_side
        self._style = style
        self._kept: list[_Kept] = []

    def __len__(self) -> int:
        """Return how many frames are kept."""
        return len(self._kept)

    @property
    def times(self) -> list[float]:
        """When each kept frame was captured, monotonic seconds."""
        return [one.at for one in self._kept]

    def add(self, observation: Observation) -> None:
        """Take in an analysed frame; a smaller copy is kept, or another one goes for it.

        Blocking: it scales the frame down.
        """
        if self._style is PictureStyle.NONE:
            return
        sure = max((one.confidence for one in observation.detections), default=0.0)
        image = _small(observation, self._max_side, self._style)
        self._kept.append(_Kept(image, observation.frame.captured_at, max(_EMPTY, sure)))
        if len(self._kept) > self._most:
            del self._kept[self._least()]

    def encode(self) -> bytes | None:
        """Return the preview as GIF, None where there is too little for one to move. Blocking."""
        if len(self._kept) < _LEAST:
            return None
        return encode_storyboard([one.image for one in self._kept], max_side=self._max_side)

    def _least(self) -> int:
        """Return which frame is missed least: unsure, and close to those beside it."""
        times = self.times
        # The first one shows how it began. The newest stays for now: what comes after it decides
        # how close it is.
        gaps = [3 * (times[1] - times[0])]
        gaps += [times[i + 1] - times[i - 1] for i in range(1, len(times) - 1)]
        missed = [gap * one.worth for gap, one in zip(gaps, self._kept, strict=False)]
        return missed.index(min(missed))


def _small(observation: Observation, max_side: int, style: PictureStyle) -> RgbImage:
    """Return a frame at the size of a preview, of which nothing is left that its style hides."""
    image = observation.frame.image
    height, width = image.shape[:2]
    size = scale_for(width, height, max_side)
    small: RgbImage = np.array(Image.fromarray(image).resize(size, Image.Resampling.BOX))
    if style is PictureStyle.FULL:
        return small
    scale = np.tile(np.array(size) / (width, height), 2)

    def scaled(box: Box) -> Box:
        return Box(*(scale * box).tolist())

    shown = [replace(one, box=scaled(one.box)) for one in observation.detections]
    return apply_style(small, shown, style, [scaled(box) for box in observation.people])
