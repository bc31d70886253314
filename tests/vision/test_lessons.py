"""What people taught a camera: what is passed over, what is found sooner, and what is neither."""

from dataclasses import replace
import json

import numpy as np
import pytest

from tests.vision.sessions import END, PERSON, SETTINGS, Camera, run
from vision.datatypes import Box, Detection, Kind, Sensitivity, Texture, Verdict
from vision.lessons import (
    AWAY_SIGHTINGS,
    EASIER,
    MOST_EXAMPLES,
    MOST_LESSONS,
    Example,
    Examples,
    Lesson,
    Lessons,
    Portrait,
    Recall,
    Teaching,
    learn,
)
from vision.session import AnalysisResult, ResultReason, SessionSettings
from vision.static import read_all

NOW = 1_800_000_000.0
HEIGHT, WIDTH = 72, 128


def direction(number: int) -> Texture:
    """Return a look that resembles no other."""
    values = np.zeros(128, np.float32)
    values[number] = 1
    return values


COAT = Detection(Box(50, 10, 70, 60), Kind.PERSON, 0.9, moved=0.5, look=direction(1))
PLACE = Box(50 / WIDTH, 10 / HEIGHT, 70 / WIDTH, 60 / HEIGHT)
EXAMPLE = Example(Kind.PERSON, PLACE, direction(1), 0.9)


def lesson(
    verdict: Teaching = Teaching.FALSE_ALARM,
    box: Box = PLACE,
    look: int = 1,
    lesson_id: str = "1",
    kind: Kind = Kind.PERSON,
) -> Lesson:
    return Lesson(kind, box, direction(look), lesson_id, verdict, NOW)


def swaying(frames: int = 20, seen: Detection = COAT) -> list[list[Detection]]:
    """Return a coat in the wind, that comes far enough to be taken for somebody who moves."""
    boxes = [
        Box(seen.box.x1 + dx, seen.box.y1, seen.box.x2 + dx, seen.box.y2)
        for dx in (0, 4, 7, 10, 11, 9, 7, 4, 0, -2)
    ]
    return [[replace(seen, box=boxes[n % len(boxes)])] for n in range(frames)]


def walker(frames: int, look: int = 2) -> list[list[Detection]]:
    """Return somebody who walks through the spot of the coat."""
    return [
        [
            replace(
                COAT,
                box=Box(10 + 5 * n, 10, 30 + 5 * n, 60),
                confidence=0.6,
                look=direction(look + n % 3),
            )
        ]
        for n in range(frames)
    ]


async def session(
    scene: list[list[Detection]], *lessons: Lesson, settings: SessionSettings = SETTINGS
) -> AnalysisResult:
    return await run(Camera(scene, END), replace(settings, lessons=lessons))


async def test_what_was_called_a_false_alarm_stays_silent_and_says_why() -> None:
    assert (await session(swaying())).verdict is Verdict.PERSON
    result = await session(swaying(), lesson())
    assert (result.verdict, result.reason) == (Verdict.NOTHING, ResultReason.LEARNED)


async def test_an_example_of_one_session_teaches_the_next() -> None:
    (example,) = (await session(swaying())).examples
    assert (example.kind, example.confidence) == (Kind.PERSON, 0.9)
    taught = Lesson.about(example, Teaching.FALSE_ALARM, "1", NOW)
    assert (await session(swaying(), taught)).verdict is Verdict.NOTHING


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lesson(box=Box(0.0, 0.1, 0.2, 0.9)), id="another spot"),
        pytest.param(lesson(look=9), id="another look"),
        pytest.param(lesson(kind=Kind.ANIMAL), id="another kind"),
    ],
)
async def test_a_lesson_is_about_nothing_else(other: Lesson) -> None:
    assert (await session(swaying(), other)).verdict is Verdict.PERSON


async def test_somebody_who_walks_through_the_spot_counts() -> None:
    plain, taught = await session(walker(20)), await session(walker(20), lesson())
    assert taught.verdict is Verdict.PERSON
    assert taught.timings.verdict_at == plain.timings.verdict_at


