"""The section "What counts" of a camera's form."""

from typing import Any, Final

from homeassistant.helpers import selector
import probatio

from .const import (
    CONF_LOITER,
    CONF_MASKS,
    CONF_MIN_CONFIDENCE,
    CONF_MIN_HEIGHT,
    CONF_PICTURE_STYLE,
    CONF_ZONES,
)
from .vision.style import PictureStyle

FIRST_VALUES: Final[dict[str, Any]] = {
    CONF_MIN_CONFIDENCE: 0,
    CONF_MIN_HEIGHT: 0,
    CONF_LOITER: 0,
    CONF_PICTURE_STYLE: PictureStyle.FULL,
}
"""Everything counts, and is shown."""
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
        probatio.Optional(CONF_PICTURE_STYLE): selector.SelectSelector(
            {
                "options": list(PictureStyle),
                "translation_key": CONF_PICTURE_STYLE,
                "mode": selector.SelectSelectorMode.LIST,
            }
        ),
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
