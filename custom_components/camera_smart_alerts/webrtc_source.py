"""Frames of a camera that speaks WebRTC: we are the viewer, as a browser would be.

Home Assistant carries the offer and the answer, ``webrtc_peer`` the media. What one would get
wrong: the session has to be closed at the camera's end, too, however it ends; a cloud camera
streams, and its integration renews the session, until then.
"""

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final, cast

from homeassistant.components.camera import Camera
from homeassistant.components.camera.webrtc import (
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCError,
    WebRTCMessage,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util.ulid import ulid_now

from .camera_calls import async_ask, async_finish
from .redaction import log_unexpected
from .vision.datatypes import Frame
from .vision.errors import SourceError, SourceFailure
from .vision.newest import NewestFrame
from .vision.video import to_rgb
from .webrtc_peer import WebRTCPeer

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack
    from av import VideoFrame

_LOGGER = logging.getLogger(__name__)

FIRST_PICTURE_S: Final = 8.0
"""Seconds from the offer to the first picture; a camera on battery needs several to wake up."""


class WebRTCSource:
    """One WebRTC session with a camera entity."""

    def __init__(
        self,
        hass: HomeAssistant,
        camera: Camera,
        newest: NewestFrame,
        *,
        fps: float,
        max_side: int,
    ) -> None:
        """Convert at most ``fps`` pictures a second, the longer side at most ``max_side``."""
        self._hass = hass
        self._camera = camera
        self._newest = newest
        self._period = 1.0 / fps
        self._max_side = max_side
        self._peer: WebRTCPeer | None = None
        self._answer: asyncio.Future[str] = hass.loop.create_future()
        self._candidates: asyncio.Queue[str] = asyncio.Queue()

    @property
    def opened_at(self) -> float | None:
        """Monotonic seconds when media could first flow."""
        return None if self._peer is None else self._peer.connected_at

    async def run(self) -> None:
        """Feed the newest frame until cancelled; an end is told to ``newest`` or raised.

        Raises:
            SourceError: The camera refuses, does not answer, or what it sends is unreadable.
        """
        aiortc = await async_import_module(self._hass, "aiortc")
        config = self._camera.async_get_webrtc_client_configuration()
        # A provider (go2rtc) serves the stream inside the home: no server outside needs to hear
        # of each motion.
        native = self._camera.webrtc_provider is None
        servers = config.configuration.ice_servers if native else []
        peer = self._peer = WebRTCPeer(aiortc, servers, self._newest.fail)
        session_id = ulid_now()
        try:
            async with asyncio.timeout(FIRST_PICTURE_S) as deadline:
                offer = await peer.offer(config.data_channel)
                await async_ask(
                    self._camera.async_handle_async_webrtc_offer(
                        offer, session_id, self._on_message
                    )
                )
                track = await peer.accept(await self._answer)
                await self._receive(peer, track, deadline)
        except TimeoutError:
            if peer.hears:
                raise SourceError(SourceFailure.UNREADABLE, "nothing can be decoded") from None
            raise SourceError(SourceFailure.TIMEOUT, "no picture came") from None
        finally:
            await async_finish(self._close(peer, session_id))

    async def _receive(
        self, peer: WebRTCPeer, track: MediaStreamTrack, deadline: asyncio.Timeout
    ) -> None:
        adding = self._hass.async_create_background_task(
            self._add_candidates(peer), f"{self._camera.entity_id} candidates"
        )
        try:
            await self._show(track, deadline)
        finally:
            adding.cancel()

    async def _show(self, track: MediaStreamTrack, deadline: asyncio.Timeout) -> None:
        from aiortc import MediaStreamError  # noqa: PLC0415 - imported by now

        converting: asyncio.Future[None] | None = None
        due = 0.0
        while True:
            try:
                picture = cast("VideoFrame", await track.recv())
            except MediaStreamError:
                raise SourceError(SourceFailure.ENDED, "the camera hung up") from None
            now = time.monotonic()
            # Every picture has to be taken, or they would pile up; few are converted.
            if now < due or (converting is not None and not converting.done()):
                continue
            due = max(due + self._period, now + self._period / 2)
            deadline.reschedule(None)
            converting = self._hass.async_add_executor_job(self._convert, picture, now)

    def _convert(self, picture: VideoFrame, captured_at: float) -> None:
        try:
            image = to_rgb(picture, self._max_side)
        except Exception:
            _LOGGER.exception("A picture of %s cannot be converted", self._camera.entity_id)
            self._newest.fail(SourceError(SourceFailure.UNREADABLE, "unexpected error"))
        else:
            self._newest.put(Frame(image, captured_at))

    async def _add_candidates(self, peer: WebRTCPeer) -> None:
        while True:
            await peer.add_candidate(await self._candidates.get())

    @callback
    def _on_message(self, message: WebRTCMessage) -> None:
        match message:
            case WebRTCAnswer(answer=answer) if not self._answer.done():
                self._answer.set_result(answer)
            case WebRTCCandidate(candidate=candidate):
                self._candidates.put_nowait(candidate.candidate)
            case WebRTCError(code=code):
                # Its message is left out: go2rtc's holds the URL of the camera.
                self._newest.fail(SourceError(SourceFailure.REFUSED, code))

    async def _close(self, peer: WebRTCPeer, session_id: str) -> None:
        try:
            self._camera.close_webrtc_session(session_id)
        except Exception as err:  # noqa: BLE001 - our own end has to be closed all the same
            log_unexpected(f"{self._camera.entity_id}: closing a WebRTC session", err)
        await peer.close()
