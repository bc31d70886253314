"""One motion: frames in, a verdict out, and every time the latency receipt needs.

``look`` (``look.py``) runs in the inference thread and is the only part that touches pixels;
``analyze`` runs on the event loop. What a reader would get wrong: the session pulls. It asks for
the next look only after the last one, and each look takes the newest frame when its turn has
come, so nothing queues up here however slow the network is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import logging
import statistics
import time
from typing import Protocol

from .datatypes import Detection, Frame, Kind, Observation, Sensitivity, Verdict
from .errors import EndOfRecording, ImageError, SourceError, SourceFailure
from .evidence import MIN_SIGHTINGS
from .findings import Findings
from .lessons import Lesson
from .look import TakeFrame
from .result import AnalysisResult, ResultReason, Timings
from .static import Thing
from .zones import NEARNESS, Filters

# A session and its result are one subject to those who use them.
__all__ = ["AnalysisResult", "ResultReason", "SessionSettings", "Timings", "analyze"]

_LOGGER = logging.getLogger(__name__)

LOOK_TIMEOUT_S = 20.0
"""A look that takes longer, waiting included, never ends."""
MAX_STEP_S = 3.0
"""Seconds between frames, on average, above which somebody may have passed unseen."""
MAX_HOLE_S = 5.0
"""Seconds between any two, likewise: while a camera that broke off was opened again, perhaps."""

type Look = Callable[[TakeFrame], Awaitable[Observation | None]]


class FrameSource(Protocol):
    """Where a session's frames come from."""

    @property
    def name(self) -> str:
        """What delivers, ``""`` while that is open."""

    @property
    def opened_at(self) -> float | None:
        """Monotonic seconds at which it was connected."""

    @property
    def patience_s(self) -> float:
        """Seconds that it may keep silent while all is well; 0: no longer than usual."""

    async def wait(self) -> None:
        """Return when a frame waits.

        Raises:
            SourceError: None will come.
        """

    def take(self) -> Frame | None:
        """Remove and return the waiting frame. Called from the inference thread."""


_NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What to look for, and for how long. All times in seconds."""

    kinds: frozenset[Kind]
    sensitivity: Sensitivity
    burst_s: float = 30.0
    """Length of a session that finds nothing; longer while the motion lasts."""
    cap_s: float = 120.0
    """Most length, however long the motion lasts."""
    settle_s: float = 2.0
    """How long to go on for a better picture after the verdict can change no more."""
    first_frame_timeout_s: float = 10.0
    stall_timeout_s: float = 5.0
    filters: Filters = _NO_FILTERS
    """What counts."""
    known: tuple[Thing, ...] = ()
    """What stood still here in the sessions before."""
    lessons: tuple[Lesson, ...] = ()
    """What people said about what was seen here before."""
    started_at: float = 0.0
    """Seconds since 1970, for what is remembered."""


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
    """Watch a source until the verdict stands or time is up; never raises for a bad source.

    Args:
        source: Where frames come from; opened and closed by the caller.
        look: Runs ``look`` in the inference thread.
        settings: What to look for, how long.
        motion_at: When the motion was signalled, on ``clock``.
        is_moving: Whether the motion lasts; asked when the burst would end.
        on_verdict: Called with each wanted kind the moment it is confirmed, and the result so far.
        on_observation: Called with each frame and those of its detections that more speaks for
            than against.
        clock: Seconds; also what the frames' ``captured_at`` is measured on.
    """
    session = _Session(source, settings, motion_at, is_moving, clock)
    failure = None
    try:
        while await session.frame_waits():
            observation = await session.observe(look)
            if observation is None:
                continue
            new, shown = session.weigh(observation)
            if on_observation:
                on_observation(observation, shown)
            for kind in new:
                on_verdict(kind, session.result(about=kind))
    except EndOfRecording:
        failure = None
    except SourceError as err:
        failure = err.failure
    except _DetectorError:
        return session.result(ResultReason.DETECTOR_FAILED)
    return session.result(session.reason(failure), failure)


class _DetectorError(Exception):
    """The detector failed for a reason that the next frame would not change. Already logged."""


class _Session:
    """The state of one session."""

    def __init__(
        self,
        source: FrameSource,
        settings: SessionSettings,
        motion_at: float,
        is_moving: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        """Start at this moment."""
        self._source = source
        self._settings = settings
        self._motion_at = motion_at
        self._is_moving = is_moving
        self._clock = clock
        self._started_at = clock()
        self._first_at: float | None = None
        self._last_at: float | None = None
        self._seen_at: float | None = None
        self._hole_s = 0.0
        self._settled_at: float | None = None
        self._unreadable = 0
        self._inference_s: list[float] = []
        self._findings = Findings(
            settings.kinds,
            settings.sensitivity,
            settings.filters,
            settings.known,
            settings.lessons,
        )

    async def frame_waits(self) -> bool:
        """Wait for a frame; return whether there is one, or else the session is over.

        Raises:
            SourceError: The source failed, or kept silent for too long.
        """
        while (left := self._ends_at() - self._clock()) > 0:
            patience = self._silent_at() - self._clock()
            try:
                async with asyncio.timeout(max(0, min(left, patience))):
                    await self._source.wait()
            except TimeoutError:
                if patience <= left:
                    raise SourceError(SourceFailure.TIMEOUT, "no frame in time") from None
            else:
                self._last_at = self._clock()
                if self._first_at is None:
                    self._first_at = self._last_at
                return True
        return False

    async def observe(self, look: Look) -> Observation | None:
        """Have the newest frame looked at; None if it was gone or is no picture."""
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                return await look(self._source.take)
        except ImageError:
            self._unreadable += 1
            return None
        except Exception as err:
            _LOGGER.exception("Looking at a frame failed")
            raise _DetectorError from err

    def weigh(self, observation: Observation) -> tuple[list[Kind], tuple[Detection, ...]]:
        """Return the kinds that this frame confirms and the detections worth showing."""
        self._inference_s.append(observation.inference_s)
        at = observation.frame.captured_at
        self._hole_s = max(self._hole_s, at - (at if self._seen_at is None else self._seen_at))
        self._seen_at = at
        weighed = self._findings.weigh(observation, self._clock())
        if self._settled_at is None and self._findings.stand:
            self._settled_at = self._clock()
        return weighed

    def reason(self, failure: SourceFailure | None) -> ResultReason:
        """Return why the session ends without a verdict.

        Args:
            failure: Of the source. A camera that hangs up before the time is over is one, too.
        """
        frames = len(self._inference_s)
        if failure is SourceFailure.UNREADABLE or self._unreadable > frames:
            return ResultReason.FRAMES_UNREADABLE
        if frames == 0 and failure in (None, SourceFailure.ENDED, SourceFailure.TIMEOUT):
            return ResultReason.NO_FRAMES
        if failure is not None:
            return ResultReason.SOURCE_FAILED
        now = self._clock()
        watched, silent = now - (self._first_at or 0), now - (self._last_at or 0)
        too_few = frames < MIN_SIGHTINGS or watched > MAX_STEP_S * frames
        if too_few or max(self._hole_s, silent) > MAX_HOLE_S:
            return ResultReason.TOO_FEW_FRAMES
        return self._findings.rejection or ResultReason.NOTHING_FOUND

    def result(
        self,
        reason: ResultReason = ResultReason.CONFIRMED,
        failure: SourceFailure | None = None,
        *,
        about: Kind | None = None,
    ) -> AnalysisResult:
        """Return what is known now.

        Args:
            reason: Why the session ends, in case nothing is confirmed.
            failure: Of the source, likewise.
            about: Whose trigger and times; by default the most important kind that is confirmed.
        """
        findings = self._findings.by_kind
        kind = about or self._findings.top
        finding = findings[kind] if kind else None
        nothing = reason is ResultReason.NOTHING_FOUND or reason in NEARNESS
        missed = Verdict.NOTHING if nothing else Verdict.INCONCLUSIVE
        return AnalysisResult(
            verdict=Verdict(kind) if kind else missed,
            reason=ResultReason.CONFIRMED if kind else reason,
            failure=None if kind or nothing else failure,
            kinds={kind: finding.trigger for kind, finding in findings.items()},
            count=finding.count if finding else 0,
            confidence=finding.confidence if finding else 0.0,
            trigger=finding.trigger if finding else None,
            best=finding.best if finding else None,
            frames=len(self._inference_s),
            source=self._source.name,
            timings=Timings(
                motion_at=self._motion_at,
                opened_at=self._source.opened_at,
                first_frame_at=self._first_at,
                trigger_captured_at=finding.trigger.frame.captured_at if finding else None,
                verdict_at=finding.verdict_at if finding else None,
                ended_at=self._clock(),
            ),
            inference_s=statistics.median(self._inference_s or [0.0]),
            blind=kind is None and self._findings.is_blind,
            known=self._findings.remembered(self._settings.started_at),
            examples=self._findings.examples.believed,
            candidate=self._findings.examples.candidate,
        )

    def _ends_at(self) -> float:
        """Return when the session is over, as far as is known now."""
        if self._settled_at is not None:
            return self._settled_at + self._settings.settle_s
        settings = self._settings
        # Whoever is to stay for a while needs that while on top.
        length = settings.cap_s if self._is_moving() else settings.burst_s
        return self._motion_at + length + settings.filters.loiter_s

    def _silent_at(self) -> float:
        """Return when the source will have kept silent for too long."""
        if self._last_at is None:
            return self._started_at + self._settings.first_frame_timeout_s
        return self._last_at + max(self._settings.stall_timeout_s, self._source.patience_s)
