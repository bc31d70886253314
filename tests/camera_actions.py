"""Calls of the actions about cameras, at noon."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Context, HomeAssistant

from custom_components.camera_smart_alerts.const import DOMAIN

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def call(
    hass: HomeAssistant, action: str, context: Context | None = None, **data: Any
) -> None:
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)


async def ask(hass: HomeAssistant, action: str, context: Context | None = None, **data: Any) -> Any:
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )
