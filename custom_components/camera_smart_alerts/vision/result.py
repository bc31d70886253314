"""What a session hands out: the verdict, why, the pictures, and the latency receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .datatypes import Kind, Observation, Verdict
from .errors import SourceFailure
from .lessons import Example
from .static import Thing


class ResultReason(StrEnum):
    """Why a session ended as it did. The values are translation keys."""

    CONFIRMED = "confirmed"
    NOTHING_FOUND = "nothing_found"
    NO_FRAMES = "no_frames"
    SOURCE_FAILED = "source_failed"
    FRAMES_UNREADABLE = "frames_unreadable"
    TOO_FEW_FRAMES = "too_few_frames"
    DETECTOR_FAILED = "detector_failed"
    OUTSIDE_ZONES = "outside_zones"
    TOO_SMALL = "too_small"
    TOO_UNSURE = "too_unsure"
    NOT_LONG_ENOUGH = "not_long_enough"
    STATIC = "static"
    LEARNED = "learned"


@dataclass(frozen=True, slots=True)
class Timings:
    """The latency receipt. Seconds on the session's clock; None for what did not happen."""

    motion_at: float
    opened_at: float | None
    first_frame_at: float | None
    trigger_captured_at: float | None
    verdict_at: float | None
    ended_at: float


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisResult:
    """What one session came to."""

    verdict: Verdict
    reason: ResultReason
    failure: SourceFailure | None
    """What was wrong with the source, where something was."""
    kinds: Mapping[Kind, Observation]
    """Each confirmed kind and the very frame that confirmed it."""
    count: int
    """Most things of the verdict's kind believed in one frame."""
    confidence: float
    """Highest of those, 0 to 1."""
    trigger: Observation | None
    """The frame that confirmed the verdict's kind."""
    best: Observation | None
    """The frame that shows it largest, sharpest and surest."""
    frames: int
    """How many were analysed."""
    source: str
    timings: Timings
    inference_s: float
    """Median of the network's time per frame."""
    blind: bool = False
    """Whether the camera showed nothing but darkness, or the inside of its cover."""
    known: tuple[Thing, ...] = ()
    """What stands still here, for the next session."""
    examples: tuple[Example, ...] = ()
    """What was believed, the surest first: what "that was nobody" would be about."""
    candidate: Example | None = None
    """The surest of what was not: what "you missed somebody" would be about."""
