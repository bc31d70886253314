"""The fields of a camera's form about when it may look and tell, and what they start with."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import selector
import probatio

from .const import (
    CONF_GROUP,
    CONF_IMPORTANT,
    CONF_MODE_AWAY,
    CONF_MODE_HOME,
    DOMAIN,
    SUBENTRY_CAMERA,
)
from .modes import Mode

FIELDS: Final = (CONF_MODE_HOME, CONF_MODE_AWAY, CONF_IMPORTANT, CONF_GROUP)
FIRST_VALUES: Final = {
    CONF_MODE_HOME: Mode.ALERT,
    CONF_MODE_AWAY: Mode.ALERT,
    CONF_IMPORTANT: False,
}


@callback
def when_fields(hass: HomeAssistant) -> dict[Any, Any]:
    """Return the fields; the groups that other cameras belong to are offered."""
    modes = selector.SelectSelector(
        {
            "options": list(Mode),
            "translation_key": "mode",
            "mode": selector.SelectSelectorMode.LIST,
        }
    )
    groups = selector.SelectSelector(
        {
            "options": _groups(hass),
            "custom_value": True,
            "mode": selector.SelectSelectorMode.DROPDOWN,
        }
    )
    return {
        probatio.Optional(CONF_MODE_HOME): modes,
        probatio.Optional(CONF_MODE_AWAY): modes,
        probatio.Optional(CONF_IMPORTANT): selector.BooleanSelector(),
        probatio.Optional(CONF_GROUP): groups,
    }


def _groups(hass: HomeAssistant) -> list[str]:
    groups = {
        str(subentry.data.get(CONF_GROUP, "")).strip()
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_CAMERA)
    }
    return sorted(groups - {""})
