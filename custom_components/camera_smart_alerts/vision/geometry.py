"""Boxes and pictures brought to the size a network wants, and back.

Boxes are arrays of shape (n, 4), ``xyxy`` pixels, origin top left. What a reader would get wrong:
the letterbox puts the picture in the top left corner and pads right and below, so going back to
the picture's own pixels is a division and nothing else.
"""

from functools import lru_cache
import math

import av
from av.video.reformatter import Interpolation
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .datatypes import Box, RgbImage
from .errors import ImageError

type Floats = NDArray[np.float32]

PADDING = 114
"""Grey around a letterboxed picture. Black measures the same."""
MIN_SIDE = 8
"""Pixels. Less than this shows nothing."""


def check_image(image: RgbImage) -> None:
    """Raise ``ImageError`` unless this is a picture of (height, width, 3) bytes worth a look."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ImageError(f"not an RGB picture: {image.dtype} {image.shape}")
    if min(image.shape[:2]) < MIN_SIDE:
        raise ImageError(f"picture too small: {image.shape[1]} x {image.shape[0]}")


def whole_pixels(region: Box, image: RgbImage) -> Box:
    """Return ``region`` grown to whole pixels and cut to the picture.

    Raises:
        ImageError: Less than ``MIN_SIDE`` pixels of the region lie inside the picture.
    """
    height, width = image.shape[:2]
    if not all(map(math.isfinite, region)):
        raise ImageError("region is not finite")
    inside = Box(
        max(0, math.floor(region.x1)),
        max(0, math.floor(region.y1)),
        min(width, math.ceil(region.x2)),
        min(height, math.ceil(region.y2)),
    )
    if min(inside.x2 - inside.x1, inside.y2 - inside.y1) < MIN_SIDE:
        raise ImageError("region outside the picture")
    return inside


@lru_cache(maxsize=64)
def input_size(height: int, width: int, *, area: int, step: int) -> tuple[int, int]:
    """Return the (height, width) in multiples of ``step`` that shows a picture largest.

    A network that accepts any size sees a wide picture a quarter larger at the same cost if its
    input is wide too, instead of a square with two grey bars.

    Args:
        height: Of the picture, in pixels.
        width: Of the picture, in pixels.
        area: Most pixels the result may have; at least ``step * step``.
        step: What both sides must be multiples of.
    """
    most = area // (step * step)
    columns = np.arange(1, most + 1)
    scale = np.minimum(most // columns * step / height, columns * step / width).max()
    # Rounding: a side that fits exactly must not grow by a step because of the last bit.
    rows_needed = math.ceil(round(height * scale / step, 6))
    columns_needed = math.ceil(round(width * scale / step, 6))
    return max(1, rows_needed) * step, max(1, columns_needed) * step


def letterbox(image: RgbImage, canvas: RgbImage, *, mirrored: bool = False) -> tuple[float, float]:
    """Draw the picture as large as fits into the top left of ``canvas``; return the scale (x, y).

    Args:
        image: (height, width, 3), also a view that is not contiguous.
        canvas: (height, width, 3), contiguous, overwritten in full.
        mirrored: Draw it with left and right exchanged.
    """
    height, width = image.shape[:2]
    full_height, full_width = canvas.shape[:2]
    scale = min(full_width / width, full_height / height)
    new_width = min(full_width, max(1, round(width * scale)))
    new_height = min(full_height, max(1, round(height * scale)))
    # Means of whole pixels first, then the fraction that remains: half the time of one big filter.
    factors = width // new_width, height // new_height
    if max(factors) > 1:
        image = np.asarray(Image.fromarray(np.ascontiguousarray(image)).reduce(factors))
    elif image.strides[1:] != (3, 1):
        image = np.ascontiguousarray(image)
    # FFmpeg's scaler takes a third to half of the time of Pillow's, for the same picture.
    resized = av.VideoFrame.from_numpy_buffer(image, "rgb24").reformat(
        new_width, new_height, "rgb24", interpolation=Interpolation.AREA, threads=1
    )
    drawn = resized.to_ndarray()
    canvas[:new_height, :new_width] = drawn[:, ::-1] if mirrored else drawn
    canvas[new_height:] = PADDING
    canvas[:new_height, new_width:] = PADDING
    return new_width / width, new_height / height


def areas(boxes: Floats) -> Floats:
    """Return the area of each box, shape (n,)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def overlap_matrix(first: Floats, second: Floats) -> Floats:
    """Return the area that every pair of boxes shares, shape (len(first), len(second))."""
    a, b = first.T[:, :, None], second.T[:, None, :]
    widths = np.maximum(np.minimum(a[2], b[2]) - np.maximum(a[0], b[0]), 0)
    heights = np.maximum(np.minimum(a[3], b[3]) - np.maximum(a[1], b[1]), 0)
    shared: Floats = widths * heights
    return shared


def iou_matrix(first: Floats, second: Floats) -> Floats:
    """Return intersection over union of every pair of boxes, shape (len(first), len(second))."""
    shared = overlap_matrix(first, second)
    union = areas(first)[:, None] + areas(second)[None] - shared
    ratio: Floats = shared / np.maximum(union, np.float32(1e-6))
    return ratio


def inside_matrix(first: Floats, second: Floats) -> Floats:
    """Return the share of each of the first boxes that lies in each of the second, 0 to 1."""
    ratio: Floats = (
        overlap_matrix(first, second) / np.maximum(areas(first), np.float32(1e-6))[:, None]
    )
    return ratio


def nms(boxes: Floats, labels: NDArray[np.intp], limit: float) -> NDArray[np.bool_]:
    """Return which boxes stay when each suppresses the weaker ones of its label it covers.

    The result is that of greedy non-maximum suppression, reached by matrix steps instead of a
    loop over boxes (Cluster-NMS, Zheng et al. 2020): as many steps as the longest chain of boxes
    that suppress each other, which is two or three.

    Args:
        boxes: (n, 4), strongest first.
        labels: (n,).
        limit: Intersection over union above which two boxes are the same thing.
    """
    covers = (iou_matrix(boxes, boxes) > limit) & (labels[:, None] == labels[None])
    covers = np.triu(covers, 1)
    stays = np.logical_not(covers.any(axis=0))
    while not np.array_equal(stays, after := np.logical_not(covers[stays].any(axis=0))):
        stays = after
    return stays
