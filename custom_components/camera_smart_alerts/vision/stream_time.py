"""From a stream's time stamps to seconds one can rely on.

Cameras leave stamps out, repeat them, jump when they set their clock, and send what they have
stored in a burst. Two steps, both free of FFmpeg: ``Timeline`` makes one rising line of seconds
out of the stamps, ``CaptureClock`` places that line on the caller's clock.
"""

from collections.abc import Callable
import math
import threading

LONGEST_GAP_S = 10.0
"""A longer jump of the stamps is a clock that was set, not time that passed."""
LONGEST_STEP_BACK_S = 1.0
"""Up to here an older stamp is a frame out of order; beyond, a new count from another start."""
TOO_LATE_S = 2.0
"""A live picture this old is late."""
PATIENCE_S = 2.0
"""How long pictures may be late before the decoder has to skip. A stall of the network heals
faster by itself: what it held up is decoded in a fraction of the time it covers."""


class Timeline:
    """Seconds since the first frame, strictly rising whatever the stream's stamps do."""

    def __init__(self, nominal_step: float) -> None:
        """``nominal_step``: seconds between frames, assumed where a stamp is missing."""
        self._step = nominal_step
        self._offset: float | None = None
        self._last: float | None = None

    def place(self, stamp: float | None) -> float | None:
        """Return the second at which a frame stamped so belongs, None for a frame out of order."""
        expected = 0.0 if self._last is None else self._last + self._step
        if stamp is None:
            second = expected
        else:
            if self._offset is None:
                self._offset = expected - stamp
            second = stamp + self._offset
            if not -LONGEST_STEP_BACK_S <= second - expected <= LONGEST_GAP_S:
                self._offset = expected - stamp
                second = expected
        if self._last is not None and second <= self._last:
            return None
        self._last = second
        return second


class Pace:
    """Lets at most ``fps`` frames per second of stream time pass, evenly spread."""

    def __init__(self, fps: float) -> None:
        """``fps``: frames per second, above 0."""
        self._step = 1 / fps
        self._due = 0.0

    def is_due(self, second: float) -> bool:
        """Whether the frame at ``second`` is one to look at."""
        if second < self._due - 0.002:  # Containers that count in milliseconds round.
            return False
        # Counted from the grid, not from the frame: 10 of 15 frames a second stay 10, not 7.
        on_grid = self._due + self._step
        self._due = on_grid if second < on_grid else second + self._step
        return True


class CaptureClock:
    """When a frame was captured, on the caller's clock.

    Live, the fastest frame so far tells how stream time and clock belong together, so a frame
    that was held up on the way keeps the moment it was taken. What is paced, a recording or a
    stream that comes in segments, is played at its own speed: ``stamp`` then sleeps until the
    frame's turn. Of segments nobody says how old they are; at least as old as they are long. Their
    frames get the latest moment at which they can have been taken.
    """

    def __init__(self, clock: Callable[[], float], *, paced: bool, stop: threading.Event) -> None:
        """``stop`` ends the sleep of what is paced."""
        self._clock = clock
        self._paced = paced
        self._stop = stop
        self._start: float | None = None
        self._shown_from = -math.inf
        """Where stream time 0 lies for showing; later than for taking, once something was late."""
        self._late_since: float | None = None
        self.must_skip = False
        """Live pictures have been late for so long that the decoder cannot be keeping up."""

    def stamp(self, second: float) -> float:
        """Return the caller's time at which the frame of stream time ``second`` was taken."""
        now = self._clock()
        if self._start is None:
            self._start = now - second
        if self._paced:
            # After a gap it goes on at its own speed: nothing is rushed through to catch up.
            self._shown_from = max(self._shown_from, now - second)
            self._stop.wait(self._shown_from + second - now)
        else:
            self._start = min(self._start, now - second)
            self._judge(now, now - second - self._start)
        return self._start + second

    def _judge(self, now: float, lag: float) -> None:
        self.must_skip = False
        if lag <= TOO_LATE_S:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now
        elif now - self._late_since > PATIENCE_S:
            self._late_since = None
            self.must_skip = True
