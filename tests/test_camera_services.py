"""The actions about enrolled cameras: silence, modes, and who may use them."""

from datetime import timedelta
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import probatio
import pytest

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.modes import Mode
from tests.camera_actions import NOON, ask, call
from tests.enrolled import show, smart_view, words

pytest_plugins = ("tests.camera_actions_fixtures",)


def silent(cameras: list[CameraCoordinator]) -> list[bool]:
    """Return for each camera whether it is silenced for half an hour."""
    until = NOON + timedelta(minutes=30)
    return [camera.memory.policy.silenced_until == until for camera in cameras]


# Silence


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("nothing", [True, True]),
        ("camera", [True, False]),
        ("smart view", [True, False]),
        ("device", [True, False]),
        ("area", [True, False]),
    ],
)
async def test_silence_goes_to_the_cameras_that_are_meant(
    hass: HomeAssistant, cameras: list[CameraCoordinator], target: str, meant: list[bool]
) -> None:
    front = cameras[0]
    assert front.device_id
    dr.async_get(hass).async_update_device(front.device_id, area_id="porch")
    targets: dict[str, Any] = {
        "nothing": {},
        "camera": {"entity_id": front.camera_entity_id},
        "smart view": {"entity_id": [smart_view(hass, front).entity_id]},
        "device": {"device_id": front.device_id},
        "area": {"area_id": "porch"},
    }
    await call(hass, "silence", duration="00:30:00", **targets[target])
    assert silent(cameras) == meant


async def test_a_camera_that_is_unavailable_can_be_silenced(
    hass: HomeAssistant, cameras: list[CameraCoordinator]
) -> None:
    await show(hass, cameras[0], available=False)
    await call(
        hass, "silence", entity_id=smart_view(hass, cameras[0]).entity_id, duration={"minutes": 30}
    )
    assert silent(cameras) == [True, False]


async def test_silence_until_home_ends_when_somebody_comes_home(
    hass: HomeAssistant, cameras: list[CameraCoordinator], front: CameraCoordinator
) -> None:
    policy = front.memory.policy
    await call(hass, "silence", until_home=True)
    assert [one.memory.policy.silenced_until_home for one in cameras] == [True, True]
    front.home.async_set_guests(guests=True)
    assert [one.memory.policy.silenced_until_home for one in cameras] == [False, False]
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "silence", until_home=True)
    assert "Somebody is home already" in await words(hass, caught.value)
    assert not policy.silenced_until_home


async def test_silence_can_be_ended(
    hass: HomeAssistant, cameras: list[CameraCoordinator], front: CameraCoordinator
) -> None:
    await call(hass, "silence", duration=1800)
    await call(hass, "resume", entity_id=front.camera_entity_id)
    assert silent(cameras) == [False, True]
    await call(hass, "silence", until_home=True)
    await call(hass, "resume")
    assert [one.memory.policy.silenced_until_home for one in cameras] == [False, False]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"duration": 60, "until_home": True},
        {"until_home": False},
        {"duration": {"days": 8}},
        {"duration": -1},
    ],
    ids=["no end", "two ends", "never", "too long", "in the past"],
)
async def test_silence_needs_one_sensible_end(hass: HomeAssistant, data: Any) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(probatio.Invalid):
        await call(hass, "silence", **data)


async def test_a_target_without_our_cameras_is_explained(
    hass: HomeAssistant, front: CameraCoordinator
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "resume", entity_id="camera.elsewhere")
    assert "None of the cameras" in await words(hass, caught.value)


# Modes


@pytest.mark.parametrize(
    ("when", "home", "away"),
    [
        ({}, Mode.OFF, Mode.OFF),
        ({"when": "home"}, Mode.OFF, Mode.ALERT),
        ({"when": ["away"]}, Mode.ALERT, Mode.OFF),
    ],
)
async def test_modes_are_set(
    hass: HomeAssistant, front: CameraCoordinator, when: Any, home: Mode, away: Mode
) -> None:
    await call(hass, "set_mode", device_id=front.device_id, mode="off", **when)
    assert front.control.mode is away
    front.home.async_set_home(home=True)
    assert front.control.mode is home


# Permissions


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("silence", {"duration": 60}),
        ("resume", {}),
        ("set_mode", {"mode": "off"}),
        ("get_visits", {"entity_id": "camera.still"}),
        ("explain", {"entity_id": "camera.still"}),
    ],
)
@pytest.mark.usefixtures("front")
async def test_people_only_reach_cameras_they_may_use(
    hass: HomeAssistant,
    hass_read_only_user: User,
    hass_admin_user: User,
    action: str,
    data: Any,
) -> None:
    hass_read_only_user.mock_policy({})
    run = ask if action in ("get_visits", "explain") else call
    with pytest.raises(Unauthorized):
        await run(hass, action, Context(user_id=hass_read_only_user.id), **data)
    with pytest.raises(UnknownUser):
        await run(hass, action, Context(user_id="nobody"), **data)
    await run(hass, action, Context(user_id=hass_admin_user.id), **data)


async def test_while_we_are_not_loaded_it_says_so(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(ServiceValidationError):
        await call(hass, "resume")
