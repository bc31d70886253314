"""Cameras that speak WebRTC, natively or through a provider, with a real aiortc peer behind."""

import asyncio
from fractions import Fraction
import re
import time
from typing import Any, override

from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
import av
from homeassistant.components.camera import (
    Camera,
    CameraWebRTCProvider,
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCClientConfiguration,
    WebRTCError,
    WebRTCSendMessage,
)
from homeassistant.core import HomeAssistant
from webrtc_models import RTCIceCandidateInit

from tests.camera_entity import PeerCamera


class PicturesTrack(MediaStreamTrack):
    """A video track that shows pictures in real time. Fault: ``video_garbage``."""

    kind = "video"

    def __init__(self, camera: PeerCamera) -> None:
        super().__init__()
        self._camera = camera
        self._index = 0
        self._started = time.monotonic()

    async def recv(self) -> av.VideoFrame | av.Packet[Any]:
        camera = self._camera
        due = self._started + self._index / camera.fps
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        frame: av.VideoFrame | av.Packet[Any]
        if camera.fault == "video_garbage":
            frame = av.Packet(bytes(range(200)))
        else:
            frame = av.VideoFrame.from_ndarray(camera.pictures(self._index), format="rgb24")
        frame.pts, frame.time_base = round(self._index * 90000 / camera.fps), Fraction(1, 90000)
        self._index += 1
        return frame


class Peer(RTCPeerConnection):
    """A peer that can be closed while it connects: aiortc forgets the task that does that."""

    def __init__(self) -> None:
        super().__init__(RTCConfiguration(iceServers=[]))
        self._connecting: set[asyncio.Task[Any]] = set()
        connect = self._RTCPeerConnection__connect

        async def hold() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connecting.add(task)
            await connect()

        self._RTCPeerConnection__connect = hold

    @override
    async def close(self) -> None:
        """Close the peer when nothing goes on any more."""
        for task in self._connecting:
            task.cancel()
        if self._connecting:
            await asyncio.wait(self._connecting)
        await super().close()


