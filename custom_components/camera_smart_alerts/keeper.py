"""Keeps the visits of all cameras: joins what they see, and says when people are told.

The policy itself is pure (``visits.py``), and ``teller.py`` does the telling; here are the clock,
the pictures that wait for their turn, and what the event bus gets to know.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .alerting import Seen
from .alerts import Outcome
from .database import Database
from .phone import visit_tag
from .state import EVENT_VISIT, visit_event
from .teller import Teller
from .vision.datatypes import Kind
from .visit import Sighting, Visit
from .visits import Visits

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

TICK: Final = timedelta(seconds=5)
"""How often open visits are looked after; without any, nothing ticks."""


class VisitKeeper:
    """The visits of one home."""

    def __init__(self, hass: HomeAssistant, database: Database) -> None:
        """Prepare; ``async_load`` and ``async_start`` take up what was left."""
        self._hass = hass
        self._cameras: Mapping[str, CameraCoordinator] = {}
        self._visits = Visits()
        self._teller = Teller(hass, database, self._visits)
        self._news: dict[str, tuple[CameraCoordinator, Seen]] = {}
        """By visit: what its next telling shows."""
        self._announced: dict[str, set[Kind]] = {}
        """By visit: the kinds that its events have named."""
        self._cancel_tick: CALLBACK_TYPE | None = None

    async def async_load(self) -> None:
        """Read what was left when Home Assistant stopped or was killed."""
        await self._teller.async_load()

    @callback
    def async_start(self, cameras: Mapping[str, CameraCoordinator]) -> None:
        """Take up what was left, with these cameras (by subentry id)."""
        self._cameras = cameras
        self._visits.keep_cooldowns(cameras)
        self._teller.async_start(cameras)
        self._async_follow()

    async def async_stop(self) -> None:
        """Stop; what is on its way stays in the database."""
        self._async_rest()
        await self._teller.async_stop()

    @callback
    def async_see(
        self, camera: CameraCoordinator, sighting: Sighting, seen: Seen
    ) -> tuple[Outcome, str, asyncio.Task[bool] | None]:
        """Take in a sighting.

        Returns:
            What follows, the id of the visit, and where people are told now the task that tells
            them; it ends with whether anybody was reached.
        """
        ruling = self._visits.see(sighting, dt_util.utcnow())
        visit = ruling.visit
        if ruling.begins or ruling.tell or self._unannounced(visit):
            self._async_fire("started" if ruling.begins else "updated", visit, camera)
        self._async_follow()
        if ruling.tell:
            self._news.pop(visit.id, None)
            return ruling.outcome, visit.id, self._teller.async_tell(visit, camera, seen)
        waiting = self._news.get(visit.id)
        if ruling.outcome is Outcome.UPDATED and visit.news and _is_better(seen, waiting):
            self._news[visit.id] = (camera, seen)
        self._teller.async_keep(visit)
        return ruling.outcome, visit.id, None

    @callback
    def async_retract(self, visit_id: str) -> None:
        """Forget a visit that people called wrong; nobody hears of it again."""
        self.async_note_feedback(visit_id, "not_right")
        self._async_retract(visit_id)
        self._teller.async_forget([visit_id])

    @callback
    def async_note_feedback(self, visit_id: str, feedback: str) -> None:
        """Have what people said of a visit written with it, as long as it goes on."""
        self._visits.note_feedback(visit_id, feedback)

    @callback
    def async_delete(self, visit_ids: Collection[str]) -> None:
        """Forget visits that people delete: nobody hears of them, nothing of them is written.

        Whoever is still there is a new visit from the next sighting on.

        Args:
            visit_ids: The newest first.
        """
        for visit_id in visit_ids:
            self._async_retract(visit_id)
        self._teller.async_forget(visit_ids)
        self._visits.delete(visit_ids)

    @callback
    def async_delete_camera(self, camera: str) -> None:
        """Forget the part that a camera has in visits that others saw, too."""
        self._teller.async_forget_camera(camera)
        for visit in self._visits.delete_camera(camera):
            waiting = self._news.get(visit.id)
            if waiting is not None and waiting[0].settings.subentry_id == camera:
                del self._news[visit.id]
            self._teller.async_keep(visit)

    @callback
    def async_delete_cooldowns(self) -> None:
        """Forget when people were last told of what."""
        self._visits.delivered.clear()

    def is_deleted(self, visit_id: str) -> bool:
        """Return whether people deleted a visit."""
        return self._visits.is_deleted(visit_id)

    def open_visits(self) -> Iterable[Visit]:
        """Return the visits that are not over."""
        return self._visits.open.values()

    def receipt(self, visit_id: str) -> Mapping[str, int]:
        """Return the latency receipt of a visit so far: milliseconds from its motion."""
        return self._teller.receipts.hops(visit_id)

    def cameras_around(self, visit_id: str, camera: CameraCoordinator) -> list[CameraCoordinator]:
        """Return the cameras whose people may have been told of a visit of this camera."""
        visit, group = self._visits.open.get(visit_id), camera.settings.group
        saw = {camera.settings.subentry_id, *(visit.cameras if visit else ())}
        return [
            one
            for key, one in self._cameras.items()
            if key in saw or (group and one.settings.group == group)
        ]

    @callback
    def async_answered(self, visit_id: str) -> None:
        """Take in that somebody has answered a notification."""
        self._teller.receipts.async_confirm(visit_id, "opened")

    @callback
    def async_received(self, tag: str) -> None:
        """Take in that a phone has shown a notification."""
        for visit in self._tagged(tag):
            self._teller.receipts.async_confirm(visit.id, "confirmed")

    @callback
    def async_dismissed(self, tag: str, targets: Collection[str]) -> None:
        """Take in that a phone's notification was wiped away: it is not brought back."""
        for visit in self._tagged(tag):
            self._teller.receipts.async_confirm(visit.id, "opened")
            self._teller.async_dismissed(visit, targets)

    def _unannounced(self, visit: Visit) -> list[Kind]:
        """Return the kinds of a visit that no event has named yet."""
        known = self._announced.get(visit.id, set())
        return [kind for kind in visit.kinds if kind is not None and kind not in known]

    def _tagged(self, tag: str) -> list[Visit]:
        return [visit for visit in self._visits.open.values() if visit_tag(visit.id) == tag]

    @callback
    def _async_follow(self) -> None:
        """Look after the open visits from time to time; without any, nothing ticks."""
        if self._visits.open and self._cancel_tick is None:
            self._cancel_tick = async_track_time_interval(self._hass, self._async_tick, TICK)

    @callback
    def _async_rest(self) -> None:
        if self._cancel_tick is not None:
            self._cancel_tick()
            self._cancel_tick = None

    @callback
    def _async_tick(self, _now: datetime) -> None:
        """Tell what waited for its turn, and end what is over."""
        now = dt_util.utcnow()
        for visit in self._visits.due(now):
            news = self._news.pop(visit.id, None) or self._plain(visit)
            if news is not None and _may_tell(news[0], now):
                self._async_fire("updated", visit, news[0])
                self._teller.async_tell(visit, *news)
        for visit in self._visits.expire(now, self._is_busy):
            self._async_end(visit)
        if not self._visits.open:
            self._async_rest()

    def _is_busy(self, camera: str) -> bool:
        return camera in self._cameras and self._cameras[camera].is_busy

    def _plain(
        self, visit: Visit, lasted: timedelta | None = None
    ) -> tuple[CameraCoordinator, Seen] | None:
        """Return what can be told of a visit without a new picture; None without a camera."""
        cameras = [self._cameras[one] for one in visit.cameras if one in self._cameras]
        return (cameras[-1], Seen(None, lasted=lasted)) if cameras else None

    @callback
    def _async_end(self, visit: Visit) -> None:
        self._news.pop(visit.id, None)
        self._teller.receipts.async_forget(visit.id)
        plain = self._plain(visit, visit.last_at - visit.started_at)
        if plain is not None:
            self._async_fire("ended", visit, plain[0])
        self._announced.pop(visit.id, None)
        now = dt_util.utcnow()
        if plain is not None and visit.reached and _may_tell(plain[0], now):
            visit.revision += 1
            self._teller.async_tell(visit, *plain)
        else:
            self._teller.async_keep(visit, ended=True)

    @callback
    def _async_retract(self, visit_id: str) -> None:
        if (visit := self._visits.open.get(visit_id)) is not None:
            self._teller.async_keep(visit, ended=True)
            if (plain := self._plain(visit)) is not None:
                self._async_fire("ended", visit, plain[0])
        self._announced.pop(visit_id, None)
        self._visits.retract(visit_id)
        self._news.pop(visit_id, None)

    @callback
    def _async_fire(self, what: str, visit: Visit, camera: CameraCoordinator) -> None:
        cameras = [self._cameras[one] for one in visit.cameras if one in self._cameras]
        new = self._unannounced(visit)
        self._announced.setdefault(visit.id, set()).update(new)
        self._hass.bus.async_fire(
            EVENT_VISIT,
            visit_event(
                what,
                visit,
                new_kinds=[str(kind) for kind in new],
                devices=[one.device_id for one in cameras if one.device_id],
                camera=camera.name,
                entity_id=camera.camera_entity_id,
                device_id=camera.device_id,
                cameras=[one.camera_entity_id for one in cameras if one.camera_entity_id],
                seen={
                    one.source_entity_id: visit.seen[one.settings.subentry_id] for one in cameras
                },
            ),
        )


def _may_tell(camera: CameraCoordinator, now: datetime) -> bool:
    return camera.control.situation.may_tell(now) is Outcome.ALERTED


def _is_better(seen: Seen, waiting: tuple[CameraCoordinator, Seen] | None) -> bool:
    """Return whether something shows more than what waits to be shown."""
    return waiting is None or waiting[1].preview is None or seen.preview is not None
