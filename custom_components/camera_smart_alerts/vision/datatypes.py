"""Immutable values passed between the stages of an analysis.

Boxes are ``xyxy`` pixels of the picture they were found in, origin top left. Times are seconds
on one monotonic clock (in a replay: seconds of the clip); wall-clock time is added outside this
package.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type RgbImage = NDArray[np.uint8]
"""Shape (height, width, 3), red first, 0 to 255."""


type Texture = NDArray[np.float32]
"""How edges run in a box, see ``static.texture``: shape (128,), length 1."""


class Kind(StrEnum):
    """What we look for. Never *who*."""

    PERSON = "person"
    ANIMAL = "animal"
    VEHICLE = "vehicle"


class Sensitivity(StrEnum):
    """How much evidence is enough."""

    LOW = "low"
    BALANCED = "balanced"
    HIGH = "high"


class Verdict(StrEnum):
    """What a session came to. The first three share their values with ``Kind``."""

    PERSON = "person"
    ANIMAL = "animal"
    VEHICLE = "vehicle"
    NOTHING = "nothing"
    INCONCLUSIVE = "inconclusive"


class Box(NamedTuple):
    """A rectangle in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture and the moment the camera produced it."""

    image: RgbImage
    captured_at: float
    """Monotonic seconds; where the camera does not say, the latest moment it can have been."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing the network sees in one picture."""

    box: Box
    kind: Kind
    confidence: float
    """0 to 1."""
    moved: float = 1.0
    """Share of the box in which the picture changed, 0 to 1; 1 where nobody looked for change."""
    sharpness: float = 0.0
    """Mean step between neighbouring pixels in the box, grey levels; 0 where nobody measured."""
    look: Texture | None = field(default=None, compare=False, repr=False)
    """How it looks, of what might be a statue; None of everything else."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A frame and everything seen in it."""

    frame: Frame
    detections: tuple[Detection, ...]
    inference_s: float = 0.0
    """Seconds the network itself took for this frame, all looks together."""
    contrast: float = 255.0
    """Grey levels between the dark and the bright parts of it; 255 where nobody measured."""
    people: tuple[Box, ...] = ()
    """Where somebody might be, however doubtful: what a picture that shows nobody must hide."""
