"""From a Home Assistant camera to frames: a ladder of sources, started side by side.

1. ``webrtc``: we are the WebRTC client of the camera entity (native, or through a provider).
2. ``stream``: its stream source, decoded here.
3. ``still``: its still picture again and again, a slow video.

The first rung with a fresh frame wins and the others are closed; a rung that fails is noted. What
one would get wrong: the first still to arrive need not be fresh. It wins over rungs that are
still connecting only when a second one, different, has proven that they are live.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
import logging
import os
from typing import Any, Final, Self, override

import certifi
from homeassistant.components.camera import Camera, async_get_stream_source
from homeassistant.components.camera.const import StreamType
from homeassistant.components.camera.prefs import get_dynamic_camera_stream_settings
from homeassistant.components.stream.const import CONF_RTSP_TRANSPORT
from homeassistant.components.stream.core import TRANSFORM_IMAGE_FUNCTION, Orientation
from homeassistant.const import CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback

from .camera_calls import async_ask, async_camera_problem, async_find_camera, async_finish
from .redaction import log_unexpected
from .still_source import StillSource, has_live_stills
from .vision.datatypes import Frame, RgbImage
from .vision.decoder import VideoOptions
from .vision.errors import SourceError, SourceFailure
from .vision.mask import NO_MASK, PrivacyMask
from .vision.newest import NewestFrame
from .vision.video import VideoSource
from .webrtc_source import WebRTCSource

_LOGGER = logging.getLogger(__name__)

FIRST_FRAME_S: Final = 9.0
"""Seconds in which a rung must show its first frame. A session itself waits ten: it hears why."""

_TELLING: Final = (
    SourceFailure.REFUSED,
    SourceFailure.UNREADABLE,
    SourceFailure.FROZEN,
    SourceFailure.ENDED,
    SourceFailure.TIMEOUT,
    SourceFailure.NO_SOURCE,
)
"""What a rung may fail with, the most telling reason first."""


_AS_IT_IS: Final = TRANSFORM_IMAGE_FUNCTION[Orientation.NO_TRANSFORM]


class _Rung(NewestFrame):
    """One way to get frames: its newest frame, and how far it has come."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, mask: PrivacyMask) -> None:
        super().__init__(loop)
        self.name = name
        self._mask = mask
        self.source: WebRTCSource | VideoSource | StillSource | None = None
        self.turn: Callable[[RgbImage], RgbImage] = _AS_IT_IS
        """How the user has set the camera's picture to be turned."""
        self.shown = False
        self.live = True
        """Whether what it shows is known to be of now."""
        self.failure: SourceFailure | None = None
        self.task: asyncio.Task[None] | None = None

    @override
    def put(self, frame: Frame) -> None:
        frame = Frame(self.turn(frame.image), frame.captured_at)
        # The picture as it is shown is masked, so after it was turned; never on the event loop.
        super().put(self._mask.apply(frame))


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
        self._fps = fps
        self._max_side = max_side
        self._verify_tls = verify_tls
        self._mask = mask
        self._rungs: list[_Rung] = []
        self._winner: _Rung | None = None
        self._failure: SourceFailure | None = None
        self._decided = asyncio.Event()

    @property
    def name(self) -> str:
        """The rung that won, empty while none has."""
        return "" if self._winner is None else self._winner.name

    @property
    def is_live(self) -> bool:
        """Whether the rung that won is known to show what happens now."""
        return self._winner is not None and self._winner.live

    @property
    def opened_at(self) -> float | None:
        """Monotonic seconds when the rung that won was connected."""
        if self._winner is None or self._winner.source is None:
            return None
        return self._winner.source.opened_at

    @property
    def failures(self) -> Mapping[str, SourceFailure]:
        """Why each rung failed that did."""
        return {rung.name: rung.failure for rung in self._rungs if rung.failure is not None}

    async def wait(self) -> None:
        """Return as soon as a frame waits to be taken.

        Raises:
            SourceError: Every rung failed, the one that won has ended, or the camera was
                switched off or removed.
        """
        await self._decided.wait()
        problem = async_camera_problem(self._hass, self._entity_id)
        camera = async_find_camera(self._hass, self._entity_id)
        # A camera may call itself unavailable while its frames go on; off and gone are final.
        if problem is not None and (camera is None or not camera.is_on):
            raise SourceError(problem)
        if self._winner is None:
            raise SourceError(problem or self._failure or SourceFailure.NO_SOURCE)
        try:
            await self._winner.wait()
        except SourceError as err:
            self._winner.failure = err.failure
            problem = async_camera_problem(self._hass, self._entity_id)
            raise SourceError(problem or err.failure) from err

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
        feeds = {"webrtc": self._webrtc, "stream": self._stream, "still": self._still}
        self._rungs = [_Rung(name, self._hass.loop, self._mask) for name in feeds]
        for rung in self._rungs:
            # Tasks start at once: a file may have won before the last one is created.
            if not self._decided.is_set():
                rung.task = self._hass.async_create_background_task(
                    self._climb(rung, feeds[rung.name](rung, camera)),
                    f"{self._entity_id} {rung.name}",
                )
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close every rung that is open."""
        tasks = [rung.task for rung in self._rungs if rung.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await async_finish(asyncio.wait(tasks))

    async def _climb(self, rung: _Rung, feed: Coroutine[Any, Any, None]) -> None:
        """Run one rung until it is closed or has failed."""
        feeder = self._hass.async_create_background_task(
            self._feed(rung, feed), f"{self._entity_id} {rung.name} frames"
        )
        try:
            async with asyncio.timeout(FIRST_FRAME_S):
                await rung.wait()
            rung.shown = True
            self._settle()
            await asyncio.wait([feeder])
        except TimeoutError:
            rung.failure = SourceFailure.TIMEOUT
            self._settle()
        except SourceError as err:
            _LOGGER.debug("%s: no frames by %s: %s", self._entity_id, rung.name, err)
            rung.failure = err.failure
            self._settle()
        finally:
            feeder.cancel()
            await async_finish(asyncio.wait([feeder]))

    async def _feed(self, rung: _Rung, feed: Coroutine[Any, Any, None]) -> None:
        try:
            # Each rung: zones and masks lie where they were drawn, whichever wins.
            settings = await get_dynamic_camera_stream_settings(self._hass, self._entity_id)
            rung.turn = TRANSFORM_IMAGE_FUNCTION[settings.orientation]
            await feed
        except SourceError as err:
            rung.fail(err)
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{self._entity_id}: {rung.name}", err)
            rung.fail(SourceError(SourceFailure.REFUSED, "unexpected error"))
        finally:
            feed.close()

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
            self._decided.set()
            for rung in self._rungs:
                if rung is not winner and rung.task is not None:
                    rung.task.cancel()
        if not able:
            self._failure = self._most_telling_failure()
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

    async def _webrtc(self, rung: _Rung, camera: Camera) -> None:
        if StreamType.WEB_RTC not in camera.camera_capabilities.frontend_stream_types:
            raise SourceError(SourceFailure.NO_SOURCE)
        rung.source = WebRTCSource(self._hass, camera, rung, fps=self._fps, max_side=self._max_side)
        await rung.source.run()

    async def _stream(self, rung: _Rung, camera: Camera) -> None:
        url = await async_ask(async_get_stream_source(self._hass, self._entity_id))
        if not url:
            raise SourceError(SourceFailure.NO_SOURCE)
        transport = camera.stream_options.get(CONF_RTSP_TRANSPORT)
        verify_tls = self._verify_tls or bool(camera.stream_options.get(CONF_VERIFY_SSL))
        source = rung.source = VideoSource(
            url,
            rung,
            fps=self._fps,
            max_side=self._max_side,
            options=VideoOptions(
                verify_tls=verify_tls,
                ca_file=_trusted_certificates() if verify_tls else None,
                rtsp_transport=str(transport) if transport else None,
            ),
        )
        source.start()
        try:
            await asyncio.Event().wait()
        finally:
            source.stop()
            await async_finish(self._hass.async_add_executor_job(source.join))

    async def _still(self, rung: _Rung, camera: Camera) -> None:
        if not has_live_stills(camera):
            raise SourceError(SourceFailure.NO_SOURCE)
        rung.live = False

        @callback
        def proven() -> None:
            rung.live = True
            self._settle()

        rung.source = StillSource(
            self._hass, camera, rung, fps=self._fps, max_side=self._max_side, proven=proven
        )
        await rung.source.run()


def _trusted_certificates() -> str:
    """Return the file of those that Home Assistant trusts, see ``homeassistant.util.ssl``."""
    return os.environ.get("REQUESTS_CA_BUNDLE", certifi.where())
