"""Pictures for people: what was seen drawn on a copy, and JPEG, PNG and WebP in and out.

Lines and letters are sized after the picture, so a label can be read on a phone whatever the
camera's resolution. Nothing here changes the picture it is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
import struct
from typing import Self, cast
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from .datatypes import Box, Detection, Frame, Kind, RgbImage
from .errors import ImageError
from .mask import PrivacyMask
from .video import scale_for
from .zones import Zone

MAX_PIXELS = 64_000_000
"""A picture that claims more is refused before anything is decoded. 8K has 33 million."""

type _Colour = tuple[int, int, int]
type _Area = tuple[int, int, int, int]
"""Whole pixels: left, top, right, bottom; the last two lie just outside."""

_COLOURS: Mapping[Kind, _Colour] = {
    Kind.PERSON: (255, 179, 0),
    Kind.ANIMAL: (102, 217, 120),
    Kind.VEHICLE: (79, 195, 247),
}
_INCLUDED, _EXCLUDED = (129, 199, 132), (239, 83, 80)
_WHITE, _INK = (255, 255, 255), (17, 20, 24)
_DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise on damaged data, each after its own fashion."""


def annotate(
    image: RgbImage,
    detections: Iterable[Detection],
    *,
    labels: Mapping[Kind, str] | None = None,
    title: str = "",
) -> RgbImage:
    """Return a copy with a box around every detection and labels such as "Person 92 %".

    Args:
        image: Left as it is.
        detections: Boxes in pixels of ``image``; what lies outside of it is not drawn.
        labels: What to call a kind; its English name by default.
        title: A line in the lower left corner, for example the camera and the time.

    Raises:
        ImageError: ``image`` is empty or no RGB picture.
    """
    _check(image)
    canvas = Image.fromarray(image)
    draw = ImageDraw.Draw(canvas)
    # The surest last: its box lies on top.
    seen = sorted(
        ((area, found) for found in detections if (area := _visible(found.box, canvas.size))),
        key=lambda pair: pair[1].confidence,
    )
    for area, found in seen:
        _outline(draw, area, _COLOURS[found.kind])
    taken: list[_Area] = []
    if title:
        line = _Chip.fitting(title, canvas.size)
        taken.append((0, canvas.height - line.height, line.width, canvas.height))
        line.paint(draw, taken[0], ground=_INK, ink=_WHITE)
    # And the surest first: in a crowd there is not room for every label.
    for area, found in reversed(seen):
        name = (labels or {}).get(found.kind, found.kind.capitalize())
        text = f"{name} {found.confidence * 100:.0f} %"
        chip = _Chip.fitting(text, canvas.size)
        if spot := chip.place(area, canvas.size, taken):
            chip.paint(draw, spot, ground=_COLOURS[found.kind], ink=_INK)
            taken.append(spot)
    return np.array(canvas)


def draw_zones(image: RgbImage, zones: Iterable[Zone]) -> RgbImage:
    """Return a copy with the outline and the name of every zone, excluded ones in red.

    Raises:
        ImageError: ``image`` is empty or no RGB picture.
    """
    _check(image)
    canvas = Image.fromarray(image)
    draw = ImageDraw.Draw(canvas)
    line = max(2, round(min(canvas.size) / 240))
    for zone in zones:
        colour = _EXCLUDED if zone.exclude else _INCLUDED
        corners = [(x * (canvas.width - 1), y * (canvas.height - 1)) for x, y in zone.points]
        # A dark seam keeps the line visible on a ground of its own colour.
        for ink, width in ((_INK, line + 2), (colour, line)):
            draw.line([*corners, *corners[:2]], fill=ink, width=width, joint="curve")
        left, top = min(x for x, _ in corners), min(y for _, y in corners)
        chip = _Chip.fitting(zone.name, canvas.size)
        x = max(0, min(round(left), canvas.width - chip.width))
        y = max(0, min(round(top), canvas.height - chip.height))
        chip.paint(draw, (x, y, x + chip.width, y + chip.height), ground=colour, ink=_INK)
    return np.array(canvas)


