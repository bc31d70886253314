"""The thread of the history: everything that reads or writes its file waits in one line there.

What a reader would get wrong: an alert does not wait for a disk that hangs. After a moment it goes
out, and what it wrote is written whenever the disk comes round, still in its turn.
"""

import asyncio
from collections.abc import Callable
from functools import partial
import math
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.executor import InterruptibleThreadPoolExecutor

from .const import DOMAIN
from .history import HistoryFile
from .issues import async_create_issue, async_delete_issue

ISSUE_UNWRITABLE: Final = "history_unwritable"
PATIENCE_S: Final = 1.0
"""How long an alert may wait for the disk."""


class HistoryThread:
    """The file and its thread. Every method but ``__init__`` waits for that thread."""

    def __init__(self, hass: HomeAssistant, path: Path) -> None:
        """Prepare; ``async_open`` opens or creates the file."""
        self._hass = hass
        self._file = HistoryFile(path)
        self._executor = InterruptibleThreadPoolExecutor(
            max_workers=1, thread_name_prefix=f"{DOMAIN}_database"
        )
        self._is_closed = False
        self._reported: str | None = ""

    @property
    def is_durable(self) -> bool:
        """Whether what is written survives a restart."""
        return self._file.problem is None

    @property
    def is_on_disk(self) -> bool:
        """Whether there is a file at all; else everything is in memory."""
        return not self._file.is_memory

    @property
    def file_number(self) -> int:
        """Another one means another file: what was written before need not be in it."""
        return self._file.number

    async def async_open(self) -> None:
        """Open the file. One that is damaged is set aside; without a disk, memory must do."""
        await self.async_run(self._file.open)

    async def async_close(self) -> None:
        """Write everything and end the thread. May be called again; later writes are lost."""
        if not self._is_closed:
            self._is_closed = True
            await self.async_run(self._file.close)
            await self._hass.async_add_executor_job(self._executor.shutdown)

    async def async_remove(self) -> None:
        """Delete the file, and what is said about it."""
        await self._hass.async_add_executor_job(self._file.remove)
        async_delete_issue(self._hass, ISSUE_UNWRITABLE)

    async def async_read(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """Return the rows that a statement finds, none where the file cannot be read."""
        return await self.async_ask(statement, values) or []

    async def async_ask(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any] | None:
        """Return the rows that a statement finds; None for whom that must not pass for no rows."""
        if self._is_closed:
            return None
        return await self.async_run(self._file.read, statement, values)

    async def async_write(self, job: Callable[[Connection], object]) -> bool:
        """Run a job in a transaction; return whether it could be done, however long it takes."""
        return not self._is_closed and await self._async_start_write(job)

    async def async_recover(self) -> None:
        """Write to the disk again, if that has become possible."""
        await self.async_run(self._file.recover)

    async def async_scrub(self) -> bool:
        """Leave nothing of what was deleted in the file's log; return whether that is done."""
        return await self.async_run(self._file.scrub)

    async def async_discard_old_files(self) -> None:
        """Delete the files that were set aside."""
        await self.async_run(self._file.tidy, math.inf, math.inf)

    async def async_run[*Args, T](self, job: Callable[[*Args], T], *args: *Args) -> T:
        """Run a job in the thread."""
        return await self._async_start(job, *args)

    async def _async_write(self, job: Callable[[Connection], object]) -> None:
        """Write, but hold nobody up; once Home Assistant has stopped there is nothing to keep."""
        if not self._is_closed:
            await asyncio.wait({self._async_start_write(job)}, timeout=PATIENCE_S)

    @callback
    def _async_start_write(self, job: Callable[[Connection], object]) -> asyncio.Future[bool]:
        writing = self._async_start(self._file.write, job)
        # Whoever writes does not wait for it.
        self._async_start(self._file.relieve)
        return writing

    @callback
    def _async_start[*Args, T](self, job: Callable[[*Args], T], *args: *Args) -> asyncio.Future[T]:
        future = self._hass.loop.run_in_executor(self._executor, partial(job, *args))
        future.add_done_callback(self._async_report)
        return future

    @callback
    def _async_report(self, _done: asyncio.Future[Any]) -> None:
        """Say once that the history cannot be written, and take that back once it can."""
        problem = self._file.problem
        if problem == self._reported:
            return
        self._reported = problem
        if problem is None:
            async_delete_issue(self._hass, ISSUE_UNWRITABLE)
        else:
            async_create_issue(
                self._hass,
                ISSUE_UNWRITABLE,
                translation_key=ISSUE_UNWRITABLE,
                translation_placeholders={"reason": problem},
            )
