"""Keeps the visits of all cameras: joins sightings, tells people, follows up, outlives a restart.

The policy itself is pure (``visits.py``); here are its clock, its pictures and its database. An
alert is in the database before anybody is told, and what was on its way when Home Assistant was
killed is taken up again at the next start.
"""

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
import itertools
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .alerting import Seen, since
from .alerts import Alert, Outcome
from .channel import Channel, Failure
from .const import DOMAIN
from .database import Database, Telling, TellingState
from .delivery import TargetResult
from .phone import visit_tag
from .redaction import log_unexpected
from .state import EVENT_VISIT, visit_event
from .visits import DISMISSED, Sighting, Visit, Visits

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

TICK: Final = timedelta(seconds=5)
"""How often open visits are looked after; without any, nothing ticks."""
RETRY_AFTER_S: Final = (30.0, 60.0, 120.0)
"""Pauses before a target that has failed its first, quick attempts is tried again."""
EXPIRES: Final = {
    Channel.PHONE: timedelta(minutes=15),
    Channel.SPEAKER: timedelta(minutes=1),
    Channel.DISPLAY: timedelta(minutes=1),
}
"""Age at which a telling is worth nothing any more."""


class VisitKeeper:
    """The visits of one home."""

    def __init__(self, hass: HomeAssistant, database: Database) -> None:
        """Prepare; ``async_load`` and ``async_start`` take up what was left."""
        self._hass = hass
        self._database = database
        self._cameras: Mapping[str, CameraCoordinator] = {}
        self._visits = Visits()
        self._news: dict[str, tuple[CameraCoordinator, Seen]] = {}
        """By visit: what its next telling shows."""
        self._left: list[Telling] = []
        self._newest: dict[tuple[str, str], int] = {}
        """Visit and target to the newest revision on its way there."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cancel_tick: CALLBACK_TYPE | None = None
        self._cancel_take_up: CALLBACK_TYPE = lambda: None

    async def async_load(self) -> None:
        """Read what was left when Home Assistant stopped or was killed."""
        self._left = await self._database.async_load(self._visits)

    @callback
    def async_start(self, cameras: Mapping[str, CameraCoordinator]) -> None:
        """Take up what was left, with these cameras (by subentry id)."""
        self._cameras = cameras
        for telling in self._left:
            self._newest[telling.alert.id, telling.target] = telling.alert.revision
        self._cancel_take_up = async_at_started(self._hass, self._async_take_up_all)
        self._async_follow()

    async def async_stop(self) -> None:
        """Stop telling; what is on its way stays in the database."""
        self._async_rest()
        self._cancel_take_up()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

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
        if ruling.begins or ruling.tell:
            self._async_fire("started" if ruling.begins else "updated", visit, camera)
        self._async_follow()
        if ruling.tell:
            telling = self._async_run(self._async_tell(visit, camera, seen))
            return ruling.outcome, visit.id, telling
        if visit.news:
            self._news[visit.id] = (camera, seen)
        self._async_run(self._database.async_keep(self._visits, visit))
        return ruling.outcome, visit.id, None

    @callback
    def async_retract(self, visit_id: str) -> None:
        """Forget a visit that people called wrong; nobody hears of it again."""
        if (visit := self._visits.open.get(visit_id)) is not None:
            self._async_run(self._database.async_keep(self._visits, visit, ended=True))
        self._visits.retract(visit_id)
        self._news.pop(visit_id, None)
        for key in [key for key in self._newest if key[0] == visit_id]:
            del self._newest[key]

    @callback
    def async_dismissed(self, tag: str, targets: Collection[str]) -> None:
        """Take in that a phone's notification was wiped away: it is not brought back."""
        for visit in self._visits.open.values():
            if visit_tag(visit.id) == tag:
                visit.told_to |= {one: DISMISSED for one in targets if one in visit.told_to}

    @callback
    def _async_run[T](
        self, coroutine: Coroutine[Any, Any, T], *, long: bool = False
    ) -> asyncio.Task[T]:
        """Run something until it is over or the entry is unloaded; nobody waits for what is long."""
        name = f"{DOMAIN} visit"
        if long:
            task = self._hass.async_create_background_task(coroutine, name)
        else:
            task = self._hass.async_create_task(coroutine, name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _async_tell(self, visit: Visit, camera: CameraCoordinator, seen: Seen) -> bool:
        """Write a telling, then deliver it; return whether anybody was reached."""
        self._news.pop(visit.id, None)
        try:
            reached = await self._async_deliver(visit, camera, seen)
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{camera.name}: an alert", err)
            reached = False
        if not reached:
            self._visits.failed(visit)
        ended = visit.id not in self._visits.open
        await self._database.async_keep(self._visits, visit, ended=ended)
        return reached

    async def _async_deliver(self, visit: Visit, camera: CameraCoordinator, seen: Seen) -> bool:
        """Draw, write, then tell; return whether anybody was reached."""
        alert = self._alert(visit, camera, seen)
        owner = camera.settings.subentry_id
        told = visit.told_to
        audience = dict.fromkeys(camera.alerting.audience(first=not told), owner)
        # Whoever was told by another camera of the visit hears how it goes on.
        owners = {one: told[one] for one in told if told[one] in self._cameras}
        owners |= {one: owner for one in audience if told.get(one) != DISMISSED}
        visit.told_to = told | owners
        self._newest |= {(alert.id, target): alert.revision for target in owners}
        camera.memory.remember_alert(alert.id)
        camera.async_changed()
        hops = dict(seen.hops_ms)
        path = await camera.alerting.async_picture(alert, seen.observation)
        hops["picture"] = since(seen.motion_at)
        now = dt_util.utcnow()
        await self._database.async_tell(self._visits, visit, alert, now)
        hops["stored"] = since(seen.motion_at)
        if seen.lasted is None:
            alert = replace(alert, hops_ms=hops)

        @callback
        def reached() -> None:
            self._visits.reached(visit, owner, dt_util.utcnow())

        publish = camera.async_publish if seen.lasted is None else None
        groups: dict[tuple[str, bool], list[str]] = {}
        for target, one in owners.items():
            groups.setdefault((one, target in told), []).append(target)
        # Without any target, the entities are told.
        groups.setdefault((owner, bool(told)), [])
        results = await asyncio.gather(
            *(
                self._cameras[one].alerting.async_tell(
                    replace(alert, is_update=is_update),
                    path,
                    targets,
                    publish=publish,
                    on_reached=reached,
                )
                for (one, is_update), targets in groups.items()
            )
        )
        for (one, is_update), batch in zip(groups, results, strict=True):
            alert = replace(alert, is_update=is_update)
            for result in batch:
                telling = Telling(one, result.key, alert, TellingState.WAITING, now)
                if not await self._async_note(telling, result):
                    self._async_run(self._async_pursue(telling, RETRY_AFTER_S), long=True)
        done = [result for batch in results for result in batch]
        return not done or any(result.ok for result in done)

    async def _async_note(self, telling: Telling, result: TargetResult) -> bool:
        """Write what became of a telling; return whether that is the end of it."""
        if result.error == Failure.STOPPED:
            return True  # Nobody knows whether it arrived; the next start finds it as it is.
        over = result.ok or not result.may_pass or self._is_stale(telling)
        failed = TellingState.GAVE_UP if over else TellingState.WAITING
        await self._database.async_result(
            telling.alert,
            telling.target,
            TellingState.DONE if result.ok else failed,
            error=result.error,
        )
        return over

    async def _async_pursue(self, telling: Telling, pauses: Sequence[float]) -> None:
        """Try a target again and again until it works, expires, or has something newer."""
        alert, target = telling.alert, telling.target
        for pause in itertools.chain(pauses, itertools.repeat(RETRY_AFTER_S[-1])):
            await asyncio.sleep(pause)
            camera = self._cameras.get(telling.subentry_id)
            if camera is None or self._newest.get((alert.id, target)) != alert.revision:
                return
            path = camera.alerting.picture_of(alert)
            results = await camera.alerting.async_tell(alert, path, [target])
            if not results or await self._async_note(telling, results[0]):
                return

    @callback
    def _async_take_up_all(self, _hass: HomeAssistant) -> None:
        """Go on with what was left, now that phones and speakers are set up, too."""
        left, self._left = self._left, []
        for telling in left:
            self._async_run(self._async_take_up(telling), long=True)

    async def _async_take_up(self, telling: Telling) -> None:
        """Go on with a telling from before the restart."""
        expired = self._is_stale(telling)
        # It may have arrived. A phone shows it once, in its old place; nobody else can.
        unsure = telling.state is TellingState.SENDING
        if expired or (unsure and telling.channel is not Channel.PHONE):
            await self._database.async_result(
                telling.alert,
                telling.target,
                TellingState.GAVE_UP,
                error="expired" if expired else "unknown",
            )
            return
        alert = replace(telling.alert, is_update=telling.alert.is_update or unsure)
        await self._async_pursue(replace(telling, alert=alert), (0.0, *RETRY_AFTER_S))

    @staticmethod
    def _is_stale(telling: Telling) -> bool:
        age = dt_util.utcnow() - telling.at
        return not timedelta(0) <= age <= EXPIRES[telling.channel]

    def _alert(self, visit: Visit, camera: CameraCoordinator, seen: Seen) -> Alert:
        names = [self._cameras[one].name for one in visit.cameras if one in self._cameras]
        return camera.alerting.alert(
            visit, seen, tuple(name for name in names if name != camera.name)
        )

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
            news = self._news.get(visit.id) or self._plain(visit)
            if news is not None and news[0].situation.may_tell(now) is Outcome.ALERTED:
                camera, seen = news
                self._async_fire("updated", visit, camera)
                self._async_run(self._async_tell(visit, camera, seen))
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
        plain = self._plain(visit, visit.last_at - visit.started_at)
        if plain is not None:
            self._async_fire("ended", visit, plain[0])
        if plain is not None and visit.reached:
            visit.revision += 1
            self._async_run(self._async_tell(visit, *plain))
        else:
            self._async_run(self._database.async_keep(self._visits, visit, ended=True))

    @callback
    def _async_fire(self, what: str, visit: Visit, camera: CameraCoordinator) -> None:
        cameras = [self._cameras[one] for one in visit.cameras if one in self._cameras]
        self._hass.bus.async_fire(
            EVENT_VISIT,
            visit_event(
                what,
                visit,
                camera=camera.name,
                entity_id=camera.camera_entity_id,
                device_id=camera.device_id,
                cameras=[one.camera_entity_id for one in cameras if one.camera_entity_id],
            ),
        )
