"""The actions ``feedback`` and ``forget_feedback``, the same as the commands of that name."""

from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
import probatio

from . import feedback
from .asking import async_asker
from .const import DOMAIN

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
    return await feedback.async_give(await async_asker(call), call.data)


async def _async_forget(call: ServiceCall) -> ServiceResponse:
    """Take back what a camera was taught."""
    return await feedback.async_forget(await async_asker(call), call.data)
