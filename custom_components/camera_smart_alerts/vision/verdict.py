"""When is it really a person: evidence per track, over frames, until it is enough.

A sequential test (Wald 1945): every sighting of a track adds its log odds over the confidence at
which a sighting tells nothing ("doubt"), and takes away where it is below. What a reader would
get wrong: evidence belongs to one *track*. Ten things that flicker for one frame each are
nothing; one thing seen well three times is enough. No clock in here: time is an argument.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import math

import numpy as np

from .datatypes import Detection, Kind, Sensitivity, Verdict
from .geometry import iou_matrix
from .tracker import Track

MIN_SIGHTINGS = 3
"""Of one track, however sure the network is: one or two frames never raise an alert."""
ENOUGH = 1.2
"""Evidence that confirms, in nats: odds of 3.3 to 1 on top of the doubt's own margin."""
MOST_PER_SIGHTING = 1.0
"""So that one frame in which a coat looks perfect cannot carry two in which it does not."""
MEMORY_S = 2.0
"""Evidence fades by 1/e in this time: what flickers now and then never adds up."""
MOVED = 0.1
"""Share of a box that must have changed for the thing in it to have moved in that frame."""
MOVED_SIGHTINGS = 2
TRAVELLED = 0.3
"""How far, in lengths of itself, a vehicle must have come. Someone who walks past a parked car
changes the picture there as well, but does not take the car along."""
RIVAL_OVERLAP = 0.5
RIVAL_ODDS = 1.5
"""A person must look this much more like a person than like an animal."""

DOUBT: Mapping[Kind, float] = {Kind.PERSON: 0.42, Kind.ANIMAL: 0.45, Kind.VEHICLE: 0.45}
"""Confidence of a moving thing at which a sighting says nothing, at balanced sensitivity."""
STILL_DOUBT: Mapping[Kind, float] = {Kind.PERSON: 0.6, Kind.ANIMAL: 0.6, Kind.VEHICLE: 1.0}
"""The same for what never moved: statues, coats on hooks, printed people. A vehicle never."""
STRICTER: Mapping[Sensitivity, float] = {
    Sensitivity.LOW: 0.4,
    Sensitivity.BALANCED: 0.0,
    Sensitivity.HIGH: -0.3,
}
"""Added to the doubt, as log odds."""


@dataclass(slots=True)
class Evidence:
    """What speaks for one track."""

    first: Detection
    at: float
    total: float = 0.0
    sightings: int = 0
    moved: int = 0
    travelled: float = 0.0
