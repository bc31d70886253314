"""The examples of the documentation and the blueprints are valid, and the blueprints work."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
import re
from typing import Any
from unittest.mock import PropertyMock, patch
from urllib.parse import parse_qs, urlparse

from hassil import Intents
from homeassistant.components.automation.config import (
    async_validate_config_item as async_validate_automation,
)
from homeassistant.components.blueprint.models import DomainBlueprints
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import async_validate_actions_config
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.camera_smart_alerts.condition import CONDITIONS
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.intent import INTENT
from custom_components.camera_smart_alerts.state import EVENT_MOTION, EVENT_VISIT
from custom_components.camera_smart_alerts.trigger import TRIGGERS
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector
from tests.enrolled import enrolled, entity_id, show, smart_view

ROOT = Path(__file__).parents[1]
AUTOMATIONS = (ROOT / "docs" / "automations.md").read_text()
BLUEPRINTS = ROOT / "blueprints" / "automation"
PATHS = sorted(BLUEPRINTS.glob("*/*.yaml"))


def examples() -> Iterator[Any]:
    """Yield every YAML example of the documentation."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        found = re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        for number, text in enumerate(found):
            yield pytest.param(text, id=f"{page.stem} {number + 1}")


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> CameraCoordinator:
    return await enrolled(hass, still_camera)


@pytest.fixture(autouse=True)
def blueprint_folder() -> Iterator[None]:
    """Let Home Assistant find our blueprints."""
    with patch.object(
        DomainBlueprints, "blueprint_folder", new_callable=PropertyMock, return_value=BLUEPRINTS
    ):
        yield


@pytest.mark.parametrize("text", examples())
async def test_an_example_is_valid(
    hass: HomeAssistant, coordinator: CameraCoordinator, text: str
) -> None:
    assert await async_setup_component(hass, "automation", {})
    example = parse_yaml(text)
    if "intents" in example:
        assert Intents.from_dict(example).intents.keys() == {INTENT}
        return
    if isinstance(example, list) and "action" in example[0]:
        await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(example))
        return
    for automation in example if isinstance(example, list) else [example]:
        validated = await async_validate_automation(hass, "example", automation)
        assert validated is not None
        assert validated.validation_status == "ok"


def test_everything_is_documented(hass: HomeAssistant) -> None:
    services = load_yaml_dict(
        str(ROOT / "custom_components" / "camera_smart_alerts" / "services.yaml")
    )
    for name in (*TRIGGERS, *CONDITIONS, *services):
        assert f"`{DOMAIN}.{name}`" in AUTOMATIONS, name
    for name, service in services.items():
        for field in (service or {}).get("fields", {}):
            if name not in ("analyze", "test_alert"):
                assert f"`{field}" in AUTOMATIONS, f"{name}: {field}"
    assert f"`{EVENT_MOTION}`" in AUTOMATIONS
    assert f"`{EVENT_VISIT}`" in AUTOMATIONS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_blueprint_can_be_imported_with_one_click(path: Path) -> None:
    where = f"blob/main/{path.relative_to(ROOT)}"
    assert re.search(rf"source_url: https://\S+/{where}$", path.read_text(), re.MULTILINE)
    links = re.findall(r"\((https://my\.home-assistant\.io/redirect/\S+)\)", AUTOMATIONS)
    urls = [parse_qs(urlparse(link).query)["blueprint_url"][0] for link in links]
    assert len(urls) == len(PATHS)
    assert any(url.endswith(where) for url in urls)


