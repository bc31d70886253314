"""Picture styles: how much of what a camera sees may be kept and sent.

What a reader would get wrong: what is hidden is drawn anew from a few averages, never just
softened. A weak blur can be calculated back; an average over a fifth of a face cannot. Only
people the network sees, however doubtfully, can be blurred; the silhouette hides the whole scene
for this reason. Everything here works on pixels, so it belongs in a thread.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .datatypes import Box, Detection, Kind, RgbImage
from .geometry import iou_matrix

PARTS = 8
"""Averages along the longer side of whoever is blurred: about one for a standing person's head,
five for a face that fills the box."""
LEAST_PART = 4
"""Pixels along the side of an average, at least."""
MARGIN = 0.15
"""Added on every side of a box, in lengths of that side: boxes cut off hands and hair."""
LEAST_MARGIN = 4
"""Pixels of it, at least."""
SCENE_PARTS = 20
"""Averages along the longer side of a whole scene."""
GHOST_FRAMES = 3
"""For how many frames somebody the network loses is still hidden where they were."""

_SAME = 0.1
"""Overlap (intersection over union) from which somebody is not lost, only seen elsewhere."""
_FIGURE, _EDGE = (38, 50, 56), (236, 239, 241)

type _Area = tuple[int, int, int, int]
"""Whole pixels: left, top, right, bottom; the last two lie just outside."""


class PictureStyle(StrEnum):
    """What an alert's picture shows."""

    FULL = "full"
    BLURRED = "blurred"
    """The scene, with everybody in it unrecognisable."""
    SILHOUETTE = "silhouette"
    """Figures over a scene of which only light and dark are left."""
    NONE = "none"
    """No picture at all."""


def people_in(seen: Iterable[Detection], before: Iterable[Sequence[Box]] = ()) -> tuple[Box, ...]:
    """Return the boxes of all who might be people, however unsure the network is.

    Args:
        seen: In this frame.
        before: The boxes of the frames before; whoever was there and is seen nowhere near now
            may only have been lost.
    """
    now = [one.box for one in seen if one.kind is Kind.PERSON]
    lost = [box for boxes in before for box in boxes]
    if now and lost:
        overlaps = iou_matrix(np.array(lost, np.float32), np.array(now, np.float32)).max(axis=1)
        lost = [box for box, most in zip(lost, overlaps, strict=True) if most < _SAME]
    return (*now, *lost)


def apply_style(
    image: RgbImage,
    detections: Iterable[Detection],
    style: PictureStyle,
    hidden: Iterable[Box] = (),
) -> RgbImage:
    """Return the picture as its style allows; the very same one where that is all of it.

    Args:
        image: Left as it is.
        detections: What is shown of it. People among them are hidden, or drawn as figures.
        style: With ``NONE`` the picture comes out black.
        hidden: Boxes of others who may be people, ``Observation.people``.
    """
    people = [one.box for one in detections if one.kind is Kind.PERSON]
    if style is PictureStyle.FULL:
        return image
    if style is PictureStyle.BLURRED:
        return _blurred(image, {*people, *hidden})
    if style is PictureStyle.SILHOUETTE:
        return _silhouette(image, people)
    return np.zeros_like(image)


def _blurred(image: RgbImage, boxes: Iterable[Box]) -> RgbImage:
    """Return a copy in which nothing finer than a few averages is left of each box."""
    areas = sorted(_areas(image, boxes), key=_length)
    if not areas:
        return image
    canvas = Image.fromarray(image)
    # The largest last, made from what the smaller ones left: where they overlap, the coarser wins.
    for area in areas:
        part = max(LEAST_PART, _length(area) / PARTS)
        canvas.paste(_averaged(canvas.crop(area), part), area[:2])
    return np.array(canvas)


def _silhouette(image: RgbImage, people: Iterable[Box]) -> RgbImage:
    """Return a picture of figures over a scene without any detail."""
    part = max(LEAST_PART, max(image.shape[:2]) / SCENE_PARTS)
    canvas = _averaged(Image.fromarray(image), part)
    draw = ImageDraw.Draw(canvas)
    line = max(1, min(canvas.size) // 240)
    # The smallest last, as it is the farthest: else it might stand unseen behind the others.
    for area in sorted(_areas(image, people, margin=0.0), key=_length, reverse=True):
        _draw_figure(draw, area, line)
    return np.array(canvas)


def _averaged(picture: Image.Image, part: float) -> Image.Image:
    """Return a picture made from averages over parts of so many pixels."""
    size = tuple(max(1, round(side / part)) for side in picture.size)
    few = picture.resize((size[0], size[1]), Image.Resampling.BOX)
    # Mosaics are unpleasant to look at; what flows into each other says no more.
    wide = few.resize(picture.size, Image.Resampling.BILINEAR)
    return wide.filter(ImageFilter.BoxBlur(part / 4))


def _draw_figure(draw: ImageDraw.ImageDraw, area: _Area, line: int) -> None:
    """Draw head and shoulders into an upright area, a rounded shape into any other."""
    left, top, right, bottom = area[0], area[1], area[2] - 1, area[3] - 1
    width, height = right - left, bottom - top
    if height < 1.2 * width or width < 4:
        draw.rounded_rectangle((left, top, right, bottom), min(width, height) / 2, _FIGURE, _EDGE)
        return
    head = min(0.5 * width, 0.22 * height)
    middle = (left + right) / 2
    # Half the width from head to feet in a person's box is arms and steps.
    half = 0.42 * width
    body = (middle - half, top + 1.05 * head, middle + half, bottom)
    draw.rounded_rectangle(body, 0.8 * half, _FIGURE, _EDGE, line)
    draw.ellipse((middle - head / 2, top, middle + head / 2, top + head), _FIGURE, _EDGE, line)


def _areas(image: RgbImage, boxes: Iterable[Box], margin: float = MARGIN) -> list[_Area]:
    """Return the parts of a picture that boxes cover with their margin, in whole pixels."""
    height, width = image.shape[:2]
    sides = np.array(list(boxes), np.float64).reshape(-1, 4)
    lengths = sides[:, 2:] - sides[:, :2]
    room = np.maximum(margin * lengths, LEAST_MARGIN * (margin > 0))
    corners = np.hstack([np.floor(sides[:, :2] - room), np.ceil(sides[:, 2:] + room)])
    inside = np.clip(corners, 0, [width, height, width, height]).astype(int)
    visible = (inside[:, 2:] > inside[:, :2]).all(axis=1)
    return [(area[0], area[1], area[2], area[3]) for area in inside[visible].tolist()]


def _length(area: _Area) -> int:
    return max(area[2] - area[0], area[3] - area[1])
