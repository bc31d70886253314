"""Conditions hold when they should."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import (
    ConditionChecker,
    async_from_config,
    async_get_all_descriptions,
    async_validate_condition_config,
)
from homeassistant.setup import async_setup_component
import pytest

from custom_components.camera_smart_alerts.condition import CONDITIONS
from custom_components.camera_smart_alerts.const import CONF_KINDS, DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.automations import automate
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector
from tests.enrolled import enrolled, show


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> CameraCoordinator:
    return await enrolled(hass, still_camera, **{CONF_KINDS: list(Kind)})


async def condition(
    hass: HomeAssistant, coordinator: CameraCoordinator, key: str, **options: Any
) -> ConditionChecker:
    """Return one of our conditions about the camera."""
    assert await async_setup_component(hass, "automation", {})
    config = {
        "condition": f"{DOMAIN}.{key}",
        "target": {"device_id": coordinator.device_id},
        "options": options,
    }
    return await async_from_config(hass, await async_validate_condition_config(hass, config))


@pytest.mark.parametrize(
    ("options", "kind", "holds"),
    [
        pytest.param({}, Kind.PERSON, True, id="a person"),
        pytest.param({}, Kind.ANIMAL, False, id="an animal is no person"),
        pytest.param({"kind": "animal"}, Kind.ANIMAL, True, id="an animal"),
        pytest.param({"kind": list(Kind)}, Kind.VEHICLE, True, id="any kind"),
        pytest.param(
            {"kind": list(Kind), "behavior": "all"}, Kind.VEHICLE, False, id="all kinds at once"
        ),
    ],
)
async def test_somebody_is_there(
    hass: HomeAssistant, coordinator: CameraCoordinator, options: Any, kind: Kind, holds: bool
) -> None:
    checker = await condition(hass, coordinator, "is_person_present", **options)
    assert not checker.async_check()
    await show(hass, coordinator, present=frozenset({kind}))
    assert checker.async_check() is holds
    checker.async_unload()


async def test_alerts_are_on_while_both_switches_are(
    hass: HomeAssistant, coordinator: CameraCoordinator
) -> None:
    checker = await condition(hass, coordinator, "alerts_enabled")
    runtime = coordinator.config_entry.runtime_data
    assert checker.needs_polling
    assert checker.async_check()
    runtime.async_set_all_enabled(not coordinator.data.enabled)
    await hass.async_block_till_done()
    assert not checker.async_check()
    runtime.async_set_all_enabled(not coordinator.data.enabled)
    coordinator.control.async_set_enabled(enabled=False)
    await hass.async_block_till_done()
    assert not checker.async_check()
    checker.async_unload()


@pytest.mark.parametrize("on", [True, False])
async def test_an_automation_asks_whether_alerts_are_on(
    hass: HomeAssistant, coordinator: CameraCoordinator, on: bool
) -> None:
    coordinator.control.async_set_enabled(enabled=on)
    await hass.async_block_till_done()
    where = {"device_id": coordinator.device_id}
    hits = await automate(
        hass,
        {"trigger": f"{DOMAIN}.person_detected", "target": where},
        {"condition": f"{DOMAIN}.alerts_enabled", "target": where},
    )
    await show(hass, coordinator, present=frozenset({Kind.PERSON}))
    assert bool(hits) is on


async def test_home_assistant_can_describe_every_condition(
    hass: HomeAssistant, coordinator: CameraCoordinator
) -> None:
    assert await async_setup_component(hass, "automation", {})
    described = await async_get_all_descriptions(hass)
    ours = {key for key in described if key.startswith(DOMAIN)}
    assert ours == {f"{DOMAIN}.{key}" for key in CONDITIONS}
    assert all(described[key] for key in ours)
