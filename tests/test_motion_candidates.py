"""Which sensors are taken for a camera's motion."""

from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.motion_candidates import (
    motion_candidates,
)

MAC = {(dr.CONNECTION_NETWORK_MAC, "00:11:22:33:44:55")}


class Home:
    """A home of devices and entities, written into the registries."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.entities = er.async_get(hass)
        self.devices = dr.async_get(hass)
        self._entries: dict[str, MockConfigEntry] = {}

    def entry(self, platform: str) -> MockConfigEntry:
        if platform not in self._entries:
            entry = MockConfigEntry(domain=platform)
            entry.add_to_hass(self.hass)
            self._entries[platform] = entry
        return self._entries[platform]

    def device(self, name: str, platform: str = "cam", **info: Any) -> str:
        return self.devices.async_get_or_create(
            config_entry_id=self.entry(platform).entry_id,
            identifiers={(platform, name)},
            name=name,
            **info,
        ).id

    def child(self, name: str, parent: str, platform: str = "cam") -> str:
        return self.devices.async_get_or_create_child(
            config_entry_id=self.entry(platform).entry_id,
            identifiers={(platform, name)},
            name=name,
            parent_device_id=parent,
        ).id

    def add(
        self,
        entity_id: str,
        device: str | None,
        device_class: str | None = None,
        *,
        platform: str = "cam",
        **info: Any,
    ) -> er.RegistryEntry:
        domain, _, name = entity_id.partition(".")
        return self.entities.async_get_or_create(
            domain,
            platform,
            f"{domain}-{name}",
            config_entry=self.entry(platform),
            device_id=device,
            original_device_class=device_class,
            suggested_object_id=name,
            **info,
        )

    def camera(self, device: str | None, name: str = "front") -> str:
        return self.add(f"camera.{name}", device).entity_id

    def found(self) -> list[str]:
        return [one.entity_id for one in motion_candidates(self.hass, "camera.front")]

    def suggested(self) -> list[str]:
        return [
            one.entity_id for one in motion_candidates(self.hass, "camera.front") if one.suggested
        ]


@pytest.fixture
def home(hass: HomeAssistant) -> Home:
    return Home(hass)


def test_the_plain_motion_sensor_of_the_camera_is_suggested(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    home.add("binary_sensor.motion", device, "motion")
    home.add("binary_sensor.dark", device)
    home.add("binary_sensor.door", device, "door")
    home.add("sensor.motion", device, "motion")
    assert home.suggested() == home.found() == ["binary_sensor.motion"]


def test_reolinks_own_ideas_of_a_person_come_last_and_are_not_suggested(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    home.add("binary_sensor.a_person", device, "motion", translation_key="person")
    home.add("binary_sensor.a_face", device, "motion", translation_key="face")
    home.add("binary_sensor.motion", device, "motion")
    assert home.found() == [
        "binary_sensor.motion",
        "binary_sensor.a_face",
        "binary_sensor.a_person",
    ]
    assert home.suggested() == ["binary_sensor.motion"]


def test_specialised_sensors_are_suggested_when_there_is_nothing_else(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    home.add("binary_sensor.person", device, "motion", translation_key="person")
    home.add("binary_sensor.occupied", device, "occupancy")
    home.add("event.crossing", device, "motion", translation_key="line_crossing")
    assert home.suggested() == ["binary_sensor.occupied", "binary_sensor.person", "event.crossing"]


def test_of_a_motion_sensor_and_a_motion_event_the_sensor_stays(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    home.add("event.motion", device, "motion", translation_key="motion")
    home.add("binary_sensor.motion", device, "motion")
    assert home.found() == ["binary_sensor.motion"]


def test_of_a_doorbell_event_and_a_doorbell_sensor_the_event_stays(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    home.add("event.motion", device, "motion", translation_key="motion")
    home.add("event.ding", device, "doorbell", translation_key="ding")
    home.add("binary_sensor.ding", device, "occupancy", translation_key="ding")
    assert home.found() == home.suggested() == ["event.motion", "event.ding"]


def test_a_doorbell_that_is_only_a_sensor_is_suggested(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    home.add("binary_sensor.ding", device, "occupancy", translation_key="doorbell")
    assert home.suggested() == ["binary_sensor.ding"]


def test_what_the_user_made_of_a_sensor_counts_more_than_what_it_was(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    entry = home.add("binary_sensor.input", device, "sound")
    home.entities.async_update_entity(entry.entity_id, device_class="motion")
    assert home.suggested() == ["binary_sensor.input"]


def test_disabled_configuration_and_own_entities_are_left_out(home: Home) -> None:
    device = home.device("front")
    home.camera(device)
    home.add(
        "binary_sensor.off", device, "motion", disabled_by=er.RegistryEntryDisabler.INTEGRATION
    )
    home.add("binary_sensor.config", device, "motion", entity_category=EntityCategory.DIAGNOSTIC)
    home.add("binary_sensor.ours", device, "motion", platform=DOMAIN)
    assert home.found() == []


def test_sensors_on_parts_of_the_camera_count_but_not_those_of_its_sister(home: Home) -> None:
    recorder = home.device("recorder")
    channel = home.child("channel 1", recorder)
    sister = home.child("channel 2", recorder)
    detector = home.child("detector", recorder)
    home.camera(channel)
    home.camera(sister, "back")
    home.add("binary_sensor.channel_1", channel, "motion")
    home.add("binary_sensor.channel_2", sister, "motion")
    home.add("binary_sensor.detector", detector, "motion")
    home.add("binary_sensor.recorder", recorder, "motion")
    assert home.suggested() == [
        "binary_sensor.channel_1",
        "binary_sensor.detector",
        "binary_sensor.recorder",
    ]


def test_the_same_machine_under_another_integration_helps_out(home: Home) -> None:
    home.camera(home.device("front", connections=MAC))
    onvif = home.device("front", "onvif", connections=MAC)
    home.add("binary_sensor.cell_motion", onvif, "motion", platform="onvif")
    assert home.suggested() == ["binary_sensor.cell_motion"]


def test_the_same_machine_says_nothing_twice(home: Home) -> None:
    device = home.device("front", connections=MAC)
    home.camera(device)
    home.add("binary_sensor.motion", device, "motion")
    onvif = home.device("front", "onvif", connections=MAC)
    home.add("binary_sensor.cell_motion", onvif, "motion", platform="onvif")
    assert home.found() == ["binary_sensor.motion", "binary_sensor.cell_motion"]
    assert home.suggested() == ["binary_sensor.motion"]


def test_sensors_of_the_same_area_come_last_and_are_never_suggested(
    hass: HomeAssistant, home: Home
) -> None:
    area = ar.async_get(hass).async_create("Yard").id
    device = home.device("front")
    home.devices.async_update_device(device, area_id=area)
    home.camera(device)
    loose = home.add("binary_sensor.pir", None, "motion", platform="zigbee")
    home.entities.async_update_entity(loose.entity_id, area_id=area)
    home.add("binary_sensor.elsewhere", None, "motion", platform="zigbee")
    wall = home.device("pir", "zigbee")
    home.devices.async_update_device(wall, area_id=area)
    home.add("binary_sensor.wall", wall, "occupancy", platform="zigbee")
    other = home.device("back")
    home.devices.async_update_device(other, area_id=area)
    home.camera(other, "back")
    home.add("binary_sensor.back", other, "motion")
    assert home.found() == ["binary_sensor.pir", "binary_sensor.wall"]
    assert home.suggested() == []


def test_a_camera_without_device_or_registry_entry_has_no_candidates(home: Home) -> None:
    assert home.found() == []
    home.camera(None)
    assert home.found() == []
