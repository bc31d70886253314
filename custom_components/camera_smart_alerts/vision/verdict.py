"""When is it really a person: evidence per track, over frames, until it is enough.

A sequential test (Wald 1945): every sighting of a track adds its log odds over the confidence at
which a sighting tells nothing (the doubt), and takes away where it is below. What a reader would
get wrong: evidence belongs to one *track*. Ten things that flicker for one frame each are
nothing; one thing seen well three times is enough. No clock in here: time is an argument.
"""

from collections.abc import Iterable, Mapping, Sequence
import math

import numpy as np

from .datatypes import Box, Detection, Kind, Sensitivity, Verdict
from .evidence import Evidence, log_odds, travelled
from .geometry import iou_matrix
from .lessons import LOWEST_BAR, Examples, Lesson, Lessons, Portrait
from .result import ResultReason
from .static import Thing, shares
from .tracker import Track
from .zones import NEARNESS, Filters

MEMORY_S = 2.0
"""Evidence fades by 1/e in this time: what flickers now and then never adds up."""
MOVED = 0.15
"""Share of a box that must have changed for the thing in it to have moved in that frame."""
STOOD = 0.15
"""How far, in lengths of itself, something may have come that stood still for a whole session."""
RIVAL_OVERLAP = 0.5
RIVAL_ODDS = 1.5
"""What could be an animal must look this much more like a person."""

DOUBT: Mapping[Kind, float] = {Kind.PERSON: 0.32, Kind.ANIMAL: 0.45, Kind.VEHICLE: 0.45}
"""Confidence of a moving thing at which a sighting says nothing, at balanced sensitivity.

A person's is the middle of the range that decides the same on all footage for development (0.28
to 0.35: every person found, no false alert); motion and repetition do the rest.
"""
STILL_DOUBT: Mapping[Kind, float] = {Kind.PERSON: 0.65, Kind.ANIMAL: 0.65, Kind.VEHICLE: 1.0}
"""The same for what never moved: statues, coats, printed people. A parked vehicle never counts."""
ALONE: Mapping[Kind, float] = {Kind.PERSON: 0.45, Kind.ANIMAL: 0.55, Kind.VEHICLE: 0.55}
"""Confidence from which one single picture is believed, at balanced sensitivity.

At a person's, one look takes one in ninety of 1,574 pictures without people for one with.
"""
STRICTER: Mapping[Sensitivity, float] = {
    Sensitivity.LOW: 0.4,
    Sensitivity.BALANCED: 0.0,
    Sensitivity.HIGH: -0.3,
}
"""Added to the log odds of every bar."""


_NO_FILTERS = Filters()


