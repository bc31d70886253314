"""A recorded clip, kept as the compressed packets that a camera would send.

Packets are H.264 in Annex B form without B-frames, so one packet is one picture, in order, and a
keyframe can be decoded without anything before it. ``demo/footage.py`` cuts clips into this form.
"""

from dataclasses import dataclass
from fractions import Fraction
import io
from pathlib import Path
from typing import Self

import av
from PIL import Image

KEYFRAME_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """One clip, ready to be played over and over."""

    packets: tuple[bytes, ...]
    keyframes: frozenset[int]
    """Indexes of the packets where decoding can start; 0 is one of them."""
    rate: Fraction
    """Pictures per second."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a tape from an MPEG-TS file. Blocking.

        Raises:
            OSError: There is no such file, or it is no video.
        """
        packets: list[bytes] = []
        keyframes: set[int] = set()
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            rate = Fraction(str(stream.average_rate))
            for packet in container.demux(stream):
                if packet.size:
                    if packet.is_keyframe:
                        keyframes.add(len(packets))
                    packets.append(bytes(packet))
        return cls(tuple(packets), frozenset(keyframes), rate)

    def packet(self, number: int) -> bytes:
        """Return a packet of the endless repetition of this tape."""
        return self.packets[number % len(self.packets)]

    def keyframe_before(self, number: int) -> int:
        """Return the newest packet at or before ``number`` where decoding can start."""
        while number % len(self.packets) not in self.keyframes:
            number -= 1
        return number

    def jpeg(self, number: int) -> bytes:
        """Return one picture as JPEG. Blocking."""
        decoder = av.CodecContext.create("h264", "r")
        frames = [
            frame
            for index in range(self.keyframe_before(number), number + 1)
            for frame in decoder.decode(av.Packet(self.packet(index)))
        ]
        frames += decoder.decode(None)
        buffer = io.BytesIO()
        Image.fromarray(frames[-1].to_ndarray(format="rgb24")).save(buffer, "JPEG", quality=85)
        return buffer.getvalue()
