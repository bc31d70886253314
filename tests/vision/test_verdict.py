"""When it is really a person."""

from collections.abc import Callable, Sequence

import pytest

from vision.datatypes import Box, Detection, Kind, Sensitivity, Verdict
from vision.tracker import Tracker
from vision.verdict import Decision, judge_still, rivalled

ALL = frozenset(Kind)
STEP_S = 0.2
SIZE = 200, 400

type Scene = Sequence[Sequence[Detection]]


def thing(
    x: float = 100, confidence: float = 0.8, kind: Kind = Kind.PERSON, moved: float = 0.5
) -> Detection:
    return Detection(Box(x, 50, x + 40, 150), kind, confidence, moved)


def walk(
    frames: int, confidence: float = 0.8, kind: Kind = Kind.PERSON, speed: float = 15
) -> list[list[Detection]]:
    return [[thing(100 + speed * frame, confidence, kind)] for frame in range(frames)]


def stand(
    frames: int, confidence: float, kind: Kind = Kind.PERSON, moved: float = 0.0
) -> list[list[Detection]]:
    return [[thing(100, confidence, kind, moved)] for _ in range(frames)]


def decide(
    scene: Scene,
    sensitivity: Sensitivity = Sensitivity.BALANCED,
    kinds: frozenset[Kind] = ALL,
) -> list[tuple[int, Kind]]:
    """Return (frame number, kind) of everything that a scene confirms."""
    tracker, decision = Tracker(), Decision(kinds, sensitivity)
    confirmed = []
    for number, detections in enumerate(scene):
        at = number * STEP_S
        new = decision.update(tracker.update(detections, at), at, SIZE)
        confirmed += [(number, kind) for kind in new]
    assert decision.confirmed == {kind for _, kind in confirmed}
    return confirmed


def test_somebody_who_walks_by_is_confirmed_at_the_third_sighting_and_once() -> None:
    assert decide(walk(20)) == [(2, Kind.PERSON)]


@pytest.mark.parametrize("frames", [1, 2])
def test_one_or_two_frames_are_never_enough(frames: int) -> None:
    assert decide([*walk(frames, 0.99), *[[]] * 20]) == []


def test_weak_evidence_takes_longer_and_weaker_never_suffices() -> None:
    ((strong, _),) = decide(walk(20, 0.6))
    ((weak, _),) = decide(walk(20, 0.38))
    assert weak > strong
    assert decide(walk(60, 0.3, speed=2)) == []


def test_flicker_in_ever_new_places_adds_up_to_nothing() -> None:
    assert decide([[thing(390 * n, 0.9)] for n in range(40)]) == []


def test_one_flash_a_second_in_the_same_place_adds_up_to_nothing() -> None:
    scene: list[list[Detection]] = []
    for _ in range(12):
        scene += [[thing(confidence=0.45)], [], [], [], []]
    assert decide(scene) == []


def test_what_never_moved_must_look_far_more_like_a_person() -> None:
    assert decide(stand(100, 0.6)) == []
    assert [kind for _, kind in decide(stand(20, 0.85))] == [Kind.PERSON]
    trembling = [[thing(100 + n % 2, 0.6, moved=0.5)] for n in range(100)]
    assert decide(trembling) == [], "wind in a coat is not a walk"


def test_somebody_who_arrives_and_then_stands_still_counts() -> None:
    arriving = walk(4, 0.36)
    there = [[thing(145, 0.5, moved=0.0)] for _ in range(20)]
    assert [kind for _, kind in decide([*arriving, *there])] == [Kind.PERSON]


def test_whoever_sets_off_is_believed_for_what_was_seen_before() -> None:
    setting_off = [*stand(8, 0.55), *walk(6, 0.55)]
    ((number, kind),) = decide(setting_off)
    assert kind is Kind.PERSON
    assert number < 12


def test_a_parked_vehicle_never_counts_and_a_passing_one_does() -> None:
    assert decide(stand(100, 0.95, Kind.VEHICLE)) == []
    assert decide(stand(100, 0.95, Kind.VEHICLE, moved=0.4)) == [], "somebody walks past it"
    assert decide(walk(10, 0.8, Kind.VEHICLE, 30)) == [(2, Kind.VEHICLE)]


