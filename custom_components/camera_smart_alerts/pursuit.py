"""Tellings that are not done yet: tried again, replaced by newer ones, taken up after a restart.

What a target did not take is tried again until it does, is too old, or something newer takes its
place; what was on its way when Home Assistant was killed is taken up at the next start. What one
would get wrong: after a restart, ``sending`` may or may not have arrived, so a phone shows it once
more without a sound, in its old place, and nobody else hears of it again.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
import itertools
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .alerts import Alert
from .channel import Channel, Failure
from .database import Database
from .delivery import TargetResult
from .receipts import Receipts
from .tasks import Tasks
from .telling import Telling, TellingState
from .turns import Turns
from .visit import Subject, Visit
from .visits import Visits

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

RETRY_AFTER_S: Final = (30.0, 60.0, 120.0)
"""Pauses before a target that has failed its first, quick attempts is tried again."""
_MOST: Final = 1000
"""Visits and targets that are remembered."""


class Pursuit:
    """The tellings of one home that are on their way."""

    def __init__(
        self,
        hass: HomeAssistant,
        database: Database,
        visits: Visits,
        tasks: Tasks,
        receipts: Receipts,
    ) -> None:
        """Prepare; ``async_load`` and ``async_start`` take up what was left."""
        self._hass = hass
        self._database = database
        self._visits = visits
        self._tasks = tasks
        self._receipts = receipts
        self._cameras: Mapping[str, CameraCoordinator] = {}
        self._left: list[Telling] = []
        self._newest: dict[tuple[str, str], Alert] = {}
        """Visit and target to the newest telling on its way there."""
        self._taken: dict[tuple[str, str], frozenset[Subject]] = {}
        """Visit and target to what it is known, or believed, to have been told of."""
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._forgotten: dict[str, None] = {}
        """Visits that nobody is to hear of any more; in this order."""
        self._cancel_take_up: CALLBACK_TYPE = lambda: None

    async def async_load(self) -> list[Telling]:
        """Read the visits, and what was on its way when Home Assistant stopped or was killed.

        Returns:
            What is told only if nobody confirms; the rest is taken up here.
        """
        left = await self._database.async_load(self._visits)
        self._left = [one for one in left if one.state is not TellingState.PLANNED]
        return [one for one in left if one.state is TellingState.PLANNED]

    @callback
    def async_start(self, cameras: Mapping[str, CameraCoordinator]) -> None:
        """Take up what was left, with these cameras (by subentry id)."""
        self._cameras = cameras
        for visit in self._visits.open.values():
            known = frozenset(visit.known)
            self._taken |= {(visit.id, target): known for target in visit.told_to}
        for telling in self._left:
            self.expect(telling.alert, [telling.target])
            if telling.state is TellingState.WAITING and not telling.alert.is_update:
                # It is the first that this target will take.
                self._taken.pop((telling.alert.id, telling.target), None)
            elif telling.state is TellingState.SENDING:
                self.async_taken(telling.alert, telling.target)
        self._cancel_take_up = async_at_started(self._hass, self._async_take_up_all)

    @callback
    def async_stop(self) -> None:
        """Take up nothing more."""
        self._cancel_take_up()

    @callback
    def expect(self, alert: Alert, targets: Iterable[str]) -> None:
        """Let nothing older arrive at these targets any more."""
        self._newest = _last(self._newest | {(alert.id, target): alert for target in targets})

    @callback
    def async_forget(self, visit_ids: Collection[str]) -> None:
        """Have nothing more on its way about visits, nor ever again."""
        self._forgotten = _last(self._forgotten | dict.fromkeys(visit_ids))
        self._newest = {key: one for key, one in self._newest.items() if key[0] not in visit_ids}
        self._tasks.async_run(self._database.async_drop(visit_ids, "retracted"))

    @callback
    def async_forget_camera(self, camera: str) -> None:
        """Have nothing more on its way that a camera was to tell."""
        self._newest = {
            key: alert for key, alert in self._newest.items() if alert.subentry_id != camera
        }

    @callback
    def async_dismissed(self, visit: Visit, targets: Iterable[str]) -> list[str]:
        """Have nothing on its way to who wiped a visit away, unless it tells something new.

        Returns:
            Those of the targets that it can have come to.
        """
        wiped = [
            one for one in targets if visit.told_to.get(one) or (visit.id, one) in self._newest
        ]
        for target in wiped:
            alert = self._newest.get((visit.id, target))
            if not visit.reached:
                # What was wiped away had arrived, even where the phone could not say so.
                owner = visit.told_to.get(target) or visit.cameras[0]
                self._visits.reached(visit, owner, dt_util.utcnow())
            if alert is not None:
                taken = self._taken.setdefault((visit.id, target), frozenset(alert.subjects))
                if taken >= alert.subjects.keys():
                    del self._newest[visit.id, target]
                    self._tasks.async_run(
                        self._database.async_drop([visit.id], "dismissed", target)
                    )
        return wiped

    def is_forgotten(self, visit_id: str) -> bool:
        """Return whether nobody is to hear of a visit any more."""
        return visit_id in self._forgotten

    def has_heard(self, visit_id: str, target: str) -> bool:
        """Return whether a target has taken a telling of a visit, as far as is known."""
        return (visit_id, target) in self._taken

    def is_newest(self, alert: Alert, target: str) -> bool:
        """Return whether a target has nothing newer on its way."""
        newest = self._newest.get((alert.id, target))
        return newest is not None and newest.revision == alert.revision

    def turns(self, alert: Alert) -> Turns:
        """Return what decides whether and how targets are told of this."""
        return _Turns(self, alert)

    def lock(self, visit_id: str, target: str) -> asyncio.Lock:
        """Return what an attempt at a target holds, so that none overtakes another."""
        return self._locks.setdefault((visit_id, target), asyncio.Lock())

    @callback
    def async_reached(self, visit_id: str, owner: str, kinds: Mapping[Subject, int]) -> None:
        """Let the cooldown begin; a visit that is over or called wrong has none."""
        for camera in self._cameras.values():
            camera.log.async_reached(visit_id)
        if (visit := self._visits.open.get(visit_id)) is not None:
            self._visits.reached(visit, owner, dt_util.utcnow(), kinds)

    @callback
    def async_taken(self, alert: Alert, target: str) -> None:
        """Take in that a target has accepted a telling, while others may still be tried."""
        key = alert.id, target
        if self.is_forgotten(alert.id):
            # Called wrong while it was being handed over.
            for camera in self._cameras.values():
                if target in camera.alerting.audience(first=True):
                    self._tasks.async_run(camera.alerting.async_clear(alert.id))
        told = self._taken.get(key, frozenset()) | alert.subjects.keys()
        self._taken = _last(self._taken | {key: told})

    async def async_ended(self, telling: Telling, result: TargetResult) -> None:
        """Take in how the first attempts of a telling ended; go on where it failed."""
        if not await self._async_note(telling, result):
            self._tasks.async_run(self._async_pursue(telling, RETRY_AFTER_S), long=True)

    async def _async_note(self, telling: Telling, result: TargetResult) -> bool:
        """Write what became of a telling; return whether that is the end of it."""
        if result.error == Failure.STOPPED:
            return True  # Nobody knows whether it arrived; the next start finds it as it is.
        over = result.ok or not result.may_pass or telling.is_stale(dt_util.utcnow())
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
        waits = itertools.chain(pauses, itertools.repeat(RETRY_AFTER_S[-1]))
        while True:
            await asyncio.sleep(next(waits))
            camera = self._cameras.get(telling.subentry_id)
            if camera is None or not self.is_newest(alert, target):
                await self._async_give_up(telling, "removed" if camera is None else "replaced")
                return
            if telling.is_stale(dt_util.utcnow()):
                await self._async_give_up(telling, "expired")
                return
            # From here on it may have arrived, whatever a kill leaves behind.
            await self._database.async_result(alert, target, TellingState.SENDING)
            path = await camera.alerting.async_picture_of(alert)
            results = await camera.alerting.async_tell(
                alert,
                path,
                [target],
                turns=self.turns(alert),
            )
            if target not in results:
                await self._async_give_up(telling, "removed")
                return
            if await self._async_note(telling, results[target]):
                if results[target].ok:
                    await self._async_caught_up(telling)
                return

    async def async_passed_over(self, telling: Telling) -> None:
        """Take in that a target is in no settings any more."""
        await self._async_give_up(telling, "removed")

    async def _async_give_up(self, telling: Telling, why: str) -> None:
        await self._database.async_result(
            telling.alert, telling.target, TellingState.GAVE_UP, error=why
        )

    async def _async_caught_up(self, telling: Telling) -> None:
        """Take in that a target has been reached after all."""
        alert = telling.alert
        kinds: Mapping[Subject, int] = alert.subjects
        visit = self._visits.open.get(alert.id)
        if visit is not None and visit.revision == alert.revision:
            kinds = dict(visit.told)
        self.async_reached(alert.id, telling.subentry_id, kinds)
        self._receipts.async_step(alert.id, "handed")
        await self._database.async_reached(alert.id, dt_util.utcnow())
        if visit is not None:
            visit.told_to = {telling.target: telling.subentry_id} | visit.told_to
            await self._database.async_keep(self._visits, visit)

    @callback
    def _async_take_up_all(self, _hass: HomeAssistant) -> None:
        """Go on with what was left, now that phones and speakers are set up, too."""
        left, self._left = self._left, []
        for telling in left:
            self._tasks.async_run(self._async_take_up(telling), long=True)

    async def _async_take_up(self, telling: Telling) -> None:
        """Go on with a telling from before the restart."""
        expired = telling.is_stale(dt_util.utcnow())
        # It may have arrived. A phone shows it once, in its old place; nobody else can.
        unsure = telling.state is TellingState.SENDING
        if expired or (unsure and telling.channel is not Channel.PHONE):
            await self._async_give_up(telling, "expired" if expired else "unknown")
            return
        alert = replace(telling.alert, is_update=telling.alert.is_update or unsure)
        await self._async_pursue(replace(telling, alert=alert), (0.0, *RETRY_AFTER_S))


@dataclass(frozen=True, slots=True)
class _Turns:
    """Of one alert, see ``Turns``."""

    _pursuit: Pursuit
    _alert: Alert

    def lock(self, key: str) -> asyncio.Lock:
        return self._pursuit.lock(self._alert.id, key)

    def is_newest(self, key: str) -> bool:
        return self._pursuit.is_newest(self._alert, key)

    def has_heard(self, key: str) -> bool:
        return self._pursuit.has_heard(self._alert.id, key)

    def taken(self, key: str) -> None:
        self._pursuit.async_taken(self._alert, key)


def _last[Key, Value](some: dict[Key, Value]) -> dict[Key, Value]:
    """Return the newest of what is remembered."""
    return dict(list(some.items())[-_MOST:])
