"""What the form of a camera accepts, and what is stored of it."""

from collections.abc import Mapping, Sequence
import re
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import TemplateError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template

from .camera_form import (
    DEVICE_INTEGRATIONS,
    ENTITY_DOMAINS,
    SECTION_OF,
    default_values,
    is_device_of,
)
from .const import (
    CONF_CAMERA,
    CONF_CRITICAL_END,
    CONF_CRITICAL_START,
    CONF_DASHBOARD,
    CONF_DISPLAYS,
    CONF_KINDS,
    CONF_MASKS,
    CONF_MESSAGE,
    CONF_MOTION,
    CONF_SHARE_ADDRESS,
    CONF_SHARE_SECRET,
    CONF_SPEAKERS,
    CONF_TTS_ENGINE,
    CONF_ZONES,
)
from .followed import entity_key
from .modes import hours_fault, normal_time
from .share_target import ShareFault, share_fault
from .vision.zones import ShapeFault
from .zone_text import LineFault, LineProblem, parse_masks, parse_zones

_ENTITIES: Final = (CONF_MOTION, CONF_SPEAKERS, CONF_DISPLAYS)
_DASHBOARD: Final = re.compile(r"/?([\w-]+(?:/[\w-]+)?)/?")
SAMPLE: Final = {
    "area": "Garden",
    "camera": "Front door",
    "confidence": 92,
    "count": 1,
    "is_update": False,
    "kind": "person",
    "kind_name": "Person",
    "lasted": "3 min",
    "others": "Garage",
    "time": "12:00",
    "what": "2 people and 1 animal",
}
"""What a message may speak of (``message.py`` fills it in), with examples."""


class Problem(NamedTuple):
    """Why a form is not accepted."""

    error: str
    """Translation key."""
    detail: str = ""
    """What it is about, named in the message: an entity, a technical reason."""


@callback
def async_check(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, Problem]:
    """Return what is wrong with the flat values of a form, by field or section."""
    problems: dict[str, Problem] = {}
    for field, problem in (
        (CONF_MOTION, None if data.get(CONF_MOTION) else Problem("no_motion")),
        (CONF_KINDS, None if data.get(CONF_KINDS) else Problem("no_kinds")),
        (CONF_TTS_ENGINE, _check_speech(data)),
        (CONF_ZONES, _check_lines(parse_zones(data.get(CONF_ZONES, ""))[1])),
        (CONF_MASKS, _check_lines(parse_masks(data.get(CONF_MASKS, ""))[1])),
        (CONF_CRITICAL_START, _check_critical_hours(data)),
        (CONF_DASHBOARD, _check_dashboard(data.get(CONF_DASHBOARD, ""))),
        (CONF_MESSAGE, _check_message(hass, data.get(CONF_MESSAGE, ""))),
        (CONF_SHARE_ADDRESS, _check_share(data)),
        *((field, _check_entities(hass, field, data)) for field in ENTITY_DOMAINS),
        *((field, _check_devices(hass, field, data)) for field in DEVICE_INTEGRATIONS),
    ):
        if problem is not None:
            problems.setdefault(SECTION_OF.get(field, field), problem)
    return problems


def _check_speech(data: Mapping[str, Any]) -> Problem | None:
    """Media players only speak with a text-to-speech engine; other speakers bring their own."""
    if _needs_engine(data) and not data.get(CONF_TTS_ENGINE):
        return Problem("tts_engine_missing")
    return None


def _check_lines(problems: Sequence[LineProblem]) -> Problem | None:
    """Name the first line that makes no area."""
    for one in problems:
        return Problem(
            {
                LineFault.NO_SHAPE: "zone_no_shape",
                LineFault.UNKNOWN_KIND: "zone_unknown_kind",
                ShapeFault.TOO_FEW_POINTS: "zone_too_few_points",
                ShapeFault.TOO_MANY_POINTS: "zone_too_many_points",
                ShapeFault.OUTSIDE_PICTURE: "zone_outside_picture",
                ShapeFault.CROSSES_ITSELF: "zone_crosses_itself",
            }[one.fault],
            f"{one.line} ({one.text})",
        )
    return None


