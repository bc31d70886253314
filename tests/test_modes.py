"""When people may be told. Pure: time is an argument."""

from datetime import UTC, datetime, time, timedelta

import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.modes import Mode, QuietHours, Situation

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "at", "covered"),
    [
        pytest.param(time(13), time(15), time(12, 59, 59), False, id="before"),
        pytest.param(time(13), time(15), time(13), True, id="its start belongs to it"),
        pytest.param(time(13), time(15), time(14, 59, 59), True, id="to the last second"),
        pytest.param(time(13), time(15), time(15), False, id="its end does not"),
        pytest.param(time(22), time(6), time(21, 59, 59), False, id="before the night"),
        pytest.param(time(22), time(6), time(22), True, id="in the evening"),
        pytest.param(time(22), time(6), time(0), True, id="at midnight"),
        pytest.param(time(22), time(6), time(5, 59, 59), True, id="in the morning"),
        pytest.param(time(22), time(6), time(6), False, id="after the night"),
        pytest.param(time(7), time(7), time(7), False, id="no length, never"),
    ],
)
def test_quiet_hours_cover_their_span_of_each_day(
    start: time, end: time, at: time, covered: bool
) -> None:
    local = datetime.combine(datetime(2026, 11, 21, tzinfo=UTC), at, UTC)
    assert QuietHours(start, end).cover(local) is covered


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        pytest.param(Situation(enabled=True, mode=Mode.ALERT), Outcome.ALERTED, id="alert"),
        pytest.param(Situation(enabled=True, mode=Mode.DETECT), Outcome.ALERTED, id="detect"),
        pytest.param(Situation(enabled=True, mode=Mode.OFF), Outcome.MODE_OFF, id="off"),
        pytest.param(
            Situation(enabled=False, mode=Mode.ALERT), Outcome.SWITCHED_OFF, id="switched off"
        ),
        pytest.param(
            Situation(enabled=False, mode=Mode.OFF),
            Outcome.SWITCHED_OFF,
            id="the switch is named before the mode",
        ),
        pytest.param(
            Situation(
                enabled=True,
                mode=Mode.ALERT,
                silenced_until=NOW + timedelta(days=1),
                quiet=True,
            ),
            Outcome.ALERTED,
            id="who is not told is still looked for",
        ),
    ],
)
def test_a_stream_is_opened_unless_the_camera_is_off(
    situation: Situation, expected: Outcome
) -> None:
    assert situation.may_look is expected


def telling(**changes: object) -> Situation:
    """Return a situation in which people are told, but for these changes."""
    return Situation(**{"enabled": True, "mode": Mode.ALERT} | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        pytest.param(telling(), Outcome.ALERTED, id="nothing speaks against it"),
        pytest.param(telling(mode=Mode.DETECT), Outcome.DETECT_ONLY, id="detect only"),
        pytest.param(
            telling(silenced_until=NOW + timedelta(seconds=1)), Outcome.SILENCED, id="silenced"
        ),
        pytest.param(telling(silenced_until=NOW), Outcome.ALERTED, id="silence over"),
        pytest.param(telling(enabled=False), Outcome.SWITCHED_OFF, id="switched off"),
        pytest.param(telling(mode=Mode.OFF), Outcome.MODE_OFF, id="off"),
        pytest.param(telling(quiet=True), Outcome.QUIET_HOURS, id="quiet hour"),
        pytest.param(
            telling(quiet=True, important=True), Outcome.ALERTED, id="important in a quiet hour"
        ),
        pytest.param(
            telling(important=True, silenced_until=NOW + timedelta(seconds=1)),
            Outcome.SILENCED,
            id="silence holds for an important camera, too",
        ),
        pytest.param(
            telling(mode=Mode.DETECT, important=True),
            Outcome.DETECT_ONLY,
            id="so does its mode",
        ),
    ],
)
def test_people_are_told_unless_there_is_a_reason(situation: Situation, expected: Outcome) -> None:
    assert situation.may_tell(NOW) is expected
