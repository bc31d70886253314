"""A kept picture made fit for strangers: masks black, whoever may be a person or a vehicle smeared.

Vehicles, because plates name people. What a reader would get wrong: whom the network does not find
is not covered, so somebody has to look at what comes out. The bar is far lower than that of an
alert: much is covered in which nobody is.
"""

from collections.abc import Collection, Iterator
from typing import Protocol

from .annotate import decode_image, encode_jpeg
from .datatypes import Box, Detection, Frame, Kind, RgbImage
from .mask import PrivacyMask
from .style import PictureStyle, apply_style

COVERED = (Kind.PERSON, Kind.VEHICLE)
MIN_CONFIDENCE = 0.1
"""Half of it covers a few heads more, and seven eighths of every picture."""
CLOSER = 0.6
"""Sides of the four closer looks, one into each corner, in sides of the picture."""


class Examiner(Protocol):
    """What ``redact`` needs of a detector."""

    def examine(self, image: RgbImage, min_confidence: float) -> list[Detection]:
        """Return what is seen in a still picture."""

    def detect(self, image: RgbImage, region: Box | None, min_confidence: float) -> list[Detection]:
        """Return what is seen in a region of it, in pixels of the picture."""


def redact(
    detector: Examiner, picture: bytes, mask: PrivacyMask, known: Collection[Box] = ()
) -> bytes:
    """Return a picture with its masks black, and people and vehicles smeared, as a new JPEG.

    Six inferences; belongs in the inference thread.

    Args:
        detector: Looks for them.
        picture: JPEG, PNG or WebP.
        mask: What the camera must not show.
        known: Where somebody was seen before, as shares of the picture's width and height.

    Raises:
        ImageError: The picture cannot be read, or is too small to look at.
        ModelError: The network failed.
    """
    image = mask.apply(Frame(decode_image(picture), 0.0)).image
    height, width = image.shape[:2]
    found = [one.box for one in _seen(detector, image) if one.kind in COVERED]
    found += [Box(x1 * width, y1 * height, x2 * width, y2 * height) for x1, y1, x2, y2 in known]
    covered = apply_style(image, (), PictureStyle.BLURRED, found)
    # Again: a smear runs over the edge of a mask.
    return encode_jpeg(mask.apply(Frame(covered, 0.0)).image)


def _seen(detector: Examiner, image: RgbImage) -> Iterator[Detection]:
    yield from detector.examine(image, MIN_CONFIDENCE)
    height, width = image.shape[:2]
    for top in (0.0, (1 - CLOSER) * height):
        for left in (0.0, (1 - CLOSER) * width):
            corner = Box(left, top, left + CLOSER * width, top + CLOSER * height)
            yield from detector.detect(image, corner, MIN_CONFIDENCE)
