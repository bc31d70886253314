"""Watching a camera with ``CameraFrames``."""

import asyncio

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts import camera_rung, still_source, webrtc_source
from custom_components.camera_smart_alerts.frame_source import CameraFrames
from custom_components.camera_smart_alerts.vision.datatypes import Frame
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from tests.camera_peer import NativePeerCamera, PeerCamera

NO_SOURCE = SourceFailure.NO_SOURCE


def ladder(hass: HomeAssistant, entity_id: str, fps: float = 10) -> CameraFrames:
    return CameraFrames(hass, entity_id, fps=fps, max_side=640)


async def next_frame(frames: CameraFrames) -> Frame:
    async with asyncio.timeout(30):
        await frames.wait()
    frame = frames.take()
    assert frame is not None
    return frame


async def end_of(frames: CameraFrames) -> SourceError:
    """Return why no further frame comes."""
    try:
        while True:
            await next_frame(frames)
    except SourceError as err:
        return err


async def failure_of(hass: HomeAssistant, entity_id: str) -> SourceFailure:
    async with ladder(hass, entity_id) as frames:
        with pytest.raises(SourceError) as caught:
            await next_frame(frames)
        assert frames.take() is None
        assert (frames.name, frames.opened_at) == ("", None)
    return caught.value.failure


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience with every rung after one and a half seconds."""
    monkeypatch.setattr(camera_rung, "FIRST_FRAME_S", 1.5)
    monkeypatch.setattr(webrtc_source, "FIRST_PICTURE_S", 1.2)
    monkeypatch.setattr(still_source, "RETRY_S", 0.01)


async def all_rungs(native_camera: NativePeerCamera, stream_camera: PeerCamera) -> PeerCamera:
    """Give the native camera a stream source and stills, too."""
    native_camera.source = stream_camera.source
    native_camera.stills = True
    return native_camera
