"""The same thing over frames."""

import pytest

from vision.datatypes import Box, Detection, Kind
from vision.tracker import Tracker


def person(
    x: float,
    y: float = 100,
    *,
    height: float = 80,
    confidence: float = 0.8,
    kind: Kind = Kind.PERSON,
) -> Detection:
    return Detection(Box(x, y, x + height * 0.4, y + height), kind, confidence)


def numbers(tracker: Tracker, detections: list[Detection], at: float) -> list[int]:
    """Return the track number of each detection."""
    tracks = tracker.update(detections, at)
    return [
        next(track.number for track in tracks if track.detection is one and track.seen_at == at)
        for one in detections
    ]


@pytest.mark.parametrize(
    ("step", "elapsed", "same"),
    [
        pytest.param(10, 0.2, True, id="overlapping"),
        pytest.param(50, 0.2, True, id="a-quick-walker-without-overlap"),
        pytest.param(200, 0.2, False, id="too-far-for-a-fifth-of-a-second"),
        pytest.param(130, 1.0, True, id="far-but-a-second-has-passed"),
        pytest.param(400, 1.8, False, id="too-far-however-long-it-took"),
    ],
)
def test_what_is_near_continues_a_track(step: float, elapsed: float, same: bool) -> None:
    tracker = Tracker()
    first = numbers(tracker, [person(100)], 1.0)
    assert (numbers(tracker, [person(100 + step)], 1.0 + elapsed) == first) is same


def test_two_who_walk_side_by_side_keep_their_tracks() -> None:
    tracker = Tracker()
    first = numbers(tracker, [person(100), person(140)], 0.0)
    for frame in range(1, 6):
        left, right = person(100 + 12 * frame), person(140 + 12 * frame)
        assert numbers(tracker, [right, left], frame * 0.2) == first[::-1]


def test_kinds_never_share_a_track() -> None:
    tracker = Tracker()
    (first,) = numbers(tracker, [person(100)], 0.0)
    (dog,) = numbers(tracker, [person(100, kind=Kind.ANIMAL)], 0.2)
    assert dog != first


def test_something_four_times_as_large_elsewhere_is_something_else() -> None:
    tracker = Tracker()
    (first,) = numbers(tracker, [person(100)], 0.0)
    (other,) = numbers(tracker, [person(140, 10, height=400)], 0.2)
    assert other != first


def test_a_weak_duplicate_does_not_take_a_strong_track() -> None:
    tracker = Tracker()
    (first,) = numbers(tracker, [person(100)], 0.0)
    duplicate = person(101, confidence=0.2)
    strong = person(108)
    assert numbers(tracker, [duplicate, strong], 0.2)[1] == first


def test_a_thing_that_hides_for_a_moment_is_the_same_and_later_is_forgotten() -> None:
    tracker = Tracker()
    (first,) = numbers(tracker, [person(100)], 0.0)
    for at in (0.2, 0.4, 0.6, 0.8):
        tracks = tracker.update([], at)
        assert [(track.number, track.seen_at) for track in tracks] == [(first, 0.0)]
    assert numbers(tracker, [person(105)], 1.0) == [first]
    for at in (1.2, 2.0, 2.8):
        tracker.update([], at)
    assert tracker.update([], 3.6) == []
    assert numbers(tracker, [person(105)], 3.8) != [first]


def test_a_picture_every_three_seconds_still_makes_tracks() -> None:
    tracker = Tracker()
    first = numbers(tracker, [person(100)], 0.0)
    assert numbers(tracker, [person(110)], 3.0) == first
    assert numbers(tracker, [person(120)], 6.0) == first


def test_an_empty_box_is_no_error() -> None:
    tracker = Tracker()
    flat = Detection(Box(5, 5, 5, 5), Kind.PERSON, 0.5)
    assert numbers(tracker, [flat], 0.0) == numbers(tracker, [flat], 0.2)
