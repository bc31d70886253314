"""Automations of users, run by Home Assistant itself."""

from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

_HIT = "automation_ran"


async def automate(hass: HomeAssistant, trigger: Any, *conditions: Any) -> list[Event]:
    """Set up an automation; return the events that it will fire, with what triggered it."""
    said = "{{ {'entity_id': trigger.entity_id, 'kinds': trigger.kinds | default({})} }}"
    automation = {
        "alias": "Test",
        "triggers": [trigger],
        "conditions": list(conditions),
        "actions": [{"event": _HIT, "event_data_template": {"said": said}}],
    }
    hits: list[Event] = async_capture_events(hass, _HIT)
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    assert state.state == "on", "the automation is valid"
    return hits
