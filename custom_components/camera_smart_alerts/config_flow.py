"""Set up the hub with one click, and its few options.

Cameras: ``camera_flow.py``. Files for bug reports: ``report_flow.py``.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, selector
from homeassistant.util import dt as dt_util
import probatio

from .access import async_asking_user, async_has_two_step
from .camera_flow import CameraSubentryFlow
from .const import (
    CONF_ADMINS_ONLY,
    CONF_ENGINE,
    CONF_FRAMES_PER_SECOND,
    CONF_HISTORY_MAX_MB,
    CONF_LATENCY_LIMIT,
    CONF_PRESENCE,
    CONF_QUIET_END,
    CONF_QUIET_START,
    CONF_RETENTION,
    CONF_THREADS,
    CONF_TWO_STEP,
    CONF_TWO_STEP_ONLY,
    DOMAIN,
    SUBENTRY_CAMERA,
    TITLE,
)
from .followed import entity_key
from .home_mode import PRESENCE_DOMAINS
from .modes import hours_fault, normal_time
from .report_flow import ReportFlow
from .settings import AUTOMATIC, HubSettings
from .vision.runtime import Engine

CONF_CONTINUE_WITHOUT: Final = "continue_without"


class SmartAlertsConfigFlow(ConfigFlow, domain=DOMAIN):
    """Explains what will happen before anything is enabled, then asks for the first camera."""

    VERSION = 1

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain, and set up the hub on confirmation."""
        if user_input is None:
            return self.async_show_form(step_id="user")
        return await self.async_step_two_step()

    async def async_step_two_step(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Set up the hub if who asks has two-step verification, or says to go on without.

        A flow that nobody known started counts as one of a person without.
        """
        errors: dict[str, str] = {}
        user = async_asking_user()
        verified = await async_has_two_step(self.hass, user)
        if verified or (user_input is not None and user_input[CONF_CONTINUE_WITHOUT]):
            record = {
                "verified": verified,
                "user_id": None if user is None else user.id,
                "at": dt_util.utcnow().isoformat(),
            }
            return self.async_create_entry(title=TITLE, data={CONF_TWO_STEP: record})
        if user_input is not None:
            errors["base"] = "two_step_still_off"
        return self.async_show_form(
            step_id="two_step",
            data_schema=probatio.Schema(
                {
                    probatio.Required(
                        CONF_CONTINUE_WITHOUT, default=False
                    ): selector.BooleanSelector()
                }
            ),
            errors=errors,
        )

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


class SmartAlertsOptionsFlow(ReportFlow):
    """What holds for all cameras, which the update listener applies; or a file for a bug report."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose between the two."""
        return self.async_show_menu(step_id="init", menu_options=["settings", "report"])

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask, prefilled with what holds now."""
        errors: dict[str, str] = {}
        values = self._stored() if user_input is None else user_input
        if user_input is not None:
            fault = hours_fault(user_input.get(CONF_QUIET_START), user_input.get(CONF_QUIET_END))
            if fault is None:
                return self.async_create_entry(data=self._to_store(user_input))
            errors["base"] = f"quiet_hours_{fault}"
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(_options_schema(), values),
            errors=errors,
        )

    def _stored(self) -> dict[str, Any]:
        """Return what holds now, with entities by their current names."""
        options = self.config_entry.options
        hub, registry = HubSettings.from_options(options), er.async_get(self.hass)
        found = (er.async_resolve_entity_id(registry, key) for key in hub.presence)
        return {
            **options,
            CONF_PRESENCE: [entity_id for entity_id in found if entity_id],
            CONF_LATENCY_LIMIT: hub.latency_limit.total_seconds(),
            CONF_FRAMES_PER_SECOND: int(hub.frames_per_second),
            CONF_THREADS: hub.threads,
            CONF_ENGINE: hub.engine or AUTOMATIC,
            CONF_ADMINS_ONLY: hub.admins_only,
            CONF_TWO_STEP_ONLY: hub.two_step_only,
            CONF_RETENTION: _hours(hub),
            CONF_HISTORY_MAX_MB: _megabytes(hub),
        }

    def _to_store(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options; what is empty is left out."""
        data = {key: value for key, value in values.items() if value not in ([], "", None)}
        for field in {CONF_QUIET_START, CONF_QUIET_END} & data.keys():
            data[field] = normal_time(data[field])
        if CONF_PRESENCE in data:
            data[CONF_PRESENCE] = [entity_key(self.hass, one) for one in data[CONF_PRESENCE]]
        return data


def _options_schema() -> probatio.Schema:
    first = HubSettings.from_options({})
    return probatio.Schema(
        {
            probatio.Optional(CONF_PRESENCE): selector.EntitySelector(
                {"multiple": True, "filter": {"domain": list(PRESENCE_DOMAINS)}}
            ),
            probatio.Optional(CONF_QUIET_START): selector.TimeSelector(),
            probatio.Optional(CONF_QUIET_END): selector.TimeSelector(),
            probatio.Required(
                CONF_LATENCY_LIMIT, default=int(first.latency_limit.total_seconds())
            ): _number(1, 30),
            probatio.Required(
                CONF_FRAMES_PER_SECOND, default=int(first.frames_per_second)
            ): _number(1, 10),
            probatio.Required(CONF_THREADS, default=first.threads): _number(1, 4),
            probatio.Required(CONF_ENGINE, default=AUTOMATIC): selector.SelectSelector(
                {"options": [AUTOMATIC, *Engine], "translation_key": CONF_ENGINE}
            ),
            probatio.Required(
                CONF_ADMINS_ONLY, default=first.admins_only
            ): selector.BooleanSelector(),
            probatio.Required(
                CONF_TWO_STEP_ONLY, default=first.two_step_only
            ): selector.BooleanSelector(),
            probatio.Required(CONF_RETENTION, default=_hours(first)): _amount(1, 30 * 24, "h"),
            probatio.Required(CONF_HISTORY_MAX_MB, default=_megabytes(first)): _amount(
                50, 5000, "MB"
            ),
        }
    )


def _hours(hub: HubSettings) -> int:
    return round(hub.retention / timedelta(hours=1))


def _megabytes(hub: HubSettings) -> int:
    return hub.history_bytes // 1_000_000


def _number(at_least: int, at_most: int) -> probatio.All[Any]:
    slider = selector.NumberSelector(
        {"min": at_least, "max": at_most, "mode": selector.NumberSelectorMode.SLIDER}
    )
    return probatio.All(slider, probatio.Coerce(int))


def _amount(at_least: int, at_most: int, unit: str) -> probatio.All[Any]:
    box = selector.NumberSelector(
        {
            "min": at_least,
            "max": at_most,
            "mode": selector.NumberSelectorMode.BOX,
            "unit_of_measurement": unit,
        }
    )
    return probatio.All(box, probatio.Coerce(int))
