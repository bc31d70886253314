"""From a Home Assistant camera to frames: a ladder of sources, started side by side.

1. ``webrtc``: we are the WebRTC client of the camera entity (native, or through a provider).
2. ``stream``: its stream source, decoded here.
3. ``still``: its still picture again and again, a slow video.

The first rung with a fresh frame wins and the others are closed; a rung that fails is noted. What
one would get wrong: the first still to arrive need not be fresh. It wins over rungs that are
still connecting only when a second one, different, has proven that they are live.

Where the winner breaks off while the motion goes on, all of them are started again.
"""

import asyncio
from collections.abc import Mapping, Sequence
import math
from typing import Final, Self

from homeassistant.components.camera import Camera
from homeassistant.core import HomeAssistant, callback

from .camera_calls import async_camera_problem, async_find_camera, async_finish
from .camera_rung import RUNGS, Rung, Wanted
from .vision.datatypes import Frame
from .vision.errors import SourceError, SourceFailure
from .vision.mask import NO_MASK, PrivacyMask

CLIMBS_AGAIN: Final = 2
"""How often, at most, the rungs are started again in one session."""
HEAD_START_S: Final = 2.0
"""Seconds that the others then have before the one that broke off, unless they fail sooner."""

_TELLING: Final = (
    SourceFailure.REFUSED,
    SourceFailure.UNREADABLE,
    SourceFailure.FROZEN,
    SourceFailure.ENDED,
    SourceFailure.TIMEOUT,
    SourceFailure.NO_SOURCE,
)
"""What a rung may fail with, the most telling reason first."""


