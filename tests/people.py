"""The people of a home, with real logins, groups and two-step verification."""

from dataclasses import dataclass
from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.mfa_modules import auth_mfa_module_from_config
from homeassistant.auth.models import Group, RefreshToken, User
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import CLIENT_ID

READ_ONLY = "read-only user"
NO_CAMERA = "user without the camera"
ONE_STEP = "user without two-step"
TWO_STEP = "user with two-step"
ADMIN = "administrator without two-step"
ADMIN_TWO_STEP = "administrator with two-step"


async def turn_on_two_step(hass: HomeAssistant, user: User) -> None:
    """Give a person the codes of an app, as their profile page does."""
    if hass.auth.get_auth_mfa_module("totp") is None:
        # The tests' Home Assistant starts without the module that a real one has.
        module = await auth_mfa_module_from_config(hass, {"type": "totp"})
        hass.auth._mfa_modules["totp"] = module
    await hass.auth.async_enable_user_mfa(user, "totp", {})


@dataclass
class Person:
    """Somebody who is logged in."""

    user: User
    token: RefreshToken
    access_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


async def _person(hass: HomeAssistant, name: str, group: str, *, two_step: bool) -> Person:
    user = await hass.auth.async_create_user(name, group_ids=[group])
    if two_step:
        await turn_on_two_step(hass, user)
    token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
    return Person(user, token, hass.auth.async_create_access_token(token))


async def people(hass: HomeAssistant, *others: str) -> dict[str, Person]:
    """Return one person of each sort.

    Args:
        hass: Home Assistant.
        others: The entities that ``NO_CAMERA`` may use; every other person may use what their
            group may.
    """
    policy: Any = {"entities": {"entity_ids": dict.fromkeys(others, True)}}
    some = Group("Some entities", policy)
    hass.auth._store._groups[some.id] = some
    sorts = {
        # The first one is the owner.
        ADMIN: (GROUP_ID_ADMIN, False),
        ADMIN_TWO_STEP: (GROUP_ID_ADMIN, True),
        READ_ONLY: (GROUP_ID_READ_ONLY, False),
        ONE_STEP: (GROUP_ID_USER, False),
        TWO_STEP: (GROUP_ID_USER, True),
        NO_CAMERA: (some.id, True),
    }
    return {
        name: await _person(hass, name, group, two_step=two_step)
        for name, (group, two_step) in sorts.items()
    }
