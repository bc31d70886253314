"""Areas of the picture, and what a thing has to pass to count."""

from collections.abc import Sequence

from hypothesis import given, strategies as st
import pytest

from vision.datatypes import Box, Detection, Kind
from vision.result import ResultReason
from vision.zones import (
    MOST_POINTS,
    Filters,
    Passage,
    Points,
    ShapeError,
    ShapeFault,
    Zone,
    check_points,
    contains,
)

SIZE = 100, 200
LEFT: Points = ((0, 0), (0.5, 0), (0.5, 1), (0, 1))
LOWER: Points = ((0, 0.5), (1, 0.5), (1, 1), (0, 1))
HOOK: Points = ((0, 0), (1, 0), (1, 1), (0.8, 1), (0.8, 0.2), (0, 0.2))


def at(x: float, y: float, *, height: float = 40, confidence: float = 0.8) -> Detection:
    """Return a person whose feet are there, pixels."""
    return Detection(Box(x - 10, y - height, x + 10, y), Kind.PERSON, confidence)


def judged(
    filters: Filters, scene: Sequence[Detection], step_s: float = 0.2
) -> ResultReason | None:
    """Return why somebody seen like this does not count at the last sighting."""
    passage = Passage()
    for number, seen in enumerate(scene):
        filters.note(passage, seen, SIZE, 50 + number * step_s)
    return filters.rejects(passage)


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        pytest.param((), ShapeFault.TOO_FEW_POINTS, id="none"),
        pytest.param(((0, 0), (1, 1)), ShapeFault.TOO_FEW_POINTS, id="two"),
        pytest.param(((0, 0), (1, 1), (0, 0)), ShapeFault.TOO_FEW_POINTS, id="one-twice"),
        pytest.param(((0, 0), (0.5, 0.5), (1, 1)), ShapeFault.TOO_FEW_POINTS, id="in-a-line"),
        pytest.param(((0, 0), (1.01, 0), (1, 1)), ShapeFault.OUTSIDE_PICTURE, id="too-far"),
        pytest.param(((0, 0), (1, -0.1), (1, 1)), ShapeFault.OUTSIDE_PICTURE, id="negative"),
        pytest.param(((0, 0), (1, float("nan")), (1, 1)), ShapeFault.OUTSIDE_PICTURE, id="nan"),
        pytest.param(((0, 0), (1, 1), (1, 0), (0, 1)), ShapeFault.CROSSES_ITSELF, id="a-bow-tie"),
        pytest.param(
            ((0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)), ShapeFault.CROSSES_ITSELF, id="touches"
        ),
        pytest.param(
            tuple((n / 100, (n / 100) ** 2) for n in range(MOST_POINTS + 1)),
            ShapeFault.TOO_MANY_POINTS,
            id="too-many",
        ),
    ],
)
def test_points_that_go_round_no_area_are_refused(points: Points, fault: ShapeFault) -> None:
    with pytest.raises(ShapeError) as caught:
        Zone("Garden", points)
    assert caught.value.fault is fault


@pytest.mark.parametrize("points", [LEFT, HOOK, LEFT[::-1]], ids=["square", "hook", "backwards"])
def test_any_simple_outline_is_an_area(points: Points) -> None:
    check_points(points)


@pytest.mark.parametrize(
    ("x", "y", "inside"),
    [(0.5, 0.1, True), (0.9, 0.9, True), (0.5, 0.5, False), (0.1, 0.9, False), (0, 0, True)],
)
def test_a_point_is_inside_even_an_area_with_a_bay(x: float, y: float, inside: bool) -> None:
    assert contains(HOOK, x, y) is inside


@given(st.floats(0, 0.999), st.floats(0, 0.999))
def test_a_point_lies_in_one_half_of_the_picture_and_not_in_the_other(x: float, y: float) -> None:
    right = tuple((1 - px, py) for px, py in LEFT)
    assert contains(LEFT, x, y) is not contains(right, x, y)


def test_without_filters_everything_counts_from_the_second_sighting() -> None:
    assert judged(Filters(), [at(50, 90)] * 2) is None


