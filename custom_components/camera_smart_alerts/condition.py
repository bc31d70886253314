"""Conditions for automations: somebody is there, and smart alerts are on."""

from collections.abc import Mapping
from typing import Final, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import CONF_OPTIONS, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL,
    Condition,
    ConditionConfig,
    EntityStateConditionBase,
)
import probatio

from .data import loaded
from .targets import our_entities
from .trigger import CONF_KIND, KINDS_SCHEMA
from .vision.datatypes import Kind

_ON: Final[set[str | bool]] = {STATE_ON}


class PersonPresent(EntityStateConditionBase):
    """Somebody, or something of another kind, is there."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _states = _ON
    _schema = ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
        {
            probatio.Required(CONF_OPTIONS, default={}): {
                probatio.Required(CONF_KIND, default=[Kind.PERSON.value]): KINDS_SCHEMA
            }
        }
    )

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take over the kinds."""
        super().__init__(hass, config)
        self._kinds = (config.options or {})[CONF_KIND]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave our sensors of the kinds that are asked for."""
        return our_entities(self._hass, super().entity_filter(entities), self._kinds)


class AlertsEnabled(EntityStateConditionBase):
    """Both the switch of a camera and the one for all cameras are on."""

    _domain_specs: Mapping[str, DomainSpec] = {SWITCH_DOMAIN: DomainSpec()}
    _states = _ON

    @property
    @override
    def needs_polling(self) -> bool:
        """The switch for all cameras is not among the entities that are followed."""
        return True

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave the switches of our cameras."""
        return our_entities(self._hass, super().entity_filter(entities), ("smart_alerts",))

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether a camera's alerts are on."""
        runtime = loaded(self._hass)
        all_on = runtime is not None and runtime.store.all_enabled
        return all_on and super().is_valid_state(entity_state)


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_person_present": PersonPresent,
    "alerts_enabled": AlertsEnabled,
}


async def async_get_conditions(_hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
