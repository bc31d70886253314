"""One way to get frames of a camera: WebRTC, its stream source, or its stills.

What one would get wrong: a rung that has shown a frame may still be worth nothing; only
``frame_source`` decides, and is told whenever there is something new to decide.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import logging
import os
from typing import Final, override

import certifi
from homeassistant.components.camera import Camera, async_get_stream_source
from homeassistant.components.camera.const import StreamType
from homeassistant.components.camera.prefs import get_dynamic_camera_stream_settings
from homeassistant.components.stream.const import CONF_RTSP_TRANSPORT
from homeassistant.components.stream.core import TRANSFORM_IMAGE_FUNCTION, Orientation
from homeassistant.const import CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback

from .camera_calls import async_ask, async_finish
from .redaction import log_unexpected
from .still_source import StillSource, has_live_stills
from .vision.datatypes import Frame, RgbImage
from .vision.errors import SourceError, SourceFailure
from .vision.mask import PrivacyMask
from .vision.newest import NewestFrame
from .vision.video import VideoSource
from .vision.video_options import VideoOptions
from .webrtc_source import WebRTCSource

_LOGGER = logging.getLogger(__name__)

RUNGS: Final = ("webrtc", "stream", "still")
"""The best first: where several have a frame, it wins."""

FIRST_FRAME_S: Final = 9.0
"""Seconds in which a rung must show its first frame. A session itself waits ten: it hears why."""

STALL_S: Final = 5.0
"""Seconds in which a rung that is no stream must show its next frame; a stream knows its own."""
SAYS_WHY_S: Final = 1.0
"""Seconds more: whoever notices by itself that nothing comes knows better why."""

_AS_IT_IS: Final = TRANSFORM_IMAGE_FUNCTION[Orientation.NO_TRANSFORM]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What frames a session wants."""

    fps: float
    """At most so many a second."""
    max_side: int
    """Pixels of the longer side, at most."""
    verify_tls: bool
    """Refuse cameras whose certificate nobody known has signed: most of them."""
    mask: PrivacyMask


class Rung(NewestFrame):
    """One way to get frames: its newest frame, and how far it has come."""

    def __init__(
        self,
        hass: HomeAssistant,
        camera: Camera,
        name: str,
        wanted: Wanted,
        changed: Callable[[], None],
    ) -> None:
        """Prepare one of ``RUNGS``; ``changed`` is called when it shows, proves or fails."""
        super().__init__(hass.loop)
        self._hass = hass
        self._camera = camera
        self._entity_id = camera.entity_id
        self.name = name
        self._wanted = wanted
        self._changed_state = changed
        self.source: WebRTCSource | VideoSource | StillSource | None = None
        self._video: VideoSource | None = None
        self._turn: Callable[[RgbImage], RgbImage] = _AS_IT_IS
        """How the user has set the camera's picture to be turned."""
        self.shown = False
        self.live = True
        """Whether what it shows is known to be of now."""
        self.failure: SourceFailure | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def patience_s(self) -> float:
        """Seconds of silence after which it has stalled."""
        return SAYS_WHY_S + (STALL_S if self._video is None else self._video.patience_s)

    @property
    def is_over(self) -> bool:
        """Whether it has ended as it should: a recording, shown to its end."""
        is_recording = self._video is not None and self._video.is_recording
        return is_recording and self.failure is SourceFailure.ENDED

    @override
    def put(self, frame: Frame) -> None:
        frame = Frame(self._turn(frame.image), frame.captured_at)
        # The picture as it is shown is masked, so after it was turned; never on the event loop.
        super().put(self._wanted.mask.apply(frame))

    async def climb(self) -> None:
        """Run until it is closed or has failed."""
        feeder = self._hass.async_create_background_task(
            self._feed(), f"{self._entity_id} {self.name} frames"
        )
        try:
            async with asyncio.timeout(FIRST_FRAME_S):
                await self.wait()
            self.shown = True
            self._changed_state()
            await asyncio.wait([feeder])
        except TimeoutError:
            self.failure = SourceFailure.TIMEOUT
            self._changed_state()
        except SourceError as err:
            _LOGGER.debug("%s: no frames by %s: %s", self._entity_id, self.name, err)
            self.failure = err.failure
            self._changed_state()
        finally:
            feeder.cancel()
            await async_finish(asyncio.wait([feeder]))

    async def _feed(self) -> None:
        feeds = {"webrtc": self._webrtc, "stream": self._stream, "still": self._still}
        try:
            # Each rung: zones and masks lie where they were drawn, whichever wins.
            settings = await get_dynamic_camera_stream_settings(self._hass, self._entity_id)
            self._turn = TRANSFORM_IMAGE_FUNCTION[settings.orientation]
            await feeds[self.name]()
        except SourceError as err:
            self.fail(err)
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{self._entity_id}: {self.name}", err)
            self.fail(SourceError(SourceFailure.REFUSED, "unexpected error"))

    async def _webrtc(self) -> None:
        if StreamType.WEB_RTC not in self._camera.camera_capabilities.frontend_stream_types:
            raise SourceError(SourceFailure.NO_SOURCE)
        source = self.source = WebRTCSource(
            self._hass,
            self._camera,
            self,
            fps=self._wanted.fps,
            max_side=self._wanted.max_side,
        )
        await source.run()

    async def _stream(self) -> None:
        url = await async_ask(async_get_stream_source(self._hass, self._entity_id))
        if not url:
            raise SourceError(SourceFailure.NO_SOURCE)
        chosen = self._camera.stream_options
        transport = chosen.get(CONF_RTSP_TRANSPORT)
        verify_tls = self._wanted.verify_tls or bool(chosen.get(CONF_VERIFY_SSL))
        source = self.source = self._video = VideoSource(
            url,
            self,
            fps=self._wanted.fps,
            max_side=self._wanted.max_side,
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

    async def _still(self) -> None:
        if not has_live_stills(self._camera):
            raise SourceError(SourceFailure.NO_SOURCE)
        self.live = False

        @callback
        def proven() -> None:
            self.live = True
            self._changed_state()

        source = self.source = StillSource(
            self._hass,
            self._camera,
            self,
            fps=self._wanted.fps,
            max_side=self._wanted.max_side,
            proven=proven,
        )
        await source.run()


def _trusted_certificates() -> str:
    """Return the file of those that Home Assistant trusts, see ``homeassistant.util.ssl``."""
    return os.environ.get("REQUESTS_CA_BUNDLE", certifi.where())
