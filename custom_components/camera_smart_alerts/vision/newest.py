"""The one place where a decoder thread and the event loop meet.

There is no queue: a frame that nobody took is replaced by its successor, so whoever looks next
sees the newest picture and memory stays flat however slow the looking is.
"""

import asyncio
from contextlib import suppress
import threading

from .datatypes import Frame
from .errors import SourceError


class NewestFrame:
    """Holds at most one frame. Any thread puts, the loop waits, any thread takes."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Waiters live on ``loop``; everything else may be called from any thread."""
        self._loop = loop
        self._lock = threading.Lock()
        self._changed = asyncio.Event()
        self._frame: Frame | None = None
        self._error: SourceError | None = None

    def put(self, frame: Frame) -> None:
        """Replace the waiting frame. Ignored after ``fail``: the source has said goodbye."""
        with self._lock:
            if self._error is not None:
                return
            self._frame = frame
        self._wake()

    def fail(self, error: SourceError) -> None:
        """Tell that no further frame will come. The first reason given is kept."""
        with self._lock:
            if self._error is None:
                self._error = error
        self._wake()

    def take(self) -> Frame | None:
        """Remove and return the waiting frame, None when there is none."""
        with self._lock:
            frame, self._frame = self._frame, None
        return frame

    async def wait(self) -> None:
        """Return as soon as a frame waits to be taken.

        Raises:
            SourceError: The source has ended and its last frame was taken.
        """
        while True:
            with self._lock:
                if self._frame is not None:
                    return
                if self._error is not None:
                    # The same object is raised again at every call: it must not grow.
                    raise self._error.with_traceback(None)
                self._changed.clear()
            await self._changed.wait()

    def _wake(self) -> None:
        # A decoder may outlive the loop by the moment that it needs to notice its end.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)
