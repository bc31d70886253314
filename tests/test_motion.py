"""Which sensors are taken for a camera's motion, and which of their changes count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.motion import (
    EVENT_LASTS,
    async_follow_motion,
    is_moving,
    motion_candidates,
    motion_change,
)

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
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


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("off", "on", True, id="begins"),
        pytest.param("on", "off", False, id="ends"),
        pytest.param("on", "unavailable", False, id="lost while moving"),
        pytest.param("on", None, False, id="removed while moving"),
        pytest.param("on", "on", None, id="still moving"),
        pytest.param("off", "off", None, id="still quiet"),
        pytest.param("off", "unavailable", None, id="lost while quiet"),
        pytest.param(None, "on", None, id="appears moving"),
        pytest.param("unavailable", "on", None, id="returns moving"),
        pytest.param("unknown", "on", None, id="first report moving"),
        pytest.param("unavailable", "off", None, id="returns quiet"),
    ],
)
def test_a_binary_sensor_begins_and_ends_motion(
    old: str | None, new: str | None, expected: bool | None
) -> None:
    assert motion_change(_sensor(old), _sensor(new)) is expected


def _sensor(state: str | None) -> State | None:
    return None if state is None else State("binary_sensor.motion", state)


@pytest.mark.parametrize(
    ("old", "new", "event_type", "expected"),
    [
        pytest.param("2026-11-01T11:00:00.000+00:00", "now", "motion", True, id="again"),
        pytest.param("unknown", "now", "motion", True, id="first ever"),
        pytest.param("2026-11-01T11:00:00.000+00:00", "now", "ring", True, id="rings"),
        pytest.param("2026-11-01T11:00:00.000+00:00", "now", "camera_sound", None, id="sound"),
        pytest.param("now", "now", "motion", None, id="attributes only"),
        pytest.param(None, "now", "motion", None, id="restored"),
        pytest.param("unavailable", "now", "motion", None, id="returns"),
        pytest.param("now", "unavailable", "motion", None, id="lost"),
        pytest.param("now", "unknown", "motion", None, id="forgets"),
        pytest.param("now", None, "motion", None, id="removed"),
    ],
)
def test_an_event_counts_when_it_is_new(
    old: str | None, new: str | None, event_type: str, expected: bool | None
) -> None:
    assert motion_change(_event(old, event_type), _event(new, event_type)) is expected


def _event(state: str | None, event_type: str) -> State | None:
    return None if state is None else State("event.door", state, {"event_type": event_type})


async def test_following_reports_motion_until_it_is_stopped(hass: HomeAssistant) -> None:
    heard: list[tuple[str, bool]] = []
    report: Callable[[str, bool], None] = lambda entity_id, moving: heard.append(  # noqa: E731
        (entity_id, moving)
    )
    hass.states.async_set("binary_sensor.motion", "off")
    hass.states.async_set("event.door", "unknown")
    stop = async_follow_motion(hass, ["binary_sensor.motion", "event.door"], report)
    hass.states.async_set("binary_sensor.motion", "on")
    hass.states.async_set("binary_sensor.other", "off")
    hass.states.async_set("binary_sensor.other", "on")
    hass.states.async_set("event.door", NOW.isoformat(), {"event_type": "ring"})
    hass.states.async_set("event.door", NOW.isoformat(), {"event_type": "ring", "x": 1})
    hass.states.async_set("binary_sensor.motion", "off")
    await hass.async_block_till_done()
    assert heard == [
        ("binary_sensor.motion", True),
        ("event.door", True),
        ("binary_sensor.motion", False),
    ]
    stop()
    hass.states.async_set("binary_sensor.motion", "on")
    await hass.async_block_till_done()
    assert len(heard) == 3


@pytest.mark.parametrize(
    ("entity_id", "state", "event_type", "expected"),
    [
        pytest.param("binary_sensor.a", "on", "", True, id="sensor on"),
        pytest.param("binary_sensor.a", "off", "", False, id="sensor off"),
        pytest.param("binary_sensor.a", "unavailable", "", False, id="sensor lost"),
        pytest.param("event.a", NOW.isoformat(), "motion", True, id="event now"),
        pytest.param(
            "event.a", (NOW - EVENT_LASTS).isoformat(), "motion", False, id="event long ago"
        ),
        pytest.param(
            "event.a", (NOW + timedelta(hours=1)).isoformat(), "motion", False, id="clock set back"
        ),
        pytest.param("event.a", NOW.isoformat(), "camera_sound", False, id="sound now"),
        pytest.param("event.a", "unknown", "motion", False, id="event never"),
        pytest.param("event.a", "2026-11-01T12:00:00", "motion", False, id="time without zone"),
    ],
)
def test_moving_is_a_sensor_that_is_on_or_an_event_just_now(
    hass: HomeAssistant, entity_id: str, state: str, event_type: str, expected: bool
) -> None:
    hass.states.async_set(entity_id, state, {"event_type": event_type})
    assert is_moving(hass, ["binary_sensor.gone", entity_id], NOW) is expected