async def test_somebody_who_appears_in_the_spot_but_looks_different_counts() -> None:
    scene = swaying(seen=replace(COAT, look=direction(5)))
    assert (await session(scene, lesson())).verdict is Verdict.PERSON


async def test_what_looks_like_the_false_alarm_counts_once_it_walks_away() -> None:
    scene = [[COAT]] * 8 + [
        [replace(COAT, box=Box(50 + 6 * n, 10, 70 + 6 * n, 60))] for n in range(1, 9)
    ]
    result = await session(scene, lesson())
    assert result.verdict is Verdict.PERSON
    assert result.trigger is not None
    assert result.trigger.detections[0].box.x1 > 60


async def test_where_somebody_was_missed_the_bar_is_lower() -> None:
    scene = swaying(seen=replace(COAT, confidence=0.25))
    result = await session(scene)
    assert (result.verdict, result.examples) == (Verdict.NOTHING, ())
    assert result.candidate is not None
    assert result.candidate.confidence == 0.25
    missed = Lesson.about(result.candidate, Teaching.MISSED, "1", NOW)
    assert (await session(scene, missed, replace(missed, id="2"))).verdict is Verdict.PERSON
    elsewhere = replace(missed, box=Box(0, 0, 0.1, 0.4))
    assert (await session(scene, elsewhere, elsewhere)).verdict is Verdict.NOTHING


async def test_no_number_of_misses_makes_noise_a_person() -> None:
    scene = swaying(seen=replace(COAT, confidence=0.19))
    misses = [lesson(Teaching.MISSED, lesson_id=str(n)) for n in range(9)]
    assert (await session(scene, *misses)).verdict is Verdict.NOTHING
    # At high sensitivity a bar may lie lower than that already.
    high = replace(SETTINGS, sensitivity=Sensitivity.HIGH)
    sure = swaying(seen=replace(COAT, confidence=0.5))
    assert (await session(sure, *misses, settings=high)).verdict is Verdict.PERSON


async def test_the_surest_that_was_not_believed_is_the_candidate() -> None:
    weak = replace(COAT, confidence=0.2, look=direction(3))
    animal = replace(COAT, box=Box(90, 10, 110, 60), kind=Kind.ANIMAL, confidence=0.9)
    glimpse = Detection(Box(5, 5, 15, 30), Kind.PERSON, 0.3, look=direction(4))
    scene = [[weak, animal]] * 3 + [[weak, animal, glimpse]] * 2 + [[weak]] * 5
    result = await session(scene, settings=replace(SETTINGS, kinds=PERSON))
    assert result.candidate is not None
    assert result.candidate.look[3] == pytest.approx(1)


async def test_what_was_learned_away_is_a_candidate_and_a_miss_takes_the_lesson_back() -> None:
    taught = lesson()
    result = await session(swaying(), taught)
    assert result.candidate is not None
    (left,) = learn([taught], Lesson.about(result.candidate, Teaching.MISSED, "2", NOW))
    assert left.verdict is Teaching.MISSED
    assert (await session(swaying(), left)).verdict is Verdict.PERSON


async def test_who_was_believed_is_no_candidate_any_more() -> None:
    result = await session(swaying())
    assert result.candidate is None
    assert len(result.examples) == 1


async def test_nothing_seen_is_nothing_to_learn_from() -> None:
    result = await session([[]] * 10)
    assert (result.examples, result.candidate) == ((), None)


async def test_without_a_look_there_is_nothing_to_learn_from() -> None:
    result = await session(swaying(seen=replace(COAT, look=None)))
    assert result.verdict is Verdict.PERSON
    assert result.examples == ()
    # And nothing is known again.
    assert (await session(swaying(seen=replace(COAT, look=None)), lesson())).verdict is (
        Verdict.PERSON
    )


