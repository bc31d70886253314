"""Fixtures for tests of our dialogs: the hub, a camera with motion, a person at the form."""

from collections.abc import Callable, Iterator
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.camera_dialog import CAMERA, LOOK, MOTION, Dialog, register
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector, enrol


@pytest.fixture
async def hub(hass: HomeAssistant, network: WhiteSquareDetector) -> MockConfigEntry:
    """Return the loaded hub, without cameras."""
    return await enrol(hass)


@pytest.fixture
def motion(hass: HomeAssistant, still_camera: PeerCamera) -> str:
    """Return the registry id of a motion sensor on the device of the still camera."""
    camera = er.async_get(hass).async_get(CAMERA)
    assert camera is not None
    return register(hass, MOTION, device_id=camera.device_id, original_device_class="motion")


@pytest.fixture
def dialog(hass: HomeAssistant, hub: MockConfigEntry, motion: str) -> Dialog:
    """Return a person who may add the still camera."""
    return Dialog(hass, hub)


@pytest.fixture
async def form(dialog: Dialog) -> Dialog:
    """Return a person in front of the settings of the still camera."""
    await dialog.add()
    result = await dialog.submit(camera=CAMERA)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "settings")
    return dialog


@pytest.fixture
def failing() -> Iterator[Callable[[Exception], None]]:
    """Return a function that makes every look through a camera fail with an error."""
    with patch(f"{LOOK}.async_look_once") as look:

        def fail(error: Exception) -> None:
            look.side_effect = error

        yield fail
