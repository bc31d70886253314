"""A person in the dialogs of our integration: what is filled in, submitted, chosen and seen."""

from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    SubentryFlowContext,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
)
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.const import SUBENTRY_CAMERA

CAMERA = "camera.still"
MOTION = "binary_sensor.still_motion"
LOOK = "custom_components.camera_smart_alerts.camera_look"

type Result = dict[str, Any]


def register(hass: HomeAssistant, entity_id: str, platform: str = "peer", **info: Any) -> str:
    """Register an entity, give it a state, and return its registry id."""
    domain, _, name = entity_id.partition(".")
    entry = er.async_get(hass).async_get_or_create(
        domain, platform, entity_id, suggested_object_id=name, **info
    )
    hass.states.async_set(entity_id, "off", {"friendly_name": name.replace("_", " ").title()})
    return entry.id


def add_device(hass: HomeAssistant, integration: str, name: str) -> str:
    entry = MockConfigEntry(domain=integration)
    entry.add_to_hass(hass)
    return (
        dr.async_get(hass)
        .async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(integration, name)}, name=name
        )
        .id
    )


class Dialog:
    """A person in the dialog of one camera."""

    def __init__(self, hass: HomeAssistant, hub: MockConfigEntry) -> None:
        self._hass = hass
        self._hub = hub
        self.result: Result = {}

    async def add(self) -> Result:
        """Click "Add camera"."""
        return await self._start(SubentryFlowContext(source=SOURCE_USER))

    async def change(self) -> Result:
        """Click "Change camera" of the only camera."""
        (subentry_id,) = self._hub.subentries
        return await self._start(
            SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)
        )

    async def _start(self, context: SubentryFlowContext) -> Result:
        self.result = dict(
            await self._hass.config_entries.subentries.async_init(
                (self._hub.entry_id, SUBENTRY_CAMERA), context=context
            )
        )
        return self.result

    async def submit(self, **answers: Any) -> Result:
        """Submit what the form suggests, with these changes; None empties a field."""
        self.result = dict(
            await self._hass.config_entries.subentries.async_configure(
                self.result["flow_id"], _filled(self.result["data_schema"].schema, answers)
            )
        )
        return self.result

    async def choose(self, step: str) -> Result:
        """Choose from the menu."""
        self.result = dict(
            await self._hass.config_entries.subentries.async_configure(
                self.result["flow_id"], {"next_step_id": step}
            )
        )
        return self.result

    async def watch(self) -> Result:
        """Wait for the progress to end, as the frontend does."""
        assert self.result["type"] is FlowResultType.SHOW_PROGRESS
        await self._hass.async_block_till_done()
        self.result = dict(
            await self._hass.config_entries.subentries.async_configure(self.result["flow_id"])
        )
        return self.result

    def suggested(self) -> Result:
        """Return the values the form is prefilled with, without its sections."""
        values = _filled(self.result["data_schema"].schema, {})
        flat = {key: value for key, value in values.items() if not isinstance(value, dict)}
        for value in values.values():
            flat |= value if isinstance(value, dict) else {}
        return flat

    def open_sections(self) -> set[str]:
        """Return the sections that are open."""
        return {
            str(key)
            for key, value in self.result["data_schema"].schema.items()
            if isinstance(value, section) and not value.options["collapsed"]
        }


def _filled(schema: dict[Any, Any], answers: dict[str, Any]) -> Result:
    """Return what the frontend would send."""
    values: Result = {}
    for marker, field in schema.items():
        key = str(marker)
        if isinstance(field, section):
            values[key] = _filled(field.schema.schema, answers)
        elif key in answers:
            if answers[key] is not None:
                values[key] = answers[key]
        elif marker.description is not None:
            values[key] = marker.description["suggested_value"]
    return values
