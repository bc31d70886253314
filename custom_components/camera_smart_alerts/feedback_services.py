"""The actions ``feedback`` and ``forget_feedback``, the same as the commands of that name."""

from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import UnknownUser
from homeassistant.helpers.service import async_get_config_entry
import probatio

from . import feedback
from .asking import Asker
from .const import DOMAIN
from .data import SmartAlertsConfigEntry

SERVICE_FEEDBACK: Final = "feedback"
SERVICE_FORGET_FEEDBACK: Final = "forget_feedback"


@callback
def async_setup_feedback_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, action, fields in (
        (SERVICE_FEEDBACK, _async_feedback, feedback.GIVE_FIELDS),
        (SERVICE_FORGET_FEEDBACK, _async_forget, feedback.FORGET_FIELDS),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            action,
            schema=probatio.Schema(fields),
            supports_response=SupportsResponse.OPTIONAL,
        )


async def _async_feedback(call: ServiceCall) -> ServiceResponse:
    """Take in what somebody says of a visit, or that somebody was missed."""
    return await feedback.async_give(await _async_asker(call), call.data)


async def _async_forget(call: ServiceCall) -> ServiceResponse:
    """Take back what a camera was taught."""
    return feedback.forget(await _async_asker(call), call.data)


async def _async_asker(call: ServiceCall) -> Asker:
    """Return who calls.

    Raises:
        UnknownUser: Somebody who is no longer there.
    """
    entry: SmartAlertsConfigEntry = async_get_config_entry(call.hass, DOMAIN, None)
    if (user_id := call.context.user_id) is None:
        return Asker(call.hass, entry.runtime_data, None, is_home=True)
    if (user := await call.hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser(context=call.context)
    return Asker(call.hass, entry.runtime_data, user)
