"""The one reason every motion ends with, and what is kept of it. Pure: time is an argument."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.camera_smart_alerts.alerts import (
    Alert,
    AlertMemory,
    Outcome,
    conclude,
    hops_ms,
    summary,
    visit_id,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind, Verdict
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from custom_components.camera_smart_alerts.vision.session import (
    AnalysisResult,
    ResultReason,
    Timings,
)
from tests.enrolled import alert, record

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def result(
    verdict: Verdict = Verdict.NOTHING,
    reason: ResultReason = ResultReason.NOTHING_FOUND,
    failure: SourceFailure | None = None,
    frames: int = 12,
) -> AnalysisResult:
    """Return a result as a session would."""
    return AnalysisResult(
        verdict=verdict,
        reason=reason,
        failure=failure,
        kinds={},
        count=2,
        confidence=0.91234,
        trigger=None,
        best=None,
        frames=frames,
        source="stream",
        timings=Timings(
            motion_at=10.0,
            opened_at=10.2,
            first_frame_at=10.35,
            trigger_captured_at=10.9,
            verdict_at=11.0,
            ended_at=12.0,
        ),
        inference_s=0.0123,
    )


SURE = result(Verdict.PERSON, ResultReason.CONFIRMED)


@pytest.mark.parametrize(
    ("rulings", "reached", "expected"),
    [
        pytest.param([Outcome.ALERTED], [True], Outcome.ALERTED, id="told"),
        pytest.param(
            [Outcome.COOLDOWN, Outcome.ALERTED],
            [False, True],
            Outcome.ALERTED,
            id="one of two tellings arrived",
        ),
        pytest.param(
            [Outcome.ALERTED, Outcome.UPDATED],
            [False, False],
            Outcome.DELIVERY_FAILED,
            id="nobody was reached",
        ),
        pytest.param([Outcome.ALERTED], [None], Outcome.ALERTED, id="on its way"),
        pytest.param(
            [Outcome.ALERTED], [False, None], Outcome.ALERTED, id="failed, and one on its way"
        ),
        pytest.param([Outcome.ALERTED], [], Outcome.ALERTED, id="waits for its turn"),
        pytest.param([Outcome.UPDATED], [False], Outcome.UPDATED, id="people knew anyway"),
        pytest.param(
            [Outcome.COOLDOWN, Outcome.UPDATED],
            [],
            Outcome.UPDATED,
            id="one kind cools down, another goes on",
        ),
        pytest.param(
            [Outcome.SILENCED, Outcome.COOLDOWN],
            [],
            Outcome.SILENCED,
            id="the first reason not to tell",
        ),
    ],
)
def test_a_motion_that_saw_something_ends_by_what_followed(
    rulings: list[Outcome], reached: list[bool | None], expected: Outcome
) -> None:
    assert conclude(SURE, rulings, reached) is expected


def test_a_motion_cut_short_after_it_was_told_counts_as_told() -> None:
    assert conclude(None, [Outcome.ALERTED], [True]) is Outcome.ALERTED


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        pytest.param(None, Outcome.INCONCLUSIVE, id="cut short"),
        pytest.param(
            result(
                Verdict.INCONCLUSIVE,
                ResultReason.SOURCE_FAILED,
                SourceFailure.CAMERA_OFF,
                frames=0,
            ),
            Outcome.CAMERA_UNREACHABLE,
            id="no picture",
        ),
        pytest.param(
            result(Verdict.INCONCLUSIVE, ResultReason.SOURCE_FAILED, SourceFailure.ENDED),
            Outcome.INCONCLUSIVE,
            id="camera hung up",
        ),
        pytest.param(
            result(Verdict.INCONCLUSIVE, ResultReason.NO_FRAMES, frames=0),
            Outcome.INCONCLUSIVE,
            id="no frame, nothing failed",
        ),
        pytest.param(
            result(Verdict.INCONCLUSIVE, ResultReason.DETECTOR_FAILED),
            Outcome.INCONCLUSIVE,
            id="could not look",
        ),
        pytest.param(result(), Outcome.NOTHING_FOUND, id="nothing there"),
        pytest.param(
            result(reason=ResultReason.OUTSIDE_ZONES), Outcome.OUTSIDE_ZONES, id="elsewhere"
        ),
        pytest.param(result(reason=ResultReason.TOO_SMALL), Outcome.TOO_SMALL, id="far away"),
        pytest.param(result(reason=ResultReason.TOO_UNSURE), Outcome.TOO_UNSURE, id="a shadow"),
        pytest.param(
            result(reason=ResultReason.NOT_LONG_ENOUGH), Outcome.NOT_LONG_ENOUGH, id="passed by"
        ),
        pytest.param(result(reason=ResultReason.STATIC), Outcome.STATIC, id="a statue"),
    ],
)
def test_a_motion_that_saw_nothing_to_tell_says_why(
    what: AnalysisResult | None, expected: Outcome
) -> None:
    assert conclude(what, [], []) is expected


@pytest.mark.parametrize("reason", ResultReason)
@pytest.mark.parametrize("frames", [0, 12])
@pytest.mark.parametrize("verdict", Verdict)
def test_whatever_a_session_comes_to_there_is_one_outcome(
    verdict: Verdict, frames: int, reason: ResultReason
) -> None:
    assert conclude(result(verdict, reason, frames=frames), [], []) in Outcome


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(alert(at=NOW), id="a person"),
        pytest.param(
            alert(
                at=NOW,
                revision=3,
                others=("Gate", "Garage"),
                count=2,
                kinds={Kind.PERSON: 2, Kind.VEHICLE: 1},
                is_update=True,
                lasted=timedelta(seconds=90),
            ),
            id="the end of a visit",
        ),
        pytest.param(alert(at=NOW, lasted=timedelta(0)), id="seen only once"),
        pytest.param(alert(at=NOW, kind=None), id="nothing to see"),
    ],
)
def test_an_alert_survives_a_restart_without_its_receipt(before: Alert) -> None:
    after = Alert.from_dict(json.loads(json.dumps(before.as_dict())))
    kept = {name: getattr(before, name) for name in Alert.__slots__}
    assert after == Alert(**kept | {"hops_ms": {}, "motion_at": 0.0})


def test_a_record_shows_everybody_the_visit_but_not_what_answers_it() -> None:
    shown = json.loads(json.dumps(record(at=NOW, failures={"webrtc": "refused"}).as_dict()))
    assert "secret-alert-id" not in json.dumps(shown)
    assert shown["visit_ids"] == [visit_id("secret-alert-id")]
    assert shown["at"] == NOW.isoformat()
    assert (shown["outcome"], shown["failures"]) == ("alerted", {"webrtc": "refused"})


def test_the_public_name_of_a_visit_is_steady_and_tells_nothing() -> None:
    assert visit_id("one") == visit_id("one") != visit_id("two")
    assert len(visit_id("one")) == 12


def test_the_receipt_counts_from_the_motion_and_leaves_out_what_never_happened() -> None:
    timings = result().timings
    assert hops_ms(timings) == {"source": 200, "first_frame": 350, "trigger": 900, "verdict": 1000}
    nothing = Timings(
        motion_at=1.0,
        opened_at=None,
        first_frame_at=None,
        trigger_captured_at=None,
        verdict_at=None,
        ended_at=2.0,
    )
    assert hops_ms(nothing) == {}


def test_a_record_keeps_numbers_and_no_picture() -> None:
    kept = summary(result())
    assert kept["inference_ms"] == 12.3
    assert kept["confidence"] == 0.912
    json.dumps(kept)


@pytest.mark.parametrize(
    "memory",
    [
        pytest.param(AlertMemory(), id="as new"),
        pytest.param(
            AlertMemory(enabled=False, silenced_until=NOW, silenced_until_home=True), id="changed"
        ),
    ],
)
def test_what_people_chose_survives_a_restart(memory: AlertMemory) -> None:
    assert AlertMemory.from_dict(json.loads(json.dumps(memory.as_dict()))) == memory


def test_without_anything_stored_a_camera_is_on() -> None:
    assert AlertMemory.from_dict({}) == AlertMemory()


def test_a_later_telling_is_shown_though_its_better_picture_is_of_an_earlier_moment() -> None:
    first = alert(at=NOW)
    better = replace(first, revision=2, at=NOW - timedelta(seconds=1))
    assert first.is_newer_than(None)
    assert better.is_newer_than(first)
    assert better.is_newer_than(better), "its receipt grows"
    assert not first.is_newer_than(better)


def test_of_two_visits_the_later_one_is_shown() -> None:
    first, second = alert(id="first", at=NOW), alert(id="second", at=NOW + timedelta(seconds=1))
    assert second.is_newer_than(first)
    assert not first.is_newer_than(second)
