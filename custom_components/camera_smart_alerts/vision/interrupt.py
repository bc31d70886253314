"""Lets a stop event, or lost patience, end FFmpeg's wait for a camera that has fallen silent.

While FFmpeg waits for the network it asks PyAV some ten times a second whether to give up, and
PyAV compares ``time.monotonic()`` with the time-out it was opened with. There is no other way
in, so the name ``time`` in PyAV's container module is bound to a clock which has run out for a
thread whose event is set or whose patience is over, and which is the real one for everybody else.
Should a later PyAV read the time differently, nothing breaks: a stalled stream then ends at its
time-out.
"""

from collections.abc import Generator
from contextlib import contextmanager
import itertools
import math
import threading
import time

from av.container import core

_current = threading.local()
_lock = threading.Lock()
# Far ahead, and farther at every look: PyAV reads this clock for the start of a wait, too.
_far_ahead = itertools.count(1e9, 1e9)


class _Clock:
    """The ``time`` module, except for how late it is in a thread that should stop."""

    def __init__(self, real: object) -> None:
        self._real = real

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def monotonic(self) -> float:
        stop: threading.Event | None = getattr(_current, "stop", None)
        now = time.monotonic()
        if stop is not None and (stop.is_set() or now > _current.until):
            return now + next(_far_ahead)
        return now


def _install() -> None:
    names = vars(core)
    with _lock:
        if not isinstance(names.get("time"), _Clock) and "time" in names:
            names["time"] = _Clock(names["time"])


@contextmanager
def interruptible(stop: threading.Event, patience_s: float = math.inf) -> Generator[None]:
    """FFmpeg calls of this thread end within about 0.1 s once ``stop`` is set or patience is over.

    PyAV's own time-outs are fixed when a container is opened: before its format is known.

    They then raise ``av.FFmpegError`` (mostly ``av.ExitError``), or claim the end of the stream.
    """
    _install()
    _current.stop, _current.until = stop, time.monotonic() + patience_s
    try:
        yield
    finally:
        _current.stop = None
