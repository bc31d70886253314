"""What a session keeps of what it sees: what each kind was confirmed by, and its best picture.

Only a few frames are ever held: two for each confirmed kind, however long the session.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
import math
import statistics

import numpy as np

from .datatypes import Box, Detection, Kind, Observation, RgbImage, Sensitivity
from .evidence import MIN_SIGHTINGS
from .lessons import Examples, Lesson
from .result import ResultReason
from .static import Thing, remember
from .tracker import Track, Tracker
from .verdict import Decision
from .zones import Filters

BLIND = 5.0
"""Grey levels of contrast below which a picture shows nothing: a dark one full of noise, with a
clock in it, has 1.5; the plainest of our footage 13."""
WATCHED = 5
"""Frames from which on something that is not in them is no longer there."""
ROWS = 64
"""Of a box; more are skipped, as they would not change the mean."""


@dataclass(slots=True, eq=False)
class Finding:
    """One confirmed kind."""

    trigger: Observation
    """The very frame that confirmed it."""
    verdict_at: float
    """Seconds on the session's clock."""
    best: Observation
    """The frame that shows it largest, sharpest and surest."""
    count: int = 0
    """Most things of this kind believed in one frame."""
    confidence: float = 0.0
    """Highest of those."""
    quality: float = 0.0
    """Of the best frame."""

    def add(self, observation: Observation, believed: Sequence[Detection]) -> None:
        """Take in a frame, with the things of this kind that are believed in it."""
        if not believed:
            return
        self.count = max(self.count, len(believed))
        self.confidence = max(self.confidence, *(one.confidence for one in believed))
        best = max(map(quality, believed))
        if best > self.quality:
            self.best, self.quality = observation, best


_NO_FILTERS = Filters()


class Findings:
    """Frames in, confirmed kinds out."""

    def __init__(
        self,
        kinds: frozenset[Kind],
        sensitivity: Sensitivity,
        filters: Filters = _NO_FILTERS,
        known: Sequence[Thing] = (),
        lessons: Sequence[Lesson] = (),
    ) -> None:
        """Start with nothing found; the arguments are those of ``Decision``."""
        self.by_kind: dict[Kind, Finding] = {}
        self._first_wanted = next((kind for kind in Kind if kind in kinds), None)
        self._tracker = Tracker()
        self._known = known
        self._decision = Decision(kinds, sensitivity, filters, known, lessons)
        self._tracks: list[Track] = []
        self._size = (1, 1)
        self._contrasts: list[float] = []

    @property
    def top(self) -> Kind | None:
        """The most important kind that is confirmed."""
        return next((kind for kind in Kind if kind in self.by_kind), None)

    @property
    def stand(self) -> bool:
        """Whether no further frame can change the verdict."""
        return self._first_wanted in self.by_kind

    @property
    def rejection(self) -> ResultReason | None:
        """Why what was believed does not count, where anything was."""
        return self._decision.rejection

    @property
    def examples(self) -> Examples:
        """What can be learned from."""
        return self._decision.examples

    @property
    def is_blind(self) -> bool:
        """Whether most of the frames were dark or covered."""
        contrasts = self._contrasts
        return len(contrasts) >= MIN_SIGHTINGS and statistics.median(contrasts) < BLIND

    def remembered(self, now: float) -> tuple[Thing, ...]:
        """Return what stands still here, for the next session; ``now`` in seconds since 1970."""
        frames = len(self._contrasts)
        # A session too short to see what is there does not tell what is gone.
        noticed = self._decision.noticed if frames >= WATCHED else range(len(self._known))
        stood = self._decision.stood(self._tracks, self._size, now)
        return remember(self._known, stood, noticed, now)

    def weigh(
        self, observation: Observation, now: float
    ) -> tuple[list[Kind], tuple[Detection, ...]]:
        """Return the kinds that a frame confirms, and its detections worth showing.

        Args:
            observation: Everything seen in the frame.
            now: Seconds on the session's clock.
        """
        at = observation.frame.captured_at
        self._contrasts.append(observation.contrast)
        self._size = size = observation.frame.image.shape[:2]
        self._tracks = tracks = self._tracker.update(observation.detections, at)
        new = self._decision.update(tracks, at, size)
        seen = [track for track in tracks if track.seen_at == at]
        shown = tuple(track.detection for track in seen if self._decision.suspects(track))
        kept = replace(observation, detections=shown)
        for kind in new:
            self.by_kind[kind] = Finding(kept, now, kept)
        believed = [track.detection for track in seen if self._decision.believes(track)]
        for kind, finding in self.by_kind.items():
            finding.add(kept, [one for one in believed if one.kind is kind])
        return new, shown


def sharpness(image: RgbImage, box: Box) -> float:
    """Return the mean step between neighbours along the rows of a box, in grey levels.

    The green channel stands for brightness. Motion blur, which ruins most pictures of people in
    a hurry, runs along the rows.
    """
    top, bottom = max(0, math.floor(box.y1)), math.ceil(box.y2)
    left, right = max(0, math.floor(box.x1)), math.ceil(box.x2)
    part = image[top : bottom : max(1, (bottom - top) // ROWS), left:right, 1]
    if part.shape[0] == 0 or part.shape[1] < 2:
        return 0.0
    return float(np.abs(np.diff(part.astype(np.int16), axis=1)).mean())


def quality(one: Detection) -> float:
    """Return how good a picture of this thing is."""
    size = math.sqrt((one.box.x2 - one.box.x1) * (one.box.y2 - one.box.y1))
    return one.confidence * size * (1 + one.sharpness)
