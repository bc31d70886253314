"""INTERIM by the integrator, to be replaced by helper SESSION (same names)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import logging
import time
from typing import Protocol

from .crop import ChangeFinder
from .datatypes import Box, Detection, Frame, Kind, Observation, RgbImage, Sensitivity, Verdict
from .errors import SourceError, SourceFailure

_LOGGER = logging.getLogger(__name__)

type TakeFrame = Callable[[], Frame | None]
type Look = Callable[[TakeFrame], Awaitable[Observation | None]]


class Looker(Protocol):
    def look(self, image: RgbImage, region: Box | None = None) -> list[Detection]: ...


class FrameSource(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def opened_at(self) -> float | None: ...
    async def wait(self) -> None: ...
    def take(self) -> Frame | None: ...


class ResultReason(StrEnum):
    CONFIRMED = "confirmed"
    NOTHING_FOUND = "nothing_found"
    NO_FRAMES = "no_frames"
    SOURCE_FAILED = "source_failed"
    FRAMES_UNREADABLE = "frames_unreadable"
    TOO_FEW_FRAMES = "too_few_frames"
    DETECTOR_FAILED = "detector_failed"


@dataclass(frozen=True, slots=True)
class SessionSettings:
    kinds: frozenset[Kind]
    sensitivity: Sensitivity
    burst_s: float = 30.0
    cap_s: float = 120.0
    settle_s: float = 2.0
    first_frame_timeout_s: float = 10.0
    stall_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Timings:
    motion_at: float
    opened_at: float | None
    first_frame_at: float | None
    trigger_captured_at: float | None
    verdict_at: float | None
    ended_at: float


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisResult:
    verdict: Verdict
    reason: ResultReason
    failure: SourceFailure | None
    kinds: Mapping[Kind, Observation]
    count: int
    confidence: float
    trigger: Observation | None
    best: Observation | None
    frames: int
    source: str
    timings: Timings
    inference_s: float


def look(detector: Looker, changes: ChangeFinder, take: TakeFrame) -> Observation | None:
    frame = take()
    if frame is None:
        return None
    started = time.perf_counter()
    found = detector.look(frame.image, changes.update(frame.image))
    return Observation(frame, tuple(found), time.perf_counter() - started)


async def analyze(
    source: FrameSource,
    look: Look,
    settings: SessionSettings,
    *,
    motion_at: float,
    is_moving: Callable[[], bool],
    on_verdict: Callable[[Kind, AnalysisResult], None],
    on_observation: Callable[[Observation, tuple[Detection, ...]], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AnalysisResult:
    frames, hits = 0, 0
    first = None
    trigger = None
    verdict_at = None
    failure = None
    reason = ResultReason.NOTHING_FOUND

    def result() -> AnalysisResult:
        if trigger is not None:
            verdict = Verdict.PERSON
        elif reason is ResultReason.NOTHING_FOUND:
            verdict = Verdict.NOTHING
        else:
            verdict = Verdict.INCONCLUSIVE
        return AnalysisResult(
            verdict, ResultReason.CONFIRMED if trigger else reason, None if trigger else failure,
            {Kind.PERSON: trigger} if trigger else {}, 1 if trigger else 0,
            max((d.confidence for d in trigger.detections), default=0.0) if trigger else 0.0,
            trigger, trigger, frames, source.name,
            Timings(motion_at, source.opened_at, first,
                    trigger.frame.captured_at if trigger else None, verdict_at, clock()), 0.01,
        )

    try:
        async with asyncio.timeout(settings.burst_s):
            while trigger is None or clock() < (verdict_at or 0) + settings.settle_s:
                await source.wait()
                seen = await look(source.take)
                if seen is None:
                    continue
                frames += 1
                first = first or seen.frame.captured_at
                if on_observation:
                    on_observation(seen, seen.detections)
                hits = hits + 1 if any(
                    d.kind is Kind.PERSON and d.confidence > 0.5 for d in seen.detections
                ) else 0
                if hits >= 3 and trigger is None:
                    trigger, verdict_at = seen, clock()
                    on_verdict(Kind.PERSON, result())
    except TimeoutError:
        if not frames:
            reason, failure = ResultReason.NO_FRAMES, SourceFailure.TIMEOUT
    except SourceError as err:
        reason, failure = ResultReason.SOURCE_FAILED, err.failure
    except Exception:
        _LOGGER.exception("detector failed")
        reason = ResultReason.DETECTOR_FAILED
    return result()
