"""The smart view: live video, passed through from the camera."""

import asyncio
from typing import override
from unittest.mock import patch

from homeassistant.components.camera import (
    Camera,
    CameraEntityFeature,
    CameraWebRTCProvider,
    StreamType,
    WebRTCMessage,
    WebRTCSendMessage,
    async_get_stream_source,
    async_register_webrtc_provider,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from webrtc_models import RTCIceCandidateInit

from custom_components.camera_smart_alerts.camera import NativeSmartView, SmartView
from custom_components.camera_smart_alerts.const import CONF_MASKS
from custom_components.camera_smart_alerts.frame_source import CameraFrames
from tests.camera_peer import NativePeerCamera, PeerCamera
from tests.common import WhiteSquareDetector
from tests.enrolled import (
    enrolled,
    smart_view,
)

DRAW = "custom_components.camera_smart_alerts.camera.async_draw"


async def test_a_stream_camera_is_passed_through_and_keeps_hls(
    hass: HomeAssistant, stream_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, stream_camera)
    view = smart_view(hass, coordinator)
    assert type(view) is SmartView
    assert view.supported_features == CameraEntityFeature.STREAM
    assert view.camera_capabilities.frontend_stream_types == {StreamType.HLS}
    assert await async_get_stream_source(hass, view.entity_id) == stream_camera.source
    stream = await view.async_create_stream()
    assert stream is not None
    assert stream is stream_camera.stream, "one connection to the camera"


@pytest.mark.parametrize("native", [False, True])
async def test_where_a_mask_hides_something_no_live_video_is_passed_through(
    hass: HomeAssistant,
    stream_camera: PeerCamera,
    native_camera: NativePeerCamera,
    network: WhiteSquareDetector,
    *,
    native: bool,
) -> None:
    source = native_camera if native else stream_camera
    coordinator = await enrolled(hass, source, **{CONF_MASKS: "Neighbor: 0,0 50,0 50,50 0,50"})
    view = smart_view(hass, coordinator)
    assert type(view) is SmartView
    assert view.supported_features == CameraEntityFeature(0)
    assert view.camera_capabilities.frontend_stream_types == set()
    assert await async_get_stream_source(hass, view.entity_id) is None
    assert await view.async_create_stream() is None


@pytest.mark.parametrize("fault", ["source_raises", "source_hangs"])
async def test_a_camera_that_cannot_tell_its_stream_does_not_keep_the_view_away(
    hass: HomeAssistant,
    stream_camera: PeerCamera,
    network: WhiteSquareDetector,
    fault: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    remove = async_register_webrtc_provider(hass, Provider())
    await hass.async_block_till_done()
    stream_camera.fault = fault
    with patch("custom_components.camera_smart_alerts.camera.CAMERA_STREAM_SOURCE_TIMEOUT", 0.01):
        coordinator = await enrolled(hass, stream_camera)
    view = smart_view(hass, coordinator)
    assert view.webrtc_provider is None
    assert "secret" not in caplog.text
    stream_camera.fault = None
    remove()
    await hass.async_block_till_done()


class Provider(CameraWebRTCProvider):
    """Turns streams into WebRTC, as go2rtc does."""

    domain = "provider"

    @override
    def async_is_supported(self, stream_source: str) -> bool:
        return stream_source.startswith("http")

    @override
    async def async_handle_async_webrtc_offer(
        self, camera: Camera, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        raise NotImplementedError

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        raise NotImplementedError


async def test_a_webrtc_provider_serves_the_view_as_it_serves_the_camera(
    hass: HomeAssistant, stream_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, stream_camera)
    remove = async_register_webrtc_provider(hass, Provider())
    await hass.async_block_till_done()
    view = smart_view(hass, coordinator)
    assert view.camera_capabilities.frontend_stream_types == {StreamType.HLS, StreamType.WEB_RTC}
    remove()
    await hass.async_block_till_done()


async def test_a_native_webrtc_camera_is_seen_through_the_view(
    hass: HomeAssistant, native_camera: NativePeerCamera, network: WhiteSquareDetector
) -> None:
    native_camera.data_channel = "dataSendChannel"
    native_camera.trickle = "after"
    coordinator = await enrolled(hass, native_camera)
    view = smart_view(hass, coordinator)
    assert type(view) is NativeSmartView
    assert view.camera_capabilities.frontend_stream_types == {StreamType.WEB_RTC}
    ours = view.async_get_webrtc_client_configuration()
    assert ours == native_camera.async_get_webrtc_client_configuration()
    assert ours.data_channel == "dataSendChannel"
    async with asyncio.timeout(20), CameraFrames(hass, view.entity_id, fps=5) as frames:
        await frames.wait()
        frame = frames.take()
    assert frame is not None
    assert frame.image.shape == (240, 320, 3)
    assert len(native_camera.offers) == 1
    assert len(native_camera.closed) == 1
    assert not native_camera.peers


async def test_candidates_and_the_end_of_a_session_reach_the_camera_that_got_the_offer(
    hass: HomeAssistant, native_camera: NativePeerCamera, network: WhiteSquareDetector
) -> None:
    view = smart_view(hass, await enrolled(hass, native_camera))
    native_camera.fault = "offer_silent"
    messages: list[WebRTCMessage] = []
    candidate = RTCIceCandidateInit("candidate:1", sdp_m_line_index=0)
    await view.async_handle_async_webrtc_offer("offer", "session", messages.append)
    with patch.object(native_camera, "async_on_webrtc_candidate") as told:
        await view.async_on_webrtc_candidate("session", candidate)
        await view.async_on_webrtc_candidate("another", candidate)
    told.assert_awaited_once_with("session", candidate)
    view.close_webrtc_session("session")
    view.close_webrtc_session("session")
    assert native_camera.closed == ["session"]


async def test_a_session_left_open_is_closed_when_we_are_unloaded(
    hass: HomeAssistant, native_camera: NativePeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, native_camera)
    native_camera.fault = "offer_silent"
    view = smart_view(hass, coordinator)
    await view.async_handle_async_webrtc_offer("offer", "session", lambda _message: None)
    assert await hass.config_entries.async_unload(coordinator.config_entry.entry_id)
    assert native_camera.closed == ["session"]


async def test_a_camera_that_is_gone_or_off_refuses_live_video_in_words(
    hass: HomeAssistant, native_camera: NativePeerCamera, network: WhiteSquareDetector
) -> None:
    view = smart_view(hass, await enrolled(hass, native_camera))
    native_camera.turn(on=False)
    await hass.async_block_till_done()
    assert not view.is_on
    with pytest.raises(HomeAssistantError, match="Camera is off"):
        await view.async_handle_async_webrtc_offer("offer", "session", lambda _message: None)
    await native_camera.async_remove(force_remove=True)
    await hass.async_block_till_done()
    with pytest.raises(HomeAssistantError, match="Camera not found"):
        await view.async_handle_async_webrtc_offer("offer", "session", lambda _message: None)
    assert view.async_get_webrtc_client_configuration().data_channel is None
    assert view.supported_features == CameraEntityFeature(0)
    assert await view.stream_source() is None
    assert await view.async_create_stream() is None
