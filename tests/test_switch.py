"""Smart alerts on and off."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from tests.camera_peer import PeerCamera
from tests.common import MOTION, Motions, WhiteSquareDetector, enrol, only_camera, subentry
from tests.enrolled import enrolled, entity_id, state

ALL = "switch.camera_smart_alerts_all_cameras"


async def turn(hass: HomeAssistant, switch: str, onoff: str) -> None:
    """Turn a switch on or off."""
    await hass.services.async_call("switch", f"turn_{onoff}", {"entity_id": switch}, blocking=True)


def is_on(hass: HomeAssistant, switch: str) -> bool:
    """Return whether a switch is on."""
    found = hass.states.get(switch)
    assert found is not None
    return found.state == "on"


async def test_a_camera_that_is_switched_off_is_not_looked_through(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera)
    switch = entity_id(hass, coordinator, "switch", "smart_alerts")
    assert is_on(hass, switch)
    await turn(hass, switch, "off")
    assert not is_on(hass, switch)
    asked = still_camera.stills_asked
    assert (await motions.run())["outcome"] == Outcome.SWITCHED_OFF
    assert still_camera.stills_asked == asked
    await turn(hass, switch, "on")
    assert is_on(hass, switch)
    assert coordinator.data.enabled


async def test_the_switch_for_all_rules_over_every_camera_but_keeps_their_own(
    hass: HomeAssistant, still_camera: PeerCamera, add_camera: Any, network: WhiteSquareDetector
) -> None:
    garden = await add_camera(PeerCamera("Garden"))
    entry = await enrol(
        hass,
        subentry(still_camera.entity_id, MOTION),
        subentry(garden.entity_id, "binary_sensor.garden_motion", title="Garden"),
    )
    front, back = entry.runtime_data.cameras.values()
    own = [entity_id(hass, camera, "switch", "smart_alerts") for camera in (front, back)]
    await turn(hass, own[1], "off")
    await turn(hass, ALL, "off")
    assert not is_on(hass, ALL)
    assert [is_on(hass, switch) for switch in own] == [True, False]
    assert not front.data.enabled
    assert not back.data.enabled
    await turn(hass, ALL, "on")
    assert is_on(hass, ALL)
    assert front.data.enabled
    assert not back.data.enabled


@pytest.mark.parametrize("which", ["own", "all"])
async def test_a_reload_keeps_the_switches(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, which: str
) -> None:
    coordinator = await enrolled(hass, still_camera)
    own = entity_id(hass, coordinator, "switch", "smart_alerts")
    await turn(hass, own if which == "own" else ALL, "off")
    entry = coordinator.config_entry
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    again = only_camera(entry)
    assert not again.data.enabled
    assert (state(hass, again, "switch", "smart_alerts").state == "on") is (which == "all")
    assert is_on(hass, ALL) is (which == "own")
