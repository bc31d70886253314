"""One line in the logbook for every motion, also for those nobody was told about."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .alerts import Outcome
from .const import DOMAIN
from .state import EVENT_MOTION
from .vision.datatypes import Kind

_MESSAGES: Final = {
    Outcome.ALERTED: "saw {what}: alert sent",
    Outcome.UPDATED: "saw {what} again, of the same visit",
    Outcome.NOTHING_FOUND: "had motion, but there was nothing to tell",
    Outcome.OUTSIDE_ZONES: "saw something outside the zones that count",
    Outcome.TOO_SMALL: "saw something that is too small to count",
    Outcome.TOO_UNSURE: "saw something, but too unsurely to count",
    Outcome.NOT_LONG_ENOUGH: "saw something that did not stay long enough",
    Outcome.STATIC: "saw something that was there before",
    Outcome.LEARNED: "saw what had been called a mistake at this spot",
    Outcome.COOLDOWN: "saw {what} again: no further alert so soon",
    Outcome.SILENCED: "saw {what}: alerts are silenced",
    Outcome.QUIET_HOURS: "saw {what}: these are quiet hours",
    Outcome.DETECT_ONLY: "saw {what}: its mode is only to detect",
    Outcome.MODE_OFF: "had motion, but its mode is off now",
    Outcome.SWITCHED_OFF: "had motion, but smart alerts are off",
    Outcome.CAMERA_UNREACHABLE: "had motion, but gave no picture{why}",
    Outcome.INCONCLUSIVE: "had motion that could not be analysed{why}",
    Outcome.DELIVERY_FAILED: "saw {what}, but the alert reached nobody",
}
_WORDS: Final = {
    Kind.PERSON: ("a person", "people"),
    Kind.ANIMAL: ("an animal", "animals"),
    Kind.VEHICLE: ("a vehicle", "vehicles"),
}


@callback
def async_describe_events(
    _hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, Any]]], None],
) -> None:
    """Describe what happened to each motion."""

    @callback
    def describe(event: Event) -> dict[str, Any]:
        data = event.data
        entry = {
            LOGBOOK_ENTRY_NAME: data.get("camera", "Camera"),
            LOGBOOK_ENTRY_MESSAGE: _message(data),
        }
        if entity_id := data.get("entity_id"):
            entry[LOGBOOK_ENTRY_ENTITY_ID] = entity_id
        return entry

    async_describe_event(DOMAIN, EVENT_MOTION, describe)


def _message(data: Mapping[str, Any]) -> str:
    """Return a sentence without its subject. Old events may lack what newer ones hold."""
    reason = str(data.get("reason", "")).replace("_", " ")
    return _MESSAGES.get(data.get("outcome", ""), "had motion").format(
        what=_what(data), why=f" ({reason})" if reason else ""
    )


def _what(data: Mapping[str, Any]) -> str:
    one, many = _WORDS.get(data.get("verdict", ""), ("something", "things"))
    count, confidence = data.get("count", 1), data.get("confidence", 0)
    words = f"{count} {many}" if count > 1 else one
    return f"{words} ({confidence:.0%})" if confidence else words
