"""Looks after the history from time to time: what is too old goes, what broke is tried again."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .tasks import Tasks
from .vault import Vault

EVERY: Final = timedelta(minutes=10)
"""The shortest retention is one hour. What is too old is not shown before it is deleted, either."""


class Upkeep:
    """The clock of the history."""

    def __init__(self, hass: HomeAssistant, vault: Vault) -> None:
        """Prepare; ``async_start`` begins."""
        self._hass = hass
        self._vault = vault
        self._tasks = Tasks(hass, f"{DOMAIN} upkeep")
        self._cancel: CALLBACK_TYPE = lambda: None

    @callback
    def async_start(self) -> None:
        """Look after the history now, and again and again."""
        self._cancel = async_track_time_interval(self._hass, self._async_tidy, EVERY)
        self._async_tidy(dt_util.utcnow())

    async def async_stop(self) -> None:
        """Stop."""
        self._cancel()
        await self._tasks.async_stop()

    @callback
    def _async_tidy(self, _now: datetime) -> None:
        self._tasks.async_run(self._vault.async_tidy())
