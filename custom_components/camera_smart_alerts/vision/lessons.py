"""What people taught a camera: "that was nobody", "you missed somebody", each for one spot.

A lesson holds for its camera, its spot and its look together. What a reader would get wrong: it
makes no blind spot. Only what stays there *and* looks like that is passed over; whoever walks
through looks different, and what leaves the spot counts like anything else. No picture is kept,
only how edges run (``static.texture``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self, override

import numpy as np

from .datatypes import Box, Detection, Kind, Texture
from .static import Appearance, Mean, overlap

MOST_LESSONS = 50
"""Of one camera; the oldest goes."""
MOST_EXAMPLES = 5
"""Believed things of one session that can be learned from; the surest stay."""
SAME_SPOT = 0.2
"""Intersection over union: what sways in the wind is still there when it swings out of half of its
box. That it looks the same is what tells it from everybody else."""
ALIKE = 0.85
"""Cosine of a lesson's look and that of one sighting. A poster that sways comes to 0.89 to 0.98; of
people in other scenes three in ten thousand come so near."""
AWAY_SIGHTINGS = 3
"""In a row, elsewhere or looking different, after which something is no longer a false alarm."""
EASIER = 0.7
"""Nats by which each miss lowers the bar where somebody was missed."""
LOWEST_BAR = 0.2
"""Confidence below which no lesson lowers a bar."""
ENOUGH_SIGHTINGS = 3
"""What is seen less often is believed at no bar, so there is nothing to learn from it."""


class Teaching(StrEnum):
    """What somebody said about an example."""

    FALSE_ALARM = "false_alarm"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, eq=False)
class Example(Appearance):
    """Something a session saw, and could be taught about."""

    confidence: float
    """Reached at least three times, 0 to 1."""

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return Appearance.as_dict(self) | {"confidence": round(self.confidence, 3)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what ``as_dict`` returned.

        Raises:
            ValueError, TypeError, KeyError: It is not what ``as_dict`` returned.
        """
        return cls(*cls.read(data), confidence=float(data["confidence"]))