class CameraFrames:
    """The frames of one camera for one session; implements ``vision.session.FrameSource``.

    An async context manager: entering starts every rung and returns at once; leaving closes
    what is open, to the end, even if the session is cancelled meanwhile.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        camera_entity_id: str,
        *,
        fps: float,
        max_side: int = 1280,
        verify_tls: bool = False,
        mask: PrivacyMask = NO_MASK,
    ) -> None:
        """Get at most ``fps`` frames a second, the longer side at most ``max_side`` pixels.

        ``verify_tls`` refuses cameras whose certificate nobody known has signed: most of them.
        """
        self._hass = hass
        self._entity_id = camera_entity_id
        self._wanted = Wanted(fps, max_side, verify_tls, mask)
        self._rungs: list[Rung] = []
        self._tasks: list[asyncio.Task[None]] = []
        """Of all rungs there ever were."""
        self._first: Rung | None = None
        self._winner: Rung | None = None
        self._failed: Mapping[str, SourceFailure] = {}
        """Why rungs of earlier climbs failed."""
        self._broke_off: SourceFailure | None = None
        """Why the last winner did."""
        self._failure: SourceFailure | None = None
        """Why no further frame will come."""
        self._climbs_left = CLIMBS_AGAIN
        self._decided = asyncio.Event()

    @property
    def name(self) -> str:
        """The rung that won last, empty while none has."""
        return "" if self._winner is None else self._winner.name

    @property
    def is_live(self) -> bool:
        """Whether the rung that won is known to show what happens now."""
        return self._winner is not None and self._winner.live

    @property
    def opened_at(self) -> float | None:
        """Monotonic seconds when the rung that won first was connected."""
        if self._first is None or self._first.source is None:
            return None
        return self._first.source.opened_at

    @property
    def patience_s(self) -> float:
        """Seconds that it may keep silent: it says itself when that is a failure."""
        return math.inf

    @property
    def failures(self) -> Mapping[str, SourceFailure]:
        """Why each rung failed that did, the last time if it did so more than once."""
        failed = {rung.name: rung.failure for rung in self._rungs if rung.failure is not None}
        return {**self._failed, **failed}

    async def wait(self) -> None:
        """Return as soon as a frame waits to be taken.

        Raises:
            SourceError: Every rung failed, the one that won has ended and no other helps, or the
                camera was switched off or removed.
        """
        while True:
            await self._decided.wait()
            problem = async_camera_problem(self._hass, self._entity_id)
            camera = async_find_camera(self._hass, self._entity_id)
            # A camera may call itself unavailable while its frames go on; off and gone are final.
            if problem is not None and (camera is None or not camera.is_on):
                raise SourceError(problem)
            winner = self._winner
            if winner is None or self._failure is not None:
                raise SourceError(problem or self._failure or SourceFailure.NO_SOURCE)
            try:
                async with asyncio.timeout(winner.patience_s):
                    return await winner.wait()
            except TimeoutError:
                winner.failure = SourceFailure.TIMEOUT
            except SourceError as err:
                winner.failure = err.failure
            self._break_off(winner, winner.failure)

    def take(self) -> Frame | None:
        """Remove and return the waiting frame, None when there is none; any thread."""
        return None if self._winner is None else self._winner.take()

    async def __aenter__(self) -> Self:
        """Start every rung."""
        self._failure = async_camera_problem(self._hass, self._entity_id)
        camera = async_find_camera(self._hass, self._entity_id)
        if camera is None or self._failure is not None:
            self._decided.set()
            return self
        self._climb(camera, RUNGS)
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close every rung that is open."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await async_finish(asyncio.wait(self._tasks))

    @callback
    def _climb(self, camera: Camera, names: Sequence[str], last: str = "") -> None:
        """Start every rung, ``last`` after the others, once all before them are closed."""
        closing = list(self._tasks)
        for task in closing:
            task.cancel()
        self._decided.clear()
        self._rungs = [Rung(self._hass, camera, name, self._wanted, self._settle) for name in names]
        for rung in sorted(self._rungs, key=lambda one: one.name == last):
            # Tasks start at once: a file may have won before the last one is created.
            if not self._decided.is_set():
                ahead = self._tasks[len(closing) :] if rung.name == last else []
                rung.task = self._hass.async_create_background_task(
                    _take_turn(rung, closing, ahead), f"{self._entity_id} {rung.name}"
                )
                self._tasks.append(rung.task)

    @callback
    def _break_off(self, winner: Rung, failure: SourceFailure) -> None:
        """Give every rung another chance, unless the winner's end is the end of all."""
        self._failed, self._broke_off = self.failures, failure
        problem = async_camera_problem(self._hass, self._entity_id)
        camera = async_find_camera(self._hass, self._entity_id)
        if camera is None or problem or winner.is_over or not self._climbs_left:
            self._failure = problem or failure
            return
        self._climbs_left -= 1
        # A picture that does not change would be taken for a new one.
        frozen = failure is SourceFailure.FROZEN
        names = [name for name in RUNGS if not (frozen and name == winner.name)]
        self._climb(camera, names, last=winner.name)

    @callback
    def _settle(self) -> None:
        """Choose the winner, or give up, as soon as either is clear."""
        if self._decided.is_set():
            return
        able = [rung for rung in self._rungs if rung.failure is None]
        shown = [rung for rung in able if rung.shown]
        # A picture that may be old still beats nothing at all.
        for winner in [rung for rung in shown if rung.live or len(shown) == len(able)][:1]:
            self._winner = winner
            self._first = self._first or winner
            self._decided.set()
            for rung in self._rungs:
                if rung is not winner and rung.task is not None:
                    rung.task.cancel()
        if not able:
            self._failure = self._broke_off or self._most_telling_failure()
            self._decided.set()

    def _most_telling_failure(self) -> SourceFailure:
        """Return why every rung failed, in one reason."""
        failures = dict(self.failures)
        # Home Assistant has one error for every still it cannot get: live video knows better.
        if any(rung.source for rung in self._rungs if rung.name != "still"):
            failures = {
                name: failure
                for name, failure in failures.items()
                if (name, failure) != ("still", SourceFailure.REFUSED)
            }
        return min(failures.values(), key=_TELLING.index)


async def _take_turn(
    rung: Rung, closing: Sequence[asyncio.Task[None]], ahead: Sequence[asyncio.Task[None]]
) -> None:
    # Some cameras serve one viewer at a time.
    if closing:
        await asyncio.wait(closing)
    if ahead:
        await asyncio.wait(ahead, timeout=HEAD_START_S)
    await rung.climb()