class NativePeerCamera(PeerCamera):
    """A camera that speaks WebRTC itself; the peer is a real aiortc one."""

    def __init__(self, name: str = "Native", *, fps: int = 15) -> None:
        super().__init__(name, fps=fps)
        self.peers: dict[str, Peer] = {}
        self.offers: list[str] = []
        self.closed: list[str] = []
        """Session ids that the client closed, in order, once for each call."""
        self.send: WebRTCSendMessage | None = None
        """Reaches the latest client."""
        self.trickle: str | None = None
        """Send candidates apart from the answer: ``before`` or ``after`` it."""
        self.codec: str | None = None
        """Send only this codec, such as ``video/H264``."""
        self.answered = asyncio.Event()
        """Set when a session was answered."""
        self.microphone = False
        """Send audio (silence), too."""
        self.no_microphone = False
        """Refuse the audio that is asked for, as RFC 8829 says: a media section with port 0."""
        self.data_channel: str | None = None
        self.channels: list[str] = []
        """Labels of the data channels that clients opened."""
        self.track_type: type[PicturesTrack] = PicturesTrack
        self.tracks: list[PicturesTrack] = []

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Answer an offer.

        Faults: ``offer_raises``, ``offer_hangs``, ``offer_refused`` (a WebRTC error),
        ``offer_silent`` (never answers), ``answer_garbage``, ``answer_without_video``,
        ``answer_without_path`` (no candidate), ``answer_without_key``,
        ``answer_unreachable`` (nobody is there), ``video_silent`` (no frame is ever sent);
        ``close_raises`` when a session is closed.
        """
        self.offers.append(offer_sdp)
        self.send = send_message
        match self.fault:
            case "offer_raises":
                raise ValueError("cloud said no")
            case "offer_hangs":
                await asyncio.Event().wait()
            case "offer_refused":
                send_message(WebRTCError("busy", "camera is busy"))
                return
            case "offer_silent":
                return
            case "answer_garbage":
                send_message(WebRTCAnswer("this is not a session description"))
                return
        peer = self.peers[session_id] = Peer()
        peer.on("datachannel", lambda channel: self.channels.append(channel.label))
        answer = await self._answer(peer, offer_sdp)
        if self.fault == "answer_unreachable":
            # In a task of its own: the client may be cancelled here, and a peer closed by half
            # never ends.
            await asyncio.shield(self.hass.async_create_task(peer.close()))
        self._send(answer, send_message)

    async def _answer(self, peer: RTCPeerConnection, offer_sdp: str) -> str:
        if self.fault != "answer_without_video":
            track = self.track_type(self)
            self.tracks.append(track)
            sender = peer.addTrack(track)
            if self.fault == "video_silent":
                sender.replaceTrack(None)
            if self.codec:
                codecs = RTCRtpSender.getCapabilities("video").codecs
                peer.getTransceivers()[0].setCodecPreferences(
                    [codec for codec in codecs if codec.mimeType == self.codec]
                )
        if self.microphone:
            peer.addTrack(AudioStreamTrack())
        if self.no_microphone:
            header, _, *rest = offer_sdp.split("m=")
            header = header.replace("BUNDLE 0 ", "BUNDLE ")
            offer_sdp = "m=".join([header, *rest])
        await peer.setRemoteDescription(RTCSessionDescription(offer_sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        answer = str(peer.localDescription.sdp)
        if self.no_microphone:
            header, *media = answer.split("m=")
            refused = "audio 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:0\r\n"
            answer = "m=".join([header, refused, *media])
        return answer

    def _send(self, answer: str, send_message: WebRTCSendMessage) -> None:
        lines = answer.splitlines()
        candidates = [line.removeprefix("a=") for line in lines if line.startswith("a=candidate")]
        if self.trickle or self.fault == "answer_without_path":
            ends = ("a=candidate", "a=end-of-candidates")
            answer = "\r\n".join(line for line in lines if not line.startswith(ends)) + "\r\n"
        if self.fault == "answer_without_key":
            answer = re.sub(r"a=fingerprint.*\n", "", answer)
        trickled = [
            WebRTCCandidate(RTCIceCandidateInit(line, sdp_m_line_index=0)) for line in candidates
        ]
        trickled.append(WebRTCCandidate(RTCIceCandidateInit("", sdp_m_line_index=0)))
        messages: list[Any] = [WebRTCAnswer(answer)]
        if self.trickle == "before":
            messages = [*trickled, *messages]
        elif self.trickle:
            messages += trickled
        elif self.fault == "answer_without_path":
            messages += trickled[-1:]
        for message in messages:
            send_message(message)
        self.answered.set()

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Ignore the client's candidates: its offer holds them all."""

    @override
    def _async_get_webrtc_client_configuration(self) -> WebRTCClientConfiguration:
        return WebRTCClientConfiguration(data_channel=self.data_channel)

    @override
    def close_webrtc_session(self, session_id: str) -> None:
        """End a session, as clients must."""
        self.closed.append(session_id)
        if peer := self.peers.pop(session_id, None):
            self.hass.async_create_task(peer.close())
        if self.fault == "close_raises":
            raise ValueError("cloud said no")

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Close what clients left open."""
        while self.peers:
            await self.peers.popitem()[1].close()


class PeerProvider(CameraWebRTCProvider):
    """A WebRTC provider (go2rtc's class) whose media come from a peer of its own."""

    domain = "peer_provider"

    def __init__(self, hass: HomeAssistant) -> None:
        self.media = NativePeerCamera("Provided")
        self.media.hass = hass

    @override
    def async_is_supported(self, stream_source: str) -> bool:
        return True

    @override
    async def async_handle_async_webrtc_offer(
        self, camera: Camera, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        await self.media.async_handle_async_webrtc_offer(offer_sdp, session_id, send_message)

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Ignore the client's candidates: its offer holds them all."""

    @override
    def async_close_session(self, session_id: str) -> None:
        self.media.close_webrtc_session(session_id)
