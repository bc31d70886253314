"""The one thread in which the network runs, shared by all cameras.

A session hands in *how to take* its newest frame, not a frame: the frame is taken when the thread
is free, so nobody's stale frame is analysed and cameras take turns in the order they asked.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
import ctypes
from dataclasses import dataclass
from functools import partial
import time

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.executor import InterruptibleThreadPoolExecutor

from .const import DOMAIN
from .engine import Running, async_load
from .frame_source import CameraFrames
from .vision.crop import ChangeFinder
from .vision.datatypes import Box, Frame, Observation
from .vision.detector import Detector
from .vision.errors import ModelError, SourceError, SourceFailure
from .vision.lessons import Lesson
from .vision.look import TakeFrame, look
from .vision.mask import NO_MASK, PrivacyMask
from .vision.redact import redact
from .vision.runtime import Engine
from .vision.session import Look
from .vision.storyboard import Storyboard
from .vision.style import people_in

type _Job = Callable[[Detector, TakeFrame], Observation | None]


class InferenceThread:
    """Owns the network and the thread it runs in."""

    def __init__(self, hass: HomeAssistant, threads: int, engine: Engine | None = None) -> None:
        """Prepare; ``async_start`` loads the network.

        Args:
            hass: Home Assistant.
            threads: For one inference, at most.
            engine: What the user chose to run the network, None for the faster one.
        """
        self._hass = hass
        self._threads = threads
        self._wish = engine
        self._executor = InterruptibleThreadPoolExecutor(
            max_workers=1, thread_name_prefix=f"{DOMAIN}_inference"
        )
        self.running: Running | None = None
        """The network and what runs it, None where there is none."""
        self._waiting = 0
        """Looks that were asked for and have not ended."""

    async def async_start(self) -> Running:
        """Load the network, and return it and what runs it.

        Raises:
            NoRuntimeError: There is no engine for this machine.
            ModelError: The weights are missing or altered.
        """
        self.running = await async_load(self._hass, self._executor, self._wish, self._threads)
        return self.running

    async def async_stop(self) -> None:
        """End the thread; a frame in the network is finished first."""
        # Not left to the garbage collector, which Home Assistant runs rarely: 40 MB.
        self.running = None
        await self._hass.async_add_executor_job(self._executor.shutdown)

    @callback
    def async_rest(self) -> None:
        """Give memory back to the system when a motion has ended, unless others go on."""
        if self.running is not None and not self._waiting:
            self._executor.submit(_release_memory)

    def looker(self, storyboard: Storyboard | None = None, lessons: Sequence[Lesson] = ()) -> Look:
        """Return the look of one new session, with its own memory of what moved.

        Args:
            storyboard: Gets the frames in which something was seen.
            lessons: What is at their places is looked at closely.
        """
        return partial(self._async_look, partial(_look, ChangeFinder(), storyboard, lessons))

    async def async_examine(self, frame: Frame) -> Observation:
        """Look closely at one still picture, which has no motion to point out where.

        Raises:
            ModelError: The network was never loaded, or failed.
            ImageError: The frame is no picture.
        """
        return await self._hass.loop.run_in_executor(
            self._executor, _examine, self._loaded(), frame
        )

    async def async_redact(
        self, picture: bytes, mask: PrivacyMask, known: Collection[Box]
    ) -> bytes:
        """Return a kept picture fit for strangers, see ``vision/redact.py``.

        Raises:
            ModelError: The network was never loaded, or failed.
            ImageError: The picture cannot be read.
        """
        return await self._hass.loop.run_in_executor(
            self._executor, redact, self._loaded(), picture, mask, known
        )

    async def _async_look(self, job: _Job, take: TakeFrame) -> Observation | None:
        """Analyse the newest frame when the thread is free.

        Raises:
            ModelError: The network was never loaded.
        """
        detector = self._loaded()
        self._waiting += 1
        try:
            return await self._hass.loop.run_in_executor(self._executor, job, detector, take)
        finally:
            self._waiting -= 1

    def _loaded(self) -> Detector:
        if self.running is None:
            raise ModelError("The network is not loaded")
        return self.running.detector


def _release_memory() -> None:
    """Give back to the system what was freed. Blocking: some milliseconds.

    The C library of most systems (not of Alpine Linux) keeps heaps for the threads of decoders that
    have long ended: 90 MB after a few hundred motions.
    """
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


def _look(
    changes: ChangeFinder,
    storyboard: Storyboard | None,
    lessons: Sequence[Lesson],
    detector: Detector,
    take: TakeFrame,
) -> Observation | None:
    observation = look(detector, changes, take, lessons)
    if storyboard is not None and observation is not None and observation.detections:
        storyboard.add(observation)
    return observation


def _examine(detector: Detector, frame: Frame) -> Observation:
    started = time.perf_counter()
    seen = detector.examine(frame.image)
    spent = time.perf_counter() - started
    return Observation(frame, tuple(seen), spent, people=people_in(seen))


@dataclass(frozen=True, slots=True, eq=False)
class StillLook:
    """What one fresh frame of a camera shows."""

    observation: Observation
    source: str
    """Rung of the frame ladder that delivered it."""
    took_ms: int


async def async_look_once(
    hass: HomeAssistant,
    inference: InferenceThread,
    camera_entity_id: str,
    *,
    verify_tls: bool = False,
    mask: PrivacyMask = NO_MASK,
    timeout_s: float = 15,
) -> StillLook:
    """Take and analyse one fresh frame of a camera, and close the camera again.

    Raises:
        SourceError: No frame came within ``timeout_s`` seconds, or the camera gives none.
        ModelError: There is no network to look with.
    """
    started = time.monotonic()
    try:
        async with (
            asyncio.timeout(timeout_s),
            CameraFrames(hass, camera_entity_id, fps=1, verify_tls=verify_tls, mask=mask) as frames,
        ):
            frame = None
            # A first still may be yesterday's.
            while frame is None or not frames.is_live:
                await frames.wait()
                frame = frames.take() or frame
            observation = await inference.async_examine(frame)
            source = frames.name
    except TimeoutError as err:
        raise SourceError(SourceFailure.TIMEOUT) from err
    return StillLook(observation, source, round(1000 * (time.monotonic() - started)))
