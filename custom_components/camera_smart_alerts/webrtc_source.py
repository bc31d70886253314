"""Frames of a camera that speaks WebRTC: we are the viewer, as a browser would be.

Home Assistant carries the offer and the answer, aiortc the media. What one would get wrong:
aiortc takes every packet it is sent and decodes every picture, in threads of its own and with
queues that have no end. So what nobody wants is refused before it is decoded (audio), every
picture is taken from it (few are converted), and both ends of a session are closed whatever
happens, without waiting for a backlog to be decoded: aiortc would do that on the event loop.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
import logging
import queue
import re
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, cast

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
from webrtc_models import RTCIceServer

from .camera_calls import async_ask, async_finish
from .vision.datatypes import Frame
from .vision.errors import SourceError, SourceFailure
from .vision.newest import NewestFrame
from .vision.video import to_rgb

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack, RTCPeerConnection
    from av import VideoFrame

_LOGGER = logging.getLogger(__name__)
# It warns of every damaged picture, many times a second. What matters is told once, as the reason.
logging.getLogger("aiortc.rtcrtpreceiver").setLevel(logging.ERROR)

FIRST_PICTURE_S: Final = 8.0
"""Seconds from the offer to the first picture; a camera on battery needs several to wake up."""

GATHER_S: Final = 1.0
"""Seconds to wait for STUN and TURN servers. aioice alone would wait five for one that is
blocked, at every motion; without their answer the addresses of this host are offered."""


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
        self.opened_at: float | None = None
        """Monotonic seconds when media could first flow."""
        self._hass = hass
        self._camera = camera
        self._newest = newest
        self._period = 1.0 / fps
        self._max_side = max_side
        self._answer: asyncio.Future[str] = hass.loop.create_future()
        self._candidates: asyncio.Queue[str] = asyncio.Queue()
        self._connecting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Feed the newest frame until cancelled; an end is told to ``newest`` or raised.

        Raises:
            SourceError: The camera refuses, does not answer, or what it sends is unreadable.
        """
        aiortc = await async_import_module(self._hass, "aiortc")
        config = self._camera.async_get_webrtc_client_configuration()
        servers = _ice_servers(aiortc, self._camera, config.configuration.ice_servers)
        pc: RTCPeerConnection = aiortc.RTCPeerConnection(
            aiortc.RTCConfiguration(iceServers=servers)
        )
        session_id = ulid_now()
        try:
            async with asyncio.timeout(FIRST_PICTURE_S) as deadline:
                await self._offer(pc, session_id, config.data_channel)
                track = await self._accept(aiortc, pc)
                await self._receive(aiortc, pc, track, deadline)
        except TimeoutError:
            raise _silence(pc) from None
        finally:
            await async_finish(self._close(pc, session_id))

    async def _offer(self, pc: RTCPeerConnection, session_id: str, channel: str | None) -> None:
        # Audio before video, then the data channel: the order that Nest insists on.
        pc.addTransceiver("audio", direction="recvonly")
        pc.addTransceiver("video", direction="recvonly")
        if channel:
            pc.createDataChannel(channel)
        pc.on("connectionstatechange", partial(self._on_connection_state, pc))
        _limit_gathering(pc)
        self._hold_connecting(pc)
        # aiortc gathers first, so the offer holds every candidate and none is sent later.
        await pc.setLocalDescription(await pc.createOffer())
        offer = self._camera.async_handle_async_webrtc_offer(
            pc.localDescription.sdp, session_id, self._on_message
        )
        await async_ask(offer)

    async def _accept(self, aiortc: ModuleType, pc: RTCPeerConnection) -> MediaStreamTrack:
        tracks: list[MediaStreamTrack] = []
        pc.on("track", tracks.append)
        answer = _with_audio(await self._answer)
        try:
            await pc.setRemoteDescription(aiortc.RTCSessionDescription(answer, "answer"))
        except Exception as err:  # noqa: BLE001 - the parser trips over garbage in many ways
            raise SourceError(SourceFailure.UNREADABLE, type(err).__name__) from None
        for transceiver in pc.getTransceivers():
            if transceiver.kind == "audio":
                transceiver.receiver._enabled = False  # noqa: SLF001 - drops it undecoded
        for track in tracks:
            if track.kind == "video":
                return track
        raise SourceError(SourceFailure.UNREADABLE, "the camera offers no video")

    async def _receive(
        self,
        aiortc: ModuleType,
        pc: RTCPeerConnection,
        track: MediaStreamTrack,
        deadline: asyncio.Timeout,
    ) -> None:
        adding = self._hass.async_create_background_task(
            self._add_candidates(aiortc, pc), "camera_smart_alerts WebRTC candidates"
        )
        converting: asyncio.Future[None] | None = None
        due = 0.0
        try:
            while True:
                picture = cast("VideoFrame", await track.recv())
                now = time.monotonic()
                if now < due or (converting is not None and not converting.done()):
                    continue
                due = max(due + self._period, now + self._period / 2)
                deadline.reschedule(None)
                converting = self._hass.async_add_executor_job(self._convert, picture, now)
        except aiortc.MediaStreamError:
            raise SourceError(SourceFailure.ENDED, "the camera hung up") from None
        finally:
            adding.cancel()

    def _convert(self, picture: VideoFrame, captured_at: float) -> None:
        try:
            image = to_rgb(picture, self._max_side)
        except Exception:
            _LOGGER.exception("A picture of %s cannot be converted", self._camera.entity_id)
            self._newest.fail(SourceError(SourceFailure.UNREADABLE, "unexpected error"))
        else:
            self._newest.put(Frame(image, captured_at))

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

    @callback
    def _on_connection_state(self, pc: RTCPeerConnection) -> None:
        if pc.connectionState == "connected":
            self.opened_at = time.monotonic()
        elif pc.connectionState == "failed":
            reason = SourceFailure.ENDED if self.opened_at else SourceFailure.TIMEOUT
            self._newest.fail(SourceError(reason, "no path to the camera"))

    def _hold_connecting(self, pc: RTCPeerConnection) -> None:
        """Keep hold of aiortc's search for a path, a task that it starts and forgets.

        Closed in the middle, the search would fail aloud, and end some time after its peer.
        """
        peer: Any = pc
        connect = peer._RTCPeerConnection__connect  # noqa: SLF001

        async def search() -> None:
            self._connecting.add(cast("asyncio.Task[None]", asyncio.current_task()))
            try:
                await connect()
            except Exception as err:  # noqa: BLE001 - mostly that it was closed meanwhile
                self._newest.fail(SourceError(SourceFailure.REFUSED, type(err).__name__))

        peer._RTCPeerConnection__connect = search  # noqa: SLF001

    async def _add_candidates(self, aiortc: ModuleType, pc: RTCPeerConnection) -> None:
        while True:
            text = (await self._candidates.get()).removeprefix("candidate:")
            try:
                if not text:
                    await pc.addIceCandidate(None)
                    continue
                candidate = aiortc.sdp.candidate_from_sdp(text)
                # To every transport: go2rtc does not say which, and aiortc drops what is meant
                # for a media section that shares the transport of another.
                for candidate.sdpMLineIndex in range(3):
                    await pc.addIceCandidate(candidate)
            except (AssertionError, IndexError, OSError, ValueError) as err:
                _LOGGER.debug("Ignored a candidate of %s: %r", self._camera.entity_id, err)

    async def _close(self, pc: RTCPeerConnection, session_id: str) -> None:
        try:
            self._camera.close_webrtc_session(session_id)
        except Exception:
            _LOGGER.exception("%s did not close its WebRTC session", self._camera.entity_id)
        connections = _connections(pc)
        _drop_backlog(pc)
        await pc.close()
        if self._connecting:
            await asyncio.wait(self._connecting)
        # A path that was found while it was closed has begun to be watched over.
        for connection in connections:
            await connection.close()


