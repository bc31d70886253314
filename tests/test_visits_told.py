"""What people are told of a visit: once with sound, then news; cooldowns, refusals, failures.

Pure: time is an argument.
"""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Subject
from custom_components.camera_smart_alerts.visits import PACE, QUIET, Visits
from tests.visits_kit import COOLDOWN, INSTANT, NOW, after, nobody_moves, restarted, see, told

REFUSALS = [Outcome.SILENCED, Outcome.QUIET_HOURS, Outcome.DETECT_ONLY]


@pytest.mark.parametrize(
    ("changes", "tells"),
    [
        pytest.param({}, False, id="the same again"),
        pytest.param({"count": 2}, True, id="more of them"),
        pytest.param({"kind": Kind.VEHICLE}, True, id="another kind"),
        pytest.param({"camera": "gate"}, True, id="another camera"),
        pytest.param({"quality": 0.76}, True, id="a much better picture"),
        pytest.param({"quality": 0.75}, False, id="a better picture"),
    ],
)
@pytest.mark.parametrize(
    "passed", [pytest.param(PACE, id="in its turn"), pytest.param(PACE - INSTANT, id="too early")]
)
def test_people_hear_how_a_visit_goes_on_when_there_is_news_and_not_too_often(
    changes: dict[str, Any], tells: bool, passed: timedelta
) -> None:
    visits = Visits()
    first = see(visits, NOW, quality=0.5, group="garden")
    visits.reached(first.visit, "front", NOW)
    ruling = see(visits, NOW + passed, **{"group": "garden", "quality": 0.5} | changes)
    assert first.tell
    assert (first.outcome, ruling.outcome) == (Outcome.ALERTED, Outcome.UPDATED)
    assert ruling.tell is (tells and passed == PACE)
    assert ruling.visit.revision == 1 + ruling.tell
    waits = tells and not ruling.tell
    assert visits.due(NOW + PACE - INSTANT) == []
    assert visits.due(NOW + PACE) == ([ruling.visit] if waits else [])
    assert ruling.visit.revision == 1 + tells
    assert visits.due(NOW + 2 * PACE) == [], "told once"


def test_a_better_picture_that_waited_for_its_turn_is_no_news_afterwards() -> None:
    visits = Visits()
    see(visits, NOW, quality=0.1)
    see(visits, after(1), quality=1.0)
    assert visits.due(NOW + PACE)
    ruling = see(visits, NOW + 2 * PACE, quality=1.0)
    assert not ruling.tell
    assert visits.due(NOW + 3 * PACE) == []


@pytest.mark.parametrize(
    ("kind", "camera", "passed", "outcome"),
    [
        pytest.param(
            Kind.PERSON, "front", COOLDOWN - INSTANT, Outcome.COOLDOWN, id="told just now"
        ),
        pytest.param(Kind.PERSON, "front", COOLDOWN, Outcome.ALERTED, id="over to the second"),
        pytest.param(Kind.VEHICLE, "front", QUIET, Outcome.ALERTED, id="another kind"),
        pytest.param(None, "front", QUIET, Outcome.ALERTED, id="nothing to see is its own kind"),
        pytest.param(Kind.PERSON, "gate", QUIET, Outcome.ALERTED, id="another camera"),
        pytest.param(
            Kind.PERSON,
            "front",
            timedelta(days=1, seconds=5),
            Outcome.ALERTED,
            id="a day and five seconds are not five seconds",
        ),
        pytest.param(
            Kind.PERSON, "front", -timedelta(hours=1), Outcome.ALERTED, id="clock set back"
        ),
    ],
)
@pytest.mark.parametrize("restart", [False, True], ids=["", "restarted"])
def test_the_cooldown_is_of_one_camera_and_kind_and_lasts_as_long_as_it_says(
    kind: Subject, camera: str, passed: timedelta, outcome: Outcome, restart: bool
) -> None:
    visits, visit = told("front")
    visits.retract(visit.id)
    if restart:
        visits = restarted(visits)
    ruling = see(visits, NOW + passed, camera, kind=kind)
    assert ruling.outcome is outcome
    assert ruling.tell is (outcome is Outcome.ALERTED)
    assert ruling.begins, "who is not told of exists nevertheless"