async def use(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    """Set up an automation from a blueprint."""
    automation = {"use_blueprint": {"path": f"{DOMAIN}/{blueprint}.yaml", "input": inputs}}
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    assert state.state == "on", "the automation is valid"


@pytest.fixture
async def person(hass: HomeAssistant, coordinator: CameraCoordinator) -> str:
    """Return the person sensor of a camera at a house in the dark, where one light is on."""
    for entity, state in (
        ("light.hall", "off"),
        ("light.porch", "on"),
        ("sun.sun", "below_horizon"),
    ):
        hass.states.async_set(entity, state)
    return entity_id(hass, coordinator, "binary_sensor", "person")


def see(coordinator: CameraCoordinator, *kinds: Kind) -> None:
    # Not ``show``: it would wait for the automation, and that waits for the person to leave.
    coordinator.async_set_updated_data(replace(coordinator.data, present=frozenset(kinds)))


async def test_lights_go_on_and_off_while_nobody_is_home(
    hass: HomeAssistant, coordinator: CameraCoordinator, person: str
) -> None:
    switched: list[tuple[str, list[str]]] = []
    is_on = asyncio.Event()

    async def switch(call: ServiceCall) -> None:
        switched.append((call.service, call.data["entity_id"]))
        is_on.set()

    for service in ("turn_on", "turn_off"):
        hass.services.async_register("light", service, switch)
    lights = ["light.hall", "light.porch"]
    await use(hass, "lights_while_away", sensors=[person], lights=lights, wait=0)
    see(coordinator, Kind.PERSON)
    async with asyncio.timeout(10):
        await is_on.wait()
    assert switched == [("turn_on", ["light.hall"])]
    see(coordinator)
    await hass.async_block_till_done()
    assert switched == [("turn_on", ["light.hall"]), ("turn_off", ["light.hall"])]


@pytest.mark.parametrize("why", ["somebody is home", "it is light", "the lights are on"])
async def test_lights_stay_as_they_are(
    hass: HomeAssistant, coordinator: CameraCoordinator, person: str, why: str
) -> None:
    calls = async_mock_service(hass, "light", "turn_on")
    coordinator.home.async_set_home(home=why == "somebody is home")
    hass.states.async_set("sun.sun", "above_horizon" if why == "it is light" else "below_horizon")
    lights = ["light.porch"] if why == "the lights are on" else ["light.hall"]
    await use(hass, "lights_while_away", sensors=[person], lights=lights, wait=0)
    await show(hass, coordinator, present=frozenset({Kind.PERSON}))
    assert not calls


@pytest.mark.parametrize(
    ("here", "elsewhere", "said"),
    [
        pytest.param("off", "on", True, id="somebody is elsewhere"),
        pytest.param("on", "on", False, id="somebody sees it anyway"),
        pytest.param("off", "off", False, id="nobody would hear it"),
        pytest.param("off", None, True, id="in any case"),
    ],
)
async def test_a_visit_is_announced_to_those_who_cannot_see_it(
    hass: HomeAssistant,
    coordinator: CameraCoordinator,
    here: str,
    elsewhere: str | None,
    said: bool,
) -> None:
    announced = async_mock_service(hass, "assist_satellite", "announce")
    spoken = async_mock_service(hass, "tts", "speak")
    hass.states.async_set("binary_sensor.living_room", here)
    hass.states.async_set("binary_sensor.study", elsewhere or "off")
    await use(
        hass,
        "announce_elsewhere",
        cameras=[smart_view(hass, coordinator).entity_id],
        here=["binary_sensor.living_room"],
        elsewhere=[] if elsewhere is None else ["binary_sensor.study"],
        satellites=["assist_satellite.study"],
        players=["media_player.study"],
        voice=["tts.piper"],
    )
    visit = {
        "type": "started",
        "camera": "Front door",
        "cameras": [coordinator.camera_entity_id],
        "device_id": coordinator.device_id,
        "devices": [coordinator.device_id],
        "kinds": {"person": 1},
        "new_kinds": ["person"],
    }
    hass.bus.async_fire(EVENT_VISIT, visit)
    await hass.async_block_till_done()
    words = ["Somebody is there: Front door"] * said
    assert [call.data["message"] for call in announced] == words
    assert [call.data["message"] for call in spoken] == words
    assert [call.data["media_player_entity_id"] for call in spoken] == [
        ["media_player.study"]
    ] * said