def _ice_servers(
    aiortc: ModuleType, camera: Camera, servers: Sequence[RTCIceServer]
) -> list[object]:
    """Return the servers that help to reach the camera, always a list.

    None for a camera behind a provider (go2rtc): its stream is served inside the home, and no
    server outside needs to hear of each motion. Left out, aiortc would ask Google's.
    """
    if camera.webrtc_provider is not None:
        return []
    usable = []
    for server in servers:
        candidate = aiortc.RTCIceServer(
            urls=server.urls, username=server.username, credential=server.credential
        )
        with suppress(ValueError):
            aiortc.rtcicetransport.connection_kwargs([candidate])
            usable.append(candidate)
    return usable


def _with_audio(answer: str) -> str:
    """Return the answer of a camera without a microphone in a form that aiortc takes.

    Refused audio has port 0 and no addresses (RFC 8829, section 5.3.1). aiortc insists on them,
    and would connect it before the video. So it becomes inactive audio on the video's connection.
    """
    head, *media = re.split(r"^(?=m=)", answer, flags=re.MULTILINE)
    if len(media) < 2 or not media[0].startswith("m=audio 0 "):
        return answer
    mids = re.findall(r"^a=mid:(\S+)", "".join(media[1:]), flags=re.MULTILINE)
    head = re.sub(r"^a=group:BUNDLE.*\n", "", head, flags=re.MULTILINE)
    transport = re.findall(
        r"^a=(?:ice-ufrag|ice-pwd|fingerprint|setup):[^\r\n]+", media[1], flags=re.MULTILINE
    )
    audio = [
        f"a=group:BUNDLE {' '.join(mids)} 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        "c=IN IP4 0.0.0.0",
        "a=rtpmap:0 PCMU/8000",
        "a=mid:0",
        "a=inactive",
        "a=rtcp-mux",
        *transport,
        "",
    ]
    return "".join([head, "\r\n".join(audio), *media[1:]])


def _connections(pc: RTCPeerConnection) -> set[Any]:
    """Return aioice's side of the peer: one connection for each media section not bundled."""
    transports = {t.receiver.transport.transport for t in pc.getTransceivers()}
    if pc.sctp is not None:
        transports.add(pc.sctp.transport.transport)
    return {transport._connection for transport in transports}  # noqa: SLF001


def _limit_gathering(pc: RTCPeerConnection) -> None:
    for connection in _connections(pc):
        gather = partial(connection.get_component_candidates, timeout=GATHER_S)
        connection.get_component_candidates = gather


def _silence(pc: RTCPeerConnection) -> SourceError:
    """Return why no picture came: nothing was sent, or nothing that could be decoded."""
    if any(receiver.getSynchronizationSources() for receiver in pc.getReceivers()):
        return SourceError(SourceFailure.UNREADABLE, "no picture could be decoded")
    return SourceError(SourceFailure.TIMEOUT, "no picture came")


def _drop_backlog(pc: RTCPeerConnection) -> None:
    """Forget what waits to be decoded: closing joins the decoder's thread on the event loop."""
    receivers: list[Any] = pc.getReceivers()
    for receiver in receivers:
        receiver._enabled = False  # noqa: SLF001
        backlog: queue.Queue[object] = receiver._RTCRtpReceiver__decoder_queue  # noqa: SLF001
        with suppress(queue.Empty):
            while True:
                backlog.get_nowait()
