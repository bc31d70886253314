"""What phones say about notifications: a tapped button, one wiped away, one received.

Any registered phone can fire these events, so what does not come from a phone that the camera
tells is nobody's business, and neither is a notification that we do not know.
"""

from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback

from .channel import Channel
from .data import RuntimeData
from .delivery import target_key
from .feedback import async_take_back
from .phone import (
    ACTION_SILENCE,
    ACTION_SILENCE_HOME,
    async_is_from_phone_of,
    async_phones_of,
    parse_action,
)

EVENT_ACTION: Final = "mobile_app_notification_action"
EVENT_CLEARED: Final = "mobile_app_notification_cleared"
EVENT_RECEIVED: Final = "mobile_app_notification_received"
"""From Android, where a notification asks for it."""

_SILENCE: Final = timedelta(minutes=30)


@callback
def async_follow_phones(hass: HomeAssistant, entry: ConfigEntry[RuntimeData]) -> None:
    """Listen to the phones until the entry is unloaded."""
    runtime = entry.runtime_data

    @callback
    def answered(event: Event[dict[str, Any]]) -> None:
        _async_answered(hass, runtime, event)

    @callback
    def cleared(event: Event[dict[str, Any]]) -> None:
        runtime.keeper.async_dismissed(_tag(event), _async_targets(hass, runtime, event))

    @callback
    def received(event: Event[dict[str, Any]]) -> None:
        if _async_targets(hass, runtime, event):
            runtime.keeper.async_received(_tag(event))

    entry.async_on_unload(hass.bus.async_listen(EVENT_ACTION, answered))
    entry.async_on_unload(hass.bus.async_listen(EVENT_CLEARED, cleared))
    entry.async_on_unload(hass.bus.async_listen(EVENT_RECEIVED, received))


def _tag(event: Event[dict[str, Any]]) -> str:
    return str(event.data.get("tag", ""))


@callback
def _async_targets(
    hass: HomeAssistant, runtime: RuntimeData, event: Event[dict[str, Any]]
) -> set[str]:
    """Return the phones that an event may come from, as targets of tellings."""
    return {
        target_key(Channel.PHONE, device_id)
        for camera in runtime.cameras.values()
        for device_id in async_phones_of(hass, camera.settings, event.context)
    }


@callback
def _async_answered(
    hass: HomeAssistant, runtime: RuntimeData, event: Event[dict[str, Any]]
) -> None:
    """Do what a person tapped in a notification."""
    answer = parse_action(event.data.get("action", ""))
    if answer is None:
        return
    verb, alert_id = answer
    for camera in runtime.cameras.values():
        if alert_id not in camera.memory.alerts:
            continue
        if not async_is_from_phone_of(hass, camera.settings, event.context):
            continue
        runtime.keeper.async_answered(alert_id)
        if verb == ACTION_SILENCE:
            camera.control.async_silence(_SILENCE)
        elif verb == ACTION_SILENCE_HOME:
            camera.control.async_silence(None)
        else:
            # It takes the visit back for all of its cameras.
            hass.async_create_task(async_take_back(runtime, camera, alert_id))
            return
