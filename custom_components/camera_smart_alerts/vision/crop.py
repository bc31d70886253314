"""What moved, and where a second, closer look is worth one more inference.

Frame differences on a small grey picture: cheap enough for every frame, blind to what stands
still. Someone far away covers too few pixels of the network's input to be seen in the whole
picture; in a square cut out around what moved they are large. The light going on or off is not
motion: such a frame only becomes the new reference.
"""

from collections import deque
from collections.abc import Sequence
import math

import numpy as np
from numpy.typing import NDArray

from .datatypes import Box, Detection, Kind, RgbImage
from .geometry import Floats
from .style import GHOST_FRAMES

CELLS = 160
"""The small picture has about this many cells along its longer side."""
BLOCK = 4
"""Cells along the side of a block: what touches, in blocks, is one thing."""
FOLLOW = 0.4
"""Share of each new picture in the reference; someone slow stays different for longer."""
STEP = 8.0
"""Grey levels below which a difference is noise even in a picture without any."""
NOISE = 7.5
"""Times the picture's median difference: five standard deviations of noise."""
MOST_STEP = 40.0
"""Grey levels above which a difference counts no more."""
LIGHT_STEP = 8.0
"""Grey levels by which the whole picture must change to be called a change of light."""
BLOCK_MASS = 20.0
"""Grey levels above noise, summed over a block, that make it a block in which something moved."""

PART = 8
"""Cells along the side of the parts of a picture that are compared for its contrast."""

WEAK = 0.15
"""Confidence of something that may be a person and deserves a closer look."""
WEAK_WEIGHT = 10.0
"""What certainty weighs against the size of a motion."""
SURE = 0.6
"""Confidence that needs no closer look."""
ROOM = 2.0
"""Side of the second look, in lengths of what it looks at: a person needs surroundings."""
SMALLEST = 0.25
"""Least side of a second look, in shorter sides of the picture."""
LARGEST = 0.7
"""Most of it, likewise: what is larger is seen as well in the whole picture."""
TURNS = 4
"""Frames after which something that was looked at is as interesting as if it never was."""


