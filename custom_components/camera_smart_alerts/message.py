"""The words of an alert: the sentence from the user's template, and the texts of the buttons.

The sentence is in the language of this Home Assistant. A template that does not render costs
nobody an alert: the plain sentence takes its place and a repair issue says why.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
import logging
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, TemplateError
from homeassistant.helpers import (
    area_registry as ar,
    entity_registry as er,
)
from homeassistant.helpers.template import Template
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .alerts import Alert
from .const import DOMAIN
from .issues import async_create_issue, async_delete_issue
from .settings import CameraSettings
from .vision.datatypes import Kind

_LOGGER = logging.getLogger(__name__)

# Home Assistant loads the texts of a custom integration by fixed categories. ``selector`` is the
# one for words that stand alone, and the names of the kinds are there anyway.
_CATEGORY: Final = "selector"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class Words:
    """Translated words. One that is missing is made from its key, which is English enough."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        """Wrap what ``async_texts`` returns."""
        self._translations = translations

    def notification(self, key: str) -> str:
        """Return a text of the notification, for example of a button."""
        return self._get("notification", key)

    def kind(self, kind: Kind | None) -> str:
        """Return the name of a kind; of None, what moved but could not be analysed."""
        return self._get("kind", kind) if kind else self.notification("motion")

    def amount(self, kind: Kind, count: int) -> str:
        """Return for example "1 person" or "2 people"."""
        key = kind if count == 1 else f"{kind}_many"
        return self._get("what", key, f"{{count}} {kind}").replace("{count}", str(count))

    def role(self, role: str) -> str:
        """Return what a kept picture is, for example "Best picture"."""
        return self._get("role", role)

    def sum(self, first: str, second: str) -> str:
        """Return for example "2 people and 1 animal"."""
        text = self._get("what", "and", "{first}, {second}")
        return _filled(text, first=first, second=second)

    def joined(self, parts: Sequence[str]) -> str:
        """Return "a, b and c"; empty for nothing."""
        if len(parts) < 2:
            return "".join(parts)
        return self.sum(", ".join(parts[:-1]), parts[-1])

    def answer(self, key: str, **values: str) -> str:
        """Return a part of the answer to a spoken question."""
        return _filled(self._get("answer", key), **values)

    def asked(self, key: str) -> str:
        """Return a part of a spoken question, as a template of sentences."""
        return self._get("asked", key)

    def lasted(self, lasted: timedelta) -> str:
        """Return for example "40 s", "3 min", "1 h 5 min"."""
        seconds = round(lasted.total_seconds())
        if seconds < 60:
            return _filled(self._get("what", "seconds", "{count} s"), count=str(seconds))
        hours, minutes = divmod(round(seconds / 60), 60)
        text = _filled(self._get("what", "minutes", "{count} min"), count=str(minutes))
        if hours == 0:
            return text
        whole = _filled(self._get("what", "hours", "{count} h"), count=str(hours))
        return f"{whole} {text}" if minutes else whole

    def _get(self, group: str, key: str, default: str = "") -> str:
        return self._translations.get(
            f"component.{DOMAIN}.{_CATEGORY}.{group}.options.{key}",
            default or key.replace("_", " ").capitalize(),
        )


def _filled(text: str, **values: str) -> str:
    """Return a text with its placeholders filled in; what a person wrote is not looked into."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


async def async_texts(hass: HomeAssistant, language: str | None = None) -> dict[str, str]:
    """Return our texts that stand alone, by default in the language of this Home Assistant.

    Raises:
        HomeAssistantError: They cannot be loaded.
    """
    # Ours are translated for all regions of a language: "de" for "de-CH", too.
    language = (language or hass.config.language).partition("-")[0]
    return await async_get_translations(hass, language, _CATEGORY, {DOMAIN})


async def async_words(hass: HomeAssistant, language: str | None = None) -> Words:
    """Return the words in a language, by default that of this Home Assistant."""
    try:
        translations = await async_texts(hass, language)
    except HomeAssistantError as err:
        _LOGGER.debug("The texts of notifications are English, translations failed: %s", err)
        translations = {}
    return Words(translations)


def template_issue(subentry_id: str) -> str:
    """Return the id of the repair issue about a camera's template."""
    return f"message_template_{subentry_id}"


@callback
def async_message(hass: HomeAssistant, settings: CameraSettings, alert: Alert, words: Words) -> str:
    """Return the sentence about an alert, never empty. Keeps the repair issue up to date."""
    issue_id = template_issue(settings.subentry_id)
    variables = _variables(hass, settings, alert, words)
    try:
        message = _render(hass, settings.alerts.message, variables)
    except TemplateError as err:
        message = f"{variables['what']}: {alert.camera}"
        async_create_issue(
            hass,
            issue_id,
            translation_key="message_template",
            translation_placeholders={"camera": settings.title, "error": str(err)},
        )
    else:
        async_delete_issue(hass, issue_id)
    for name in ("others", "lasted"):
        # The news of an update, for templates that know nothing of it.
        if variables[name] and name not in settings.alerts.message:
            text = words.notification("also_at" if name == "others" else "left_after")
            message = _filled(text, message=message, **{name: variables[name]})
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
        "kind": str(alert.kind or "motion"),
        "kind_name": words.kind(alert.kind),
        "what": _what(alert, words),
        "count": alert.count,
        "camera": alert.camera,
        "others": words.joined(alert.others),
        "lasted": "" if alert.lasted is None else words.lasted(alert.lasted),
        "is_update": alert.is_update,
        "area": _area_name(hass, settings.camera),
        "confidence": round(100 * alert.confidence),
        "time": dt_util.as_local(alert.at).strftime("%H:%M"),
    }


def _what(alert: Alert, words: Words) -> str:
    """Return what was seen: "Person", "2 people", "2 people and 1 animal"."""
    kinds = alert.kinds or ({alert.kind: alert.count} if alert.kind else {})
    if len(kinds) > 1 or alert.count > 1:
        return words.joined([words.amount(kind, kinds[kind]) for kind in Kind if kind in kinds])
    return words.kind(alert.kind)


def _area_name(hass: HomeAssistant, camera: str) -> str:
    """Return the area of a camera, or an empty text."""
    registry = er.async_get(hass)
    if (entry := registry.async_get(camera)) is None:
        return ""
    area_id = er.async_get_effective_area_id(hass, entry)
    area = area_id and ar.async_get(hass).async_get_area(area_id)
    return area.name if area else ""
