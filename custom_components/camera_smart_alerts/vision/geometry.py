"""Boxes and pictures brought to the size a network wants, and back.

Boxes are arrays of shape (n, 4), ``xyxy`` pixels, origin top left. What a reader would get wrong:
the letterbox puts the picture in the top left corner and pads right and below, so going back to
the picture's own pixels is a division and nothing else.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .datatypes import Box, RgbImage
from .errors import ImageError

type Floats = NDArray[np.float32]

PADDING = 114
"""Grey around a letterboxed picture, as in the training of the YOLO family and its heirs."""
MIN_SIDE = 8
"""Pixels. Less than this shows nothing."""


def check_image(image: RgbImage) -> None:
    """Raise ``ImageError`` unless this is a picture of (height, width, 3) bytes worth a look."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ImageError(f"not an RGB picture: {image.dtype} {image.shape}")
    if min(image.shape[:2]) < MIN_SIDE:
        raise ImageError(f"picture too small: {image.shape[1]} x {image.shape[0]}")


def cut(image: RgbImage, region: Box) -> tuple[RgbImage, float, float]:
    """Return the part of the picture in ``region`` (a view) and where its corner lies (x, y).

    Raises:
        ImageError: Less than ``MIN_SIDE`` pixels of the region lie inside the picture.
    """
    height, width = image.shape[:2]
    x1, y1 = max(0, math.floor(region.x1)), max(0, math.floor(region.y1))
    x2, y2 = min(width, math.ceil(region.x2)), min(height, math.ceil(region.y2))
    if min(x2 - x1, y2 - y1) < MIN_SIDE:
        raise ImageError("region outside the picture")
    return image[y1:y2, x1:x2], x1, y1


def input_size(height: int, width: int, *, area: int, step: int) -> tuple[int, int]:
    """Return the (height, width) in multiples of ``step`` that shows a picture largest.

    A network that accepts any size sees a wide picture 1.3 times as large at the same cost if
    its input is wide too, instead of a square with two grey bars.

    Args:
        height: Of the picture, in pixels.
        width: Of the picture, in pixels.
        area: Most pixels the result may have; at least ``step * step``.
        step: What both sides must be multiples of.
    """
    most = area // (step * step)
    sizes = [(most // columns * step, columns * step) for columns in range(1, most + 1)]

    def scale(size: tuple[int, int]) -> float:
        return min(size[0] / height, size[1] / width)

    best = max(map(scale, sizes))
    need = (math.ceil(round(height * best, 3) / step), math.ceil(round(width * best, 3) / step))
    return max(1, need[0]) * step, max(1, need[1]) * step


def letterbox(image: RgbImage, canvas: RgbImage) -> tuple[float, float]:
    """Draw the picture as large as fits into the top left of ``canvas``; return the scale (x, y).

    Args:
        image: (height, width, 3), also a view that is not contiguous.
        canvas: (height, width, 3), contiguous, overwritten in full.
    """
    height, width = image.shape[:2]
    full_height, full_width = canvas.shape[:2]
    scale = min(full_width / width, full_height / height)
    new_width = min(full_width, max(1, round(width * scale)))
    new_height = min(full_height, max(1, round(height * scale)))
    picture = Image.fromarray(np.ascontiguousarray(image))
    resized = picture.resize(
        (new_width, new_height), Image.Resampling.BILINEAR, reducing_gap=2.0
    )
    canvas[:new_height, :new_width] = np.asarray(resized)
    canvas[new_height:] = PADDING
    canvas[:new_height, new_width:] = PADDING
    return new_width / width, new_height / height


def iou_matrix(first: Floats, second: Floats) -> Floats:
    """Return intersection over union of every pair of boxes, shape (len(first), len(second))."""
    corner = np.maximum(first[:, None, :2], second[None, :, :2])
    sides = np.minimum(first[:, None, 2:], second[None, :, 2:]) - corner
    overlap = np.prod(np.maximum(sides, 0), axis=2)
    areas = np.prod(first[:, 2:] - first[:, :2], axis=1)[:, None]
    union = areas + np.prod(second[:, 2:] - second[:, :2], axis=1)[None] - overlap
    return overlap / np.maximum(union, 1e-6)


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
    stays = ~covers.any(axis=0)
    while True:
        after = ~covers[stays].any(axis=0)
        if np.array_equal(after, stays):
            return after
        stays = after