class ChangeFinder:
    """Follows the picture of one camera during one session. Used by one thread at a time."""

    def __init__(self) -> None:
        """Start without a reference."""
        self._reference: Floats | None = None
        self._change: Floats = np.zeros((1, 1), np.float32)
        self._cell = 1
        self.pictures = 0
        """How many there have been."""
        self.contrast = 255.0
        """Grey levels between the darkest and the brightest tenth of the last picture, by parts:
        neither noise nor the clock that a camera writes into its picture counts."""
        self._size = (1, 1)
        self._seen: Sequence[Detection] = ()
        self.people: deque[tuple[Box, ...]] = deque(maxlen=GHOST_FRAMES)
        """Where somebody might have been in the last pictures."""
        self._looked: deque[tuple[float, float, float]] = deque(maxlen=TURNS)

    def update(self, image: RgbImage) -> Box | None:
        """Compare a picture (height, width, 3) with those before it.

        Returns:
            The square worth a closer look; None where there is nothing to gain by one. What moved
            and what might be a person take turns, the largest first; what has been recognised
            already comes last.
        """
        self._size = image.shape[:2]
        self.pictures += 1
        self._change, self._cell = self._compare(image)
        targets = [_united(box, weight, self._seen) for box, weight in self._things()]
        targets += [
            (one.box, WEAK_WEIGHT * one.confidence)
            for one in self._seen
            if one.kind is Kind.PERSON and WEAK <= one.confidence < SURE
        ]
        return self._square(targets)

    def remember(self, seen: Sequence[Detection]) -> None:
        """Keep what was seen in the last picture, for the choice of the next closer look."""
        self._seen = seen
        self.people.append(tuple(one.box for one in seen if one.kind is Kind.PERSON))

    def moved(self, box: Box) -> float:
        """Return the share of a box, 0 to 1, that has changed in the last picture."""
        x1, y1 = int(box.x1 / self._cell), int(box.y1 / self._cell)
        x2, y2 = math.ceil(box.x2 / self._cell), math.ceil(box.y2 / self._cell)
        part = self._change[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
        return float(np.count_nonzero(part) / part.size) if part.size else 0.0

    def _compare(self, image: RgbImage) -> tuple[Floats, int]:
        """Return the change of each cell in grey levels above noise, and a cell's side in pixels.

        The picture becomes part of the reference.
        """
        grey, cell = _small(image)
        self.contrast = _contrast(grey)
        reference = self._reference
        self._reference = grey
        if reference is None or reference.shape != grey.shape:
            return np.zeros_like(grey), cell
        difference = grey - reference
        light = _median(difference)
        if abs(light) > LIGHT_STEP:
            return np.zeros_like(grey), cell
        self._reference = reference + FOLLOW * difference
        size = np.abs(difference - light)
        noise = max(STEP, NOISE * _median(size))
        change: Floats = np.clip(size - noise, 0, MOST_STEP)
        return change, cell

    def _square(self, targets: Sequence[tuple[Box, float]]) -> Box | None:
        """Return the square around the most interesting target that is small enough to gain."""
        height, width = self._size
        short = min(height, width)
        small = [target for target in targets if ROOM * _length(target[0]) <= LARGEST * short]
        if not small:
            return None
        box, _ = max(small, key=self._interest)
        side = max(SMALLEST * short, ROOM * _length(box))
        x, y = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
        self._looked.append((x, y, side))
        left = min(max(x - side / 2, 0), width - side)
        top = min(max(y - side / 2, 0), height - side)
        return Box(left, top, left + side, top + side)

    def _interest(self, target: tuple[Box, float]) -> float:
        """Return the target's weight, less the more recently it was looked at."""
        (x1, y1, x2, y2), weight = target
        for ago, (x, y, side) in enumerate(reversed(self._looked)):
            if abs((x1 + x2) / 2 - x) < 0.4 * side and abs((y1 + y2) / 2 - y) < 0.4 * side:
                return weight * (ago + 1) / (TURNS + 1)
        return weight

    def _things(self) -> list[tuple[Box, float]]:
        """Return box (pixels) and weight of everything that moved."""
        rows, columns = (math.ceil(side / BLOCK) for side in self._change.shape)
        padded = np.zeros((rows * BLOCK, columns * BLOCK), np.float32)
        padded[: self._change.shape[0], : self._change.shape[1]] = self._change
        mass = padded.reshape(rows, BLOCK, columns, BLOCK).sum(axis=(1, 3))
        active = mass >= BLOCK_MASS
        if not active.any() or active.mean() > 0.5:
            return []
        ys, xs, things = _connected(active)
        step = self._cell * BLOCK
        height, width = self._size
        boxes = np.stack(
            [
                np.minimum.reduceat(xs, things) * step,
                np.minimum.reduceat(ys, things) * step,
                np.minimum((np.maximum.reduceat(xs, things) + 1) * step, width),
                np.minimum((np.maximum.reduceat(ys, things) + 1) * step, height),
            ],
            axis=1,
        ).astype(float)
        weights = np.sqrt(np.add.reduceat(mass[ys, xs], things))
        return [
            (Box(*box), weight)
            for box, weight in zip(boxes.tolist(), weights.tolist(), strict=True)
        ]


def _small(image: RgbImage) -> tuple[Floats, int]:
    """Return a grey picture of about ``CELLS`` cells and the pixels along a cell's side.

    Every other sample of the green channel, averaged by fours: half the noise of one pixel, and
    a hundredth of the work of a conversion to grey.
    """
    height, width = image.shape[:2]
    stride = max(1, min(round(max(height, width) / CELLS / 2), min(height, width) // 2))
    green = image[::stride, ::stride, 1]
    rows, columns = green.shape[0] // 2, green.shape[1] // 2
    pairs = green[: rows * 2, : columns * 2].astype(np.float32)
    fours = pairs.reshape(rows, 2, columns, 2)
    small: Floats = fours[:, 0, :, 0] + fours[:, 1, :, 0] + fours[:, 0, :, 1] + fours[:, 1, :, 1]
    return small * np.float32(0.25), 2 * stride


def _median(values: Floats) -> float:
    """Return the median of a picture, taken from every fourth cell: thousands are plenty."""
    some = values[::2, ::2].ravel()
    return float(np.partition(some, some.size // 2)[some.size // 2])


def _contrast(grey: Floats) -> float:
    """Return the grey levels between the darkest and the brightest tenth of a picture's parts."""
    rows, columns = (side // PART for side in grey.shape)
    if rows * columns < PART:
        return 255.0
    parts = grey[: rows * PART, : columns * PART].reshape(rows, PART, columns, PART)
    means = parts.mean(axis=(1, 3)).ravel()
    dark, bright = means.size // 10, means.size - 1 - means.size // 10
    ordered = np.partition(means, (dark, bright))
    return float(ordered[bright] - ordered[dark])


def _connected(
    active: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the active cells, those that touch (corners count) one after the other.

    Every cell takes the smallest number around, and then that cell's own, until nothing changes:
    connected components in a logarithmic number of steps (Shiloach and Vishkin 1982).

    Returns:
        Rows (n,), columns (n,), and where each group of cells begins in them.
    """
    ys, xs = np.nonzero(active)
    number = np.full((active.shape[0] + 1, active.shape[1] + 2), -1)
    number[ys, xs + 1] = np.arange(len(ys))
    neighbours = [number[ys + y, xs + 1 + x] for y, x in ((0, 1), (1, -1), (1, 0), (1, 1))]
    ends = np.concatenate(neighbours)
    starts = np.tile(np.arange(len(ys)), 4)[ends >= 0]
    ends = ends[ends >= 0]
    group = np.arange(len(ys))
    while not np.array_equal(group[starts], group[ends]):
        lowest = np.minimum(group[starts], group[ends])
        np.minimum.at(group, group[starts], lowest)
        np.minimum.at(group, group[ends], lowest)
        group = group[group]
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    return ys[order], xs[order], first


def _united(box: Box, weight: float, seen: Sequence[Detection]) -> tuple[Box, float]:
    """Return something that moved together with what was seen there: not only the arm that moved.

    Args:
        box: What moved.
        weight: Its interest; much less where something was recognised already.
        seen: What the look at the whole picture saw.
    """
    area = (box.x2 - box.x1) * (box.y2 - box.y1)
    for one in seen:
        width = min(box.x2, one.box.x2) - max(box.x1, one.box.x1)
        height = min(box.y2, one.box.y2) - max(box.y1, one.box.y1)
        if one.confidence < WEAK or min(width, height) <= 0 or width * height < area / 2:
            continue
        if one.confidence >= SURE:
            weight *= 0.1
        if (one.box.x2 - one.box.x1) * (one.box.y2 - one.box.y1) < 6 * area:
            x1, y1 = min(box.x1, one.box.x1), min(box.y1, one.box.y1)
            box = Box(x1, y1, max(box.x2, one.box.x2), max(box.y2, one.box.y2))
    return box, weight


def _length(box: Box) -> float:
    """Return the longer side of a box."""
    return max(box.x2 - box.x1, box.y2 - box.y1)
