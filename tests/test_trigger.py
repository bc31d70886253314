"""Automations start with our triggers, and only when they should."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.trigger import async_get_all_descriptions
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.camera_smart_alerts.const import CONF_KINDS, DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.state import EVENT_VISIT
from custom_components.camera_smart_alerts.trigger import TRIGGERS
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.automations import automate
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector
from tests.enrolled import enrolled, entity_id, show

NOBODY: frozenset[Kind] = frozenset()


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> CameraCoordinator:
    return await enrolled(hass, still_camera, **{CONF_KINDS: list(Kind)})


def our_device(hass: HomeAssistant, coordinator: CameraCoordinator) -> str:
    assert coordinator.device_id
    return coordinator.device_id


def target(hass: HomeAssistant, coordinator: CameraCoordinator, what: str) -> dict[str, Any]:  # noqa: PLR0911
    """Return a target that means the camera, or another one."""
    device = our_device(hass, coordinator)
    area = ar.async_get(hass).async_get_or_create("Garden").id
    match what:
        case "entity":
            return {"entity_id": entity_id(hass, coordinator, "binary_sensor", "person")}
        case "device":
            return {"device_id": device}
        case "area":
            dr.async_get(hass).async_update_device(device, area_id=area)
            return {"area_id": area}
        case "source":
            return {"entity_id": coordinator.camera_entity_id}
        case "source area":
            camera = er.async_get(hass).async_get(coordinator.camera_entity_id or "")
            assert camera
            assert camera.device_id
            dr.async_get(hass).async_update_device(camera.device_id, area_id=area)
            return {"area_id": area}
        case "hub":
            entry_id = coordinator.config_entry.entry_id
            devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
            return {"device_id": next(one.id for one in devices if one.id != device)}
    return {"area_id": "elsewhere"}


async def detect(hass: HomeAssistant, coordinator: CameraCoordinator, kind: Kind) -> None:
    await show(hass, coordinator, present=frozenset({kind}))
    await show(hass, coordinator, present=NOBODY)


# Somebody is detected


@pytest.mark.parametrize("what", ["entity", "device", "area"])
async def test_a_person_starts_an_automation(
    hass: HomeAssistant, coordinator: CameraCoordinator, what: str
) -> None:
    where = target(hass, coordinator, what)
    hits = await automate(hass, {"trigger": f"{DOMAIN}.person_detected", "target": where})
    await detect(hass, coordinator, Kind.PERSON)
    person = entity_id(hass, coordinator, "binary_sensor", "person")
    assert [hit.data["said"]["entity_id"] for hit in hits] == [person]
    await detect(hass, coordinator, Kind.PERSON)
    assert len(hits) == 2


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        pytest.param({}, {Kind.PERSON}, id="people unless asked otherwise"),
        pytest.param({"kind": "animal"}, {Kind.ANIMAL}, id="one kind"),
        pytest.param({"kind": list(Kind)}, set(Kind), id="all kinds"),
    ],
)
async def test_only_what_is_asked_for_starts_an_automation(
    hass: HomeAssistant, coordinator: CameraCoordinator, options: Any, kinds: set[Kind]
) -> None:
    hits = await automate(
        hass,
        {
            "trigger": f"{DOMAIN}.person_detected",
            "target": target(hass, coordinator, "device"),
            "options": options,
        },
    )
    for kind in Kind:
        await detect(hass, coordinator, kind)
    assert len(hits) == len(kinds)


async def test_sensors_of_other_integrations_start_nothing(
    hass: HomeAssistant, coordinator: CameraCoordinator
) -> None:
    er.async_get(hass).async_get_or_create(
        Platform.BINARY_SENSOR, "other", "1", suggested_object_id="other", translation_key="person"
    )
    hass.states.async_set("binary_sensor.other", "off")
    hass.states.async_set("binary_sensor.unknown", "off")
    entities = ["binary_sensor.other", "binary_sensor.unknown"]
    hits = await automate(
        hass, {"trigger": f"{DOMAIN}.person_detected", "target": {"entity_id": entities}}
    )
    for one in entities:
        hass.states.async_set(one, "on")
    await hass.async_block_till_done()
    assert not hits


async def test_a_camera_that_comes_back_starts_nothing(
    hass: HomeAssistant, coordinator: CameraCoordinator
) -> None:
    where = target(hass, coordinator, "device")
    hits = await automate(hass, {"trigger": f"{DOMAIN}.person_detected", "target": where})
    await show(hass, coordinator, available=False, present=frozenset({Kind.PERSON}))
    await show(hass, coordinator, available=True)
    await hass.config_entries.async_reload(coordinator.config_entry.entry_id)
    await hass.async_block_till_done()
    assert not hits


async def test_somebody_who_stays_starts_an_automation_later(
    hass: HomeAssistant, coordinator: CameraCoordinator, freezer: FrozenDateTimeFactory
) -> None:
    hits = await automate(
        hass,
        {
            "trigger": f"{DOMAIN}.person_detected",
            "target": target(hass, coordinator, "device"),
            "options": {"for": 20},
        },
    )
    await show(hass, coordinator, present=frozenset({Kind.PERSON}))
    assert not hits
    freezer.tick(timedelta(seconds=21))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert len(hits) == 1


# A camera is blind


@pytest.mark.parametrize("what", ["device", "area"])
async def test_a_blind_camera_starts_an_automation(
    hass: HomeAssistant, coordinator: CameraCoordinator, what: str
) -> None:
    where = target(hass, coordinator, what)
    hits = await automate(hass, {"trigger": f"{DOMAIN}.camera_blind", "target": where})
    await detect(hass, coordinator, Kind.PERSON)
    assert not hits
    await show(hass, coordinator, blind=True)
    blind = entity_id(hass, coordinator, "binary_sensor", "blind")
    assert [hit.data["said"]["entity_id"] for hit in hits] == [blind]


# Visits


async def visit(hass: HomeAssistant, coordinator: CameraCoordinator, change: str) -> None:
    """Fire what a visit of two people fires."""
    hass.bus.async_fire(
        EVENT_VISIT,
        {
            "type": change,
            "visit_id": "abc",
            "entity_id": coordinator.camera_entity_id,
            "camera": coordinator.name,
            "device_id": our_device(hass, coordinator),
            "devices": [our_device(hass, coordinator)],
            "cameras": [coordinator.camera_entity_id],
            "kinds": {"person": 2},
            "seen": {coordinator.camera_entity_id: {"person": 2}},
            "new_kinds": ["person"] if change == "started" else [],
            "told": True,
            "started_at": "2026-11-22T01:00:00+00:00",
            "lasted_s": None,
        },
    )
    await hass.async_block_till_done()


@pytest.mark.parametrize("change", ["started", "updated", "ended"])
async def test_a_visit_starts_an_automation_when_what_was_asked_for_happens(
    hass: HomeAssistant, coordinator: CameraCoordinator, change: str
) -> None:
    hits = await automate(hass, {"trigger": f"{DOMAIN}.visit_{change}"})
    for one in ("started", "updated", "ended"):
        await visit(hass, coordinator, one)
    (hit,) = hits
    said = {"entity_id": coordinator.camera_entity_id, "kinds": {"person": 2}}
    assert hit.data["said"] == said


@pytest.mark.parametrize(
    ("what", "fires"),
    [
        ("entity", True),
        ("device", True),
        ("area", True),
        ("source", True),
        ("source area", True),
        ("hub", False),
        ("elsewhere", False),
    ],
)
async def test_a_visit_starts_automations_of_its_cameras_only(
    hass: HomeAssistant, coordinator: CameraCoordinator, what: str, fires: bool
) -> None:
    where = target(hass, coordinator, what)
    hits = await automate(hass, {"trigger": f"{DOMAIN}.visit_started", "target": where})
    await visit(hass, coordinator, "started")
    assert bool(hits) is fires


@pytest.mark.parametrize(("kind", "fires"), [("person", True), (["animal", "vehicle"], False)])
async def test_a_visit_of_another_kind_starts_nothing(
    hass: HomeAssistant, coordinator: CameraCoordinator, kind: Any, fires: bool
) -> None:
    trigger = {"trigger": f"{DOMAIN}.visit_started", "options": {"kind": kind}}
    hits = await automate(hass, trigger)
    await visit(hass, coordinator, "started")
    assert bool(hits) is fires


async def test_home_assistant_can_describe_every_trigger(
    hass: HomeAssistant, coordinator: CameraCoordinator
) -> None:
    described = await async_get_all_descriptions(hass)
    ours = {key for key in described if key.startswith(DOMAIN)}
    assert ours == {f"{DOMAIN}.{key}" for key in TRIGGERS}
    assert all(described[key] for key in ours)
