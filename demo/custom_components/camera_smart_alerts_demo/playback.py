"""What is happening before one camera right now: a tape that runs whether anybody looks or not."""

import asyncio
from collections.abc import AsyncGenerator
from fractions import Fraction
import time
from typing import Any

import av

from .tape import Tape

_TIME_BASE = Fraction(1, 90_000)


class Playback:
    """Plays one tape endlessly; viewers join at the present moment, like those of a live camera."""

    def __init__(self, tape: Tape) -> None:
        """Begin with the first picture, now."""
        self.tape = tape
        self._began = self._switched_on = time.monotonic()

    def insert(self, tape: Tape) -> None:
        """Play another tape from its beginning, also to those who are watching."""
        self.tape = tape
        self._began = time.monotonic()

    def now(self) -> int:
        """Return the number of the newest packet."""
        return int((time.monotonic() - self._began) * self.tape.rate)

    async def packets(self) -> AsyncGenerator[av.Packet[Any]]:
        """Yield packets when they are due, from the newest keyframe on; never ends.

        Their times run on when another tape is inserted, as those of a camera do.
        """
        while True:
            tape, began = self.tape, self._began
            number = tape.keyframe_before(self.now())
            while True:
                due = began + float(number / tape.rate)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if self._began != began:
                    break
                packet: av.Packet[Any] = av.Packet(tape.packet(number))
                packet.pts = packet.dts = round((due - self._switched_on) / _TIME_BASE)
                packet.time_base = _TIME_BASE
                packet.is_keyframe = number % len(tape.packets) in tape.keyframes
                yield packet
                number += 1
