"""The same thing over frames: detections of one kind joined into tracks.

Greedy association by overlap, as in SORT without its Kalman filter (Bewley et al. 2016): at a
few frames per second, overlap alone loses whoever walks across the picture, so near centres
count as well, and the allowed distance grows with the time that passed. No clock in here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import itertools

import numpy as np

from .datatypes import Detection
from .geometry import Floats, iou_matrix

SAME_PLACE = 0.1
"""Intersection over union from which two boxes of consecutive frames are one thing."""
REACH = 0.4
"""How far a thing may jump between two frames however close in time; in lengths of itself."""
REACH_PER_S = 1.5
"""And how much farther with each second: a walker covers about one body height."""
MAX_REACH = 2.5
MAX_GROWTH = 4.0
"""A box whose area changes more than this is something else."""
FORGET_AFTER_S = 2.0


@dataclass(slots=True, eq=False)
class Track:
    """One thing, followed over frames."""

    number: int
    """Counts up within one tracker, never used twice."""
    detection: Detection
    """Where it was seen last, and as what."""
    seen_at: float
    """Seconds; when it was seen last."""


class Tracker:
    """Follows everything the detector sees in one camera's picture during one session."""

    def __init__(self) -> None:
        """Start with an empty scene."""
        self._tracks: list[Track] = []
        self._numbers = itertools.count(1)
        self._updated_at = 0.0

    def update(self, detections: Sequence[Detection], at: float) -> list[Track]:
        """Return all tracks alive; those of this frame have ``seen_at == at``.

        Args:
            detections: Of one frame, any order, any kinds.
            at: The frame's capture time in seconds, later than the last one's.
        """
        # Slow pictures (one a second, one every three): a track may always miss one frame.
        patience = max(FORGET_AFTER_S, 2.5 * (at - self._updated_at))
        self._updated_at = at
        tracks = [track for track in self._tracks if at - track.seen_at <= patience]
        fresh = set(range(len(detections)))
        if tracks and detections:
            for row, column in _pairs(_affinity(tracks, detections, at)):
                tracks[row].detection = detections[column]
                tracks[row].seen_at = at
                fresh.discard(column)
        tracks += [Track(next(self._numbers), detections[i], at) for i in sorted(fresh)]
        self._tracks = tracks
        return list(tracks)


def _affinity(tracks: Sequence[Track], detections: Sequence[Detection], at: float) -> Floats:
    """Return how well each detection continues each track, shape (tracks, detections), 0 = not."""
    old = np.array([track.detection.box for track in tracks], np.float32)
    new = np.array([detection.box for detection in detections], np.float32)
    elapsed = np.array([at - track.seen_at for track in tracks], np.float32)
    kinds = np.array([track.detection.kind for track in tracks])
    same_kind = kinds[:, None] == np.array([detection.kind for detection in detections])

    overlap = iou_matrix(old, new)
    length = np.maximum((old[:, 2:] - old[:, :2]).max(axis=1), 1.0)
    steps = (new[None, :, :2] + new[None, :, 2:] - old[:, None, :2] - old[:, None, 2:]) / 2
    distance = np.linalg.norm(steps, axis=2) / length[:, None]
    reach = np.minimum(REACH + REACH_PER_S * elapsed, MAX_REACH)[:, None]
    growth = _area(new)[None] / _area(old)[:, None]
    similar = (growth < MAX_GROWTH) & (growth > 1 / MAX_GROWTH)

    near = np.where(similar, np.maximum(1 - distance / reach, 0), 0)
    # Any real overlap beats mere nearness, and what is sure goes before what is doubtful: weak
    # duplicates must not break up a strong track (Zhang et al. 2022, ByteTrack).
    sure_before = np.array([track.detection.confidence for track in tracks], np.float32)
    sure_now = np.array([detection.confidence for detection in detections], np.float32)
    affinity: Floats = np.where(overlap >= SAME_PLACE, 1 + overlap, near) * same_kind
    affinity *= sure_before[:, None] * sure_now[None]
    return affinity


def _area(boxes: Floats) -> Floats:
    """Return the areas of boxes (n, 4) in square pixels, at least 1."""
    area: Floats = np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), 1.0)
    return area


def _pairs(affinity: Floats) -> list[tuple[int, int]]:
    """Return (row, column) pairs, best first, each row and column at most once."""
    affinity = affinity.copy()
    pairs = []
    for _ in range(min(affinity.shape)):
        row, column = divmod(int(affinity.argmax()), affinity.shape[1])
        if affinity[row, column] <= 0:
            break
        pairs.append((row, column))
        affinity[row] = 0
        affinity[:, column] = 0
    return pairs