def test_a_glance_away_does_not_make_a_false_alarm_count() -> None:
    recall, lessons = Recall(), Lessons([lesson()])
    lessons.note(recall, Kind.PERSON, PLACE, direction(1))
    for _ in range(AWAY_SIGHTINGS - 1):
        lessons.note(recall, Kind.PERSON, PLACE, direction(5))
        assert recall.is_false_alarm
    lessons.note(recall, Kind.PERSON, PLACE, direction(1))
    for _ in range(AWAY_SIGHTINGS):
        assert recall.is_false_alarm
        lessons.note(recall, Kind.PERSON, PLACE, None)
    assert not recall.is_false_alarm


def test_each_miss_lowers_the_bar_further() -> None:
    recall = Recall()
    Lessons([lesson(Teaching.MISSED)] * 2).note(recall, Kind.PERSON, PLACE, direction(1))
    assert recall.easier == pytest.approx(2 * EASIER)
    Lessons([lesson(Teaching.MISSED)]).note(recall, Kind.PERSON, PLACE, None)
    assert recall.easier == 0


def test_a_lesson_takes_the_place_of_what_it_contradicts_or_repeats() -> None:
    false, missed = lesson(lesson_id="f"), lesson(Teaching.MISSED, lesson_id="m")
    far = lesson(box=Box(0, 0, 0.1, 0.2), lesson_id="far")
    assert [one.id for one in learn([false, far], missed)] == ["far", "m"]
    assert [one.id for one in learn([missed, far], false)] == ["far", "f"]
    assert [one.id for one in learn([false], replace(false, id="g"))] == ["g"]
    assert [one.id for one in learn([missed], replace(missed, id="n"))] == ["m", "n"]


def test_of_many_lessons_the_newest_are_kept() -> None:
    lessons: tuple[Lesson, ...] = ()
    for number in range(MOST_LESSONS + 5):
        lessons = learn(lessons, lesson(look=number, lesson_id=str(number)))
    assert [one.id for one in lessons] == [str(n) for n in range(5, MOST_LESSONS + 5)]


def test_of_many_believed_things_the_surest_are_kept() -> None:
    examples = Examples()
    for number in range(MOST_EXAMPLES + 3):
        portrait = Portrait(Kind.PERSON, PLACE)
        for _ in range(3):
            portrait.add(replace(COAT, confidence=0.3 + number / 20), PLACE)
        examples.believe(number, portrait)
    sure = [one.confidence for one in examples.believed]
    assert sure == sorted(sure, reverse=True)
    assert sure == pytest.approx([0.65, 0.6, 0.55, 0.5, 0.45])


def test_an_example_shows_where_it_was_surest_and_what_it_reached_three_times() -> None:
    portrait = Portrait(Kind.PERSON, PLACE)
    assert portrait.example is None
    there = Box(0.1, 0.1, 0.2, 0.4)
    for confidence, place in ((0.3, PLACE), (0.9, there), (0.5, PLACE), (0.4, PLACE)):
        portrait.add(replace(COAT, confidence=confidence), place)
    assert portrait.example is not None
    assert (portrait.example.box, portrait.example.confidence) == (there, 0.4)


def test_lessons_and_examples_come_back_from_storage_as_they_were() -> None:
    taught = lesson(Teaching.MISSED)
    back = Lesson.from_dict(json.loads(json.dumps(taught.as_dict())))
    assert (back.id, back.kind, back.verdict) == ("1", Kind.PERSON, Teaching.MISSED)
    assert back.learned_at == NOW
    assert back.box == pytest.approx(PLACE, abs=1e-3)
    assert float(np.dot(back.look, taught.look)) > 0.99
    (example,) = read_all(json.loads(json.dumps([EXAMPLE.as_dict()])), Example.from_dict)
    assert (example.kind, example.confidence) == (Kind.PERSON, 0.9)
    assert len(json.dumps(taught.as_dict())) < 400


@pytest.mark.parametrize(
    "stored",
    [None, "?", [7], [{}], [{**lesson().as_dict(), "verdict": "x"}], [{**EXAMPLE.as_dict()}]],
    ids=["nothing", "text", "number", "empty", "verdict", "no lesson"],
)
def test_what_is_unreadable_is_left_out(stored: object) -> None:
    assert read_all(stored, Lesson.from_dict) == ()
