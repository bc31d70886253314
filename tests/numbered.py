"""Frames that carry their number, and how to read it back from a picture that was compressed."""

import io
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BITS: Final = 14
_BLOCK: Final = 20
"""Pixels along each side of one bit: larger than what a codec smears."""
WIDTH, HEIGHT = 320, 240
_FIRST_ROW: Final = HEIGHT - 2 * _BLOCK
"""Below everything that is drawn into an alert's picture."""


class NumberedPictures:
    """What a camera shows: every picture ever taken has a number of its own, and somebody in it.

    Numbers go on over several viewers, so that an old picture can be told from a new one.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self.newest = 0

    def __call__(self, _index: int) -> NDArray[np.uint8]:
        self.newest = number = next(self._numbers)
        image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        image[...] = np.linspace(40, 120, WIDTH, dtype=np.uint8)[None, :, None]
        x = 60 + 3 * number % 120
        # The stand-in of the network takes pure white for a person.
        image[60:140, x : x + 40] = 255
        bits = [number >> bit & 1 for bit in range(BITS)]
        for position, bit in enumerate((*bits, sum(bits) % 2)):
            left = 10 + position * _BLOCK
            image[_FIRST_ROW : _FIRST_ROW + _BLOCK, left : left + _BLOCK] = 220 if bit else 20
        return image


def number_of(image: NDArray[np.uint8]) -> int:
    """Return the number of a frame."""
    assert image.shape[:2] == (HEIGHT, WIDTH)
    quarter = _BLOCK // 4
    bits = []
    for position in range(BITS + 1):
        left = 10 + position * _BLOCK
        block = image[
            _FIRST_ROW + quarter : _FIRST_ROW + 3 * quarter, left + quarter : left + 3 * quarter
        ]
        bits.append(int(block.mean() > 120))
    assert sum(bits[:BITS]) % 2 == bits[BITS], "the number cannot be read"
    return sum(bit << position for position, bit in enumerate(bits[:BITS]))


def number_of_jpeg(data: bytes) -> int:
    """Return the number of a frame that was made a JPEG."""
    with Image.open(io.BytesIO(data)) as picture:
        return number_of(np.array(picture.convert("RGB")))
