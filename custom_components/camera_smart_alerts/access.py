"""Who may see a picture. Every view, command and action that gives one asks here.

What one would get wrong: Home Assistant's own proxies for images and cameras also serve whoever
holds an entity's token, and who that is nobody knows. So there is a question for people who are
known (``async_may_see``), and one for places where they are not (``async_for_some_only``).
"""

from datetime import timedelta
from typing import Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.http import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import current_request

from .const import DOMAIN
from .settings import HubSettings

_SIGNED: Final = timedelta(minutes=10)
_PROXIES: Final = ("/api/image_proxy", "/api/camera_proxy")
"""How the paths begin on which Home Assistant serves the pictures of entities."""


async def async_may_see(hass: HomeAssistant, user: User | None, camera_entity_id: str) -> bool:
    """Return whether a person may see the pictures of a camera.

    Args:
        hass: Home Assistant.
        user: Who asks. Nobody known sees nothing, and the users that Home Assistant made for
            itself, such as the one of signed links, are neither administrators nor verified.
        camera_entity_id: The camera that took the picture, not an entity of ours.
    """
    if user is None or not may_know_of(user, camera_entity_id):
        return False
    hubs = _hubs(hass)
    if any(hub.admins_only for hub in hubs) and (user.system_generated or not user.is_admin):
        return False
    two_step_only = any(hub.two_step_only for hub in hubs)
    return not two_step_only or await async_has_two_step(hass, user)


@callback
def async_for_some_only(hass: HomeAssistant) -> bool:
    """Return whether an option keeps pictures from some who may see the camera.

    Then nobody gets one where it is not known who asks.
    """
    return any(hub.admins_only or hub.two_step_only for hub in _hubs(hass))


async def async_has_two_step(hass: HomeAssistant, user: User | None) -> bool:
    """Return whether a person has two-step verification for the login."""
    if user is None or user.system_generated or not user.is_active:
        return False
    return bool(await hass.auth.async_get_enabled_mfa(user))


@callback
def async_signed(hass: HomeAssistant, path: str, refresh_token_id: str) -> str:
    """Return an address that opens a picture or a report for ten minutes, for who may see it now.

    Whoever holds it is taken for the login that it was signed for, and what that login may see is
    asked again each time (``views.py``). It ends with the login.
    """
    return async_sign_path(hass, path, _SIGNED, refresh_token_id=refresh_token_id)


@callback
def async_asking_user() -> User | None:
    """Return whose HTTP request is being answered; None where there is none, or nobody known."""
    if (request := current_request.get()) is None:
        return None
    user: User | None = request.get(KEY_HASS_USER)
    return user


@callback
def async_viewer() -> User | None:
    """Return who looks at an entity's picture through a proxy; None where nobody known does.

    Only the proxies count, because an automation runs on in the request that triggered it, and its
    pictures are not for that person.
    """
    request = current_request.get()
    if request is None or not request.path.startswith(_PROXIES):
        return None
    return async_asking_user()


@callback
def async_asking_login() -> str | None:
    """Return the id of the login whose HTTP request is being answered, like its user."""
    if (request := current_request.get()) is None:
        return None
    login: str | None = request.get(KEY_HASS_REFRESH_TOKEN_ID)
    return login


@callback
def async_is_refused(camera_entity_id: str) -> bool:
    """Return whether a proxy of Home Assistant is asked by a person without right to a camera.

    It checks nothing itself. Who comes with an entity's token is let through: only those who may
    see the entity get to know it.
    """
    user = async_viewer()
    return user is not None and not may_know_of(user, camera_entity_id)


def may_know_of(user: User, camera_entity_id: str) -> bool:
    """Return whether a person may know what a camera sees; to see its pictures can take more."""
    return user.is_active and user.permissions.check_entity(camera_entity_id, POLICY_READ)


@callback
def _hubs(hass: HomeAssistant) -> list[HubSettings]:
    """Return what is stored, so that a change holds at once, also while nothing is loaded."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return [HubSettings.from_options(entry.options) for entry in entries]
