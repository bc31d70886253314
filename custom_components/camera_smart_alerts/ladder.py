"""One target after the other: who is told only if nobody has confirmed in time.

The rungs that are not reached yet are in the database with the time they are due, so that a restart
loses none. What one would get wrong: after a restart nobody is asked again; what was due meanwhile
is told at once, unless it is too old.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
import itertools
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .alerts import Alert
from .database import Database
from .receipts import Receipts
from .tasks import Tasks
from .telling import Telling, TellingState

type TellRung = Callable[[Telling], Awaitable[None]]

_LATEST: Final = timedelta(hours=1)
"""A rung that is due later was planned in a future that the clock was set back from."""


def rungs(
    alert: Alert, targets: Iterable[str], patience: timedelta, now: datetime
) -> list[Telling]:
    """Return when each of these targets is due, one patience after the other.

    Args:
        alert: What they are told.
        targets: Of the camera that tells, in their order.
        patience: Time to confirm that each leaves to those before it.
        now: UTC, when the first target of all is told.
    """
    return [
        Telling(alert.subentry_id, target, alert, TellingState.PLANNED, now + number * patience)
        for number, target in enumerate(targets, 1)
    ]


class Ladder:
    """The rungs of one home that are not reached yet."""

    def __init__(
        self,
        hass: HomeAssistant,
        database: Database,
        receipts: Receipts,
        tasks: Tasks,
        tell: TellRung,
    ) -> None:
        """Prepare; ``tell`` tells one target."""
        self._hass = hass
        self._database = database
        self._receipts = receipts
        self._tasks = tasks
        self._tell = tell
        self._climbing: set[str] = set()
        self._cancel_take_up: CALLBACK_TYPE = lambda: None

    def is_climbing(self, visit_id: str) -> bool:
        """Return whether one target after the other is told of a visit."""
        return visit_id in self._climbing

    @callback
    def async_start(self, planned: Iterable[Telling]) -> None:
        """Take up what was left, once phones and speakers are set up, too."""
        ordered = sorted(planned, key=lambda one: (one.alert.id, one.at))
        visits = [list(some) for _, some in itertools.groupby(ordered, lambda one: one.alert.id)]

        @callback
        def take_up(_hass: HomeAssistant) -> None:
            for one in visits:
                self.async_climb(one)

        self._cancel_take_up = async_at_started(self._hass, take_up)

    @callback
    def async_stop(self) -> None:
        """Take up nothing more."""
        self._cancel_take_up()

    @callback
    def async_climb(self, planned: Sequence[Telling]) -> None:
        """Tell one target of a visit after the other until somebody has confirmed."""
        if planned:
            self._climbing.add(planned[0].alert.id)
            self._tasks.async_run(self._async_climb(planned), long=True)

    async def _async_climb(self, planned: Sequence[Telling]) -> None:
        visit_id = planned[0].alert.id
        confirmed = self._receipts.confirmation(visit_id)
        for number, rung in enumerate(planned):
            ahead = rung.at - dt_util.utcnow()
            if ahead < _LATEST:
                with suppress(TimeoutError):
                    await asyncio.wait_for(confirmed.wait(), max(0.0, ahead.total_seconds()))
            if confirmed.is_set():
                for left in planned[number:]:
                    await self._database.async_drop([visit_id], "confirmed", left.target)
                break
            if ahead >= _LATEST or rung.is_expired(dt_util.utcnow()):
                await self._database.async_drop([visit_id], "expired", rung.target)
            else:
                await self._tell(rung)
        self._climbing.discard(visit_id)
