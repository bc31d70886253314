"""Devices, names and availability, which all entities share."""

from collections.abc import Iterable
import json
from pathlib import Path
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import EntityDescription
from PIL import Image
import pytest

from custom_components.camera_smart_alerts import (
    binary_sensor,
    camera,
    event,
    image,
    select,
    sensor,
    switch,
)
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import CONF_KINDS, DOMAIN
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, subentry
from tests.enrolled import enrolled, state

ALL_KINDS = {CONF_KINDS: list(Kind)}
PACKAGE = Path(camera.__file__).parent

DESCRIPTIONS: dict[str, Iterable[EntityDescription]] = {
    "binary_sensor": [*binary_sensor.DESCRIPTIONS, binary_sensor.BLIND_DESCRIPTION],
    "camera": [camera.DESCRIPTION],
    "event": [event.DESCRIPTION],
    "image": [image.DESCRIPTION],
    "sensor": [*sensor.DESCRIPTIONS, sensor.LEDGER_DESCRIPTION, sensor.OUTSIDE_DESCRIPTION],
    "select": select.DESCRIPTIONS,
    "switch": [
        switch.CAMERA_DESCRIPTION,
        switch.ALL_DESCRIPTION,
        switch.HOME_DESCRIPTION,
        switch.GUESTS_DESCRIPTION,
    ],
}


def load(name: str) -> Any:
    """Return a JSON file of the package."""
    return json.loads((PACKAGE / name).read_text())


async def test_the_entities_of_a_camera_stand_on_a_device_linked_to_the_camera(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera, **ALL_KINDS)
    entry = coordinator.config_entry
    registry, subentry_id = er.async_get(hass), coordinator.settings.subentry_id
    entities = [
        entity
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.config_subentry_id == subentry_id
    ]
    assert len(entities) == 17
    (device_id,) = {entity.device_id for entity in entities}
    assert device_id is not None
    device = dr.async_get(hass).async_get(device_id)
    source = registry.async_get(still_camera.entity_id)
    assert isinstance(device, dr.DeviceEntry)
    assert source is not None
    assert device.via_device_id == source.device_id
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.name == "Front door"


async def test_a_camera_without_a_device_links_to_nothing(
    hass: HomeAssistant, add_camera: Any, network: WhiteSquareDetector
) -> None:
    source = PeerCamera("Lonely")
    source._attr_device_info = None
    await add_camera(source)
    coordinator = await enrolled(hass, source)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, coordinator.settings.subentry_id), coordinator.config_entry.entry_id
    )
    assert device is not None
    assert device.via_device_id is None


async def test_names_are_short_and_start_with_the_camera(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    await enrolled(hass, still_camera, **ALL_KINDS)
    names = {
        found.name for found in hass.states.async_all() if found.name.startswith("Front door ")
    }
    assert names == {
        "Front door Animal",
        "Front door Blind",
        "Front door Detections today",
        "Front door Last alert",
        "Front door Last motion",
        "Front door Last person",
        "Front door Latency",
        "Front door Latency, 95 % of a day",
        "Front door Latency, median of a day",
        "Front door Mode at home",
        "Front door Mode away",
        "Front door Person",
        "Front door Smart alert",
        "Front door Smart alerts",
        "Front door Smart view",
        "Front door Vehicle",
    }


async def test_entities_go_unavailable_with_their_camera_and_come_back(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera, **ALL_KINDS)
    registry = er.async_get(hass)
    ours = [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(registry, coordinator.config_entry.entry_id)
        if entity.config_subentry_id and not entity.disabled
    ]

    def unavailable() -> set[bool]:
        found = [hass.states.get(entity) for entity in ours]
        return {one is not None and one.state == STATE_UNAVAILABLE for one in found}

    assert unavailable() == {False}
    still_camera.reach(available=False)
    await hass.async_block_till_done()
    assert unavailable() == {True}
    all_cameras = hass.states.get("switch.camera_smart_alerts_all_cameras")
    assert all_cameras is not None
    assert all_cameras.state == "on", "needs no camera"
    still_camera.reach(available=True)
    await hass.async_block_till_done()
    assert unavailable() == {False}


async def test_a_kind_that_is_no_longer_wanted_takes_its_entities_along(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION, **ALL_KINDS))
    (sub,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, sub, data={**sub.data, CONF_KINDS: [Kind.ANIMAL]}
    )
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    keys = {
        entity.unique_id.removeprefix(f"{sub.subentry_id}_")
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
    }
    assert {"animal", "smart_view", "detections_today"} <= keys
    assert not keys & {"person", "vehicle", "last_person"}


async def test_every_camera_keeps_its_own_entities(
    hass: HomeAssistant, still_camera: PeerCamera, add_camera: Any, network: WhiteSquareDetector
) -> None:
    garden = await add_camera(PeerCamera("Garden"))
    entry = await enrol(
        hass,
        subentry(still_camera.entity_id, MOTION, **ALL_KINDS),
        subentry(garden.entity_id, "binary_sensor.garden_motion", title="Garden"),
    )
    front, back = entry.runtime_data.cameras.values()
    garden.reach(available=False)
    await hass.async_block_till_done()
    assert state(hass, front, "binary_sensor", "vehicle").state == "off"
    assert state(hass, back, "binary_sensor", "person").state == STATE_UNAVAILABLE


async def test_diagnostic_sensors_are_marked_as_such(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    registry = er.async_get(hass)
    diagnostic = {
        entity.unique_id.removeprefix(f"{coordinator.settings.subentry_id}_"): entity.disabled
        for entity in er.async_entries_for_config_entry(registry, coordinator.config_entry.entry_id)
        if entity.entity_category is EntityCategory.DIAGNOSTIC
        # Not of the hub.
        and entity.config_subentry_id is not None
    }
    assert diagnostic == {
        "blind": False,
        "last_outcome": False,
        "latency": False,
        "latency_p50": False,
        "latency_p95": False,
        "inference_time": True,
    }


@pytest.mark.parametrize("domain", DESCRIPTIONS)
def test_every_entity_has_a_translated_name_and_an_icon(domain: str) -> None:
    keys = {description.translation_key for description in DESCRIPTIONS[domain]}
    translations = load("translations/en.json")["entity"][domain]
    assert {key for key in keys if key and translations[key]["name"]} == keys == set(translations)
    assert set(load("icons.json")["entity"][domain]) == keys


def test_every_outcome_has_words_and_an_icon() -> None:
    words = load("translations/en.json")["entity"]["sensor"]["last_outcome"]["state"]
    icons = load("icons.json")["entity"]["sensor"]["last_outcome"]["state"]
    assert set(words) == set(icons) == {outcome.value for outcome in Outcome}


def test_the_brand_images_have_the_sizes_home_assistant_shows() -> None:
    for prefix in ("", "dark_"):
        for suffix, side in (("", 256), ("@2x", 512)):
            with Image.open(PACKAGE / "brand" / f"{prefix}icon{suffix}.png") as icon:
                assert icon.size == (side, side)
            with Image.open(PACKAGE / "brand" / f"{prefix}logo{suffix}.png") as logo:
                assert logo.height == side
                assert logo.mode == "RGBA"
