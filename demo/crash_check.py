"""Holds what a phone got against what Home Assistant's history says it got.

Pure but for reading the history: so that the checks themselves can be tested.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
import json
from pathlib import Path
import sqlite3
from typing import Any

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.visits import QUIET, WINDOW

from .enroll import DOMAIN

_GRACE_S = 0.25
"""A motion that was answered so shortly before the kill may not have been written."""
_SLACK_S = 1.0
_UNFINISHED = ("sending", "waiting")


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as it arrived at the phone."""

    at: float
    """Seconds since 1970."""
    payload: Mapping[str, Any]

    @property
    def tag(self) -> str:
        """Name of its thread."""
        return str(self.payload.get("data", {}).get("tag", ""))

    @property
    def sounds(self) -> bool:
        """Whether it makes a sound, if the phone may make one."""
        level = self.payload.get("data", {}).get("push", {}).get("interruption-level")
        return self.payload.get("message") != "clear_notification" and level != "passive"


@dataclass(slots=True)
class Motion:
    """A motion as it was signalled; all times in seconds since 1970."""

    camera: str
    at: float
    answered_at: float = 0.0
    """When Home Assistant had taken it in."""
    ended_at: float = 0.0
    """When it said how the motion ended; 0: not before the kill."""
    outcome: str = ""
    killed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A motion in the history."""

    camera: str
    at: float
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit in the history."""

    tag: str
    group: str
    cameras: tuple[str, ...]
    started_at: float
    last_at: float
    tellings: int


@dataclass(frozen=True, slots=True)
class History:
    """All that Home Assistant kept."""

    visits: Sequence[Visit]
    motions: Sequence[Row]
    tellings: Mapping[str, int] = field(default_factory=dict)
    """State to how many."""
    done: frozenset[str] = frozenset()
    """Threads that somebody was told of, as far as Home Assistant knows."""


def check(history: History, received: Sequence[Told], motions: Sequence[Motion]) -> list[str]:
    """Return what is wrong, in words; nothing where every promise was kept."""
    return [
        *_threads(history, received),
        *_apart(history.visits),
        *_motions(history.motions, motions),
    ]


def _threads(history: History, received: Sequence[Told]) -> Iterator[str]:
    sounds = Counter(one.tag for one in received if one.sounds)
    tags = {one.tag for one in received}
    for tag, count in sounds.items():
        if count > 1:
            yield f"{tag} made {count} sounds"
    for tag in tags - {visit.tag for visit in history.visits}:
        yield f"{tag} belongs to no visit"
    for visit in history.visits:
        if visit.tellings and visit.tag not in tags:
            yield f"{visit.tag} was told, but the phone never got it"
    for tag in history.done - tags:
        yield f"{tag} counts as delivered, but the phone never got it"
    for state, count in history.tellings.items():
        if state != "done":
            yield f"{count} tellings ended as {state}"


def _apart(visits: Sequence[Visit]) -> Iterator[str]:
    """Find visits that should have been one."""
    ordered = sorted(visits, key=lambda visit: visit.started_at)
    for number, later in enumerate(ordered):
        for earlier in ordered[:number]:
            gap = later.started_at - earlier.last_at
            same = set(earlier.cameras) & set(later.cameras[:1])
            near = later.group and later.group == earlier.group
            least = QUIET if same else WINDOW
            if (same or near) and gap < least.total_seconds() - _SLACK_S:
                yield f"{later.tag} began {gap:.0f} s after {earlier.tag} of the same cameras"


def _motions(rows: Sequence[Row], motions: Sequence[Motion]) -> Iterator[str]:
    for motion in motions:
        until = motion.answered_at + _SLACK_S
        own = [r for r in rows if r.camera == motion.camera and motion.at - _SLACK_S < r.at < until]
        seconds = motion.killed_at - motion.answered_at
        name = f"The motion of {motion.camera}, killed {seconds:.2f} s after,"
        if len(own) > 1:
            yield f"{name} has {len(own)} outcomes"
        elif not own and (not motion.killed_at or seconds > _GRACE_S):
            yield f"{name} has no outcome"
        elif own and own[0].reason == "running":
            yield f"{name} is still said to be running"
        elif motion.outcome and (not own or own[0].outcome != motion.outcome):
            late = motion.killed_at - motion.ended_at
            if not motion.killed_at or late > _GRACE_S:
                kept = own[0].outcome if own else "nothing"
                yield f"{name} ended as {motion.outcome}, but the history says {kept}"


def read_history(folder: Path) -> History:
    """Return what Home Assistant has kept in its configuration folder."""
    with _connect(folder) as connection:
        visits = [_visit(json.loads(data)) for (data,) in connection.execute(_VISITS)]
        motions = [Row(*row) for row in connection.execute(_MOTIONS)]
        tellings = list(connection.execute("SELECT visit_id, state FROM tellings"))
    return History(
        visits,
        motions,
        Counter(state for _visit_id, state in tellings),
        frozenset(_tag(one) for one, state in tellings if state == "done"),
    )


def pending(folder: Path) -> int:
    """Return how many tellings are still on their way."""
    with _connect(folder) as connection:
        query = "SELECT count(*) FROM tellings WHERE state IN (?, ?)"
        found: int = connection.execute(query, _UNFINISHED).fetchone()[0]
    return found


_VISITS = "SELECT data FROM visits"
_MOTIONS = """
SELECT json_extract(data, '$.camera'), at, json_extract(data, '$.outcome'),
    json_extract(data, '$.reason') FROM motions
"""


def _connect(folder: Path) -> sqlite3.Connection:
    path = folder / ".cache" / DOMAIN / "history.db"
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _tag(secret_id: str) -> str:
    return f"{DOMAIN}_{visit_id(secret_id)}"


def _visit(data: Mapping[str, Any]) -> Visit:
    return Visit(
        _tag(data["id"]),
        data["group"],
        tuple(data["seen"]),
        datetime.fromisoformat(data["started_at"]).timestamp(),
        datetime.fromisoformat(data["last_at"]).timestamp(),
        data["revision"],
    )
