"""Tellings that are not done yet: tried again, replaced by newer ones, taken up after a restart.

What a target did not take is tried again until it does, is too old, or something newer takes its
place; what was on its way when Home Assistant was killed is taken up at the next start. What one
would get wrong: after a restart, ``sending`` may or may not have arrived, so a phone shows it once
more without a sound, in its old place, and nobody else hears of it again.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
import itertools
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .alerts import Alert
from .channel import Channel, Failure
from .database import Database
from .delivery import TargetResult
from .tasks import Tasks
from .telling import Telling, TellingState
from .visit import Subject
from .visits import Visits

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

RETRY_AFTER_S: Final = (30.0, 60.0, 120.0)
"""Pauses before a target that has failed its first, quick attempts is tried again."""
_NEWEST: Final = 1000


class Pursuit:
    """The tellings of one home that are on their way."""

    def __init__(
        self, hass: HomeAssistant, database: Database, visits: Visits, tasks: Tasks
    ) -> None:
        """Prepare; ``async_load`` and ``async_start`` take up what was left."""
        self._hass = hass
        self._database = database
        self._visits = visits
        self._tasks = tasks
        self._cameras: Mapping[str, CameraCoordinator] = {}
        self._left: list[Telling] = []
        self._newest: dict[tuple[str, str], int] = {}
        """Visit and target to the newest revision on its way there."""
        self._unheard: set[tuple[str, str]] = set()
        """Visits and targets that have not taken any of its tellings yet."""
        self._cancel_take_up: CALLBACK_TYPE = lambda: None

    async def async_load(self) -> None:
        """Read the visits, and what was on its way when Home Assistant stopped or was killed."""
        self._left = await self._database.async_load(self._visits)

    @callback
    def async_start(self, cameras: Mapping[str, CameraCoordinator]) -> None:
        """Take up what was left, with these cameras (by subentry id)."""
        self._cameras = cameras
        for telling in self._left:
            self.expect(telling.alert, [telling.target])
        self._cancel_take_up = async_at_started(self._hass, self._async_take_up_all)

    @callback
    def async_stop(self) -> None:
        """Take up nothing more."""
        self._cancel_take_up()

    @callback
    def expect(self, alert: Alert, targets: Iterable[str]) -> None:
        """Let nothing older arrive at these targets any more."""
        self._newest |= {(alert.id, target): alert.revision for target in targets}
        self._newest = dict(list(self._newest.items())[-_NEWEST:])

    @callback
    def async_forget(self, visit_id: str) -> None:
        """Have nothing more on its way about a visit."""
        for key in [key for key in self._newest if key[0] == visit_id]:
            del self._newest[key]
        self._unheard = {key for key in self._unheard if key[0] != visit_id}

    def has_heard(self, visit_id: str, target: str) -> bool:
        """Return whether a target that was told of a visit has taken it, as far as is known."""
        return (visit_id, target) not in self._unheard

    def is_newest(self, alert: Alert, target: str) -> bool:
        """Return whether a target has nothing newer on its way."""
        return self._newest.get((alert.id, target)) == alert.revision

    @callback
    def async_reached(self, visit_id: str, owner: str, kinds: Mapping[Subject, int]) -> None:
        """Let the cooldown begin; a visit that is over or called wrong has none."""
        if (visit := self._visits.open.get(visit_id)) is not None:
            self._visits.reached(visit, owner, dt_util.utcnow(), kinds)

    async def async_ended(self, telling: Telling, result: TargetResult) -> None:
        """Take in how the first attempts of a telling ended; go on where it failed."""
        if not await self._async_note(telling, result):
            self._tasks.async_run(self._async_pursue(telling, RETRY_AFTER_S), long=True)

    async def _async_note(self, telling: Telling, result: TargetResult) -> bool:
        """Write what became of a telling; return whether that is the end of it."""
        if result.error == Failure.STOPPED:
            return True  # Nobody knows whether it arrived; the next start finds it as it is.
        heard = {(telling.alert.id, telling.target)}
        self._unheard = self._unheard - heard if result.ok else self._unheard | heard
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
                return
            if telling.is_stale(dt_util.utcnow()):
                await self._async_give_up(telling, "expired")
                return
            path = await camera.alerting.async_picture_of(alert)
            results = await camera.alerting.async_tell(alert, path, [target])
            if not results or await self._async_note(telling, results[0]):
                if results and results[0].ok:
                    self._async_caught_up(telling)
                return

    async def _async_give_up(self, telling: Telling, why: str) -> None:
        await self._database.async_result(
            telling.alert, telling.target, TellingState.GAVE_UP, error=why
        )

    @callback
    def _async_caught_up(self, telling: Telling) -> None:
        """Take in that a target has been reached after all."""
        alert = telling.alert
        kinds: dict[Subject, int] = {None: 1} if alert.kind is None else dict(alert.kinds.items())
        self.async_reached(alert.id, telling.subentry_id, kinds)
        if (visit := self._visits.open.get(alert.id)) is not None:
            visit.told_to = {telling.target: telling.subentry_id} | visit.told_to

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
