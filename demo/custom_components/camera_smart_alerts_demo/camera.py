"""Demo cameras: native WebRTC (the Nest and Ring class), a stream source, stills."""

from typing import Any, override

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
import av
from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.components.camera.webrtc import WebRTCAnswer, WebRTCSendMessage
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.network import get_url
from webrtc_models import RTCIceCandidateInit

from . import DemoCameraState, DemoConfigEntry, device_of
from .playback import Playback
from .stream_view import TOKEN

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: DemoConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Create one entity per camera."""
    async_add_entities(
        NativeDemoCamera(state) if "webrtc" in state.serves else DemoCamera(state)
        for state in entry.runtime_data.values()
    )


class DemoCamera(Camera):
    """A camera with a stream source, stills, or both."""

    _attr_has_entity_name = True
    _attr_name = None

    def __init__(self, state: DemoCameraState) -> None:
        """Offer what the configuration says."""
        super().__init__()
        self._state = state
        self._attr_unique_id = state.key
        self._attr_device_info = device_of(state)
        if state.serves & {"webrtc", "stream"}:
            self._attr_supported_features = CameraEntityFeature.STREAM

    @override
    async def stream_source(self) -> str | None:
        """Return the address of the live stream."""
        if "stream" not in self._state.serves:
            return None
        base = get_url(self.hass, allow_external=False)
        return f"{base}/api/camera_smart_alerts_demo/{TOKEN}/{self._state.key}.ts"

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return the present picture."""
        if "still" not in self._state.serves:
            return None
        playback = self._state.playback
        return await self.hass.async_add_executor_job(playback.tape.jpeg, playback.now())


class NativeDemoCamera(DemoCamera):
    """A camera that answers WebRTC offers itself."""

    def __init__(self, state: DemoCameraState) -> None:
        """Start without viewers."""
        super().__init__(state)
        self._peers: dict[str, RTCPeerConnection] = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Hang up on all viewers when Home Assistant stops."""
        await super().async_added_to_hass()

        async def stop(_event: Event) -> None:
            await self.async_will_remove_from_hass()

        self.async_on_remove(self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stop))

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Hang up on all viewers."""
        while self._peers:
            await self._peers.popitem()[1].close()

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Answer a viewer and send it what is happening now."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers[session_id] = peer
        sender = peer.addTrack(_LiveTrack(self._state.playback))
        for transceiver in peer.getTransceivers():
            if transceiver.sender is sender:
                # The tape is H.264 already; nothing is encoded again.
                codecs = RTCRtpSender.getCapabilities("video").codecs
                transceiver.setCodecPreferences([c for c in codecs if c.mimeType == "video/H264"])
        await peer.setRemoteDescription(RTCSessionDescription(offer_sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        send_message(WebRTCAnswer(peer.localDescription.sdp))

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Ignore further candidates, as Nest does: this camera finds its viewers by itself."""

    @override
    @callback
    def close_webrtc_session(self, session_id: str) -> None:
        """Hang up on one viewer."""
        if peer := self._peers.pop(session_id, None):
            self.hass.async_create_task(peer.close())


class _LiveTrack(MediaStreamTrack):
    """Sends the packets of a tape."""

    kind = "video"

    def __init__(self, playback: Playback) -> None:
        super().__init__()
        self._packets = playback.packets()

    @override
    async def recv(self) -> av.Packet[Any]:
        """Return the next packet when it is due."""
        return await anext(self._packets)
