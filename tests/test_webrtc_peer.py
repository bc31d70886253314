"""What aiortc needs to be told, seen from a camera: real peers over loopback."""

import asyncio
from fractions import Fraction
import io
import logging
import socket
import time
from typing import Any, override
from unittest.mock import patch

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.codecs import opus, vpx
import av
from homeassistant.components.camera import async_register_webrtc_provider
from homeassistant.components.camera.webrtc import WebRTCAnswer, WebRTCCandidate
from homeassistant.components.web_rtc import async_register_ice_servers
from homeassistant.core import HomeAssistant
import pytest
from webrtc_models import RTCIceCandidateInit, RTCIceServer

from custom_components.camera_smart_alerts import webrtc_peer
from tests.camera_entity import PeerCamera
from tests.camera_media import Encoder, moving_square
from tests.camera_peer import AddCamera
from tests.camera_webrtc import NativePeerCamera, PeerProvider, PicturesTrack
from tests.webrtc_viewer import failure_of, no_socket_left, soon, watching  # noqa: F401 - fixtures


async def test_offers_audio_then_video_then_the_cameras_data_channel_with_all_candidates(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.data_channel = "dataSendChannel"
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()

    lines = native_camera.offers[0].splitlines()
    assert [line.split()[0] for line in lines if line.startswith("m=")] == [
        "m=audio",
        "m=video",
        "m=application",
    ]
    assert lines.count("a=recvonly") == 2
    assert lines.count("a=end-of-candidates") == 3


@pytest.mark.parametrize("trickle", ["before", "after"])
async def test_takes_candidates_before_and_after_the_answer(
    hass: HomeAssistant, native_camera: NativePeerCamera, trickle: str
) -> None:
    native_camera.trickle = trickle
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()


async def test_a_nonsensical_candidate_is_passed_over(
    hass: HomeAssistant, native_camera: NativePeerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, webrtc_peer.__name__)
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()
        assert native_camera.send is not None
        native_camera.send(WebRTCCandidate(RTCIceCandidateInit("candidate:what is this")))
        await viewer.frame()
        await viewer.frame()

    assert "Ignored a candidate" in caplog.text


async def test_a_second_answer_changes_nothing(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()
        assert native_camera.send is not None
        native_camera.send(WebRTCAnswer("another"))
        await viewer.frame()


async def test_decodes_h264(hass: HomeAssistant, native_camera: NativePeerCamera) -> None:
    native_camera.codec = "video/H264"
    async with watching(hass, native_camera) as viewer:
        assert (await viewer.frame()).image.shape == (240, 320, 3)


class _MidStream(PicturesTrack):
    """H.264 that we join after its only key frame; it starts again when it is asked for one."""

    def __init__(self, camera: PeerCamera) -> None:
        super().__init__(camera)
        buffer = io.BytesIO()
        encoder = Encoder(buffer, moving_square(0), 1000, format="h264")
        for index in range(100):
            encoder.add(moving_square(index))
        encoder.close()
        with av.open(io.BytesIO(buffer.getvalue()), format="h264") as stream:
            self._packets = [bytes(packet) for packet in stream.demux(video=0) if packet.size]
        self._left = self._packets[1:]

    def start_again(self) -> None:
        """Send a key frame."""
        self._left = self._packets[:]

    @override
    async def recv(self) -> Any:
        frame = await super().recv()
        packet = av.Packet(self._left.pop(0))
        packet.pts, packet.time_base = frame.pts, Fraction(1, 90000)
        return packet


async def test_asks_for_a_key_frame_when_it_joins_in_the_middle(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.codec = "video/H264"
    native_camera.track_type = _MidStream
    async with watching(hass, native_camera) as viewer:
        async with asyncio.timeout(20):
            await native_camera.answered.wait()
        (track,) = native_camera.tracks
        (peer,) = native_camera.peers.values()
        (sender,) = (sender for sender in peer.getSenders() if sender.track is track)
        sender._send_keyframe = track.start_again
        started = time.monotonic()
        assert (await viewer.frame()).image.shape == (240, 320, 3)

    assert time.monotonic() - started < 4


async def test_the_audio_of_a_camera_is_not_decoded(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.microphone = True
    with patch.object(opus.OpusDecoder, "decode", side_effect=AssertionError) as decode:
        async with watching(hass, native_camera) as viewer:
            for _ in range(3):
                await viewer.frame()

    decode.assert_not_called()


async def test_a_camera_without_a_microphone_may_refuse_the_audio(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.no_microphone = True
    native_camera.data_channel = "dataSendChannel"
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()


async def test_closing_does_not_wait_for_a_slow_decoder(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    native_camera.fps = 30
    decode = vpx.Vp8Decoder.decode

    def slowly(decoder: vpx.Vp8Decoder, picture: Any) -> Any:
        time.sleep(0.2)
        return decode(decoder, picture)

    with patch.object(vpx.Vp8Decoder, "decode", slowly):
        async with watching(hass, native_camera) as viewer:
            for _ in range(4):
                await viewer.frame()
            closing_at = time.monotonic()

    # Some twenty pictures wait by then, four seconds of decoding.
    assert time.monotonic() - closing_at < 3


async def test_a_peer_that_does_not_end_is_left_behind(
    hass: HomeAssistant,
    native_camera: NativePeerCamera,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(webrtc_peer, "CLOSE_S", 0.1)
    async with watching(hass, native_camera) as viewer:
        await viewer.frame()
        peer: Any = viewer.source._peer
        close, hang = peer._pc.close, asyncio.Event()

        async def hanging() -> None:
            await hang.wait()
            await close()

        peer._pc.close = hanging

    assert "did not end and was left behind" in caplog.text
    hang.set()
    await close()


async def test_closes_both_ends_at_every_step_of_connecting(
    hass: HomeAssistant, native_camera: NativePeerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    for steps in range(0, 60, 4):
        native_camera.answered.clear()
        async with watching(hass, native_camera):
            await native_camera.answered.wait()
            for _ in range(steps):
                await asyncio.sleep(0)
        assert not native_camera.peers

    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_stun_server_that_is_silent_costs_little(
    hass: HomeAssistant, native_camera: NativePeerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webrtc_peer, "GATHER_S", 0.2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(0)
        hass.config.webrtc.ice_servers = [
            RTCIceServer(urls=f"stun:127.0.0.1:{silent.getsockname()[1]}")
        ]
        started = time.monotonic()
        async with watching(hass, native_camera) as viewer:
            await viewer.frame()
        assert silent.recv(100), "the server was asked"

    assert time.monotonic() - started < 4


async def test_an_ice_server_that_aiortc_does_not_understand_is_left_out(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async_register_ice_servers(hass, lambda: [RTCIceServer(urls="http://not.ice")])
    with patch("aiortc.RTCPeerConnection", wraps=RTCPeerConnection) as peers:
        async with watching(hass, native_camera) as viewer:
            await viewer.frame()

    (server,) = peers.call_args_list[0].args[0].iceServers
    assert server.urls[0].startswith("stun:stun.home-assistant.io")


@pytest.mark.usefixtures("ice_loopback")
async def test_a_camera_behind_a_provider_is_reached_without_any_server_outside(
    hass: HomeAssistant, add_camera: AddCamera
) -> None:
    camera = PeerCamera("Behind")
    camera.source = "rtsp://127.0.0.1/behind"
    await add_camera(camera)
    provider = PeerProvider(hass)
    remove = async_register_webrtc_provider(hass, provider)
    await hass.async_block_till_done()

    with patch("aiortc.RTCPeerConnection", wraps=RTCPeerConnection) as peers:
        async with watching(hass, camera) as viewer:
            await viewer.frame()
    remove()
    await hass.async_block_till_done()

    configuration = peers.call_args_list[0].args[0]
    assert isinstance(configuration, RTCConfiguration)
    assert configuration.iceServers == []
    assert len(provider.media.closed) == 1
