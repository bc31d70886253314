"""The one form of a camera: its fields, and what they start with.

What it accepts, and what is stored of it: ``camera_check.py``.

On the wire the fields lie in sections; everywhere else they are flat. Errors of a field inside a
section are reported on the section, because the frontend shows none inside.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers import device_registry as dr, entity_registry as er, selector
import probatio

from .const import (
    CONF_CONFIRM_WITHIN,
    CONF_COOLDOWN,
    CONF_CRITICAL,
    CONF_CRITICAL_END,
    CONF_CRITICAL_START,
    CONF_DASHBOARD,
    CONF_DISPLAYS,
    CONF_ECHO_SHOWS,
    CONF_GROUP,
    CONF_HOLD,
    CONF_KINDS,
    CONF_MASKS,
    CONF_MESSAGE,
    CONF_MOTION,
    CONF_NO_TEXT,
    CONF_PHONES,
    CONF_SENSITIVITY,
    CONF_SHARE_ADDRESS,
    CONF_SPEAKERS,
    CONF_TTS_ENGINE,
    CONF_VERIFY_TLS,
    CONF_VOLUME,
    CONF_ZONES,
    DOMAIN,
)
from .counts_form import FIELDS, FIRST_VALUES, counts_fields
from .motion_candidates import motion_candidates
from .settings import DEFAULT_COOLDOWN, DEFAULT_HOLD, DEFAULT_KINDS, DEFAULT_MESSAGE
from .share_target import FIELDS as SHARE_FIELDS, share_fields
from .vision.datatypes import Kind, Sensitivity
from .when_form import FIELDS as WHEN_FIELDS, FIRST_VALUES as WHEN_FIRST_VALUES, when_fields

SECTION_COUNTS: Final = "counts"
SECTION_WHEN: Final = "when"
SECTION_PHONE: Final = "phone"
SECTION_SPEECH: Final = "speech"
SECTION_DISPLAY: Final = "display"
SECTION_SHARE: Final = "share"
SECTION_ADVANCED: Final = "advanced"

SECTION_OF: Final = {
    **dict.fromkeys(FIELDS, SECTION_COUNTS),
    **dict.fromkeys(WHEN_FIELDS, SECTION_WHEN),
    CONF_PHONES: SECTION_PHONE,
    **dict.fromkeys((CONF_CRITICAL, CONF_CRITICAL_START, CONF_CRITICAL_END), SECTION_PHONE),
    CONF_NO_TEXT: SECTION_PHONE,
    **dict.fromkeys((CONF_SPEAKERS, CONF_TTS_ENGINE, CONF_VOLUME), SECTION_SPEECH),
    **dict.fromkeys((CONF_DISPLAYS, CONF_DASHBOARD, CONF_ECHO_SHOWS), SECTION_DISPLAY),
    **dict.fromkeys(SHARE_FIELDS, SECTION_SHARE),
    CONF_MESSAGE: SECTION_ADVANCED,
    CONF_COOLDOWN: SECTION_ADVANCED,
    CONF_CONFIRM_WITHIN: SECTION_ADVANCED,
    CONF_HOLD: SECTION_ADVANCED,
    CONF_VERIFY_TLS: SECTION_ADVANCED,
}
_SECTIONS: Final = tuple(dict.fromkeys(SECTION_OF.values()))
ENTITY_DOMAINS: Final = {
    CONF_MOTION: ("binary_sensor", "event"),
    CONF_SPEAKERS: ("media_player", "assist_satellite", "notify"),
    CONF_TTS_ENGINE: ("tts",),
    CONF_DISPLAYS: ("media_player",),
}
DEVICE_INTEGRATIONS: Final = {CONF_PHONES: "mobile_app", CONF_ECHO_SHOWS: "alexa_devices"}


def flatten(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a submitted form without their sections."""
    flat = {key: value for key, value in user_input.items() if key not in _SECTIONS}
    for name in _SECTIONS:
        flat |= user_input.get(name, {})
    return flat


