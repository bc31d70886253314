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

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web
from homeassistant.components.camera import CameraEntityFeature
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from tests.camera_entity import PeerCamera
from tests.camera_live import LiveHttp
from tests.camera_media import jpeg, moving_square, write_clip
from tests.camera_webrtc import NativePeerCamera

__all__ = ["AddCamera", "NativePeerCamera", "PeerCamera", "jpeg", "moving_square"]

type AddCamera = Callable[..., Awaitable[Any]]


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
