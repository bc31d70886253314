"""Real cameras for tests: Home Assistant camera entities with real media behind them.

Each camera lives in an integration of its own, set up through a config entry, with a device.

- ``native_camera``: WebRTC only, an aiortc peer in the camera's place (the Nest and Ring class).
- ``stream_camera``: a stream source, a live MPEG-TS over HTTP on loopback; no stills.
- ``still_camera``: stills only.
- ``add_camera(camera, domain=...)``: sets up any other ``PeerCamera``.
- ``clip``: the path of a short video file.

What they show is ``camera.pictures(index) -> RGB image``; replace it to show footage. Attributes
such as ``fault`` make a camera lie or fail; they may be changed at any time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from fractions import Fraction
import io
from itertools import count
from pathlib import Path
import re
import threading
import time
from typing import Any, override

from aiohttp import web
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
    CameraEntityFeature,
    CameraWebRTCProvider,
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCClientConfiguration,
    WebRTCError,
    WebRTCSendMessage,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.setup import async_setup_component
import numpy as np
from numpy.typing import NDArray
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)
from webrtc_models import RTCIceCandidateInit

type Pictures = Callable[[int], NDArray[np.uint8]]
type AddCamera = Callable[..., Awaitable[Any]]


def moving_square(index: int, *, width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """Return a picture that differs from every other: a bright square wanders over a gradient."""
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 200, width, dtype=np.uint8)
    image[..., 1] = np.linspace(0, 200, height, dtype=np.uint8)[:, None]
    image[..., 2] = 60
    x, y = (index * 7) % (width - 40), (index * 3) % (height - 40)
    image[y : y + 40, x : x + 40] = 255
    return image


def jpeg(image: NDArray[np.uint8], quality: int = 90) -> bytes:
    """Return the picture as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


class Encoder:
    """Encodes pictures as H.264 into a path or a file-like object, one by one (blocking)."""

    def __init__(self, target: Any, first: NDArray[np.uint8], fps: int, **options: Any) -> None:
        self._lock = threading.Lock()
        self._open = True
        self._output = av.open(target, "w", **options)
        self._stream = self._output.add_stream("libx264", rate=fps)
        self._stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(fps)}
        self._stream.pix_fmt = "yuv420p"
        self._stream.height, self._stream.width = first.shape[:2]

    def add(self, image: NDArray[np.uint8]) -> None:
        """Write one picture, unless closed."""
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        with self._lock:
            if self._open:
                self._output.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is left; any thread, also while another adds."""
        with self._lock:
            self._open = False
            self._output.mux(self._stream.encode())
            self._output.close()


def write_clip(path: str, pictures: Pictures, frames: int, fps: int) -> None:
    """Write a video file (blocking)."""
    encoder = Encoder(path, pictures(0), fps)
    for index in range(frames):
        encoder.add(pictures(index))
    encoder.close()


class PeerCamera(Camera):
    """A camera with an optional stream source and optional stills."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, name: str = "Peer", *, fps: int = 15) -> None:
        super().__init__()
        self._attr_unique_id = name.lower().replace(" ", "_")
        self._attr_device_info = DeviceInfo(
            identifiers={("peer", self._attr_unique_id)}, name=name, manufacturer="Tests"
        )
        self.pictures: Pictures = moving_square
        self.fps = fps
        self.source: str | None = None
        """What ``stream_source`` returns."""
        self.stills = False
        """Whether there are stills."""
        self.fault: str | None = None
        """What is wrong with this camera; see each method."""
        self.live: LiveHttp | None = None
        """The HTTP server behind ``source``, where there is one."""
        self.still_delay = 0.0
        self.stills_asked = 0
        self._still_asked = asyncio.Condition()
        self.sources_asked = 0

    def turn(self, *, on: bool) -> None:
        """Switch the camera on or off, as its own integration would."""
        self._attr_is_on = on
        self.async_write_ha_state()

    def reach(self, *, available: bool) -> None:
        """Make the camera available or not."""
        self._attr_available = available
        self.async_write_ha_state()

    async def asked(self, stills: int) -> None:
        """Return when so many stills have been asked for."""
        async with self._still_asked:
            await self._still_asked.wait_for(lambda: self.stills_asked >= stills)

    @override
    async def stream_source(self) -> str | None:
        """Return the source. Faults: ``source_raises``, ``source_hangs``."""
        self.sources_asked += 1
        if self.fault == "source_raises":
            raise ValueError("rtsp://user:secret@camera")
        if self.fault == "source_hangs":
            await asyncio.Event().wait()
        return self.source

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return a still. Faults: ``still_`` + raises, hangs, frozen, garbage, none."""
        index = self.stills_asked
        self.stills_asked += 1
        async with self._still_asked:
            self._still_asked.notify_all()
        if self.still_delay:
            await asyncio.sleep(self.still_delay)
        match self.fault:
            case "still_raises":
                raise ValueError("boom")
            case "still_hangs":
                await asyncio.Event().wait()
            case "still_garbage":
                return b"\xff\xd8 not a picture %d" % index
            case "still_none":
                return None
            case "still_frozen":
                index = 0
        if not self.stills:
            return None
        return await self.hass.async_add_executor_job(lambda: jpeg(self.pictures(index)))


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


@pytest.fixture
async def add_camera(hass: HomeAssistant) -> AsyncIterator[AddCamera]:
    """Return ``await add_camera(camera, domain="peer1")``: sets the camera up for real."""
    numbers = count(1)
    entries: list[MockConfigEntry] = []
    with ExitStack() as flows:

        async def add(camera: PeerCamera, domain: str | None = None) -> PeerCamera:
            domain = domain or f"peer{next(numbers)}"
            flows.enter_context(mock_config_flow(domain, ConfigFlow))
            entry = _mock_camera_integration(hass, domain, camera)
            entries.append(entry)
            assert await async_setup_component(hass, "camera", {})
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done()
            return camera

        yield add
        for entry in entries:
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()


def _mock_camera_integration(
    hass: HomeAssistant, domain: str, camera: PeerCamera
) -> MockConfigEntry:
    async def setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, ["camera"])
        return True

    async def unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, ["camera"])

    async def setup_platform(
        hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
    ) -> None:
        async_add_entities([camera])

    module = MockModule(domain, async_setup_entry=setup_entry, async_unload_entry=unload_entry)
    mock_integration(hass, module)
    mock_platform(hass, f"{domain}.config_flow", None)
    mock_platform(hass, f"{domain}.camera", MockPlatform(async_setup_entry=setup_platform))
    entry = MockConfigEntry(domain=domain, title=camera.unique_id)
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def native_camera(ice_loopback: None, add_camera: AddCamera) -> NativePeerCamera:
    """Return a WebRTC-only camera (``camera.native``)."""
    camera = await add_camera(NativePeerCamera())
    assert isinstance(camera, NativePeerCamera)
    return camera


@pytest.fixture
async def still_camera(add_camera: AddCamera) -> PeerCamera:
    """Return a camera with stills only (``camera.still``)."""
    camera = PeerCamera("Still")
    camera._attr_supported_features = CameraEntityFeature(0)
    camera.stills = True
    assert await add_camera(camera) is camera
    return camera


class _Bytes(io.RawIOBase):
    """Collects what a muxer writes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def drain(self) -> bytes:
        """Remove and return what was written since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class LiveHttp:
    """An HTTP server on loopback that sends a camera's pictures as they happen."""

    def __init__(self, hass: HomeAssistant, camera: PeerCamera) -> None:
        self._hass = hass
        self._camera = camera
        self.viewers = 0
        self.delay = 0.0
        """Seconds before the first byte."""
        self.frames: int | None = None
        """End the stream after so many frames."""
        self.status = 200

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Serve one viewer in real time. Faults: ``stream_garbage``, ``stream_silent``."""
        camera = self._camera
        response = web.StreamResponse(status=self.status, headers={"Content-Type": "video/mp2t"})
        await response.prepare(request)
        if self.status != 200:
            return response
        self.viewers += 1
        try:
            await asyncio.sleep(self.delay)
            if camera.fault == "stream_silent":
                await asyncio.Event().wait()
            if camera.fault == "stream_garbage":
                await response.write(bytes(range(256)) * 400)
                return response
            await self._play(response)
        except ConnectionResetError:
            pass
        finally:
            self.viewers -= 1
        return response

    async def _play(self, response: web.StreamResponse) -> None:
        camera = self._camera
        buffer = _Bytes()
        encoder = Encoder(buffer, camera.pictures(0), camera.fps, format="mpegts")

        def piece(index: int) -> bytes:
            encoder.add(camera.pictures(index))
            return buffer.drain()

        started = time.monotonic()
        try:
            for index in count() if self.frames is None else range(self.frames):
                due = started + index / camera.fps
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await response.write(await self._hass.async_add_executor_job(piece, index))
        finally:
            encoder.close()


@pytest.fixture
async def stream_camera(
    hass: HomeAssistant, socket_enabled: None, add_camera: AddCamera
) -> AsyncIterator[PeerCamera]:
    """Return a camera with a stream source only (``camera.stream``); ``camera.live`` serves it."""
    camera = PeerCamera("Stream")
    camera.live = live = LiveHttp(hass, camera)
    app = web.Application()
    app.router.add_get("/live.ts", live.get)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    camera.source = f"http://{host}:{port}/live.ts"
    assert await add_camera(camera) is camera
    yield camera
    await runner.cleanup()


@pytest.fixture
def clip(tmp_path: Path) -> str:
    """Return the path of a two second MP4 of ``moving_square`` at 10 frames per second."""
    path = str(tmp_path / "clip.mp4")
    write_clip(path, moving_square, 20, 10)
    return path
