"""Two cameras at noon, for tests of the actions about cameras."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from tests.camera_actions import NOON
from tests.camera_peer import AddCamera, PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, subentry


@pytest.fixture
async def cameras(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    add_camera: AddCamera,
    network: WhiteSquareDetector,
    freezer: FrozenDateTimeFactory,
) -> list[CameraCoordinator]:
    """Return the cameras at the front door and in the garden, at noon."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(NOON)
    garden = await add_camera(PeerCamera("Garden"))
    entry = await enrol(
        hass,
        subentry(still_camera.entity_id, MOTION),
        subentry(garden.entity_id, "binary_sensor.garden_motion", title="Garden"),
    )
    return list(entry.runtime_data.cameras.values())


@pytest.fixture
def front(cameras: list[CameraCoordinator]) -> CameraCoordinator:
    return cameras[0]