def _check_critical_hours(data: Mapping[str, Any]) -> Problem | None:
    fault = hours_fault(data.get(CONF_CRITICAL_START), data.get(CONF_CRITICAL_END))
    return None if fault is None else Problem(f"critical_hours_{fault}")


def _needs_engine(data: Mapping[str, Any]) -> bool:
    return any(one.startswith("media_player.") for one in data.get(CONF_SPEAKERS, ()))


def _check_dashboard(path: str) -> Problem | None:
    return Problem("dashboard_invalid") if path and not _DASHBOARD.fullmatch(path) else None


def _check_message(hass: HomeAssistant, message: str) -> Problem | None:
    """Render the message as an alert would, where an unknown variable is a mistake."""
    try:
        text = Template(message, hass).async_render(SAMPLE, parse_result=False, strict=True)
    except TemplateError as err:
        return Problem("message_invalid", str(err))
    return Problem("message_empty") if message and not text else None


def _check_share(data: Mapping[str, Any]) -> Problem | None:
    if (fault := share_fault(data)) is None:
        return None
    return Problem(
        {
            ShareFault.NO_ADDRESS: "share_address_invalid",
            ShareFault.CREDENTIALS: "share_address_credentials",
            ShareFault.UNENCRYPTED: "share_address_open",
            ShareFault.SHORT_SECRET: "share_secret_short",
        }[fault]
    )


def _check_entities(hass: HomeAssistant, field: str, data: Mapping[str, Any]) -> Problem | None:
    chosen = data.get(field, ())
    for entity_id in [chosen] if isinstance(chosen, str) else chosen:
        if entity_id.partition(".")[0] not in ENTITY_DOMAINS[field] or not is_known_entity(
            hass, entity_id
        ):
            return Problem("unknown_target", entity_id)
    return None


def _check_devices(hass: HomeAssistant, field: str, data: Mapping[str, Any]) -> Problem | None:
    for device_id in data.get(field, ()):
        if not is_device_of(hass, device_id, DEVICE_INTEGRATIONS[field]):
            return Problem("unknown_target", device_id)
    return None


@callback
def is_known_entity(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether an entity has a state, or will have one again (its integration is not up)."""
    entry = er.async_get(hass).async_get(entity_id)
    return hass.states.get(entity_id) is not None or (entry is not None and not entry.disabled)


@callback
def async_to_store(
    hass: HomeAssistant, camera_key: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the data of a camera subentry for accepted values; what is empty is left out."""
    data = {key: value for key, value in values.items() if value not in ([], "")}
    data[CONF_CAMERA] = camera_key
    if CONF_DASHBOARD in data and (match := _DASHBOARD.fullmatch(data[CONF_DASHBOARD])):
        data[CONF_DASHBOARD] = match[1]
    if CONF_SHARE_ADDRESS not in data:
        data.pop(CONF_SHARE_SECRET, None)
    if _needs_engine(data):
        data[CONF_TTS_ENGINE] = entity_key(hass, data[CONF_TTS_ENGINE])
    else:
        data.pop(CONF_TTS_ENGINE, None)
    for field in {CONF_CRITICAL_START, CONF_CRITICAL_END} & data.keys():
        data[field] = normal_time(data[field])
    for field in _ENTITIES:
        if field in data:
            data[field] = [entity_key(hass, one) for one in data[field]]
    return data


@callback
def async_stored_values(hass: HomeAssistant, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form of an enrolled camera starts with.

    What no longer exists and has no readable name is left out.
    """
    registry = er.async_get(hass)
    values = default_values(hass) | dict(stored)
    for field in _ENTITIES:
        if field in stored:
            found = (er.async_resolve_entity_id(registry, key) for key in stored[field])
            values[field] = [entity_id for entity_id in found if entity_id is not None]
    engine = er.async_resolve_entity_id(registry, values.pop(CONF_TTS_ENGINE, ""))
    if engine is not None:
        values[CONF_TTS_ENGINE] = engine
    for field, integration in DEVICE_INTEGRATIONS.items():
        values[field] = [
            one for one in stored.get(field, ()) if is_device_of(hass, one, integration)
        ]
    return values
