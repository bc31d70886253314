"""What is believed, and does not count: filters, statues and blind cameras over whole sessions."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.made_pictures import textured
from tests.vision.sessions import END, PERSON, SETTINGS, STEP_S, Camera, run, walk
from vision.crop import ChangeFinder
from vision.datatypes import (
    Box,
    Detection,
    Frame,
    Kind,
    RgbImage,
    Texture,
    Verdict,
)
from vision.findings import BLIND
from vision.lessons import Lesson, Teaching
from vision.look import look
from vision.session import AnalysisResult, ResultReason, SessionSettings
from vision.static import PROVEN_AFTER_S, Thing, shares
from vision.zones import Filters, Points, Zone

NOW = 1_800_000_000.0
UPPER: Points = ((0, 0), (1, 0), (1, 0.4), (0, 0.4))
RIGHT: Points = ((0.6, 0), (1, 0), (1, 1), (0.6, 1))


def settings(**filters: object) -> SessionSettings:
    return replace(SETTINGS, filters=Filters(**filters))  # type: ignore[arg-type]


def direction(number: int) -> Texture:
    """Return a look that resembles no other."""
    values = np.zeros(128, np.float32)
    values[number] = 1
    return values


STATUE = Detection(Box(50, 10, 70, 60), Kind.PERSON, 0.9, moved=0.0, look=direction(1))


async def session(
    scene: list[list[Detection]],
    known: tuple[Thing, ...] = (),
    at: float = NOW,
    kinds: frozenset[Kind] = PERSON,
) -> AnalysisResult:
    now = replace(SETTINGS, kinds=kinds, known=known, started_at=at)
    return await run(Camera(scene, END), now)


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        pytest.param(
            {"zones": (Zone("sky", UPPER),)}, ResultReason.OUTSIDE_ZONES, id="outside-zones"
        ),
        pytest.param({"min_height": 0.9}, ResultReason.TOO_SMALL, id="too-small"),
        pytest.param({"min_confidence": 0.9}, ResultReason.TOO_UNSURE, id="too-unsure"),
        pytest.param({"loiter_s": 20}, ResultReason.NOT_LONG_ENOUGH, id="not-long-enough"),
    ],
)
async def test_somebody_who_does_not_count_is_nothing_and_says_why(
    filters: dict[str, object], reason: ResultReason
) -> None:
    result = await run(Camera(walk(20), END), settings(**filters))
    assert (result.verdict, result.reason) == (Verdict.NOTHING, reason)
    assert (result.failure, result.trigger, result.count) == (None, None, 0)


async def test_somebody_who_enters_a_zone_counts_from_there_and_ends_the_session_early() -> None:
    result = await run(Camera(walk(60)), settings(zones=(Zone("right", RIGHT),)))
    assert (result.verdict, result.reason) == (Verdict.PERSON, ResultReason.CONFIRMED)
    assert result.trigger is not None
    (seen,) = result.trigger.detections
    assert (seen.box.x1 + seen.box.x2) / 2 >= 0.6 * 128
    assert result.timings.ended_at - result.timings.verdict_at <= SETTINGS.settle_s + STEP_S


async def test_those_who_do_not_count_are_neither_counted_nor_shown() -> None:
    scene = [[*one, STATUE] for one in walk(12)]
    zone = Zone("left of the statue", ((0, 0), (0.3, 0), (0.3, 1), (0, 1)))
    result = await run(Camera(scene, END), settings(zones=(zone,)))
    assert result.verdict is Verdict.PERSON
    assert result.count == 1
    assert result.best is not None
    assert [one.box.x1 < 40 for one in result.best.detections] == [True]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        pytest.param(
            replace(STATUE, confidence=0.7),
            replace(STATUE, box=Box(5, 40, 25, 60)),
            ResultReason.TOO_SMALL,
            id="the-nearest-miss",
        ),
        pytest.param(
            STATUE,
            replace(STATUE, kind=Kind.ANIMAL, box=Box(5, 40, 25, 60)),
            ResultReason.TOO_UNSURE,
            id="people-first",
        ),
    ],
)
async def test_of_several_misses_one_is_named(
    first: Detection, second: Detection, reason: ResultReason
) -> None:
    second = replace(second, confidence=0.95)
    unsure = 0.99 if reason is ResultReason.TOO_UNSURE else 0.0
    zones = () if unsure else (Zone("low", ((0, 0.8), (0.3, 0.8), (0.3, 1), (0, 1))),)
    filters = Filters(zones, min_height=0.5, min_confidence=unsure)
    now = replace(SETTINGS, kinds=frozenset(Kind), filters=filters)
    result = await run(Camera([[first, second]] * 20, END), now)
    assert result.reason is reason


async def test_who_is_to_stay_gets_the_time_for_it() -> None:
    standing = [[replace(STATUE, look=None)]] * 400
    result = await run(Camera([[]] * 140 + standing), settings(loiter_s=25))
    assert result.verdict is Verdict.PERSON
    assert result.timings.verdict_at - result.timings.motion_at > SETTINGS.burst_s


async def test_a_statue_alerts_once_and_is_known_from_then_on() -> None:
    first = await session([[STATUE]] * 20)
    assert first.verdict is Verdict.PERSON
    second = await session([[STATUE]] * 20, first.known, NOW + 60)
    assert (second.verdict, second.reason) == (Verdict.NOTHING, ResultReason.STATIC)
    (known,) = second.known
    assert (known.kind, known.sessions, known.last_seen) == (Kind.PERSON, 2, NOW + 60)
    assert known.box == pytest.approx((50 / 128, 10 / 72, 70 / 128, 60 / 72))


async def test_somebody_who_walks_to_where_the_statue_stands_counts() -> None:
    known = (await session([[STATUE]] * 20)).known
    width = STATUE.box.x2 - STATUE.box.x1
    scene = [
        [replace(STATUE, box=Box(x, 10, x + width, 60), moved=0.6)] for x in (*range(0, 50, 8), 50)
    ]
    scene += [[STATUE]] * 10
    assert (await session(scene, known)).verdict is Verdict.PERSON


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param(replace(STATUE, look=direction(2)), id="looks-otherwise"),
        pytest.param(replace(STATUE, box=Box(80, 10, 100, 60)), id="elsewhere"),
        pytest.param(replace(STATUE, look=None), id="no-look"),
    ],
)
async def test_somebody_new_who_stands_still_counts(stranger: Detection) -> None:
    known = (await session([[STATUE]] * 20)).known
    assert (await session([[stranger]] * 20, known)).verdict is Verdict.PERSON


async def test_who_waited_at_the_door_counts_the_next_time_after_the_door_was_free() -> None:
    waited = (await session([[STATUE]] * 20)).known
    free = (await session([[]] * 20, waited, NOW + 60)).known
    assert free == ()
    assert (await session([[STATUE]] * 20, free, NOW + 120)).verdict is Verdict.PERSON


async def test_a_session_that_saw_next_to_nothing_forgets_nothing() -> None:
    known = (await session([[STATUE]] * 20)).known
    assert (await session([[]] * 2, known)).known == known
    assert (await session([], known)).known == known


async def test_a_statue_that_is_hardly_seen_is_not_forgotten() -> None:
    known = (await session([[STATUE]] * 20)).known
    faint = replace(STATUE, confidence=0.2, look=None)
    assert len((await session([[faint]] * 20, known)).known) == 1


async def test_somebody_who_moved_is_not_remembered() -> None:
    scene = [[replace(one[0], look=direction(1))] for one in walk(12)]
    assert (await session(scene)).known == ()


async def test_a_car_alerts_when_it_arrives_and_never_while_it_is_parked() -> None:
    kinds = frozenset({Kind.VEHICLE})
    parked = Detection(Box(60, 20, 100, 50), Kind.VEHICLE, 0.95, moved=0.0)
    arriving = [
        [replace(parked, box=Box(x, 20, x + 40, 50), moved=0.7)] for x in (*range(0, 60, 10), 60)
    ]
    came = await session([*arriving, *[[parked]] * 20], kinds=kinds)
    assert came.verdict is Verdict.VEHICLE
    stays = await session([[parked]] * 40, came.known, kinds=kinds)
    assert stays.verdict is Verdict.NOTHING
    assert (await session(arriving, stays.known, kinds=kinds)).verdict is Verdict.VEHICLE


async def test_a_statue_of_long_standing_is_known_after_a_night_without_being_seen() -> None:
    known = (await session([[STATUE]] * 20)).known
    for later in (60, PROVEN_AFTER_S):
        known = (await session([[STATUE]] * 20, known, NOW + later)).known
    for hours in range(8):
        known = (await session([[]] * 20, known, NOW + (2 + hours) * 3600)).known
    assert (await session([[STATUE]] * 20, known, NOW + 36_000)).reason is ResultReason.STATIC


class Network:
    """Sees what it is told to see."""

    def __init__(self, seen: list[Detection]) -> None:
        self._seen = seen

    def look(self, _image: RgbImage, _region: Box | None, _least: float) -> list[Detection]:
        return self._seen


def test_looks_note_in_turn_how_things_look_that_may_be_statues() -> None:
    def standing(number: int, kind: Kind = Kind.PERSON, confidence: float = 0.8) -> Detection:
        return Detection(Box(60 * number, 40, 60 * number + 50, 200), kind, confidence)

    seen = [standing(2), standing(0), standing(1, Kind.ANIMAL)]
    seen += [standing(7, Kind.VEHICLE), standing(8, confidence=0.4)]
    network, changes = Network(seen), ChangeFinder()
    noted = []
    for number in range(6):
        observation = look(network, changes, lambda at=number: Frame(textured(), at))
        assert observation is not None
        assert observation.contrast > BLIND
        noted.append([one.look is not None for one in observation.detections])
    # One of those that may be statues, and one of the surest that are left.
    assert all(sum(frame) == 2 for frame in noted)
    assert [sum(frame[n] for frame in noted) >= 2 for n in range(4)] == [True] * 4


def test_what_was_learned_about_is_looked_at_in_every_frame() -> None:
    place = Box(0, 40, 50, 200)
    crowd = [Detection(Box(60 * n, 40, 60 * n + 50, 200), Kind.PERSON, 0.8) for n in range(2, 7)]
    taught = Detection(place, Kind.PERSON, 0.2)
    network, changes = Network([*crowd, taught]), ChangeFinder()
    there = shares(place, (360, 640))
    lesson = Lesson(Kind.PERSON, there, direction(1), "1", Teaching.FALSE_ALARM, NOW)
    for lessons, expected in (((), 0), ((lesson,), 4)):
        looks = [
            look(network, changes, lambda at=n: Frame(textured(), at), lessons) for n in range(4)
        ]
        seen = [one.detections[-1].look is not None for one in looks if one is not None]
        assert sum(seen) == expected