@pytest.mark.parametrize(
    ("zones", "feet", "counts"),
    [
        pytest.param([Zone("a", LEFT)], (50, 90), True, id="in"),
        pytest.param([Zone("a", LEFT)], (150, 90), False, id="out"),
        pytest.param([Zone("a", LOWER)], (50, 60), True, id="the-feet-decide"),
        pytest.param([Zone("a", LOWER)], (50, 45), False, id="not-the-head"),
        pytest.param([Zone("a", LOWER)], (50, 130), True, id="feet-below-the-picture"),
        pytest.param([Zone("a", LEFT, exclude=True)], (150, 90), True, id="not-excluded"),
        pytest.param([Zone("a", LEFT, exclude=True)], (50, 90), False, id="excluded"),
        pytest.param(
            [Zone("a", LOWER), Zone("b", LEFT, exclude=True)], (50, 90), False, id="exclusion-wins"
        ),
        pytest.param([Zone("a", LEFT), Zone("b", LOWER)], (150, 90), True, id="any-of-several"),
        pytest.param(
            [Zone("a", LEFT, frozenset({Kind.VEHICLE}))], (150, 90), True, id="of-another-kind"
        ),
        pytest.param(
            [Zone("a", LEFT, frozenset({Kind.VEHICLE}), exclude=True)],
            (50, 90),
            True,
            id="excludes-another-kind",
        ),
    ],
)
def test_only_who_stands_where_it_counts_counts(
    zones: list[Zone], feet: tuple[float, float], counts: bool
) -> None:
    reason = judged(Filters(tuple(zones)), [at(*feet)] * 3)
    assert reason is (None if counts else ResultReason.OUTSIDE_ZONES)


def test_one_step_into_a_zone_is_enough() -> None:
    zones = Filters((Zone("a", LEFT),))
    assert judged(zones, [at(150, 90), at(90, 90), at(150, 90)]) is None


def test_a_stray_box_beyond_an_excluded_area_does_not_count() -> None:
    street = Filters((Zone("street", LEFT, exclude=True),))
    assert judged(street, [at(50, 90), at(150, 90)]) is ResultReason.OUTSIDE_ZONES
    assert judged(street, [at(50, 90), at(150, 90), at(150, 90)]) is None
    assert judged(street, [at(150, 90), at(150, 90), at(50, 90)]) is ResultReason.OUTSIDE_ZONES


@pytest.mark.parametrize(
    ("filters", "scene", "reason"),
    [
        pytest.param(
            Filters(min_height=0.5), [at(50, 90)] * 5, ResultReason.TOO_SMALL, id="far-away"
        ),
        pytest.param(
            Filters(min_height=0.5),
            [at(50, 90), at(50, 90, height=60), at(50, 90), at(50, 90)],
            ResultReason.TOO_SMALL,
            id="one-large-box",
        ),
        pytest.param(
            Filters(min_height=0.5), [at(50, 90, height=50)] * 2, None, id="just-large-enough"
        ),
        pytest.param(
            Filters(min_confidence=0.9), [at(50, 90)] * 5, ResultReason.TOO_UNSURE, id="unsure"
        ),
        pytest.param(
            Filters(min_confidence=0.9), [at(50, 90, confidence=0.9)] * 2, None, id="sure"
        ),
        pytest.param(
            Filters(min_height=0.5, min_confidence=0.9),
            [at(50, 90)] * 5,
            ResultReason.TOO_SMALL,
            id="the-size-is-named-first",
        ),
    ],
)
def test_what_is_small_or_unsure_does_not_count(
    filters: Filters, scene: list[Detection], reason: ResultReason | None
) -> None:
    assert judged(filters, scene) is reason


@pytest.mark.parametrize(
    ("scene", "step_s", "counts"),
    [
        pytest.param([at(50, 90)] * 26, 0.2, True, id="stays"),
        pytest.param([at(50, 90)] * 25, 0.2, False, id="not-yet"),
        pytest.param([at(50, 90)] * 6, 1.0, True, id="slow-pictures"),
        pytest.param([at(50, 90)] * 6, 2.5, False, id="seen-now-and-then"),
        pytest.param([at(50, 90), at(150, 90)] * 20, 0.2, False, id="in-and-out"),
    ],
)
def test_only_who_stays_in_the_zone_counts_where_that_is_wanted(
    scene: list[Detection], step_s: float, counts: bool
) -> None:
    filters = Filters((Zone("a", LEFT),), loiter_s=4.99)
    reason = judged(filters, scene, step_s)
    assert reason is (None if counts else ResultReason.NOT_LONG_ENOUGH)
