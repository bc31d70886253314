"""One visit and what belongs to it, as values: what was seen, and what people know of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import secrets
from typing import Any, Final, Self

from .alerts import Outcome
from .vision.datatypes import Kind

DISMISSED: Final = ""
"""In place of a camera: this target wants to hear no more of the visit."""

type Subject = Kind | None
"""What a visit is about; None: something that could not be analysed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A session saw something, or could not look at what moved."""

    camera: str
    """Subentry id."""
    group: str = ""
    """Cameras of one group share their visits; empty for none."""
    kind: Subject
    count: int = 1
    quality: float = 0.0
    """Of the picture, to compare it with others of the visit."""
    is_news: bool = False
    """Whether there is more to show, whatever was seen."""
    cooldown: timedelta = timedelta(0)
    permit: Outcome = Outcome.ALERTED
    """``ALERTED`` where people may be told now; otherwise why not."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """One visit, and what people know of it."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    """Unguessable: whoever knows it may answer the notification."""
    group: str
    started_at: datetime
    """UTC."""
    last_at: datetime
    """UTC, of the last sighting, or of motion that goes on after it."""
    seen_at: datetime
    """UTC, of the last sighting."""
    seen: dict[str, dict[Subject, int]] = field(default_factory=dict)
    """By camera (subentry id), in the order in which they saw something: most at once of each
    kind. Whoever may know of one camera is not to learn what another one saw."""
    told: dict[Subject, int] = field(default_factory=dict)
    """How many of each kind people were told of; 0 of one that waits for its turn."""
    told_by: list[str] = field(default_factory=list)
    """Cameras people were told of."""
    told_to: dict[str, str] = field(default_factory=dict)
    """Who was told: target to the subentry id of the camera whose settings name it, or
    ``DISMISSED``."""
    told_at: datetime | None = None
    quality: float = 0.0
    """Of the best picture told, or about to be."""
    revision: int = 0
    """Counts the tellings."""
    news: bool = False
    """Whether there is more to tell than was told."""
    reached: bool = False
    """Whether any telling has reached anybody."""
    known: dict[Subject, int] = field(default_factory=dict)
    """How many of each kind somebody was reached with."""
    feedback: str = ""
    """What people said of it last: ``right``, ``not_right`` or ``missed``."""

    @property
    def cameras(self) -> list[str]:
        """Subentry ids, in the order in which they saw something."""
        return list(self.seen)

    @property
    def kinds(self) -> dict[Subject, int]:
        """Most seen at once of each kind, by any camera."""
        return most(self.seen.values())

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "id": self.id,
            "group": self.group,
            "started_at": self.started_at.isoformat(),
            "last_at": self.last_at.isoformat(),
            "seen_at": self.seen_at.isoformat(),
            "seen": {camera: _by_name(kinds) for camera, kinds in self.seen.items()},
            "told": _by_name(self.told),
            "told_by": self.told_by,
            "told_to": self.told_to,
            "told_at": self.told_at and self.told_at.isoformat(),
            "quality": self.quality,
            "revision": self.revision,
            "news": self.news,
            "reached": self.reached,
            "known": _by_name(self.known),
            "feedback": self.feedback,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Restore what ``as_dict`` returned."""
        times = {
            key: data[key] and datetime.fromisoformat(data[key])
            for key in ("started_at", "last_at", "seen_at", "told_at")
        }
        kinds = {key: _by_kind(data[key]) for key in ("told", "known")}
        seen = {camera: _by_kind(names) for camera, names in data["seen"].items()}
        return cls(**{**data, **times, **kinds, "seen": seen})


def most[K](counts: Iterable[Mapping[K, int]]) -> dict[K, int]:
    """Return the highest count of each kind: who is seen by two cameras is there once."""
    found: dict[K, int] = {}
    for one in counts:
        for kind, count in one.items():
            found[kind] = max(found.get(kind, 0), count)
    return found


def _by_name(kinds: Mapping[Subject, int]) -> dict[str, int]:
    return {"" if kind is None else str(kind): count for kind, count in kinds.items()}


def _by_kind(names: Mapping[str, int]) -> dict[Subject, int]:
    return {Kind(name) if name else None: count for name, count in names.items()}