class Decision:
    """What a session knows so far about the kinds somebody wants to be told of."""

    def __init__(
        self,
        kinds: frozenset[Kind],
        sensitivity: Sensitivity,
        filters: Filters = _NO_FILTERS,
        known: Sequence[Thing] = (),
        lessons: Sequence[Lesson] = (),
    ) -> None:
        """Start without any evidence.

        Args:
            kinds: Whom somebody wants to be told of.
            sensitivity: How much evidence is enough.
            filters: What counts.
            known: What stood still in sessions before.
            lessons: What people said about sessions before.
        """
        self._kinds = kinds
        self._shift = STRICTER[sensitivity]
        self._filters = filters
        self._known = known
        self._lessons = Lessons(lessons)
        self.examples = Examples()
        """What can be learned from."""
        self._evidence: dict[int, Evidence] = {}
        self._rejections: dict[int, tuple[Kind, ResultReason]] = {}
        self.confirmed: set[Kind] = set()
        self.noticed: set[int] = set()
        """Which of the known things something was seen in place of."""

    @property
    def rejection(self) -> ResultReason | None:
        """Why what was believed does not count: of the nearest miss, people first."""
        order = list(Kind)
        misses = [
            (order.index(kind), -NEARNESS[reason], reason)
            for kind, reason in self._rejections.values()
        ]
        return min(misses)[2] if misses else None

    def update(self, tracks: Sequence[Track], at: float, size: tuple[int, int]) -> list[Kind]:
        """Weigh one frame; return the kinds that it confirms, people first.

        Args:
            tracks: All tracks alive, as ``Tracker.update`` returns them.
            at: The frame's capture time, seconds.
            size: The frame's height and width, pixels.
        """
        self._evidence = {
            track.number: self._evidence.get(track.number) or _unknown(track, at)
            for track in tracks
        }
        seen = [track for track in tracks if track.seen_at == at]
        rivals = rivalled([track.detection for track in seen])
        for track, rival in zip(seen, rivals, strict=True):
            self._recall(track, shares(track.detection.box, size))
            self._weigh(track, at, rival=rival)
            self._filter(track, at, size)
            self._exemplify(track)
        enough = {track.detection.kind for track in seen if self.believes(track)}
        new = [kind for kind in Kind if kind in enough - self.confirmed]
        self.confirmed.update(new)
        return new

    def believes(self, track: Track) -> bool:
        """Return whether there is enough evidence for this one track, and it counts."""
        evidence = self._evidence[track.number]
        return evidence.weight.is_enough and evidence.rejected is None

    def suspects(self, track: Track) -> bool:
        """Return whether more speaks for this track than against it, more than once."""
        evidence = self._evidence[track.number]
        weight = evidence.weight
        return weight.sightings > 1 and weight.total > 0 and evidence.rejected is None

    def stood(self, tracks: Iterable[Track], size: tuple[int, int], now: float) -> list[Thing]:
        """Return those of the tracks that look real enough for an alert but never moved.

        Args:
            tracks: Alive at the end of the session.
            size: Height and width of the picture, pixels.
            now: Seconds since 1970.
        """
        return [
            Thing(track.detection.kind, shares(track.detection.box, size), look, now, now)
            for track in tracks
            if (evidence := self._evidence[track.number]).still.is_enough
            and evidence.travelled < STOOD
            and (look := evidence.portrait.look.value) is not None
        ]

    def _recall(self, track: Track, place: Box) -> None:
        """Note how a track looks at a sighting (shares), and what was learned of such things."""
        evidence, seen = self._evidence[track.number], track.detection
        evidence.portrait.add(seen, place)
        if self._lessons.any:
            self._lessons.note(evidence.recall, seen.kind, place, seen.look)

    def _exemplify(self, track: Track) -> None:
        """Keep what can be learned of a track after this sighting."""
        evidence = self._evidence[track.number]
        if self.believes(track):
            self.examples.believe(track.number, evidence.portrait)
        elif track.detection.kind in self._kinds and (
            evidence.rejected in {None, ResultReason.LEARNED}
        ):
            self.examples.doubt(track.number, evidence.portrait)

    def _filter(self, track: Track, at: float, size: tuple[int, int]) -> None:
        """Note what a sighting passes, and once it is believed, whether it counts."""
        evidence, seen = self._evidence[track.number], track.detection
        self._filters.note(evidence.passage, seen, size, at)
        place = shares(seen.box, size)
        for number, thing in enumerate(self._known):
            if number not in self.noticed and thing.is_at(seen.kind, place):
                self.noticed.add(number)
        if not evidence.weight.is_enough:
            return
        look = evidence.portrait.look.value if self._known and not evidence.moves else None
        if look is not None and any(one.is_like(seen.kind, place, look) for one in self._known):
            evidence.rejected = ResultReason.STATIC
        elif evidence.recall.is_false_alarm:
            evidence.rejected = ResultReason.LEARNED
        else:
            evidence.rejected = self._filters.rejects(evidence.passage)
        if evidence.rejected is None:
            self._rejections.pop(track.number, None)
        else:
            self._rejections[track.number] = (seen.kind, evidence.rejected)

    def _weigh(self, track: Track, at: float, *, rival: bool) -> None:
        """Add one sighting to the evidence for a track."""
        evidence = self._evidence[track.number]
        detection = track.detection
        evidence.moved += detection.moved >= MOVED
        evidence.travelled = max(evidence.travelled, travelled(evidence.first, detection.box))
        fading = math.exp((evidence.at - at) / MEMORY_S)
        evidence.at = at
        if detection.kind not in self._kinds:
            return
        for weight, doubt in ((evidence.moving, DOUBT), (evidence.still, STILL_DOUBT)):
            bar = log_odds(doubt[detection.kind]) + self._shift
            if easier := evidence.recall.easier:
                bar = min(bar, max(bar - easier, log_odds(LOWEST_BAR)))
            gain = log_odds(detection.confidence) - bar
            weight.add(min(gain, 0.0) if rival else gain, fading)


def _unknown(track: Track, at: float) -> Evidence:
    """Return what is known about a track when it begins."""
    seen = track.detection
    return Evidence(seen.box, at, Portrait(seen.kind, seen.box))


def judge_still(
    detections: Iterable[Detection], kinds: frozenset[Kind], sensitivity: Sensitivity
) -> Verdict:
    """Return the most important thing that one single picture shows, or ``NOTHING``."""
    shown = {detection.kind for detection in believed(detections, sensitivity)}
    return next((Verdict(kind) for kind in Kind if kind in shown & kinds), Verdict.NOTHING)


def believed(detections: Iterable[Detection], sensitivity: Sensitivity) -> tuple[Detection, ...]:
    """Return what is sure enough in one single picture, by itself and beside everything else."""
    seen = list(detections)
    return tuple(
        detection
        for detection, rival in zip(seen, rivalled(seen), strict=True)
        if not rival
        and log_odds(detection.confidence)
        >= log_odds(ALONE[detection.kind]) + STRICTER[sensitivity]
    )


def rivalled(detections: Sequence[Detection]) -> list[bool]:
    """Return which detections look about as much like something else in the same place."""
    if not detections:
        return []
    boxes = np.array([detection.box for detection in detections], np.float32)
    sure = np.array([detection.confidence for detection in detections])
    person = np.array([detection.kind is Kind.PERSON for detection in detections])
    animal = np.array([detection.kind is Kind.ANIMAL for detection in detections])
    same_place = iou_matrix(boxes, boxes) > RIVAL_OVERLAP
    person_or_animal = person[:, None] & animal[None] & (sure[None] * RIVAL_ODDS > sure[:, None])
    animal_or_person = animal[:, None] & person[None] & (sure[None] > sure[:, None] * RIVAL_ODDS)
    rivals: list[bool] = (same_place & (person_or_animal | animal_or_person)).any(axis=1).tolist()
    return rivals
