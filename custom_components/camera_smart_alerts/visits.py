"""Visits: what people experience as one event, joined from motions of one or more cameras.

Pure: values in, values out, wall-clock time as an argument. What a reader would get wrong: whether
a visit is *told* and whether it *exists* are two questions. A visit nobody is told of (silenced,
in its cooldown) goes on existing, and is told as soon as it may be.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from .alerts import Outcome
from .vision.datatypes import Kind
from .visit import Sighting, Subject, Visit

QUIET: Final = timedelta(seconds=130)
"""A camera that shows nothing for so long ends its visit."""
WINDOW: Final = timedelta(seconds=60)
"""Another camera of the group joins a visit within this time."""
PACE: Final = timedelta(seconds=15)
"""Least time between two tellings of one visit."""
BETTER: Final = 1.5
"""A picture is worth another telling when it is this much better."""
LINGERS: Final = timedelta(minutes=30)
"""Motion without anything seen prolongs a visit by so much, at most: some sensors get stuck."""
MOST_DELETED: Final = 1000
"""Deleted visits that are remembered: about older ones, nothing is on its way any more."""
_SLACK: Final = timedelta(seconds=5)
"""By which a clock may be set back without anything being over."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What follows from a sighting."""

    outcome: Outcome
    visit: Visit
    tell: bool = False
    """Whether people are told now."""
    begins: bool = False
    """Whether the visit began with this sighting."""


