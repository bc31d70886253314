"""What one camera is taught: from an answer to an alert, or from a miss, to the next session.

The pure part is ``vision/lessons.py``; here is which motion an answer is about. Kept of a motion
is only where something was, and how edges ran there: no picture.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import secrets
from typing import TYPE_CHECKING, Any, Final, Self

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .vision.lessons import Example, Lesson, Teaching, learn
from .vision.session import AnalysisResult
from .vision.static import read_all

if TYPE_CHECKING:
    from .store import CameraMemory

MOST_MOTIONS: Final = 20
"""Of one camera, that can still be learned from."""
NEAR: Final = timedelta(minutes=5)
"""A motion further from the time asked for is another one."""
LATELY: Final = timedelta(minutes=30)
"""Before the newest motion: where somebody was missed unless a time is given."""
_ANSWERS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class MotionExamples:
    """What can be learned from one motion."""

    at: datetime
    """UTC, when it began."""
    alert_ids: tuple[str, ...]
    believed: tuple[Example, ...]
    candidate: Example | None
    """The surest of what was not believed."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "at": self.at.isoformat(),
            "alert_ids": list(self.alert_ids),
            "believed": [one.as_dict() for one in self.believed],
            "candidate": self.candidate and self.candidate.as_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Restore what ``as_dict`` returned.

        Raises:
            ValueError, TypeError, KeyError: It is not what ``as_dict`` returned.
        """
        candidate = data["candidate"]
        return cls(
            datetime.fromisoformat(data["at"]),
            tuple(data["alert_ids"]),
            read_all(data["believed"], Example.from_dict),
            None if candidate is None else Example.from_dict(candidate),
        )


def read_motions(stored: object) -> tuple[MotionExamples, ...]:
    """Return the examples of a stored list; what is unreadable is left out."""
    return read_all(stored, MotionExamples.from_dict)[-MOST_MOTIONS:]


class Learning:
    """What one camera was taught, and what it could be taught about."""

    def __init__(self, memory: CameraMemory, on_change: Callable[[], None]) -> None:
        """Learn into this memory.

        Args:
            memory: Keeps the lessons and the examples.
            on_change: Called when they have changed.
        """
        self._memory = memory
        self._on_change = on_change
        self._denied: deque[str] = deque(maxlen=_ANSWERS)
        """Alerts called wrong: an answer may come while the session still goes on."""

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """What the next session takes into account, the newest last."""
        return self._memory.lessons

    @callback
    def async_note(self, at: datetime, alert_ids: tuple[str, ...], result: AnalysisResult) -> None:
        """Keep what can be learned from a motion; again, it takes the place of what was kept.

        Args:
            at: When it began, UTC.
            alert_ids: The visits it belongs to.
            result: What came of it so far.
        """
        new = MotionExamples(at, alert_ids, result.examples, result.candidate)
        kept = [one for one in self._memory.motions if one.at != at]
        self._memory.motions = (*kept, new)[-MOST_MOTIONS:]
        if any(one in self._denied for one in alert_ids):
            self._learn_all(new.believed)
        self._on_change()

    @callback
    def async_false_alarm(self, alert_id: str) -> tuple[Lesson, ...]:
        """Learn that what an alert was about was nothing; return the lessons."""
        self._denied.append(alert_id)
        lessons: list[Lesson] = []
        for motion in self._memory.motions:
            if alert_id in motion.alert_ids:
                lessons += self._learn_all(motion.believed)
        return tuple(lessons)

    @callback
    def async_missed(self, at: datetime | None = None) -> Lesson | None:
        """Learn from the surest of what was lately not believed; None where there is nothing.

        Args:
            at: About when somebody was missed, UTC; None: during the latest motions.
        """
        motions = self._memory.motions
        if at is None:
            newest = max((one.at for one in motions), default=dt_util.utcnow())
            motions = tuple(one for one in motions if newest - one.at <= LATELY)
        else:
            motions = tuple(one for one in motions if abs(one.at - at) <= NEAR)
        candidates = [one.candidate for one in motions if one.candidate is not None]
        surest = max(candidates, key=lambda one: one.confidence, default=None)
        return None if surest is None else self._learn(surest, Teaching.MISSED)

    @callback
    def async_forget(self, lesson_id: str | None = None) -> int:
        """Take back one lesson, or all; return how many there were."""
        kept = tuple(one for one in self.lessons if lesson_id not in (None, one.id))
        forgotten = len(self.lessons) - len(kept)
        self._memory.lessons = kept
        if lesson_id is None:
            self._memory.motions = ()
            self._denied.clear()
        self._on_change()
        return forgotten

    def _learn_all(self, examples: tuple[Example, ...]) -> list[Lesson]:
        return [self._learn(one, Teaching.FALSE_ALARM) for one in examples]

    def _learn(self, example: Example, verdict: Teaching) -> Lesson:
        now = dt_util.utcnow().timestamp()
        lesson = Lesson.about(example, verdict, secrets.token_hex(4), now)
        self._memory.lessons = learn(self.lessons, lesson)
        self._on_change()
        return lesson
