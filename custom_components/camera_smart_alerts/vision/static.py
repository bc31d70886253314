"""What stands still from one motion to the next: statues, scarecrows, posters, coats.

Nothing is decoded between motions. At the end of each session the caller keeps a small value,
``tuple[Thing, ...]``, and hands it to the next. What a reader would get wrong: only what is
believed *and* has not travelled is ever compared. Whoever walks to where a statue stands counts.
"""

import base64
import binascii
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
import math
from typing import Any, Self, override

import numpy as np
from numpy.typing import NDArray

from .datatypes import Box, Kind, RgbImage, Texture

MOST_THINGS = 20
FORGET_AFTER_S = 14 * 86400.0
"""Seconds without being seen after which a thing is forgotten."""
PROVEN_AFTER_S = 3600.0
"""Seconds over which something must have stood still to outlast a session that does not see it:
until then it may be somebody who waited at the door."""
SAME_PLACE = 0.5
"""Intersection over union."""
SAME_LOOK = 0.8
"""Cosine of two textures."""
CELLS = 4
"""Along each side of a texture."""
DIRECTIONS = 8
SAMPLES = 32
"""Along each side of a box, that a texture is taken from."""
FAINT = 16.0
"""Grey levels of four pixels per sample: edges no stronger than noise have no direction."""


def texture(image: RgbImage, box: Box) -> Texture | None:
    """Return how edges run in a box: (128,), length 1; None where there are none.

    Histograms of oriented gradients (Dalal and Triggs 2005), of 4 x 4 cells and eight directions
    without sign, each cell weighed by itself: the same by day, in the dark, and in infrared, as
    far as the edges are. The green channel stands for brightness.
    """
    height, width = image.shape[:2]
    # Four pixels a sample: half the noise.
    most = (SAMPLES + 2) * 2
    rows = np.linspace(max(0, box.y1), min(height, box.y2) - 1, most)
    columns = np.linspace(max(0, box.x1), min(width, box.x2) - 1, most)
    if rows[-1] - rows[0] < CELLS or columns[-1] - columns[0] < CELLS:
        return None
    fine = image[:, :, 1][rows.astype(np.intp)[:, None], columns.astype(np.intp)]
    fine = fine.astype(np.float32)
    grey = fine[::2, ::2] + fine[1::2, ::2] + fine[::2, 1::2] + fine[1::2, 1::2]
    right = grey[1:-1, 2:] - grey[1:-1, :-2]
    down = grey[2:, 1:-1] - grey[:-2, 1:-1]
    angle = np.arctan2(down, right) % np.pi
    direction = np.minimum((angle * (DIRECTIONS / np.pi)).astype(np.intp), DIRECTIONS - 1)
    cell = np.arange(SAMPLES) * CELLS // SAMPLES
    index = (cell[:, None] * CELLS + cell[None]) * DIRECTIONS + direction
    strength = np.hypot(right, down).ravel()
    sums = np.bincount(index.ravel(), strength, CELLS * CELLS * DIRECTIONS)
    cells = sums.reshape(CELLS * CELLS, DIRECTIONS)
    faint = FAINT * (SAMPLES // CELLS) ** 2
    return _unit((cells / (np.linalg.norm(cells, axis=1, keepdims=True) + faint)).ravel())


@dataclass(slots=True, eq=False)
class Mean:
    """The mean of several looks at one thing: steadier than each, as boxes tremble."""

    _sum: NDArray[np.float64] | None = None

    def add(self, look: Texture | None) -> None:
        """Take in one look, if there is one."""
        if look is not None:
            self._sum = look.astype(np.float64) + (0 if self._sum is None else self._sum)

    @property
    def value(self) -> Texture | None:
        """The mean, of length 1; None without any look."""
        return None if self._sum is None else _unit(self._sum)


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """What something was, where, and how it looked: enough to know it again, and no picture."""

    kind: Kind
    box: Box
    """Shares of the picture's width and height."""
    look: Texture

    def is_at(self, kind: Kind, box: Box) -> bool:
        """Return whether something of this kind and place (shares) may be this thing."""
        return kind is self.kind and overlap(box, self.box) >= SAME_PLACE

    def is_like(self, kind: Kind, box: Box, look: Texture) -> bool:
        """Return whether something of this kind, place (shares) and look is this thing."""
        return self.is_at(kind, box) and float(np.dot(look, self.look)) >= SAME_LOOK

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "kind": self.kind.value,
            "box": [round(side, 4) for side in self.box],
            "look": base64.b64encode((self.look * 255).round().astype(np.uint8)).decode(),
        }

    @staticmethod
    def read(data: dict[str, Any]) -> tuple[Kind, Box, Texture]:
        """Return what ``Appearance.as_dict`` stored.

        Raises:
            ValueError, TypeError, KeyError: It is not what ``as_dict`` returned.
        """
        levels = np.frombuffer(base64.b64decode(data["look"], validate=True), np.uint8)
        look = _unit(levels.astype(np.float64))
        box = Box(*(float(side) for side in data["box"]))
        if look is None or look.size != CELLS * CELLS * DIRECTIONS:
            raise ValueError("no look")
        if not all(map(math.isfinite, box)):
            raise ValueError("no place")
        return Kind(data["kind"]), box, look


