"""What is happening before one camera right now: a tape that runs whether anybody looks or not."""

import asyncio
from collections.abc import AsyncGenerator
from fractions import Fraction
import time

import av

from .tape import Tape

_TIME_BASE = Fraction(1, 90_000)


class Playback:
    """Plays one tape endlessly; viewers join at the present moment, like those of a live camera."""

    def __init__(self, tape: Tape) -> None:
        """Begin with the first picture, now."""
        self.tape = tape
        self._began = time.monotonic()

    def insert(self, tape: Tape) -> None:
        """Play another tape from its beginning. Viewers of the old one are cut off."""
        self.tape = tape
        self._began = time.monotonic()

    def now(self) -> int:
        """Return the number of the newest packet."""
        return int((time.monotonic() - self._began) * self.tape.rate)

    async def packets(self) -> AsyncGenerator[av.Packet[av.Stream]]:
        """Yield packets when they are due, from the newest keyframe on; ends with the tape."""
        tape, began = self.tape, self._began
        number = tape.keyframe_before(self.now())
        while self.tape is tape and self._began == began:
            due = began + float(number / tape.rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            packet: av.Packet[av.Stream] = av.Packet(tape.packet(number))
            packet.pts = packet.dts = round(number / tape.rate / _TIME_BASE)
            packet.time_base = _TIME_BASE
            packet.is_keyframe = number % len(tape.packets) in tape.keyframes
            yield packet
            number += 1
