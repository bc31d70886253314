"""The words of an alert: the sentence from the user's template, and the texts of the buttons.

The sentence is in the language of this Home Assistant. A template that does not render costs
nobody an alert: the plain sentence takes its place and a repair issue says why.
"""

from collections.abc import Mapping
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, TemplateError
from homeassistant.helpers import (
    area_registry as ar,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.template import Template
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .alerts import Alert
from .const import DOMAIN
from .settings import CameraSettings
from .vision.datatypes import Kind

_LOGGER = logging.getLogger(__name__)

# Home Assistant loads the texts of a custom integration by fixed categories. ``selector`` is the
# one for words that stand alone, and the names of the kinds are there anyway.
_CATEGORY: Final = "selector"


class Words:
    """Translated words. One that is missing is made from its key, which is English enough."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        """Wrap what ``async_get_translations`` returns."""
        self._translations = translations

    def notification(self, key: str) -> str:
        """Return a text of the notification, for example of a button."""
        return self._get("notification", key)

    def kind(self, kind: Kind) -> str:
        """Return the name of a kind."""
        return self._get("kind", kind)

    def _get(self, group: str, key: str) -> str:
        return self._translations.get(
            f"component.{DOMAIN}.{_CATEGORY}.{group}.options.{key}",
            key.replace("_", " ").capitalize(),
        )


async def async_words(hass: HomeAssistant) -> Words:
    """Return the words in the language of this Home Assistant."""
    try:
        translations = await async_get_translations(hass, hass.config.language, _CATEGORY, {DOMAIN})
    except HomeAssistantError as err:
        _LOGGER.debug("The texts of notifications are English, translations failed: %s", err)
        translations = {}
    return Words(translations)


@callback
def async_message(hass: HomeAssistant, settings: CameraSettings, alert: Alert, words: Words) -> str:
    """Return the sentence about an alert, never empty. Keeps the repair issue up to date."""
    issue_id = f"message_template_{settings.subentry_id}"
    variables = _variables(hass, settings, alert, words)
    try:
        message = _render(hass, settings.alerts.message, variables)
    except TemplateError as err:
        message = f"{variables['kind_name']}: {alert.camera}"
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="message_template",
            translation_placeholders={"camera": settings.title, "error": str(err)},
        )
    else:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
    # Nobody should run to the door because somebody tries out the speakers.
    return f"{words.notification('test')}: {message}" if alert.is_test else message


def _render(hass: HomeAssistant, template: str, variables: Mapping[str, Any]) -> str:
    # Strict: a misspelt variable must not pass as an empty word.
    message = str(Template(template, hass).async_render(variables, parse_result=False, strict=True))
    if not message:
        raise TemplateError("Empty")
    return message


def _variables(
    hass: HomeAssistant, settings: CameraSettings, alert: Alert, words: Words
) -> dict[str, Any]:
    return {
        "kind": str(alert.kind),
        "kind_name": words.kind(alert.kind),
        "count": alert.count,
        "camera": alert.camera,
        "area": _area_name(hass, settings.camera),
        "confidence": round(100 * alert.confidence),
        "time": dt_util.as_local(alert.at).strftime("%H:%M"),
    }


def _area_name(hass: HomeAssistant, camera: str) -> str:
    """Return the area of a camera, or an empty text."""
    registry = er.async_get(hass)
    if (entry := registry.async_get(camera)) is None:
        return ""
    area_id = er.async_get_effective_area_id(hass, entry)
    area = area_id and ar.async_get(hass).async_get_area(area_id)
    return area.name if area else ""
