"""What counts: areas of the picture, and the filters a believed thing has to pass.

Points are shares of the picture's width and height, 0 to 1, origin top left, so they hold for
whatever size a camera sends. What a reader would get wrong: a thing stands where the middle of
its lower edge is (the bottom-centre rule), not where most of its box is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import math

from .datatypes import Box, Detection, Kind
from .errors import VisionError
from .result import ResultReason

CLEAR_SIGHTINGS = 2
"""Of one thing outside excluded areas, large enough, sure enough: one may be a stray box."""
MOST_POINTS = 60
SAME_STAY_S = 2.0
"""Seconds between two sightings in an area that are still one stay."""

type Point = tuple[float, float]
"""Right and down, shares of the picture."""
type Points = tuple[Point, ...]


class ShapeFault(StrEnum):
    """Why points make no area. The values are translation keys."""

    TOO_FEW_POINTS = "too_few_points"
    TOO_MANY_POINTS = "too_many_points"
    OUTSIDE_PICTURE = "outside_picture"
    CROSSES_ITSELF = "crosses_itself"


class ShapeError(VisionError):
    """Points that make no area."""

    def __init__(self, fault: ShapeFault) -> None:
        """Keep the machine-readable fault."""
        super().__init__(str(fault))
        self.fault = fault


def check_points(points: Points) -> None:
    """Raise ``ShapeError`` unless the points, in this order, go round one area."""
    if len(set(points)) < 3 or len(set(points)) < len(points):
        raise ShapeError(ShapeFault.TOO_FEW_POINTS)
    if len(points) > MOST_POINTS:
        raise ShapeError(ShapeFault.TOO_MANY_POINTS)
    # Not "outside if less or more": not a number is neither.
    if not all(0 <= value <= 1 for point in points for value in point):
        raise ShapeError(ShapeFault.OUTSIDE_PICTURE)
    sides = list(zip(points, points[1:] + points[:1], strict=True))
    for first, one in enumerate(sides):
        for other in sides[first + 1 :]:
            if _cross(*one, *other):
                raise ShapeError(ShapeFault.CROSSES_ITSELF)
    if _area(points) == 0:
        raise ShapeError(ShapeFault.TOO_FEW_POINTS)


def contains(points: Points, x: float, y: float) -> bool:
    """Return whether a point lies inside: an odd number of sides lies to its right.

    The crossing test of W. R. Franklin (PNPOLY); a point on the left or upper edge is inside.
    """
    inside = False
    x1, y1 = points[-1]
    for x2, y2 in points:
        if (y1 > y) != (y2 > y) and x < (x1 - x2) * (y - y2) / (y1 - y2) + x2:
            inside = not inside
        x1, y1 = x2, y2
    return inside


@dataclass(frozen=True, slots=True)
class Zone:
    """An area in which things count, or do not."""

    name: str
    points: Points
    kinds: frozenset[Kind] = frozenset(Kind)
    """For whom it holds."""
    exclude: bool = False

    def __post_init__(self) -> None:
        """Raise ``ShapeError`` for points that make no area."""
        check_points(self.points)


@dataclass(slots=True)
class Passage:
    """What one thing has passed so far. Times in seconds."""

    clear: int = 0
    """Sightings outside excluded areas."""
    tall: int = 0
    sure: int = 0
    was_inside: bool = False
    """Whether it was ever where it counts."""
    is_inside: bool = False
    """Whether it is, at the newest sighting."""
    is_excluded: bool = False
    seen_at: float = -math.inf
    stayed_s: float = 0.0
    """Time where it counts."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a thing must pass to confirm its kind. The defaults let everything pass."""

    zones: tuple[Zone, ...] = ()
    min_height: float = 0.0
    """Share of the picture's height."""
    min_confidence: float = 0.0
    loiter_s: float = 0.0
    """Seconds that it must have stayed where it counts."""

    def note(self, passage: Passage, seen: Detection, size: tuple[int, int], at: float) -> None:
        """Take in one sighting of a thing.

        Args:
            passage: What it has passed so far; changed.
            seen: Where it is, and as what.
            size: Height and width of the picture, pixels.
            at: Capture time, seconds.
        """
        height, width = size
        passage.tall += (seen.box.y2 - seen.box.y1) / height >= self.min_height
        passage.sure += seen.confidence >= self.min_confidence
        included, passage.is_excluded = self._place(seen.kind, seen.box, height, width)
        passage.clear += not passage.is_excluded
        inside = included and not passage.is_excluded
        if inside and passage.is_inside and at - passage.seen_at <= SAME_STAY_S:
            passage.stayed_s += at - passage.seen_at
        passage.is_inside = inside
        passage.was_inside |= inside
        passage.seen_at = at

    def rejects(self, passage: Passage) -> ResultReason | None:
        """Return why a believed thing does not count at its newest sighting; None if it does."""
        if passage.is_excluded or passage.clear < CLEAR_SIGHTINGS or not passage.was_inside:
            return ResultReason.OUTSIDE_ZONES
        if passage.tall < CLEAR_SIGHTINGS:
            return ResultReason.TOO_SMALL
        if passage.sure < CLEAR_SIGHTINGS:
            return ResultReason.TOO_UNSURE
        if passage.stayed_s < self.loiter_s:
            return ResultReason.NOT_LONG_ENOUGH
        return None

    def _place(self, kind: Kind, box: Box, height: int, width: int) -> tuple[bool, bool]:
        """Return whether something stands where its kind counts, and where it is excluded."""
        x, y = (box.x1 + box.x2) / 2 / width, box.y2 / height
        # A box may end on or beyond the lowest row, which is outside every area.
        x, y = min(max(x, 0.0), 1 - 1e-6), min(max(y, 0.0), 1 - 1e-6)
        includes, is_in, is_out = False, False, False
        for zone in self.zones:
            if kind in zone.kinds:
                includes |= not zone.exclude
                if contains(zone.points, x, y):
                    is_out |= zone.exclude
                    is_in |= not zone.exclude
        return is_in or not includes, is_out


NEARNESS: Mapping[ResultReason, int] = {
    ResultReason.STATIC: 0,
    ResultReason.LEARNED: 0,
    ResultReason.OUTSIDE_ZONES: 1,
    ResultReason.TOO_SMALL: 2,
    ResultReason.TOO_UNSURE: 3,
    ResultReason.NOT_LONG_ENOUGH: 4,
}
"""How near to an alert a rejected thing came: the nearest names the session's end."""


def _area(points: Points) -> float:
    """Return twice the area, by the shoelace formula, rounded to what anyone can draw."""
    total = sum(
        x1 * y2 - x2 * y1
        for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True)
    )
    return round(abs(total), 6)


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether two sides meet anywhere but in an end that they share."""
    if {a, b} & {c, d}:
        return False
    return _turn(a, b, c) * _turn(a, b, d) <= 0 and _turn(c, d, a) * _turn(c, d, b) <= 0


def _turn(a: Point, b: Point, c: Point) -> int:
    """Return 1 if the way a, b, c turns right, -1 if left, 0 if it goes straight on."""
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0 if abs(turn) < 1e-9 else int(math.copysign(1, turn))
