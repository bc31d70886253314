"""Privacy masks: areas that are black before anybody, or anything, looks at the picture.

What a reader would get wrong: the mask changes the picture it is given. The original must not
survive next to the masked copy.
"""

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

from .datatypes import Frame, RgbImage
from .zones import Points

SEAM = 3
"""Pixels of the line around each area: what an edge touches is black as a whole."""


class PrivacyMask:
    """The masks of one camera. Any thread; blocks for the time of one pass over the picture."""

    def __init__(self, areas: Iterable[Points]) -> None:
        """Black out these areas (shares of the picture) from now on."""
        self._areas = tuple(areas)
        self._seen: RgbImage | None = None
        """For one size of picture: 255 where it may be seen, else 0. As many values as the
        picture has, which takes a thirtieth of the time of picking pixels."""

    @property
    def hides(self) -> bool:
        """Whether there is anything to black out."""
        return bool(self._areas)

    def apply(self, frame: Frame) -> Frame:
        """Return the frame with its masked areas black; in place where the picture is ours."""
        image = frame.image
        if not self._areas or image.ndim != 3:
            return frame
        # Read once: another thread may exchange it for a picture of another size.
        seen = self._seen
        if seen is None or seen.shape != image.shape:
            seen = self._seen = _drawn(self._areas, image)
        if not image.flags.writeable:
            image = image.copy()
        np.bitwise_and(image, seen, out=image)
        return Frame(image, frame.captured_at)


NO_MASK = PrivacyMask(())


def _drawn(areas: Iterable[Points], image: RgbImage) -> RgbImage:
    """Return a picture of this size, black in every area and on its edge, else white."""
    height, width = image.shape[:2]
    canvas = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(canvas)
    for points in areas:
        corners = [(x * width, y * height) for x, y in points]
        draw.polygon(corners, fill="black")
        draw.line([*corners, *corners[:2]], fill="black", width=SEAM, joint="curve")
    return np.array(canvas)
