"""Set up the hub with one click, and its few options. Cameras: ``camera_flow.py``."""

from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import selector
import probatio

from .camera_flow import CameraSubentryFlow
from .const import CONF_FRAMES_PER_SECOND, CONF_THREADS, DOMAIN, SUBENTRY_CAMERA
from .settings import HubSettings


class SmartAlertsConfigFlow(ConfigFlow, domain=DOMAIN):
    """Explains what will happen before anything is enabled, then asks for the first camera."""

    VERSION = 1

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain, and set up the hub on confirmation."""
        if user_input is None:
            return self.async_show_form(step_id="user")
        return self.async_create_entry(title="Camera Smart Alerts", data={})

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with the first camera, where there is one to add."""
        flow = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_CAMERA),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        if flow["type"] is FlowResultType.FORM:
            result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"])
        return result

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> SmartAlertsOptionsFlow:
        """Return the flow of the hub's options."""
        return SmartAlertsOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to the hub."""
        return {SUBENTRY_CAMERA: CameraSubentryFlow}


class SmartAlertsOptionsFlow(OptionsFlow):
    """How much of the machine the analysis may use. The update listener applies it."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask, prefilled with what holds now."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        hub = HubSettings.from_options(self.config_entry.options)
        schema = probatio.Schema(
            {
                probatio.Required(
                    CONF_FRAMES_PER_SECOND, default=int(hub.frames_per_second)
                ): _number(1, 10),
                probatio.Required(CONF_THREADS, default=hub.threads): _number(1, 4),
            }
        )
        return self.async_show_form(step_id="init", data_schema=schema)


def _number(at_least: int, at_most: int) -> probatio.All[Any]:
    slider = selector.NumberSelector(
        {"min": at_least, "max": at_most, "mode": selector.NumberSelectorMode.SLIDER}
    )
    return probatio.All(slider, probatio.Coerce(int))