@dataclass(frozen=True, slots=True, eq=False)
class Thing(Appearance):
    """Something that stood still, as it is kept between sessions. Times: seconds since 1970."""

    first_seen: float
    last_seen: float
    sessions: int = 1

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return Appearance.as_dict(self) | {
            "first_seen": round(self.first_seen),
            "last_seen": round(self.last_seen),
            "sessions": self.sessions,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what ``as_dict`` returned.

        Raises:
            ValueError, TypeError, KeyError: It is not what ``as_dict`` returned.
        """
        first_seen, last_seen = float(data["first_seen"]), float(data["last_seen"])
        return cls(*cls.read(data), first_seen, last_seen, int(data["sessions"]))


def read_all[T](stored: object, read: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
    """Return what can be read of a stored list; what is unreadable is left out."""
    found = []
    for one in stored if isinstance(stored, list) else ():
        try:
            found.append(read(one))
        except ValueError, TypeError, KeyError, OverflowError, binascii.Error:
            continue
    return tuple(found)


def read_things(stored: object) -> tuple[Thing, ...]:
    """Return the things of a stored list; what is unreadable is left out."""
    return read_all(stored, Thing.from_dict)[-MOST_THINGS:]


def remember(
    known: Iterable[Thing],
    stood: Iterable[Thing],
    noticed: Container[int],
    now: float,
) -> tuple[Thing, ...]:
    """Return what to keep after a session.

    Args:
        known: What was kept before it.
        stood: What stood still to its end.
        noticed: Which of the known things something was seen in place of, however doubtful.
        now: Seconds since 1970.
    """
    kept = [
        thing
        for number, thing in enumerate(known)
        if now - thing.last_seen <= FORGET_AFTER_S
        and (thing.last_seen - thing.first_seen >= PROVEN_AFTER_S or number in noticed)
    ]
    for one in stood:
        same = next((t for t in kept if t.is_like(one.kind, one.box, one.look)), None)
        if same is None:
            kept.append(one)
            continue
        kept.remove(same)
        # Follows the seasons, and a dial that turns, in small steps.
        look = _unit(3 * same.look.astype(np.float64) + one.look)
        kept.append(
            replace(
                same,
                look=same.look if look is None else look,
                last_seen=now,
                sessions=same.sessions + 1,
            )
        )
    return tuple(sorted(kept, key=lambda thing: thing.last_seen)[-MOST_THINGS:])


def shares(box: Box, size: tuple[int, int]) -> Box:
    """Return a box in pixels as shares of a picture of (height, width)."""
    height, width = size
    return Box(box.x1 / width, box.y1 / height, box.x2 / width, box.y2 / height)


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes."""
    width = min(one.x2, other.x2) - max(one.x1, other.x1)
    height = min(one.y2, other.y2) - max(one.y1, other.y1)
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box.x2 - box.x1) * (box.y2 - box.y1) for box in (one, other))
    return width * height / (areas - width * height)


def _unit(values: NDArray[np.float64]) -> Texture | None:
    """Return values scaled to length 1; None where there is nothing to scale."""
    length = float(np.linalg.norm(values))
    return (values / length).astype(np.float32) if length > 1e-6 else None
