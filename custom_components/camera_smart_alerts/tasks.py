"""Tasks that end with what they belong to."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from homeassistant.core import HomeAssistant, callback


class Tasks:
    """Runs coroutines until they are over or all of them are stopped."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        """Start without any; ``name`` is for whoever debugs them."""
        self._hass = hass
        self._name = name
        self._running: set[asyncio.Task[Any]] = set()

    @callback
    def async_run[T](
        self, coroutine: Coroutine[Any, Any, T], *, long: bool = False
    ) -> asyncio.Task[T]:
        """Run a coroutine; Home Assistant waits for it, unless it is ``long``."""
        if long:
            task = self._hass.async_create_background_task(coroutine, self._name)
        else:
            task = self._hass.async_create_task(coroutine, self._name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def async_stop(self) -> None:
        """Cancel what runs, and wait until it has ended."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
