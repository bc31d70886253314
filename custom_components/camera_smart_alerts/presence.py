"""How long something that was seen counts as present."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .vision.datatypes import Kind

AT_MOST: Final = timedelta(minutes=10)
"""Motion that never ends (a stuck sensor) keeps nobody present longer than this."""


class Presence:
    """The kinds present at one camera: seen, and still held by time or by ongoing motion."""

    def __init__(
        self,
        hass: HomeAssistant,
        hold: timedelta,
        *,
        is_busy: Callable[[], bool],
        on_change: Callable[[frozenset[Kind]], None],
    ) -> None:
        """Start with nobody present.

        Args:
            hass: For its timers.
            hold: How long a kind stays present after it was last seen.
            is_busy: Whether motion or an analysis goes on, which prolongs the presence.
            on_change: Gets the kinds present, whenever one leaves.
        """
        self._hass = hass
        self._hold = hold
        self._is_busy = is_busy
        self._on_change = on_change
        self._seen_at: dict[Kind, datetime] = {}
        self._cancel: CALLBACK_TYPE | None = None

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds present now."""
        return frozenset(self._seen_at)

    @callback
    def async_seen(self, kind: Kind, now: datetime) -> None:
        """Count a kind as present from now (UTC) on."""
        self._seen_at[kind] = now
        self._async_wait()

    @callback
    def async_dismiss(self, kind: Kind) -> None:
        """Count a kind as not present after all."""
        if self._seen_at.pop(kind, None) is not None:
            self._on_change(self.kinds)

    @callback
    def async_stop(self) -> None:
        """Forget the timer."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _async_wait(self) -> None:
        self.async_stop()
        self._cancel = async_call_later(self._hass, self._hold, self._async_over)

    @callback
    def _async_over(self, _now: datetime) -> None:
        self._cancel = None
        now, busy = dt_util.utcnow(), self._is_busy()
        staying = {
            kind: at
            for kind, at in self._seen_at.items()
            if now - at < self._hold or (busy and now - at < AT_MOST)
        }
        changed = len(staying) != len(self._seen_at)
        self._seen_at = staying
        if staying:
            self._async_wait()
        if changed:
            self._on_change(self.kinds)
