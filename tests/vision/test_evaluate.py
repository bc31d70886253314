"""The measuring itself: numbers that can be checked by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scripts.evaluation.clips import ClipScore, Playback, person_free_s, score, totals
from scripts.evaluation.pictures import (
    Picture,
    average_precision,
    recall_at_false_alarms,
)

from vision.datatypes import Box, Detection, Frame, Kind, RgbImage, Sensitivity
from vision.errors import SourceError

from .footage import make_clip
from .labelled import CLIP, visits

type Boxes = list[tuple[float, float, float, float]]

A, B = (0.0, 0.0, 100.0, 100.0), (200.0, 0.0, 300.0, 100.0)
HALF_OF_A = (0.0, 0.0, 100.0, 60.0)


def picture(
    labels: Boxes,
    found: list[tuple[tuple[float, float, float, float], float]],
    *,
    crowd: list[bool] | None = None,
    labelled: bool = True,
    present: bool = True,
) -> Picture:
    """Return a picture with people labelled and found."""
    none = np.zeros((0, 4), np.float32)
    order = sorted(found, key=lambda one: -one[1])
    return Picture(
        subset="made",
        lighting="day",
        person_present=present,
        labelled=frozenset({Kind.PERSON} if labelled else ()),
        boxes={Kind.PERSON: np.array(labels, np.float32).reshape(-1, 4)},
        crowd={Kind.PERSON: np.array(crowd or [False] * len(labels), bool)},
        found={
            Kind.PERSON: (
                np.array([box for box, _ in order], np.float32).reshape(-1, 4),
                np.array([sure for _, sure in order], np.float32),
            ),
            Kind.ANIMAL: (none, np.zeros(0, np.float32)),
        },
    )


@pytest.mark.parametrize(
    ("pictures", "ap", "ap50"),
    [
        pytest.param([picture([A, B], [(A, 0.9), (B, 0.8)])], 1.0, 1.0, id="perfect"),
        pytest.param([picture([A], [])], 0.0, 0.0, id="nothing-found"),
        pytest.param([picture([A], [(HALF_OF_A, 0.9)])], 0.3, 1.0, id="counts-up-to-iou-.6"),
        pytest.param([picture([A, B], [(A, 0.9)])], 51 / 101, 51 / 101, id="half-of-the-recalls"),
        pytest.param([picture([A], [(B, 0.9), (A, 0.8)])], 0.5, 0.5, id="a-surer-false-one"),
        pytest.param([picture([A], [(A, 0.9), (B, 0.8)])], 1.0, 1.0, id="a-less-sure-false-one"),
        pytest.param([picture([A], [(A, 0.9), (A, 0.95)])], 1.0, 1.0, id="a-duplicate-afterwards"),
        pytest.param(
            [picture([A, B], [(B, 0.95), (B, 0.9), (A, 0.8)], crowd=[False, True])],
            1.0,
            1.0,
            id="an-ignore-region-takes-any-number",
        ),
        pytest.param(
            [picture([A], [(A, 0.5)]), picture([B], [(A, 0.9)], labelled=False)],
            1.0,
            1.0,
            id="an-unlabelled-picture-does-not-count",
        ),
    ],
)
def test_average_precision_is_cocos(pictures: list[Picture], ap: float, ap50: float) -> None:
    found = average_precision(pictures, Kind.PERSON)
    assert found[:2] == pytest.approx((ap, ap50))


def test_without_labels_there_is_no_average_precision() -> None:
    assert average_precision([], Kind.PERSON) == (None, None, 0)
    assert average_precision([picture([], [(A, 0.9)])], Kind.PERSON) == (None, None, 0)


def test_other_sizes_are_neither_right_nor_wrong() -> None:
    small = (500.0, 500.0, 520.0, 520.0)
    mixed = [picture([A, small], [(A, 0.9), (B, 0.8), (small, 0.5)])]
    assert average_precision(mixed, Kind.PERSON, (0, 32**2)) == (1.0, 1.0, 1)
    assert average_precision(mixed, Kind.PERSON, (96**2, 1e12)) == (1.0, 1.0, 1)


def test_recall_is_taken_at_the_threshold_that_lets_two_in_a_hundred_through() -> None:
    nobody = [picture([], [(A, n / 200)], present=False) for n in range(100)]
    people = [picture([A], [(A, sure)]) for sure in (0.4851, 0.484, 0.9, 0.2)]
    recall, threshold = recall_at_false_alarms([*people, *nobody])
    assert threshold == pytest.approx(97 / 200)
    assert recall == 0.5
    assert recall_at_false_alarms(people) == (None, None)
    assert recall_at_false_alarms(nobody) == (None, None)


@pytest.mark.parametrize(
    ("busy", "free"),
    [
        pytest.param([], 10, id="nobody"),
        pytest.param([(2, 4)], 7, id="with-tolerance"),
        pytest.param([(0, 3), (2, 6)], 3.5, id="overlapping"),
        pytest.param([(6, 10), (0, 1)], 4, id="out-of-order-and-to-the-end"),
    ],
)
def test_time_without_people(busy: list[tuple[float, float]], free: float) -> None:
    assert person_free_s(10, busy, 0.5) == free


class White:
    """Stands in for the network: what is white is a person."""

    def look(self, image: RgbImage, region: Box | None, min_confidence: float) -> list[Detection]:
        rows, columns = np.nonzero(image.min(axis=2) > 200)
        if rows.size < 50:
            return []
        box = Box(*map(float, (columns.min(), rows.min(), columns.max(), rows.max())))
        return [Detection(box, Kind.PERSON, 0.8)]


@pytest.mark.parametrize(
    ("people", "ambiguous", "expected"),
    [
        pytest.param([[2, 4], [7, 9]], [], (2, 0, 4.8), id="both"),
        pytest.param([[2, 4]], [], (1, 1, 7.4), id="the-second-is-false"),
        pytest.param([[2, 4]], [[7, 9]], (1, 0, 4.8), id="the-second-is-unclear"),
        pytest.param([[0, 1]], [[2, 4], [7, 9]], (0, 0, 3.5), id="the-first-is-missed"),
    ],
)
async def test_verdicts_are_compared_with_the_times_of_people(
    tmp_path: Path,
    people: list[list[float]],
    ambiguous: list[list[float]],
    expected: tuple[int, int, float],
) -> None:
    found, alarms, free = expected
    make_clip(tmp_path / "visits.mp4", seconds=10, draw=visits)
    clip = CLIP | {"person_intervals": people, "ambiguous_intervals": ambiguous}
    result = await score(tmp_path, clip, White(), Sensitivity.BALANCED, 5.0)
    assert sum(wait is not None for wait in result.found_after) == found
    assert all(0.3 < wait < 1.5 for wait in result.found_after if wait is not None)
    assert len(result.false_alerts) == alarms
    assert result.person_free_s == pytest.approx(free)
    assert result.others == {Kind.VEHICLE}
    assert result.others_found == frozenset()
    assert result.sessions >= 2
    assert result.inconclusive <= 1


def test_totals_are_over_intervals_and_minutes_not_over_clips() -> None:
    one = ClipScore(
        file="a",
        lighting="day",
        intervals=((0, 1), (2, 3)),
        found_after=(0.5, None),
        false_alerts=(),
        person_free_s=60,
        others=frozenset(),
        others_found=frozenset(),
        sessions=2,
        inconclusive=0,
    )
    other = replace(one, intervals=(), found_after=(), false_alerts=(1.0, 2.0), person_free_s=60)
    assert totals([one, other]) == {
        "events": 2,
        "event_recall": 0.5,
        "false_alerts": 2,
        "person_free_minutes": 2,
        "false_alerts_per_minute": 1,
        "seconds_to_verdict_p50": 0.5,
        "seconds_to_verdict_max": 0.5,
    }
    assert set(totals([]).values()) == {0, None}


async def test_a_clip_that_is_over_says_so() -> None:
    source = Playback(iter([Frame(visits(0), 0.5)]))
    assert not source.is_over
    await source.wait()
    assert source.clock() == 0.5
    assert source.take() is not None
    assert source.is_over
    with pytest.raises(SourceError, match="ended"):
        await source.wait()
