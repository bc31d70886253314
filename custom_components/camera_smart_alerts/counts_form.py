"""The section "What counts" of a camera's form."""

from typing import Any, Final

from homeassistant.helpers import selector
import probatio

from .const import CONF_LOITER, CONF_MASKS, CONF_MIN_CONFIDENCE, CONF_MIN_HEIGHT, CONF_ZONES

FIRST_VALUES: Final = {CONF_MIN_CONFIDENCE: 0, CONF_MIN_HEIGHT: 0, CONF_LOITER: 0}
"""Everything counts."""
FIELDS: Final = (*FIRST_VALUES, CONF_ZONES, CONF_MASKS)


def counts_fields() -> dict[Any, Any]:
    """Return the fields of the section."""
    return {
        probatio.Optional(CONF_MIN_CONFIDENCE): _slider(95, 5, "%"),
        probatio.Optional(CONF_MIN_HEIGHT): _slider(90, 5, "%"),
        probatio.Optional(CONF_LOITER): _slider(60, 1, "s"),
        # Home Assistant's forms cannot draw.
        probatio.Optional(CONF_ZONES): selector.TextSelector({"multiline": True}),
        probatio.Optional(CONF_MASKS): selector.TextSelector({"multiline": True}),
    }


def _slider(at_most: int, step: int, unit: str) -> probatio.All[Any]:
    number = selector.NumberSelector(
        {
            "min": 0,
            "max": at_most,
            "step": step,
            "mode": selector.NumberSelectorMode.SLIDER,
            "unit_of_measurement": unit,
        }
    )
    return probatio.All(number, probatio.Coerce(int))
