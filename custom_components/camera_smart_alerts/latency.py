"""How long alerts took in the last day, and whether that is too long. Pure; time is an argument."""

from collections import deque
from datetime import datetime, timedelta
import math
from typing import Final

WINDOW: Final = timedelta(hours=24)
ENOUGH: Final = 5
"""Alerts below which nothing is too slow: one bad moment is no bad day."""
MOST: Final = 1000


class Latencies:
    """The latencies of one camera."""

    def __init__(self) -> None:
        """Start without any."""
        self._taken: deque[tuple[datetime, float]] = deque(maxlen=MOST)

    def add(self, at: datetime, seconds: float) -> None:
        """Take in one alert: from motion until the first target had accepted it."""
        while self._taken and not timedelta(0) <= at - self._taken[0][0] < WINDOW:
            self._taken.popleft()
        self._taken.append((at, seconds))

    def percentile(self, percent: int) -> float | None:
        """Return a percentile in seconds, by nearest rank; None without any alert."""
        if not self._taken:
            return None
        ordered = sorted(seconds for _, seconds in self._taken)
        return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]

    def is_slow(self, limit: timedelta) -> bool:
        """Return whether more than 5 of 100 alerts took longer than the limit."""
        slowest = self.percentile(95)
        return (
            len(self._taken) >= ENOUGH and slowest is not None and slowest > limit.total_seconds()
        )
