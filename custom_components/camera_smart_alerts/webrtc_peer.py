"""Our end of a WebRTC connection: aiortc's peer, made to receive video and to end at any time.

aiortc decodes every picture it is sent, in threads of its own, with queues that have no end, and
forgets the tasks it starts. What one would get wrong: a peer that is closed while it connects can
fail aloud, or start a decoder afterwards that nobody stops; and closing joins the decoder on the
event loop, however much waits to be decoded. So this reaches into aiortc here and there; the
version it was written for is pinned in the manifest, and each place has a test.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
import logging
import queue
import re
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, cast

from webrtc_models import RTCIceServer

from .camera_calls import async_finish
from .vision.errors import SourceError, SourceFailure

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack, RTCPeerConnection

_LOGGER = logging.getLogger(__name__)
# It warns of every damaged picture, many times a second. What matters is told once, as the reason.
logging.getLogger("aiortc.rtcrtpreceiver").setLevel(logging.ERROR)

GATHER_S: Final = 1.0
"""Seconds to wait for STUN and TURN servers. aioice alone would wait five for one that is
blocked, at every motion; without their answer the addresses of this host are offered."""

CLOSE_S: Final = 5.0
"""Seconds after which a peer that does not end is left behind."""


class WebRTCPeer:
    """A connection over which a camera sends video. Always to be closed."""

    def __init__(
        self,
        aiortc: ModuleType,
        ice_servers: Sequence[RTCIceServer],
        on_error: Callable[[SourceError], None],
    ) -> None:
        """Make a peer.

        Args:
            aiortc: The module, imported where that may take its time.
            ice_servers: Servers that help to find a path; one it does not understand is left out.
            on_error: Called on the loop with the reason when there is no path, or none any more.
        """
        self.connected_at: float | None = None
        """Monotonic seconds when media could first flow."""
        self._aiortc = aiortc
        self._on_error = on_error
        self._connecting: set[asyncio.Task[None]] = set()
        # Always a list: where there is none, aiortc asks Google's server.
        configuration = aiortc.RTCConfiguration(iceServers=_usable(aiortc, ice_servers))
        self._pc: RTCPeerConnection = aiortc.RTCPeerConnection(configuration)

    async def offer(self, data_channel: str | None) -> str:
        """Return an offer to receive, with every candidate in it."""
        pc = self._pc
        # Audio before video, then the data channel: the order that Nest insists on.
        pc.addTransceiver("audio", direction="recvonly")
        pc.addTransceiver("video", direction="recvonly")
        if data_channel:
            pc.createDataChannel(data_channel)
        pc.on("connectionstatechange", self._on_state)
        self._limit_gathering()
        self._hold_connecting()
        # This gathers, within GATHER_S; aioice would leave what it asks servers running if it was
        # cancelled here.
        await async_finish(pc.setLocalDescription(await pc.createOffer()))
        return str(pc.localDescription.sdp)

    async def accept(self, answer: str) -> MediaStreamTrack:
        """Return the video that the camera's answer promises.

        Raises:
            SourceError: The answer is nonsense, or there is no video in it.
        """
        tracks: list[MediaStreamTrack] = []
        self._pc.on("track", tracks.append)
        try:
            description = self._aiortc.RTCSessionDescription(with_audio(answer), "answer")
            await self._pc.setRemoteDescription(description)
        except Exception as err:  # noqa: BLE001 - its parser trips over garbage in many ways
            raise SourceError(SourceFailure.UNREADABLE, type(err).__name__) from None
        for transceiver in self._pc.getTransceivers():
            if transceiver.kind == "audio":
                transceiver.receiver._enabled = False  # noqa: SLF001 - drops it undecoded
        for track in tracks:
            if track.kind == "video":
                return track
        raise SourceError(SourceFailure.UNREADABLE, "the camera offers no video")

    async def add_candidate(self, text: str) -> None:
        """Try one more address of the camera; an empty text says that there are no more.

        Only after ``accept``.
        """
        try:
            if not text:
                await self._pc.addIceCandidate(None)
                return
            candidate = self._aiortc.sdp.candidate_from_sdp(text.removeprefix("candidate:"))
            # To every transport: go2rtc does not say which, and aiortc drops what is meant for
            # a media section that shares the transport of another.
            for candidate.sdpMLineIndex in range(3):
                await self._pc.addIceCandidate(candidate)
        except (AssertionError, IndexError, OSError, ValueError) as err:
            _LOGGER.debug("Ignored a candidate: %r", err)

    @property
    def hears(self) -> bool:
        """Whether the camera has sent video in the last seconds, decodable or not."""
        return any(receiver.getSynchronizationSources() for receiver in self._pc.getReceivers())

    async def close(self) -> None:
        """End everything, whatever it is at. Not to be cancelled."""
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        self._drop_backlog()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._pc.close()
        except TimeoutError:
            _LOGGER.warning("A WebRTC connection did not end and was left behind")

    def _on_state(self) -> None:
        if self._pc.connectionState == "connected":
            self.connected_at = time.monotonic()
        elif self._pc.connectionState == "failed":
            reason = SourceFailure.ENDED if self.connected_at else SourceFailure.TIMEOUT
            self._on_error(SourceError(reason, "no path to the camera"))

    def _limit_gathering(self) -> None:
        transports = {t.receiver.transport.transport for t in self._pc.getTransceivers()}
        if self._pc.sctp is not None:
            transports.add(self._pc.sctp.transport.transport)
        for transport in transports:
            connection: Any = transport._connection  # noqa: SLF001 - aiortc passes no timeout on
            gather = partial(connection.get_component_candidates, timeout=GATHER_S)
            connection.get_component_candidates = gather

    def _hold_connecting(self) -> None:
        # aiortc calls this for a task of its own; it must have ended before the peer is closed.
        peer: Any = self._pc
        connect = peer._RTCPeerConnection__connect  # noqa: SLF001

        async def hold() -> None:
            self._connecting.add(cast("asyncio.Task[None]", asyncio.current_task()))
            try:
                await connect()
            except Exception as err:  # noqa: BLE001 - a handshake can fail in many ways
                self._on_error(SourceError(SourceFailure.UNREADABLE, type(err).__name__))

        peer._RTCPeerConnection__connect = hold  # noqa: SLF001

    def _drop_backlog(self) -> None:
        receivers: list[Any] = self._pc.getReceivers()
        for receiver in receivers:
            receiver._enabled = False  # noqa: SLF001
            backlog: queue.Queue[object] = receiver._RTCRtpReceiver__decoder_queue  # noqa: SLF001
            with suppress(queue.Empty):
                while True:
                    backlog.get_nowait()


def _usable(aiortc: ModuleType, servers: Sequence[RTCIceServer]) -> list[object]:
    usable = []
    for server in servers:
        own = aiortc.RTCIceServer(
            urls=server.urls, username=server.username, credential=server.credential
        )
        with suppress(ValueError):
            aiortc.rtcicetransport.connection_kwargs([own])
            usable.append(own)
    return usable


def with_audio(answer: str) -> str:
    """Return the answer of a camera that refuses audio in a form that aiortc takes.

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