def test_what_looks_as_much_like_a_dog_is_no_person() -> None:
    scene = [[thing(100 + 15 * n, 0.6), thing(102 + 15 * n, 0.55, Kind.ANIMAL)] for n in range(12)]
    assert [kind for _, kind in decide(scene)] == [Kind.ANIMAL]


def test_only_wanted_kinds_are_confirmed() -> None:
    assert decide(walk(12), kinds=frozenset({Kind.VEHICLE})) == []
    assert decide(walk(12), kinds=frozenset({Kind.PERSON})) == [(2, Kind.PERSON)]


def test_kinds_confirmed_by_the_same_frame_come_people_first() -> None:
    scene = [[thing(500 + 15 * n, 0.8, Kind.ANIMAL), thing(100 + 15 * n, 0.8)] for n in range(4)]
    assert decide(scene) == [(2, Kind.PERSON), (2, Kind.ANIMAL)]


def test_the_sensitivity_moves_the_bar() -> None:
    confidences = [0.3, 0.38, 0.5, 0.8]
    found = {
        sensitivity: sum(bool(decide(walk(20, one), sensitivity)) for one in confidences)
        for sensitivity in Sensitivity
    }
    assert found[Sensitivity.LOW] < found[Sensitivity.BALANCED] < found[Sensitivity.HIGH]


def test_a_lost_track_loses_its_evidence() -> None:
    gone: list[list[Detection]] = [[]] * 30
    assert decide([*walk(2), *gone, *walk(2)]) == []


def test_suspicion_comes_before_belief() -> None:
    tracker, decision = Tracker(), Decision(ALL, Sensitivity.BALANCED)
    stages = []
    for number, detections in enumerate(walk(3)):
        tracks = tracker.update(detections, number * STEP_S)
        decision.update(tracks, number * STEP_S, SIZE)
        stages.append((decision.suspects(tracks[0]), decision.believes(tracks[0])))
    assert stages == [(False, False), (True, False), (True, True)]


type Judge = Callable[[list[Detection]], Verdict]


@pytest.mark.parametrize(
    ("detections", "verdict"),
    [
        pytest.param([], Verdict.NOTHING, id="empty"),
        pytest.param([thing(confidence=0.7)], Verdict.PERSON, id="sure"),
        pytest.param([thing(confidence=0.4)], Verdict.NOTHING, id="unsure"),
        pytest.param(
            [thing(300, 0.9, Kind.VEHICLE), thing(confidence=0.7)],
            Verdict.PERSON,
            id="people-before-vehicles",
        ),
        pytest.param([thing(300, 0.9, Kind.VEHICLE)], Verdict.VEHICLE, id="a-parked-car-is-a-car"),
        pytest.param(
            [thing(100, 0.6), thing(101, 0.65, Kind.ANIMAL)], Verdict.ANIMAL, id="rather-a-dog"
        ),
        pytest.param(
            [thing(100, 0.9), thing(101, 0.57, Kind.ANIMAL)], Verdict.PERSON, id="rather-a-person"
        ),
        pytest.param([thing(confidence=0.0), thing(confidence=1.0)], Verdict.PERSON, id="extremes"),
    ],
)
def test_a_single_picture_is_judged_by_what_is_sure(
    detections: list[Detection], verdict: Verdict
) -> None:
    assert judge_still(detections, ALL, Sensitivity.BALANCED) is verdict


def test_a_single_picture_is_judged_for_wanted_kinds_at_the_sensitivity() -> None:
    people = frozenset({Kind.PERSON})
    doubtful = [thing(confidence=0.5)]
    assert judge_still(doubtful, frozenset({Kind.ANIMAL}), Sensitivity.HIGH) is Verdict.NOTHING
    assert judge_still(doubtful, people, Sensitivity.HIGH) is Verdict.PERSON
    assert judge_still(doubtful, people, Sensitivity.LOW) is Verdict.NOTHING


def test_rivals_must_be_in_the_same_place() -> None:
    dog = thing(300, 0.9, Kind.ANIMAL)
    assert rivalled([thing(100, 0.5), dog]) == [False, False]
    assert rivalled([thing(300, 0.5), dog]) == [True, False]
