"""What phones say about notifications: a tapped button, one wiped away, one received.

Any registered phone can fire these events, so what does not come from a phone that the camera
tells is nobody's business, and neither is a notification that we do not know.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, Event, HomeAssistant, callback

from .alerts import visit_id
from .channel import Channel, target_key
from .coordinator import CameraCoordinator
from .data import RuntimeData
from .feedback import Opinion, async_note, async_say, async_take_in
from .phone import (
    ACTION_MISSED,
    ACTION_NOT_RIGHT,
    ACTION_RIGHT,
    ACTION_SILENCE,
    ACTION_SILENCE_HOME,
    async_phones_of,
    parse_action,
)
from .phone_question import YES, async_answered, async_ask
from .visit_list import async_visit

EVENT_ACTION: Final = "mobile_app_notification_action"
EVENT_CLEARED: Final = "mobile_app_notification_cleared"
EVENT_RECEIVED: Final = "mobile_app_notification_received"
"""From Android, where a notification asks for it."""

_SILENCE: Final = timedelta(minutes=30)
_SAID: Final = {
    ACTION_NOT_RIGHT: Opinion.NOT_RIGHT,
    ACTION_RIGHT: Opinion.RIGHT,
    ACTION_MISSED: Opinion.MISSED,
}
_AGREED: Final = {verb: opinion for opinion, verb in YES.items()}


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
    if not any(alert_id in one.memory.alerts for one in runtime.cameras.values()):
        hass.async_create_task(_async_long_ago(runtime, verb, alert_id, event.context))
        return
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


async def _async_long_ago(runtime: RuntimeData, verb: str, alert_id: str, context: Context) -> None:
    """Take in what is said of an alert that no camera remembers: the history may.

    Silence is for what goes on now.
    """
    if verb in (ACTION_SILENCE, ACTION_SILENCE_HOME):
        return
    visit = await async_visit(runtime.database, visit_id(alert_id))
    for camera in runtime.cameras.values():
        if visit is None or camera.settings.subentry_id not in visit["seen"]:
            continue
        if phones := async_phones_of(camera.hass, camera.settings, context):
            await _async_feedback(camera, verb, alert_id, context.user_id, phones)
            return


async def _async_feedback(
    camera: CameraCoordinator, verb: str, alert_id: str, user_id: str | None, phones: Sequence[str]
) -> None:
    """Take in what was said of an alert, or the answer to the question that came of that.

    Args:
        camera: That told of it.
        verb: What was tapped.
        alert_id: What it is about.
        user_id: Who tapped.
        phones: Theirs, which can be asked.
    """
    hass, runtime = camera.hass, camera.config_entry.runtime_data
    if (said := _SAID.get(verb)) is not None:
        if runtime.store.has_understood(user_id):
            await async_say(camera, alert_id, said)
        else:
            await _async_said_first(camera, said, alert_id, phones)
        return
    if (agreed := _AGREED.get(verb)) is not None:
        runtime.store.async_understood(user_id)
        # What was not right was taken back at once.
        await async_take_in(runtime, alert_id, agreed)
    await async_answered(hass, phones)


async def _async_said_first(
    camera: CameraCoordinator, said: Opinion, alert_id: str, phones: Sequence[str]
) -> None:
    """Ask whoever does not know yet what becomes of feedback; only an alert is taken back."""
    if said is not Opinion.NOT_RIGHT:
        await async_ask(camera.hass, phones, alert_id, said)
        return

    async def take_back_and_ask() -> None:
        await camera.async_not_right(alert_id)
        await async_ask(camera.hass, phones, alert_id, said)

    # Neither waits for the disk.
    noting = async_note(camera.config_entry.runtime_data, alert_id, said)
    await asyncio.gather(take_back_and_ask(), noting)
