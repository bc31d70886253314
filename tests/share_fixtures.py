"""The other system of ``share_kit``, as a fixture."""

from collections.abc import AsyncIterator, Iterator
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts import share
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from tests.camera_peer import PeerCamera
from tests.share_kit import Receiver
from tests.watched_home import WatchedHome


@pytest.fixture
async def receiver(socket_enabled: None) -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.server.start_server()
    yield one
    one.hangs.set()
    await one.server.close()


@pytest.fixture
def again_at_once() -> Iterator[None]:
    """Try again without a pause what has failed."""
    with patch.object(share, "RETRY_AFTER_S", (0.0, 0.0, 0.0)):
        yield


@pytest.fixture
async def sharing(
    home: WatchedHome, still_camera: PeerCamera, receiver: Receiver, address: str
) -> CameraCoordinator:
    """Return a camera that shares with the receiver."""
    return await home.enrol(still_camera, **receiver.chosen)


@pytest.fixture
async def address(
    hass: HomeAssistant, home: WatchedHome, hass_client: ClientSessionGenerator
) -> str:
    """Give Home Assistant an address."""
    client = await hass_client()
    hass.config.external_url = str(client.make_url("")).rstrip("/")
    return hass.config.external_url
