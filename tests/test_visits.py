"""What is one visit: which sightings it joins, when it ends, what a restart leaves of it.

Pure: time is an argument.
"""

from datetime import timedelta

import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visits import PACE, QUIET, WINDOW, Visits
from tests.visits_kit import INSTANT, NOW, after, nobody_moves, restarted, see, told


@pytest.mark.parametrize(
    ("camera", "group", "gap", "joins"),
    [
        pytest.param("front", "garden", timedelta(0), True, id="same camera at once"),
        pytest.param("front", "garden", QUIET - INSTANT, True, id="same camera just in time"),
        pytest.param("front", "garden", QUIET, False, id="same camera too late"),
        pytest.param("front", "", QUIET - INSTANT, True, id="same camera, moved out of its group"),
        pytest.param("gate", "garden", WINDOW - INSTANT, True, id="its group just in time"),
        pytest.param("gate", "garden", WINDOW, False, id="its group too late"),
        pytest.param("yard", "back", timedelta(0), False, id="another group"),
        pytest.param("yard", "", timedelta(0), False, id="no group"),
        pytest.param("front", "garden", timedelta(hours=1), False, id="an hour later"),
        pytest.param("front", "garden", timedelta(days=1, seconds=5), False, id="a day later"),
        pytest.param("front", "garden", timedelta(seconds=-5), True, id="clock a bit back"),
        pytest.param("gate", "garden", timedelta(seconds=-5), True, id="a bit back, its group"),
        pytest.param("front", "garden", -timedelta(seconds=5) - INSTANT, False, id="clock back"),
        pytest.param("gate", "garden", -timedelta(seconds=5) - INSTANT, False, id="back, group"),
    ],
)
def test_a_sighting_joins_the_visit_it_belongs_to(
    camera: str, group: str, gap: timedelta, joins: bool
) -> None:
    visits, visit = told("front")
    ruling = see(visits, NOW + gap, camera, group=group)
    assert ruling.begins is not joins
    assert (ruling.visit is visit) is joins
    assert visits.open[ruling.visit.id] is ruling.visit


def test_cameras_without_a_group_do_not_share_visits() -> None:
    visits, visit = told("front", group="")
    assert see(visits, NOW, "gate", group="").visit is not visit


def test_of_two_visits_the_latest_goes_on() -> None:
    visits, _ = told("front")
    newer = see(visits, NOW + WINDOW, "gate", group="garden").visit
    assert see(visits, NOW + WINDOW + PACE, "front", group="garden").visit is newer


def test_a_visit_knows_its_cameras_in_order_and_the_most_of_each_kind() -> None:
    visits, visit = told("front")
    see(visits, after(1), "gate", group="garden", count=3)
    see(visits, after(2), "front", group="garden", count=2)
    see(visits, after(3), "front", group="garden", kind=None)
    assert visit.cameras == ["front", "gate"]
    assert visit.kinds == {Kind.PERSON: 3, None: 1}
    assert list(visit.seen) == visit.cameras
    assert (visit.started_at, visit.last_at) == (NOW, after(3))


def test_ids_are_unguessable() -> None:
    ids = {see(Visits(), NOW).visit.id for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 16


@pytest.mark.parametrize(
    ("passed", "busy", "over"),
    [
        pytest.param(QUIET - INSTANT, False, False, id="a bit too early"),
        pytest.param(QUIET, False, True, id="quiet for long enough"),
        pytest.param(QUIET, True, False, id="something still moves"),
        pytest.param(timedelta(seconds=-5), False, False, id="clock a bit back"),
        pytest.param(timedelta(seconds=-5) - INSTANT, False, True, id="clock set back"),
        pytest.param(timedelta(days=400), False, True, id="clock set forward"),
    ],
)
def test_a_visit_ends_once_it_has_been_quiet(passed: timedelta, busy: bool, over: bool) -> None:
    visits, visit = told("front", "gate")
    now = NOW + passed
    assert visits.expire(now, lambda camera: busy and camera == "gate") == [visit] * over
    assert list(visits.open.values()) == [visit] * (not over)
    if busy:
        assert visits.expire(now + QUIET - INSTANT, nobody_moves) == []
        assert visits.expire(now + QUIET, nobody_moves) == [visit]
    assert visits.expire(now + 2 * QUIET, nobody_moves) == [visit] * (not over and not busy)
    assert visits.expire(now + 4 * QUIET, nobody_moves) == [], "only once"


def test_a_motion_sensor_that_is_stuck_keeps_no_visit_open_for_ever() -> None:
    visits, visit = told("front", "gate")
    for minute in range(1, 30):
        assert visits.expire(NOW + timedelta(minutes=minute), lambda _camera: True) == []
    assert visits.expire(NOW + timedelta(minutes=33), lambda _camera: True) == [visit]


@pytest.mark.parametrize(
    ("passed", "due"),
    [
        pytest.param(PACE - INSTANT, False, id="too early"),
        pytest.param(PACE, True, id="in its turn"),
        pytest.param(timedelta(hours=1), True, id="clock set forward"),
        pytest.param(timedelta(days=1, seconds=5), True, id="a day and five seconds later"),
        pytest.param(-INSTANT, True, id="clock set back"),
    ],
)
@pytest.mark.parametrize("restart", [False, True], ids=["", "restarted"])
def test_news_waits_for_its_turn_on_any_clock(passed: timedelta, due: bool, restart: bool) -> None:
    visits, _ = told("front")
    see(visits, NOW, count=2)
    if restart:
        visits = restarted(visits)
    assert len(visits.due(NOW + passed)) == due


def test_a_visit_that_was_called_wrong_is_over_without_a_word() -> None:
    visits, visit = told("front")
    see(visits, after(1), count=2)
    visits.retract(visit.id)
    visits.retract(visit.id)
    assert visits.due(NOW + PACE) == visits.expire(NOW + QUIET, nobody_moves) == []


def test_what_is_said_of_a_visit_stays_with_it_while_it_goes_on() -> None:
    visits, visit = told()
    visits.note_feedback(visit.id, "right")
    visits.note_feedback("unknown", "missed")
    assert restarted(visits).open[visit.id].feedback == "right"


def test_everything_survives_a_restart() -> None:
    visits, visit = told("front", "gate")
    see(visits, after(1), kind=None)
    visit.told_to = {"phone:mine": "front"}
    see(visits, after(2), "yard", kind=Kind.ANIMAL, permit=Outcome.SILENCED)
    visits.reached(see(visits, after(300), kind=None).visit, "front", after(300))
    restored = restarted(visits)
    assert restored.open == visits.open
    assert restored.delivered == visits.delivered
    assert set(restored.delivered) == {("front", Kind.PERSON), ("front", None)}
    assert see(restored, after(301), kind=None).begins is False


def test_the_first_start_finds_nothing() -> None:
    visits = Visits()
    visits.restore({}, [])
    assert (visits.open, visits.delivered) == ({}, {})


def test_a_clock_a_bit_back_splits_no_visit_of_a_camera_without_a_group() -> None:
    visits, visit = told("front", group="")
    assert see(visits, after(-5)).visit is visit


@pytest.mark.parametrize(
    "kept",
    [[["front", "ghost", NOW.isoformat()]], [["front", "person", "yesterday"]], [["front"]], 5],
    ids=["kind", "time", "short", "no list"],
)
def test_cooldowns_that_cannot_be_read_keep_nothing_from_starting(kept: object) -> None:
    visits = Visits()
    visits.restore({"delivered": kept}, [])
    assert visits.delivered == {}
