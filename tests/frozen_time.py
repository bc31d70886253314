"""A frozen clock that is moved by hand, while everything that is due happens."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

BEAT: Final = 5.0
"""Seconds that pass at once: no timer of ours is to be jumped over."""


class FrozenTime:
    """Lets hours pass in seconds."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Begin now."""
        self._hass = hass
        self._freezer = freezer
        self._jobs: set[asyncio.Future[Any]] = set()

    @contextmanager
    def jobs_noted(self) -> Iterator[None]:
        """Note the work in other threads: time stands still until it is done."""
        run = self._hass.loop.run_in_executor

        def noted(*args: Any) -> asyncio.Future[Any]:
            job = run(*args)
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)
            return job

        with patch.object(self._hass.loop, "run_in_executor", noted):
            yield

    async def settle(self) -> None:
        """Let everything happen that needs no time to pass."""
        idle = 0
        while idle < 3:
            for _ in range(15):
                await asyncio.sleep(0)
            idle = 0 if self._jobs else idle + 1
            if self._jobs:
                await asyncio.wait(set(self._jobs))

    async def drive(self, work: Awaitable[Any]) -> None:
        """Wait for something that may need time."""
        task = asyncio.ensure_future(work)
        await self.settle()
        while not task.done():
            self._freezer.tick(1.0)
            await self.settle()
        task.result()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, beat by beat."""
        while seconds > 0:
            self._freezer.tick(min(BEAT, seconds))
            seconds -= BEAT
            await self.settle()