def nest(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat fields in their sections, as the form wants its values."""
    nested: dict[str, Any] = {name: {} for name in _SECTIONS}
    for key, value in data.items():
        target = nested[SECTION_OF[key]] if key in SECTION_OF else nested
        target[key] = value
    return nested


@callback
def async_first_values(hass: HomeAssistant, camera_entity_id: str) -> dict[str, Any]:
    """Return what the form of a new camera starts with."""
    values = default_values(hass)
    values[CONF_MOTION] = [
        one.entity_id for one in motion_candidates(hass, camera_entity_id) if one.suggested
    ]
    phones = [
        device.id
        for entry in hass.config_entries.async_entries(DEVICE_INTEGRATIONS[CONF_PHONES])
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    ]
    if len(phones) == 1:
        values[CONF_PHONES] = phones
    return values


@callback
def default_values(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is chosen where nobody chose anything."""
    values: dict[str, Any] = {
        CONF_KINDS: list(DEFAULT_KINDS),
        CONF_SENSITIVITY: Sensitivity.BALANCED,
        **FIRST_VALUES,
        **WHEN_FIRST_VALUES,
        CONF_MESSAGE: DEFAULT_MESSAGE,
        CONF_COOLDOWN: DEFAULT_COOLDOWN,
        CONF_CONFIRM_WITHIN: 0,
        CONF_HOLD: DEFAULT_HOLD,
        CONF_CRITICAL: False,
        CONF_NO_TEXT: False,
        CONF_VERIFY_TLS: False,
    }
    if engines := sorted(hass.states.async_entity_ids("tts")):
        values[CONF_TTS_ENGINE] = engines[0]
    return values


@callback
def async_schema(
    hass: HomeAssistant, values: Mapping[str, Any], problems: Iterable[str]
) -> probatio.Schema:
    """Return the form, prefilled; sections are open where something is chosen or wrong."""
    nested = nest(values)
    is_open = {
        SECTION_COUNTS: any(
            values.get(field, first) != first
            for field, first in {CONF_ZONES: "", CONF_MASKS: "", **FIRST_VALUES}.items()
        ),
        SECTION_WHEN: any(
            values.get(field, first) != first
            for field, first in {**WHEN_FIRST_VALUES, CONF_GROUP: ""}.items()
        ),
        SECTION_PHONE: True,
        SECTION_SPEECH: bool(values.get(CONF_SPEAKERS)),
        SECTION_DISPLAY: bool(values.get(CONF_DISPLAYS) or values.get(CONF_ECHO_SHOWS)),
        SECTION_SHARE: bool(values.get(CONF_SHARE_ADDRESS)),
        SECTION_ADVANCED: False,
    } | dict.fromkeys(problems, True)
    fields = _what_fields(hass)
    for name, section_fields in _section_fields(hass).items():
        schema = _prefill(section_fields, nested[name])
        fields[probatio.Optional(name)] = section(schema, {"collapsed": not is_open[name]})
    return _prefill(fields, {key: nested[key] for key in nested if key not in _SECTIONS})


def _prefill(fields: Mapping[Any, Any], values: Mapping[str, Any]) -> probatio.Schema:
    """Return a schema whose fields suggest values, so that each can also be emptied."""
    return probatio.Schema(
        {
            type(marker)(str(marker), description={"suggested_value": values[str(marker)]})
            if str(marker) in values
            else marker: field
            for marker, field in fields.items()
        }
    )


def _what_fields(hass: HomeAssistant) -> dict[Any, Any]:
    return {
        probatio.Required(CONF_MOTION): _entities(
            entities_of_platform(hass, DOMAIN), {"domain": list(ENTITY_DOMAINS[CONF_MOTION])}
        ),
        probatio.Required(CONF_KINDS): _choice("kind", list(Kind), multiple=True),
        probatio.Required(CONF_SENSITIVITY): _choice("sensitivity", list(Sensitivity)),
    }


def _section_fields(hass: HomeAssistant) -> dict[str, dict[Any, Any]]:
    players: selector.EntityWithDeviceFilterSelectorConfig = {
        "domain": "media_player",
        "supported_features": ["media_player.MediaPlayerEntityFeature.PLAY_MEDIA"],
    }
    return {
        SECTION_COUNTS: counts_fields(),
        SECTION_WHEN: when_fields(hass),
        SECTION_PHONE: {
            probatio.Optional(CONF_PHONES): _devices(CONF_PHONES),
            probatio.Optional(CONF_CRITICAL): selector.BooleanSelector(),
            probatio.Optional(CONF_CRITICAL_START): selector.TimeSelector(),
            probatio.Optional(CONF_CRITICAL_END): selector.TimeSelector(),
            probatio.Optional(CONF_NO_TEXT): selector.BooleanSelector(),
        },
        SECTION_SPEECH: {
            # A phone's notify entity shows text; it does not speak.
            probatio.Optional(CONF_SPEAKERS): _entities(
                entities_of_platform(hass, "mobile_app"),
                players,
                {"domain": ["assist_satellite", "notify"]},
            ),
            probatio.Optional(CONF_TTS_ENGINE): selector.EntitySelector(
                {"filter": {"domain": "tts"}}
            ),
            probatio.Optional(CONF_VOLUME): selector.NumberSelector(
                {"min": 0, "max": 100, "step": 5, "unit_of_measurement": "%"}
            ),
        },
        SECTION_DISPLAY: {
            probatio.Optional(CONF_DISPLAYS): _entities([], players),
            probatio.Optional(CONF_DASHBOARD): selector.TextSelector(),
            probatio.Optional(CONF_ECHO_SHOWS): _devices(CONF_ECHO_SHOWS),
        },
        SECTION_SHARE: share_fields(),
        SECTION_ADVANCED: {
            probatio.Optional(CONF_MESSAGE): selector.TextSelector({"multiline": True}),
            probatio.Optional(CONF_COOLDOWN): _seconds(0, 86400),
            probatio.Optional(CONF_CONFIRM_WITHIN): _seconds(0, 300),
            probatio.Optional(CONF_HOLD): _seconds(5, 600),
            probatio.Optional(CONF_VERIFY_TLS): selector.BooleanSelector(),
        },
    }


def _entities(
    exclude: list[str], *filters: selector.EntityWithDeviceFilterSelectorConfig
) -> selector.EntitySelector:
    return selector.EntitySelector(
        {"multiple": True, "exclude_entities": exclude, "filter": list(filters)}
    )


def _devices(key: str) -> selector.DeviceSelector:
    return selector.DeviceSelector(
        {"multiple": True, "filter": {"integration": DEVICE_INTEGRATIONS[key]}}
    )


def _choice(
    translation_key: str, options: list[str], *, multiple: bool = False
) -> selector.SelectSelector:
    return selector.SelectSelector(
        {
            "options": options,
            "translation_key": translation_key,
            "multiple": multiple,
            "mode": selector.SelectSelectorMode.LIST,
        }
    )


def _seconds(at_least: int, at_most: int) -> probatio.All[Any]:
    number = selector.NumberSelector(
        {
            "min": at_least,
            "max": at_most,
            "mode": selector.NumberSelectorMode.BOX,
            "unit_of_measurement": "s",
        }
    )
    return probatio.All(number, probatio.Coerce(int))


@callback
def entities_of_platform(hass: HomeAssistant, platform: str) -> list[str]:
    """Return the entities an integration provides."""
    return [e.entity_id for e in er.async_get(hass).entities.values() if e.platform == platform]


@callback
def is_device_of(hass: HomeAssistant, device_id: str, integration: str) -> bool:
    """Tell whether a device exists and belongs to an integration."""
    device = dr.async_get(hass).async_get(device_id)
    entry = device and hass.config_entries.async_get_entry(device.config_entry_id)
    return bool(entry and entry.domain == integration)
