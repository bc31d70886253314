"""Visits as people would tell them, beside the policy and without asking it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from custom_components.camera_smart_alerts.visit import Sighting, Subject, Visit

PACE: Final = timedelta(seconds=15)


@dataclass(eq=False)
class Heard:
    """One telling, and what became of it."""

    visit: Visit
    camera: str
    at: datetime
    kinds: dict[Subject, int]
    targets: set[str]
    cameras: set[str]
    quality: float
    revision: int
    stands: bool = True
    """Whether somebody was, or may yet be, reached."""
    arrived: bool = False


@dataclass(eq=False)
class Story:
    """One visit, as people would tell it."""

    visit: Visit
    last: datetime
    seen: datetime
    cameras: set[str] = field(default_factory=set)
    kinds: dict[Subject, int] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    fresh: list[Sighting] = field(default_factory=list)
    """What may be told and was seen since the last telling."""
    owed: set[Subject] = field(default_factory=set)
    """Kinds people do not know of and may be told."""
    reached: bool = False

    @property
    def standing(self) -> list[Heard]:
        """Return the tellings that somebody was, or may yet be, reached with."""
        return [one for one in self.heard if one.stands]

    @property
    def known(self) -> dict[Subject, int]:
        """Return how many of each kind people know of."""
        known: dict[Subject, int] = {}
        for one in self.standing:
            known |= {kind: max(count, known.get(kind, 0)) for kind, count in one.kinds.items()}
        return known

    def is_far(self, now: datetime) -> bool:
        """Return whether the last telling is so long ago that there may be another."""
        # What reached nobody does not count, unless people know of the visit already.
        last = self.heard[-1:] if self.standing else []
        return all(not timedelta(0) <= now - one.at < PACE for one in last)

    def has_news(self) -> bool:
        """Return whether anything was seen that people have not heard of."""
        standing, known = self.standing, self.known
        cameras = set().union(*(one.cameras for one in standing))
        quality = max(one.quality for one in standing)
        return any(
            self.kinds[one.kind] > known.get(one.kind, 0)
            or one.camera not in cameras
            or one.quality > 1.5 * quality
            for one in self.fresh
        )
