"""What comes back from phones after an alert was handed over: shown, answered."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback

from .alerting import since
from .alerts import Alert

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator


_MOST: Final = 100


class Receipts:
    """The alerts of the open visits whose latency receipt may still grow."""

    def __init__(self) -> None:
        """Start without any."""
        self._shown: dict[str, tuple[CameraCoordinator, Alert]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}

    @callback
    def async_publish(self, camera: CameraCoordinator, alert: Alert) -> None:
        """Show an alert and its receipt so far."""
        self._shown[alert.id] = camera, alert
        camera.async_publish(alert)

    @callback
    def async_confirm(self, visit_id: str, step: str) -> None:
        """Take in that a phone has shown a visit (``confirmed``) or was answered (``opened``)."""
        self.confirmation(visit_id).set()
        self.async_step(visit_id, step)

    @callback
    def async_step(self, visit_id: str, step: str) -> None:
        """Add a step to a receipt, unless it is there."""
        if visit_id in self._shown:
            camera, alert = self._shown[visit_id]
            if step not in alert.hops_ms:
                hops = {**alert.hops_ms, step: since(alert.motion_at)}
                self.async_publish(camera, replace(alert, hops_ms=hops))

    def hops(self, visit_id: str) -> Mapping[str, int]:
        """Return the receipt of a visit so far; nothing once that is over."""
        return self._shown[visit_id][1].hops_ms if visit_id in self._shown else {}

    def confirmation(self, visit_id: str) -> asyncio.Event:
        """Return what is set once anybody is known to have seen the visit."""
        self._confirmed = dict(list(self._confirmed.items())[-_MOST:])
        return self._confirmed.setdefault(visit_id, asyncio.Event())

    @callback
    def async_forget(self, visit_id: str) -> None:
        """Let go of a visit that is over."""
        self._shown.pop(visit_id, None)
