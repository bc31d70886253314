"""What one camera is taught: from an answer to an alert, or from a miss, to the next session.

The pure part is ``vision/lessons.py``; here is which motion an answer is about, in memory. How it
gets to the disk: ``taught.py``. Kept of a motion is only where something was, and how edges ran
there: no picture.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import secrets
from typing import Any, Final, Self

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .alerts import visit_id
from .vision.lessons import MOST_LESSONS, Example, Lesson, Teaching, learn
from .vision.session import AnalysisResult
from .vision.static import read_all

MOST_MOTIONS: Final = 20
"""Of one camera, that can still be learned from."""
NEAR: Final = timedelta(minutes=5)
"""A motion further from the time asked for is another one."""
LATELY: Final = timedelta(minutes=30)
"""Before the newest motion: where somebody was missed unless a time is given."""
_ANSWERS: Final = 10
_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class MotionExamples:
    """What can be learned from one motion."""

    id: str
    """Names it in the history."""
    at: datetime
    """UTC, when it began."""
    alert_ids: tuple[str, ...]
    believed: tuple[Example, ...]
    candidate: Example | None
    """The surest of what was not believed."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything but id and time, ready for JSON."""
        return {
            "alert_ids": list(self.alert_ids),
            "believed": [one.as_dict() for one in self.believed],
            "candidate": self.candidate and self.candidate.as_dict(),
        }

    @classmethod
    def from_dict(cls, own_id: str, at: datetime, data: Mapping[str, Any]) -> Self:
        """Restore what ``as_dict`` returned.

        Raises:
            ValueError, TypeError, KeyError: It is not what ``as_dict`` returned.
        """
        candidate = data["candidate"]
        return cls(
            own_id,
            at,
            tuple(data["alert_ids"]),
            read_all(data["believed"], Example.from_dict),
            None if candidate is None else Example.from_dict(candidate),
        )


class Learning:
    """What one camera was taught, and what it could be taught about."""

    def __init__(
        self, on_change: Callable[[], None], oldest: Callable[[], datetime] = lambda: _EVER
    ) -> None:
        """Start without any.

        Args:
            on_change: Called when something has changed, once for each answer.
            oldest: Returns the time, UTC, of the oldest motion that may be remembered.
        """
        self._on_change = on_change
        self._oldest = oldest
        self.lessons: tuple[Lesson, ...] = ()
        """What the next session takes into account, the newest last."""
        self.motions: tuple[MotionExamples, ...] = ()
        """What can be learned from the newest motions, the newest last."""
        self._denied: deque[str] = deque(maxlen=_ANSWERS)
        """Alerts called wrong: an answer may come while the session still goes on."""

    @callback
    def async_adopt(self, lessons: Iterable[Lesson], motions: Iterable[MotionExamples]) -> None:
        """Take in what the history holds beside what is here."""
        self.lessons = (*lessons, *self.lessons)[-MOST_LESSONS:]
        both = sorted((*motions, *self.motions), key=lambda one: one.at)
        self.motions = tuple(both[-MOST_MOTIONS:])

    @callback
    def async_tidy(self) -> None:
        """Forget motions that are too old; one from when the clock was wrong is of now."""
        oldest, now = self._oldest(), dt_util.utcnow()
        self.motions = tuple(
            one if one.at <= now + NEAR else replace(one, at=now)
            for one in self.motions
            if one.at >= oldest
        )

    @callback
    def async_note(self, at: datetime, alert_ids: tuple[str, ...], result: AnalysisResult) -> None:
        """Keep what can be learned from a motion; again, it takes the place of what was kept.

        Args:
            at: When it began, UTC.
            alert_ids: The visits it belongs to.
            result: What came of it so far.
        """
        own_id = next((one.id for one in self.motions if one.at == at), secrets.token_hex(8))
        new = MotionExamples(own_id, at, alert_ids, result.examples, result.candidate)
        kept = [one for one in self.motions if one.id != own_id]
        self.motions = (*kept, new)[-MOST_MOTIONS:]
        if any(one in self._denied for one in alert_ids):
            self._learn_all(new.believed)
        self._on_change()

    @callback
    def async_false_alarm(self, alert_id: str) -> tuple[Lesson, ...]:
        """Learn that what an alert was about was nothing; return the lessons."""
        self.async_tidy()
        self._denied.append(alert_id)
        lessons: list[Lesson] = []
        for motion in self.motions:
            if alert_id in motion.alert_ids:
                lessons += self._learn_all(motion.believed)
        self._on_change()
        return tuple(lessons)

    @callback
    def async_trust(self, alert_id: str) -> None:
        """Learn nothing more from an alert's having been called wrong: it was not after all."""
        if alert_id in self._denied:
            self._denied.remove(alert_id)

    @callback
    def async_missed(self, at: datetime | None = None) -> Lesson | None:
        """Learn from the surest of what was lately not believed; None where there is nothing.

        Args:
            at: About when somebody was missed, UTC; None: during the latest motions.
        """
        self.async_tidy()
        motions: Iterable[MotionExamples] = self.motions
        if at is None:
            newest = max((one.at for one in motions), default=dt_util.utcnow())
            motions = (one for one in motions if newest - one.at <= LATELY)
        else:
            motions = (one for one in motions if abs(one.at - at) <= NEAR)
        surest = _surest(motions)
        return None if surest is None else self.async_believe(surest)

    @callback
    def async_surest_of(self, alert_id: str, began: datetime | None) -> Example | None:
        """Return the surest of what was not believed during a visit; None where there is nothing.

        Args:
            alert_id: Of the visit.
            began: When it began, UTC: motions near to that count, too; None where it is not known.
        """
        self.async_tidy()
        return _surest(
            one
            for one in self.motions
            if alert_id in one.alert_ids or (began is not None and abs(one.at - began) <= NEAR)
        )

    @callback
    def async_believe(self, missed: Example) -> Lesson:
        """Learn that there was somebody."""
        lesson = self._learn(missed, Teaching.MISSED)
        self._on_change()
        return lesson

    @callback
    def async_forget(self, lesson_id: str | None = None) -> int:
        """Take back one lesson, or all that was and could be taught; return how many lessons."""
        kept = tuple(one for one in self.lessons if lesson_id not in (None, one.id))
        forgotten = len(self.lessons) - len(kept)
        self.lessons = kept
        if lesson_id is None:
            self.motions = ()
            self._denied.clear()
        return forgotten

    @callback
    def async_forget_visit(self, public_id: str) -> None:
        """Forget what could still be learned from a visit."""
        self.motions = tuple(
            one for one in self.motions if public_id not in map(visit_id, one.alert_ids)
        )

    def _learn_all(self, examples: tuple[Example, ...]) -> list[Lesson]:
        return [self._learn(one, Teaching.FALSE_ALARM) for one in examples]

    def _learn(self, example: Example, verdict: Teaching) -> Lesson:
        now = dt_util.utcnow().timestamp()
        lesson = Lesson.about(example, verdict, secrets.token_hex(4), now)
        self.lessons = learn(self.lessons, lesson)
        return lesson


def _surest(motions: Iterable[MotionExamples]) -> Example | None:
    candidates = [one.candidate for one in motions if one.candidate is not None]
    return max(candidates, key=lambda one: one.confidence, default=None)