class Visits:
    """The open visits of all cameras, and when each camera last told people of what."""

    def __init__(self) -> None:
        """Start with nobody there."""
        self.open: dict[str, Visit] = {}
        self.delivered: dict[tuple[str, Subject], datetime] = {}
        """When an alert of this camera about this kind last reached anybody, UTC."""
        self._deleted: dict[str, None] = {}
        """Ids, in this order."""

    def see(self, sighting: Sighting, now: datetime) -> Ruling:
        """Take in a sighting; say whether people are told, and why not.

        Args:
            sighting: What was seen.
            now: UTC.
        """
        visit = self._joined(sighting, now)
        begins = visit is None
        if visit is None:
            visit = Visit(
                group=sighting.group,
                started_at=now,
                last_at=now,
                seen_at=now,
            )
            self.open[visit.id] = visit
        kind, camera = sighting.kind, sighting.camera
        visit.last_at = visit.seen_at = now
        seen = visit.seen.setdefault(camera, {})
        seen[kind] = max(seen.get(kind, 0), sighting.count)
        if sighting.permit is not Outcome.ALERTED:
            return Ruling(sighting.permit, visit, begins=begins)
        if kind not in visit.told and self._cools_down(sighting, now):
            return Ruling(Outcome.COOLDOWN, visit, begins=begins)
        outcome = Outcome.UPDATED if any(visit.told.values()) else Outcome.ALERTED
        visit.news |= _is_news(visit, sighting)
        if visit.news:
            # The next telling shows it; seen again, the same is no news.
            visit.quality = max(visit.quality, sighting.quality)
        visit.told.setdefault(kind, 0)
        if camera not in visit.told_by:
            visit.told_by.append(camera)
        tell = visit.news and _is_due(visit, now)
        if tell:
            _tell(visit, now)
        return Ruling(outcome, visit, tell=tell, begins=begins)

    def due(self, now: datetime) -> list[Visit]:
        """Return the visits whose news waited for their turn, as told now."""
        visits = [one for one in self.open.values() if one.news and _is_due(one, now)]
        for visit in visits:
            _tell(visit, now)
        return visits

    def expire(self, now: datetime, is_busy: Callable[[str], bool]) -> list[Visit]:
        """Remove and return the visits that are over.

        Args:
            now: UTC.
            is_busy: Whether a camera still sees motion; its visit goes on.
        """
        over = []
        for visit in list(self.open.values()):
            lingers = now - visit.seen_at < LINGERS
            if lingers and any(is_busy(camera) for camera in visit.seen):
                visit.last_at = now
            elif not -_SLACK <= now - visit.last_at < QUIET:
                over.append(self.open.pop(visit.id))
        return over

    def reached(
        self,
        visit: Visit,
        camera: str,
        now: datetime,
        told: Mapping[Subject, int] | None = None,
    ) -> None:
        """Take in that a telling has reached somebody: the cooldown begins.

        Args:
            visit: What it was about.
            camera: Subentry id of the camera that told.
            now: UTC.
            told: ``visit.told`` as it was then; by default as it is now.
        """
        visit.reached, visit.told_at = True, visit.told_at or now
        for kind, count in dict(visit.told if told is None else told).items():
            if count:
                # What only waits for its turn reached nobody.
                visit.known[kind] = max(visit.known.get(kind, 0), count)
                visit.told[kind] = max(visit.told.get(kind, 0), count)
                self.delivered[camera, kind] = now

    def failed(self, visit: Visit, revision: int | None = None) -> None:
        """Take in that a telling reached nobody: what only it told is told anew.

        Args:
            visit: What it was about.
            revision: Which telling; a newer one tells all of it again. By default the newest.
        """
        if revision not in (None, visit.revision):
            return
        waiting = visit.told if visit.news else ()
        visit.told = dict.fromkeys(waiting, 0) | visit.known
        if not visit.reached:
            visit.told_to, visit.told_at = {}, None
            if not visit.news:
                visit.told_by, visit.quality = [], 0.0

    def note_feedback(self, visit_id: str, feedback: str) -> None:
        """Remember what people said of a visit, if it is not over; else only the history does."""
        if visit_id in self.open:
            self.open[visit_id].feedback = feedback

    def retract(self, visit_id: str) -> None:
        """Forget a visit that people called wrong."""
        self.open.pop(visit_id, None)

    def delete(self, visit_ids: Iterable[str]) -> None:
        """Forget visits that people deleted; nothing of them is written any more."""
        for visit_id in visit_ids:
            self.open.pop(visit_id, None)
            self._deleted[visit_id] = None
        self._deleted = dict(list(self._deleted.items())[-MOST_DELETED:])

    def is_deleted(self, visit_id: str) -> bool:
        """Return whether people deleted a visit."""
        return visit_id in self._deleted

    def delete_camera(self, camera: str) -> list[Visit]:
        """Forget a camera's part in visits that others saw, too, and its cooldowns.

        Returns:
            The open visits that changed.
        """
        self.delivered = {key: at for key, at in self.delivered.items() if key[0] != camera}
        changed = [one for one in self.open.values() if camera in one.seen]
        for visit in changed:
            del visit.seen[camera]
            left = visit.kinds
            visit.told = {kind: count for kind, count in visit.told.items() if kind in left}
            visit.known = {kind: count for kind, count in visit.known.items() if kind in left}
            visit.told_by = [one for one in visit.told_by if one != camera]
            visit.told_to = {key: one for key, one in visit.told_to.items() if one != camera}
        return changed

    def keep_cooldowns(self, cameras: Collection[str]) -> None:
        """Forget when any other camera told people."""
        self.delivered = {key: at for key, at in self.delivered.items() if key[0] in cameras}

    def as_dict(self) -> dict[str, Any]:
        """Return the cooldowns, ready for JSON; visits are kept one by one."""
        return {
            "delivered": [
                [camera, kind, at.isoformat()] for (camera, kind), at in self.delivered.items()
            ]
        }

    def restore(self, data: Mapping[str, Any], visits: list[Visit]) -> None:
        """Take over what was kept over a restart."""
        self.open = {visit.id: visit for visit in visits}
        try:
            self.delivered = {
                (camera, None if kind is None else Kind(kind)): datetime.fromisoformat(at)
                for camera, kind, at in data.get("delivered", ())
            }
        except TypeError, ValueError, AttributeError:
            # Written by something else than this version. A cooldown less is better than no start.
            self.delivered = {}

    def _joined(self, sighting: Sighting, now: datetime) -> Visit | None:
        """Return the open visit that a sighting belongs to."""
        for visit in sorted(self.open.values(), key=lambda one: one.last_at, reverse=True):
            gap = now - visit.last_at
            same = sighting.camera in visit.seen
            near = sighting.group and sighting.group == visit.group
            if (same and -_SLACK <= gap < QUIET) or (near and -_SLACK <= gap < WINDOW):
                return visit
        return None

    def _cools_down(self, sighting: Sighting, now: datetime) -> bool:
        last = self.delivered.get((sighting.camera, sighting.kind))
        # A clock set back would stretch the cooldown; a delivery in the future counts for nothing.
        return last is not None and timedelta(0) <= now - last < sighting.cooldown


def _tell(visit: Visit, now: datetime) -> None:
    """Count what may be told as told."""
    visit.told = {kind: visit.kinds[kind] for kind in visit.told}
    visit.told_at = now
    visit.news = False
    visit.revision += 1


def _is_news(visit: Visit, sighting: Sighting) -> bool:
    """Return whether a sighting tells more than people know."""
    return (
        sighting.is_news
        or visit.kinds[sighting.kind] > visit.told.get(sighting.kind, 0)
        or sighting.camera not in visit.told_by
        or sighting.quality > BETTER * visit.quality
    )


def _is_due(visit: Visit, now: datetime) -> bool:
    """Return whether a visit may be told again; at once after the clock was set back."""
    return visit.told_at is None or not timedelta(0) <= now - visit.told_at < PACE