@dataclass(frozen=True, slots=True, eq=False)
class Lesson(Appearance):
    """One thing that somebody taught a camera."""

    id: str
    """Names it, for taking it back."""
    verdict: Teaching
    learned_at: float
    """Seconds since 1970."""

    @override
    def is_at(self, kind: Kind, box: Box) -> bool:
        """Return whether something of this kind is at the spot (shares)."""
        return kind is self.kind and overlap(box, self.box) >= SAME_SPOT

    @override
    def is_like(self, kind: Kind, box: Box, look: Texture) -> bool:
        """Return whether something of this kind is at the spot (shares) and looks the same."""
        return self.is_at(kind, box) and float(np.dot(look, self.look)) >= ALIKE

    @classmethod
    def about(cls, example: Example, verdict: Teaching, lesson_id: str, now: float) -> Self:
        """Return what an example teaches; ``now`` in seconds since 1970."""
        return cls(example.kind, example.box, example.look, lesson_id, verdict, now)

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return Appearance.as_dict(self) | {
            "id": self.id,
            "verdict": self.verdict.value,
            "learned_at": round(self.learned_at),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what ``as_dict`` returned.

        Raises:
            ValueError, TypeError, KeyError: It is not what ``as_dict`` returned.
        """
        verdict = Teaching(data["verdict"])
        return cls(*cls.read(data), str(data["id"]), verdict, float(data["learned_at"]))


def learn(lessons: Iterable[Lesson], new: Lesson) -> tuple[Lesson, ...]:
    """Return the lessons with one more; what it contradicts or says again is gone.

    A miss that is said again stays: each lowers the bar further.
    """
    kept = [
        one
        for one in lessons
        if (one.verdict is new.verdict is Teaching.MISSED)
        or not one.is_like(new.kind, new.box, new.look)
    ]
    return (*kept, new)[-MOST_LESSONS:]


@dataclass(slots=True, eq=False)
class Portrait:
    """What can be learned of one track."""

    kind: Kind
    box: Box
    """Shares of the picture, where it was surest."""
    look: Mean = field(default_factory=Mean)
    """How it looked, over its sightings."""
    _highest: list[float] = field(default_factory=list)
    """Its highest confidences, at most three, rising."""

    @property
    def confidence(self) -> float:
        """What it reached three times; 0 until it was seen so often."""
        return self._highest[0] if len(self._highest) == ENOUGH_SIGHTINGS else 0.0

    @property
    def example(self) -> Example | None:
        """What can be learned from; None without a look."""
        look = self.look.value
        return None if look is None else Example(self.kind, self.box, look, self.confidence)

    def add(self, seen: Detection, place: Box) -> None:
        """Take in one sighting; ``place`` is its box in shares of the picture."""
        self.look.add(seen.look)
        if not self._highest or seen.confidence > self._highest[-1]:
            self.box = place
        self._highest = sorted([*self._highest, seen.confidence])[-ENOUGH_SIGHTINGS:]


class Examples:
    """What of a session can be learned from: few portraits, however long it is."""

    def __init__(self) -> None:
        """Start without any."""
        self._believed: dict[int, Portrait] = {}
        self._candidate: tuple[int, Portrait] | None = None

    @property
    def believed(self) -> tuple[Example, ...]:
        """What was believed, the surest first."""
        portraits = sorted(self._believed.values(), key=lambda one: -one.confidence)
        return tuple(example for one in portraits if (example := one.example) is not None)

    @property
    def candidate(self) -> Example | None:
        """The surest of what was never believed."""
        return None if self._candidate is None else self._candidate[1].example

    def believe(self, number: int, portrait: Portrait) -> None:
        """Note a track that is believed and counts."""
        if self._candidate is not None and self._candidate[0] == number:
            self._candidate = None
        self._believed[number] = portrait
        if len(self._believed) > MOST_EXAMPLES:
            del self._believed[min(self._believed, key=lambda n: self._believed[n].confidence)]

    def doubt(self, number: int, portrait: Portrait) -> None:
        """Note a track that is not believed, or was learned not to count."""
        surest = 0.0 if self._candidate is None else self._candidate[1].confidence
        if number not in self._believed and portrait.confidence > surest:
            self._candidate = number, portrait


@dataclass(slots=True)
class Recall:
    """What one track has to do with what was learned."""

    is_false_alarm: bool = False
    easier: float = 0.0
    """Nats by which its bar is lower."""
    away: int = 0
    """Sightings in a row that were elsewhere, or looked different."""


class Lessons:
    """What was learned, as a session applies it."""

    def __init__(self, lessons: Sequence[Lesson] = ()) -> None:
        """Apply these."""
        self._false = [one for one in lessons if one.verdict is Teaching.FALSE_ALARM]
        self._missed = [one for one in lessons if one.verdict is Teaching.MISSED]

    @property
    def any(self) -> bool:
        """Whether anything was learned."""
        return bool(self._false or self._missed)

    def note(self, recall: Recall, kind: Kind, place: Box, look: Texture | None) -> None:
        """Compare one sighting of a track with what was learned.

        Args:
            recall: Of the track; changed.
            kind: Of the track.
            place: Where it is, shares of the picture.
            look: How it looks in this sighting; None where there is no telling. Not on the whole:
                the means of two people are far more alike than they are.
        """
        if self._false:
            if look is not None and any(one.is_like(kind, place, look) for one in self._false):
                recall.is_false_alarm, recall.away = True, 0
            elif recall.is_false_alarm:
                recall.away += 1
                recall.is_false_alarm = recall.away < AWAY_SIGHTINGS
        if self._missed:
            like = look is not None and sum(one.is_like(kind, place, look) for one in self._missed)
            recall.easier = EASIER * like
