"""Privacy masks: areas that are black before anybody, or anything, looks at the picture.

What a reader would get wrong: the mask changes the picture it is given. The original must not
survive next to the masked copy.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
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
        self._hidden: NDArray[np.bool_] | None = None

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
        hidden = self._hidden
        if hidden is None or hidden.shape != image.shape[:2]:
            hidden = self._hidden = _drawn(self._areas, image)
        if not image.flags.writeable:
            image = image.copy()
        image[hidden] = 0
        return Frame(image, frame.captured_at)


NO_MASK = PrivacyMask(())


def _drawn(areas: Iterable[Points], image: RgbImage) -> NDArray[np.bool_]:
    """Return which pixels of a picture of this size lie in an area or on its edge."""
    height, width = image.shape[:2]
    canvas = Image.new("1", (width, height))
    draw = ImageDraw.Draw(canvas)
    for points in areas:
        corners = [(x * width, y * height) for x, y in points]
        draw.polygon(corners, fill=1)
        draw.line([*corners, *corners[:2]], fill=1, width=SEAM, joint="curve")
    return np.array(canvas, bool)
