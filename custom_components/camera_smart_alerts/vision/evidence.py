"""What speaks for one track, sighting by sighting."""

from dataclasses import dataclass, field
import math

from .datatypes import Box
from .lessons import Portrait, Recall
from .result import ResultReason
from .zones import Passage

MIN_SIGHTINGS = 3
"""Of one track, however sure the network is: one or two frames never raise an alert."""
ENOUGH = 1.2
"""Evidence that confirms, in nats."""
MOST_PER_SIGHTING = 1.0
"""So that one frame in which a coat looks perfect cannot carry two in which it does not."""
MOVED_SIGHTINGS = 2
TRAVELLED = 0.3
"""How far, in lengths of itself, something must have come to count as moving. Wind shakes a coat,
and who walks past a parked car changes the picture there too: neither takes it along."""


@dataclass(slots=True)
class Weight:
    """What speaks for one track, measured against one doubt."""

    total: float = 0.0
    """Nats, never below 0."""
    sightings: int = 0
    """Those above the doubt."""

    def add(self, gain: float, fading: float) -> None:
        """Let what there is fade, and add a sighting."""
        self.total = max(0.0, self.total * fading + min(gain, MOST_PER_SIGHTING))
        self.sightings += gain > 0

    @property
    def is_enough(self) -> bool:
        """Whether this confirms a kind."""
        return self.sightings >= MIN_SIGHTINGS and self.total >= ENOUGH


@dataclass(slots=True)
class Evidence:
    """What is known about one track."""

    first: Box
    at: float
    portrait: Portrait
    """What can be learned of it."""
    moved: int = 0
    """Sightings in which it moved."""
    travelled: float = 0.0
    """Farthest from where it was first, in lengths of itself."""
    moving: Weight = field(default_factory=Weight)
    """What speaks for it if it is something that moves. Kept from the first sighting on, so that
    whoever sets off is believed at once."""
    still: Weight = field(default_factory=Weight)
    passage: Passage = field(default_factory=Passage)
    recall: Recall = field(default_factory=Recall)
    rejected: ResultReason | None = None
    """Why it does not count although it is believed."""

    @property
    def moves(self) -> bool:
        """Whether it is known to be something that moves."""
        return self.moved >= MOVED_SIGHTINGS and self.travelled >= TRAVELLED

    @property
    def weight(self) -> Weight:
        """What speaks for it, as far as it is known to move or not."""
        return self.moving if self.moves else self.still


def log_odds(probability: float) -> float:
    """Return log(p / (1 - p)), finite at both ends."""
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def travelled(first: Box, now: Box) -> float:
    """Return how far the centre went, in mean side lengths of the first box."""
    length = max(1.0, (first.x2 - first.x1 + first.y2 - first.y1) / 2)
    x = now.x1 + now.x2 - first.x1 - first.x2
    y = now.y1 + now.y2 - first.y1 - first.y2
    return math.hypot(x, y) / 2 / length