def encode_jpeg(image: RgbImage, quality: int = 85) -> bytes:
    """Return ``image`` as JPEG, at a ``quality`` of 1 to 95.

    Raises:
        ImageError: ``image`` is empty, no RGB picture, or has more than 65,500 pixels a side.
    """
    _check(image)
    out = BytesIO()
    try:
        # Colours at half the width but full height: thin coloured lines stay clean.
        Image.fromarray(image).save(out, "JPEG", quality=quality, subsampling="4:2:2")
    except OSError:
        raise ImageError("too large for a JPEG") from None
    return out.getvalue()


def decode_image(data: bytes, max_side: int = 1280) -> RgbImage:
    """Return a JPEG, PNG or WebP picture as RGB, upright, its longer side at most ``max_side``.

    A large JPEG is decoded at an eighth, a quarter or half of its size, straight from its
    coefficients: an 8K still costs little more than the picture that comes out.

    Raises:
        ImageError: Damaged, cut off, of another format, or of more than ``MAX_PIXELS``.
    """
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ImageError("the picture is too large")
            size = scale_for(*picture.size, max_side)
            picture.draft("RGB", size)
            small = picture.convert("RGB").resize(size, Image.Resampling.BOX, reducing_gap=2.0)
            return np.array(_upright(small))
    except _DAMAGED as err:
        raise ImageError(f"not a readable picture ({type(err).__name__})") from None


def masked_jpeg(data: bytes, mask: PrivacyMask) -> bytes:
    """Return a JPEG, PNG or WebP picture as JPEG with the masked areas black.

    Raises:
        ImageError: As ``decode_image``.
    """
    return encode_jpeg(mask.apply(Frame(decode_image(data), 0.0)).image)


def _check(image: RgbImage) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ImageError(f"not an RGB picture: {image.dtype} {image.shape}")


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except _DAMAGED:  # Unreadable notes beside a good picture.
        return picture


def _visible(box: Box, canvas: tuple[int, int]) -> _Area | None:
    left, top = max(0, round(box.x1)), max(0, round(box.y1))
    right, bottom = min(canvas[0], round(box.x2)), min(canvas[1], round(box.y2))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _outline(draw: ImageDraw.ImageDraw, area: _Area, colour: _Colour) -> None:
    line = max(2, round(min(draw.im.size) / 240))
    left, top, right, bottom = area[0], area[1], area[2] - 1, area[3] - 1
    # A dark seam keeps the box visible on a ground of its own colour.
    draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=_INK, width=line + 2)
    draw.rectangle((left, top, right, bottom), outline=colour, width=line)


@dataclass(frozen=True, slots=True)
class _Chip:
    """A line of text on a coloured ground."""

    text: str
    font: ImageFont.FreeTypeFont
    width: int
    height: int

    @classmethod
    def fitting(cls, text: str, canvas: tuple[int, int]) -> Self:
        """Letters in proportion to the picture, smaller where the line would not fit."""
        points = max(12, round(min(canvas) / 20))
        needed = _font(points).getlength(text) + 0.8 * points
        if needed > canvas[0]:
            points = max(1, int(points * canvas[0] / needed))
        font = _font(points)
        width = round(font.getlength(text) + 0.8 * points)
        return cls(text, font, min(width, canvas[0]), min(round(1.4 * points), canvas[1]))

    def place(self, box: _Area, canvas: tuple[int, int], taken: Sequence[_Area]) -> _Area | None:
        """Return where it covers no other: over its box, in it or under it. None: nowhere."""
        left = max(0, min(box[0], canvas[0] - self.width))
        tops = (box[1] - self.height, box[1], box[3], box[3] - self.height)
        areas = [
            (left, top, left + self.width, top + self.height)
            for top in tops
            if 0 <= top <= canvas[1] - self.height
        ] or [(left, 0, left + self.width, self.height)]
        free = (area for area in areas if not any(_overlap(area, other) for other in taken))
        return next(free, None)

    def paint(
        self, draw: ImageDraw.ImageDraw, area: _Area, *, ground: _Colour, ink: _Colour
    ) -> None:
        left, top, right, bottom = area
        draw.rectangle((left, top, right - 1, bottom - 1), fill=ground)
        middle = ((left + right) / 2, (top + bottom) / 2)
        draw.text(middle, self.text, fill=ink, font=self.font, anchor="mm")


@lru_cache(maxsize=32)
def _font(points: int) -> ImageFont.FreeTypeFont:
    return cast("ImageFont.FreeTypeFont", ImageFont.load_default(points))


def _overlap(one: _Area, other: _Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
