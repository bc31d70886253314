"""What a camera may do while somebody is home, and while nobody is."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.camera_modes import When
from custom_components.camera_smart_alerts.const import CONF_MODE_AWAY, CONF_MODE_HOME
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.modes import Mode
from tests.camera_peer import PeerCamera
from tests.common import Motions, only_camera
from tests.enrolled import enrolled, entity_id, state

pytestmark = pytest.mark.usefixtures("network")


def modes(hass: HomeAssistant, coordinator: CameraCoordinator) -> tuple[str, str]:
    """Return what both entities show."""
    home, away = (state(hass, coordinator, "select", f"mode_{when}").state for when in When)
    return home, away


async def choose(
    hass: HomeAssistant, coordinator: CameraCoordinator, when: When, mode: Mode
) -> None:
    select = entity_id(hass, coordinator, "select", f"mode_{when}")
    await hass.services.async_call(
        "select", "select_option", {"entity_id": select, "option": mode}, blocking=True
    )


async def reload(hass: HomeAssistant, coordinator: CameraCoordinator) -> CameraCoordinator:
    entry = coordinator.config_entry
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    return only_camera(entry)  # type: ignore[arg-type]


async def test_the_settings_give_the_first_modes(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    settings = {CONF_MODE_HOME: Mode.OFF, CONF_MODE_AWAY: Mode.DETECT}
    coordinator = await enrolled(hass, still_camera, **settings)
    assert modes(hass, coordinator) == ("off", "detect")
    assert coordinator.control.mode is Mode.DETECT, "nobody is home"
    coordinator.home.async_set_home(home=True)
    assert coordinator.control.mode is Mode.OFF


async def test_a_chosen_mode_survives_a_restart(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    coordinator = await enrolled(hass, still_camera)
    await choose(hass, coordinator, When.HOME, Mode.OFF)
    await choose(hass, coordinator, When.AWAY, Mode.DETECT)
    assert modes(hass, coordinator) == ("off", "detect")
    assert modes(hass, await reload(hass, coordinator)) == ("off", "detect")


async def test_a_setting_that_is_changed_later_wins(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    coordinator = await enrolled(hass, still_camera)
    await choose(hass, coordinator, When.HOME, Mode.OFF)
    entry: Any = coordinator.config_entry
    (subentry,) = entry.subentries.values()
    data = {**subentry.data, CONF_MODE_HOME: Mode.DETECT}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await hass.async_block_till_done()
    assert modes(hass, only_camera(entry)) == ("detect", "alert")


async def test_a_camera_whose_mode_is_off_is_not_looked_through(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera, **{CONF_MODE_HOME: Mode.OFF})
    coordinator.home.async_set_home(home=True)
    asked = still_camera.stills_asked
    assert (await motions.run())["outcome"] == Outcome.MODE_OFF
    assert still_camera.stills_asked == asked


@pytest.mark.parametrize("how", ["chosen", "somebody comes home"])
async def test_off_ends_a_look_that_is_going_on(
    hass: HomeAssistant, still_camera: PeerCamera, motions: Motions, how: str
) -> None:
    coordinator = await enrolled(hass, still_camera, **{CONF_MODE_HOME: Mode.OFF})
    looking = asyncio.Event()

    def analyzing() -> None:
        if coordinator.data.analyzing:
            looking.set()

    coordinator.config_entry.async_on_unload(coordinator.async_add_listener(analyzing))
    motions.on()
    async with asyncio.timeout(10):
        await looking.wait()
    if how == "chosen":
        await choose(hass, coordinator, When.AWAY, Mode.OFF)
    else:
        coordinator.home.async_set_home(home=True)
    assert (await motions.ended())["reason"] == "stopped"
    await hass.async_block_till_done()
    assert not coordinator.data.analyzing
