"""The policy and the reasons, without Home Assistant's machinery: time is an argument."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.camera_smart_alerts.alerts import (
    AlertMemory,
    Outcome,
    conclude,
    decide,
    hops_ms,
    summary,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind, Verdict
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from custom_components.camera_smart_alerts.vision.session import (
    AnalysisResult,
    ResultReason,
    Timings,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
COOLDOWN = timedelta(minutes=2)


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


@pytest.mark.parametrize(
    ("memory", "kind", "expected"),
    [
        pytest.param(AlertMemory(), Kind.PERSON, Outcome.ALERTED, id="nothing told before"),
        pytest.param(
            AlertMemory(delivered_at={Kind.PERSON: NOW - timedelta(seconds=119)}),
            Kind.PERSON,
            Outcome.COOLDOWN,
            id="told just now",
        ),
        pytest.param(
            AlertMemory(delivered_at={Kind.PERSON: NOW - COOLDOWN}),
            Kind.PERSON,
            Outcome.ALERTED,
            id="cooldown over to the second",
        ),
        pytest.param(
            AlertMemory(delivered_at={Kind.PERSON: NOW - timedelta(hours=24, seconds=5)}),
            Kind.PERSON,
            Outcome.ALERTED,
            id="a day and five seconds are not five seconds",
        ),
        pytest.param(
            AlertMemory(delivered_at={Kind.VEHICLE: NOW}),
            Kind.PERSON,
            Outcome.ALERTED,
            id="a car does not hide a person",
        ),
        pytest.param(
            AlertMemory(delivered_at={Kind.PERSON: NOW + timedelta(hours=1)}),
            Kind.PERSON,
            Outcome.ALERTED,
            id="a clock set back does not silence",
        ),
        pytest.param(
            AlertMemory(pending={Kind.PERSON}), Kind.PERSON, Outcome.COOLDOWN, id="being told"
        ),
        pytest.param(
            AlertMemory(silenced_until=NOW + timedelta(seconds=1)),
            Kind.PERSON,
            Outcome.SILENCED,
            id="silenced",
        ),
        pytest.param(
            AlertMemory(silenced_until=NOW), Kind.PERSON, Outcome.ALERTED, id="silence over"
        ),
    ],
)
def test_a_confirmed_kind_is_told_unless_there_is_a_reason(
    memory: AlertMemory, kind: Kind, expected: Outcome
) -> None:
    assert decide(kind, memory, COOLDOWN, NOW) is expected


@pytest.mark.parametrize(
    ("what", "reached", "refusals", "expected"),
    [
        pytest.param(
            result(Verdict.PERSON, ResultReason.CONFIRMED),
            [False, True],
            [Outcome.COOLDOWN],
            Outcome.ALERTED,
            id="one alert of two arrived",
        ),
        pytest.param(
            result(Verdict.PERSON, ResultReason.CONFIRMED),
            [False],
            [],
            Outcome.DELIVERY_FAILED,
            id="nobody was reached",
        ),
        pytest.param(
            result(Verdict.PERSON, ResultReason.CONFIRMED),
            [],
            [Outcome.SILENCED],
            Outcome.SILENCED,
            id="not told on purpose",
        ),
        pytest.param(None, [], [], Outcome.INCONCLUSIVE, id="cut short"),
        pytest.param(
            result(
                Verdict.INCONCLUSIVE,
                ResultReason.SOURCE_FAILED,
                SourceFailure.CAMERA_OFF,
                frames=0,
            ),
            [],
            [],
            Outcome.CAMERA_UNREACHABLE,
            id="no picture",
        ),
        pytest.param(
            result(Verdict.INCONCLUSIVE, ResultReason.SOURCE_FAILED, SourceFailure.ENDED),
            [],
            [],
            Outcome.INCONCLUSIVE,
            id="camera hung up",
        ),
        pytest.param(
            result(Verdict.INCONCLUSIVE, ResultReason.DETECTOR_FAILED),
            [],
            [],
            Outcome.INCONCLUSIVE,
            id="could not look",
        ),
        pytest.param(result(), [], [], Outcome.NOTHING_FOUND, id="nothing there"),
    ],
)
def test_every_motion_has_one_outcome(
    what: AnalysisResult | None,
    reached: list[bool],
    refusals: list[Outcome],
    expected: Outcome,
) -> None:
    assert conclude(what, reached, refusals) is expected


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


def test_the_memory_survives_a_restart_except_what_was_under_way() -> None:
    memory = AlertMemory(
        enabled=False,
        silenced_until=NOW,
        delivered_at={Kind.ANIMAL: NOW},
        pending={Kind.PERSON},
    )
    restored = AlertMemory.from_dict(json.loads(json.dumps(memory.as_dict())))
    assert restored == AlertMemory(
        enabled=False, silenced_until=NOW, delivered_at={Kind.ANIMAL: NOW}
    )
    assert AlertMemory.from_dict({}) == AlertMemory()
