"""What phones say about notifications: a tapped button, one wiped away, one received.

Any registered phone can fire these events, so what does not come from a phone that the camera
tells is nobody's business, and neither is a notification that we do not know.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback

from .channel import Channel, target_key
from .coordinator import CameraCoordinator
from .data import RuntimeData
from .feedback import async_learn, async_take_back
from .phone import (
    ACTION_LEARN,
    ACTION_NOT_RIGHT,
    ACTION_SILENCE,
    ACTION_SILENCE_HOME,
    async_phones_of,
    parse_action,
)
from .phone_question import async_answered, async_ask

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
        if not (phones := async_phones_of(hass, camera.settings, event.context)):
            continue
        runtime.keeper.async_answered(alert_id)
        if verb == ACTION_SILENCE:
            camera.control.async_silence(_SILENCE)
        elif verb == ACTION_SILENCE_HOME:
            camera.control.async_silence(None)
        else:
            # It is about the visit, with all of its cameras.
            who = event.context.user_id
            hass.async_create_task(_async_feedback(camera, verb, alert_id, who, phones))
            return


async def _async_feedback(
    camera: CameraCoordinator, verb: str, alert_id: str, user_id: str | None, phones: Sequence[str]
) -> None:
    """Take an alert back; learn from it once its phone's user knows what that means.

    Args:
        camera: That told of it.
        verb: What was tapped.
        alert_id: What it is about.
        user_id: Who tapped.
        phones: Theirs, which can be asked.
    """
    hass, runtime = camera.hass, camera.config_entry.runtime_data
    if verb == ACTION_NOT_RIGHT:
        understood = runtime.store.has_understood(user_id)
        await async_take_back(camera, alert_id, learn=understood)
        if not understood:
            await async_ask(hass, phones, alert_id)
        return
    if verb == ACTION_LEARN:
        runtime.store.async_understood(user_id)
        await async_learn(runtime, alert_id)
    await async_answered(hass, phones)
