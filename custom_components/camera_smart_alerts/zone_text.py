"""Zones and masks as people write them: one a line, corners in percent of the picture.

``Garden: 0,50 100,50 100,100 0,100``; for zones also ``not Street [vehicle, person]: ...``.
Whatever makes no area is reported with its line and left out, never raised.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
import re
from typing import Final, NamedTuple

from .vision.datatypes import Kind
from .vision.zones import Points, ShapeError, ShapeFault, Zone, check_points

_NUMBER: Final = r"-?\d{1,6}(?:\.\d{1,6})?"
_CORNER: Final = re.compile(rf"({_NUMBER})\s*%?\s*,\s*({_NUMBER})\s*%?")
_ZONE: Final = re.compile(
    r"(not\s+)?([^:\[\]]*[^:\[\]\s])\s*(?:\[([^:\[\]]*)\])?\s*:(.*)", re.IGNORECASE
)
_MASK: Final = re.compile(r"([^:]*):(.*)")
_SHOWN: Final = 40
"""Letters of a line that are named in a message."""


class LineFault(StrEnum):
    """Why a line cannot be read."""

    NO_SHAPE = "no_shape"
    UNKNOWN_KIND = "unknown_kind"


class LineProblem(NamedTuple):
    """A line that cannot be used."""

    line: int
    """From 1."""
    text: str
    """How it begins."""
    fault: LineFault | ShapeFault


class _LineError(Exception):
    def __init__(self, fault: LineFault) -> None:
        super().__init__()
        self.fault = fault


def parse_zones(text: str) -> tuple[tuple[Zone, ...], tuple[LineProblem, ...]]:
    """Return the zones of a text, and the lines that are none."""
    return _parsed(text, _zone)


def parse_masks(text: str) -> tuple[tuple[Points, ...], tuple[LineProblem, ...]]:
    """Return the areas of a text, and the lines that are none.

    Of a line that is no area but has corners, everything between them is hidden: who wants
    something hidden is better served by too much than by nothing.
    """
    areas, problems = _parsed(text, _mask)
    rescued = [area for one in problems for area in _around(_line(text, one.line))]
    return (*areas, *rescued), problems


def _parsed[T](
    text: str, parse: Callable[[str], T]
) -> tuple[tuple[T, ...], tuple[LineProblem, ...]]:
    found, problems = [], []
    for number, line in _lines(text):
        try:
            found.append(parse(line))
        except (ShapeError, _LineError) as err:
            shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
            problems.append(LineProblem(number, shown, err.fault))
    return tuple(found), tuple(problems)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if stripped := line.strip():
            yield number, stripped


def _line(text: str, number: int) -> str:
    return text.splitlines()[number - 1]


def _zone(line: str) -> Zone:
    match = _ZONE.fullmatch(line)
    if match is None:
        raise _LineError(LineFault.NO_SHAPE)
    prefix, name, kinds, corners = match.groups()
    return Zone(name, _points(corners), _kinds(kinds), exclude=bool(prefix))


def _mask(line: str) -> Points:
    match = _MASK.fullmatch(line)
    if match is None:
        raise _LineError(LineFault.NO_SHAPE)
    points = _points(match[2])
    check_points(points)
    return points


def _kinds(text: str | None) -> frozenset[Kind]:
    """Return the kinds of a list such as ``person, vehicle``; all of them without one."""
    if text is None:
        return frozenset(Kind)
    try:
        return frozenset(Kind(one.strip().lower()) for one in text.split(","))
    except ValueError:
        raise _LineError(LineFault.UNKNOWN_KIND) from None


def _points(text: str) -> Points:
    """Return corners in percent as shares."""
    if _CORNER.sub("", text).strip(" ;\t") or "," not in text:
        raise _LineError(LineFault.NO_SHAPE)
    return tuple((float(x) / 100, float(y) / 100) for x, y in _CORNER.findall(text))


def _around(line: str) -> Iterator[Points]:
    """Yield the rectangle around the corners of a line, as far as it lies in the picture."""
    found = _CORNER.findall(line)
    across = [min(max(float(x) / 100, 0.0), 1.0) for x, _ in found]
    down = [min(max(float(y) / 100, 0.0), 1.0) for _, y in found]
    if len(found) > 1:
        left, top, right, bottom = min(across), min(down), max(across), max(down)
        yield ((left, top), (right, top), (right, bottom), (left, bottom))