def test_the_cooldown_counts_from_the_last_delivery_not_from_the_first_sighting() -> None:
    visits, visit = told("front")
    see(visits, after(60), count=2)
    visits.reached(visit, "front", after(62))
    visits.retract(visit.id)
    assert see(visits, after(61) + COOLDOWN).outcome is Outcome.COOLDOWN
    assert see(visits, after(62) + COOLDOWN).outcome is Outcome.ALERTED


def test_a_clock_set_back_doubles_once_not_for_ever() -> None:
    visits, _ = told("front")
    back = NOW - timedelta(days=365)
    again = see(visits, back)
    assert again.tell
    visits.reached(again.visit, "front", back)
    visits.expire(back, nobody_moves)
    visits.retract(again.visit.id)
    assert see(visits, back + QUIET).outcome is Outcome.COOLDOWN


def test_within_a_visit_what_was_told_has_no_cooldown() -> None:
    visits, visit = told("front", "gate")
    ruling = see(visits, NOW + PACE, "front", group="garden", count=2)
    assert (ruling.outcome, ruling.tell, ruling.visit) == (Outcome.UPDATED, True, visit)


def test_a_kind_that_cools_down_is_not_told_along_with_another() -> None:
    visits, visit = told("front")
    visits.retract(visit.id)
    assert see(visits, after(200)).outcome is Outcome.COOLDOWN
    ruling = see(visits, after(201), kind=Kind.VEHICLE)
    assert (ruling.outcome, ruling.tell) == (Outcome.ALERTED, True)
    assert ruling.visit.told == {Kind.VEHICLE: 1}
    assert ruling.visit.kinds == {Kind.PERSON: 1, Kind.VEHICLE: 1}


def test_what_only_waits_for_its_turn_starts_no_cooldown() -> None:
    visits = Visits()
    visit = see(visits, NOW).visit
    see(visits, after(1), kind=Kind.VEHICLE)
    visits.reached(visit, "front", after(2))
    assert visits.delivered == {("front", Kind.PERSON): after(2)}


def test_a_telling_that_arrives_late_starts_the_cooldown_of_what_it_told() -> None:
    visits = Visits()
    visit = see(visits, NOW).visit
    first = dict(visit.told)
    see(visits, NOW + PACE, kind=Kind.VEHICLE)
    visits.reached(visit, "front", after(16), first)
    assert visits.delivered == {("front", Kind.PERSON): after(16)}
    visits.failed(visit, visit.revision)
    assert see(visits, NOW + 2 * PACE, kind=Kind.VEHICLE).tell, "it reached nobody"


@pytest.mark.parametrize("permit", REFUSALS)
def test_a_visit_that_is_refused_exists_and_is_told_as_soon_as_it_may_be(permit: Outcome) -> None:
    visits = Visits()
    refused = see(visits, NOW, count=3, permit=permit)
    assert (refused.outcome, refused.tell, refused.begins) == (permit, False, True)
    assert visits.due(after(60)) == []
    allowed = see(visits, after(61))
    assert (allowed.outcome, allowed.tell, allowed.begins) == (Outcome.ALERTED, True, False)
    assert allowed.visit is refused.visit
    assert allowed.visit.told == {Kind.PERSON: 3}


def test_more_that_came_while_it_was_silent_is_told_when_it_may_be() -> None:
    visits, visit = told("front")
    see(visits, NOW + PACE, count=4, permit=Outcome.SILENCED)
    assert visits.due(NOW + 2 * PACE) == []
    assert see(visits, NOW + 2 * PACE).tell
    assert visit.told == {Kind.PERSON: 4}


