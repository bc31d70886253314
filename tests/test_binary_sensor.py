"""Person, animal and vehicle sensors."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.camera_smart_alerts.const import CONF_HOLD, CONF_KINDS, DOMAIN
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector
from tests.enrolled import enrolled, show, state


async def test_there_is_a_sensor_for_each_wanted_kind_only(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera, **{CONF_KINDS: [Kind.PERSON, Kind.VEHICLE]})
    registry = er.async_get(hass)
    there = {
        kind
        for kind in Kind
        if registry.async_get_entity_id(
            "binary_sensor", DOMAIN, f"{coordinator.settings.subentry_id}_{kind}"
        )
    }
    assert there == {Kind.PERSON, Kind.VEHICLE}


@pytest.mark.parametrize("kind", Kind)
async def test_a_sensor_is_on_while_its_kind_is_present(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, kind: Kind
) -> None:
    coordinator = await enrolled(hass, still_camera, **{CONF_KINDS: list(Kind)})

    def on() -> set[Kind]:
        return {k for k in Kind if state(hass, coordinator, "binary_sensor", k).state == "on"}

    assert on() == set()
    await show(hass, coordinator, present=frozenset({kind}))
    assert on() == {kind}
    await show(hass, coordinator, present=frozenset())
    assert on() == set()


async def test_only_the_person_is_what_alexa_calls_human_presence(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera, **{CONF_KINDS: list(Kind)})
    classes = {
        kind: state(hass, coordinator, "binary_sensor", kind).attributes["device_class"]
        for kind in Kind
    }
    assert classes == {
        Kind.PERSON: BinarySensorDeviceClass.PRESENCE,
        Kind.ANIMAL: BinarySensorDeviceClass.OCCUPANCY,
        Kind.VEHICLE: BinarySensorDeviceClass.OCCUPANCY,
    }


async def test_a_person_switches_the_sensor_on_and_the_hold_time_off(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    freezer: FrozenDateTimeFactory,
) -> None:
    coordinator = await enrolled(hass, still_camera, **{CONF_HOLD: 45})
    coordinator.async_seen(Kind.PERSON)
    await hass.async_block_till_done()
    assert state(hass, coordinator, "binary_sensor", "person").state == "on"
    freezer.tick(timedelta(seconds=46))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state(hass, coordinator, "binary_sensor", "person").state == "off"


async def test_a_blind_camera_is_shown_as_a_problem(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    blind = state(hass, coordinator, "binary_sensor", "blind")
    assert (blind.state, blind.attributes["device_class"]) == ("off", "problem")
    await show(hass, coordinator, blind=True)
    assert state(hass, coordinator, "binary_sensor", "blind").state == "on"