def test_a_refusal_is_named_before_the_cooldown() -> None:
    visits, visit = told("front")
    visits.retract(visit.id)
    assert see(visits, after(1), permit=Outcome.SILENCED).outcome is Outcome.SILENCED


def test_a_telling_that_reached_nobody_is_told_anew_with_sound() -> None:
    visits = Visits()
    first = see(visits, NOW, quality=1.0)
    first.visit.told_to = {"phone:mine": "front"}
    visits.failed(first.visit, 1)
    assert visits.due(NOW + PACE) == [], "nobody is there any more"
    again = see(visits, after(1), quality=0.2)
    assert (again.outcome, again.tell, again.visit) == (Outcome.ALERTED, True, first.visit)
    assert again.visit.told_to == {}, "nobody knows of it, so it sounds"
    assert visits.delivered == {}
    assert again.visit.quality == 0.2


def test_what_waited_when_the_first_telling_failed_is_told_with_it() -> None:
    visits = Visits()
    visit = see(visits, NOW).visit
    see(visits, after(1), kind=Kind.VEHICLE)
    visits.failed(visit)
    assert visits.due(after(2)) == [visit]
    assert visit.told == {Kind.PERSON: 1, Kind.VEHICLE: 1}


def test_a_sighting_between_the_failure_and_the_next_turn_is_an_alert() -> None:
    visits = Visits()
    visit = see(visits, NOW).visit
    see(visits, after(1), kind=Kind.VEHICLE)
    visits.failed(visit)
    assert see(visits, after(2), kind=Kind.ANIMAL).outcome is Outcome.ALERTED


def test_an_update_that_reached_nobody_takes_back_only_what_it_told() -> None:
    visits, visit = told("front")
    visit.told_to = {"phone:mine": "front"}
    see(visits, NOW + PACE, kind=Kind.VEHICLE)
    visits.failed(visit, visit.revision)
    assert visit.told == {Kind.PERSON: 1}
    assert visit.told_to == {"phone:mine": "front"}
    assert not see(visits, NOW + 2 * PACE).tell, "the person was told"
    again = see(visits, NOW + 2 * PACE, kind=Kind.VEHICLE)
    assert (again.outcome, again.tell) == (Outcome.UPDATED, True)


def test_a_failure_that_is_known_late_leaves_the_newer_telling_alone() -> None:
    visits = Visits()
    visit = see(visits, NOW).visit
    see(visits, NOW + PACE, count=2)
    visits.failed(visit, 1)
    assert visit.told == {Kind.PERSON: 2}
    visits.failed(visit, 2)
    assert visit.told == {}


def test_a_telling_that_arrives_after_it_was_given_up_is_not_told_again() -> None:
    visits = Visits()
    visit = see(visits, NOW).visit
    visits.failed(visit)
    visits.reached(visit, "front", after(30), {Kind.PERSON: 1})
    ruling = see(visits, after(31))
    assert (ruling.outcome, visit.known, visit.reached) == (
        Outcome.UPDATED,
        {Kind.PERSON: 1},
        True,
    )


def test_a_better_picture_goes_on_waiting_when_a_worse_one_comes() -> None:
    visits, visit = told("front")
    see(visits, after(1), quality=1.0)
    see(visits, after(2))
    assert visits.due(NOW + PACE) == [visit]


def test_a_camera_that_waited_when_the_first_telling_failed_is_told_once() -> None:
    visits = Visits()
    visit = see(visits, NOW, group="garden").visit
    see(visits, after(1), "gate", group="garden")
    visits.failed(visit)
    assert visits.due(after(2)) == [visit]
    assert not see(visits, after(2) + PACE, "gate", group="garden").tell


def test_after_a_late_arrival_people_are_left_in_peace_for_a_while() -> None:
    visits = Visits()
    visit = see(visits, NOW).visit
    visits.failed(visit)
    visits.reached(visit, "front", after(30), {Kind.PERSON: 1})
    assert not see(visits, after(31), count=2).tell
    assert visits.due(after(30) + PACE) == [visit]
