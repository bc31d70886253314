"""Triggers for automations: somebody is detected, a visit begins or ends, a camera is blind.

Those about what is there follow our sensors, so that a restart fires nothing; those about visits
follow ``EVENT_VISIT``.
"""

from collections.abc import Mapping
from typing import Any, Final, cast, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import CONF_OPTIONS, CONF_TARGET, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR,
    EntityTargetStateTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import probatio

from .state import EVENT_VISIT
from .targets import async_targeted, our_entities
from .vision.datatypes import Kind

_ON: Final = {STATE_ON}
CONF_KIND: Final = "kind"
KINDS_SCHEMA: Final = probatio.All(
    cv.ensure_list, probatio.Length(min=1), [probatio.In([kind.value for kind in Kind])]
)


class PersonDetected(EntityTargetStateTriggerBase):
    """Somebody, or something of another kind, was not there and is there now."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _to_states = _ON
    _schema = ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR.extend(
        {
            probatio.Required(CONF_OPTIONS, default={}): {
                probatio.Required(CONF_KIND, default=[Kind.PERSON.value]): KINDS_SCHEMA
            }
        }
    )

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave our sensors of the kinds that are wanted."""
        return our_entities(self._hass, super().entity_filter(entities), self._options[CONF_KIND])


class CameraBlind(EntityTargetStateTriggerBase):
    """A camera began to deliver pictures that show nothing."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _to_states = _ON
    _primary_entities_only = False

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave our sensors of blind cameras."""
        return our_entities(self._hass, super().entity_filter(entities), ("blind",))


class VisitTrigger(Trigger):
    """Something happened to a visit."""

    _change: str
    _schema = probatio.Schema(
        {
            # Without a target, the visits of all cameras are meant.
            probatio.Optional(CONF_TARGET): cv.TARGET_FIELDS,
            probatio.Required(CONF_OPTIONS, default={}): {
                probatio.Optional(CONF_KIND): KINDS_SCHEMA
            },
        }
    )

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate target and options."""
        return cast("ConfigType", cls._schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take over target and options."""
        super().__init__(hass, config)
        self._target = config.target
        self._kinds = set((config.options or {}).get(CONF_KIND, ()))

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Follow the visits."""

        @callback
        def visit(event: Event[dict[str, Any]]) -> None:
            if self._matches(event.data):
                run_action(dict(event.data), f"visit {self._change}", event.context)

        return self._hass.bus.async_listen(EVENT_VISIT, visit)

    def _matches(self, data: Mapping[str, Any]) -> bool:
        if not self._is_about(data):
            return False
        if self._target is None:
            return True
        # Resolved anew each time: a camera may have moved to another area.
        targeted = async_targeted(self._hass, self._target)
        return targeted.means(data["cameras"], data["devices"])

    def _is_about(self, data: Mapping[str, Any]) -> bool:
        """Tell whether an event is the change that is waited for, by one of the kinds."""
        if data["type"] != self._change:
            return False
        return not self._kinds or not self._kinds.isdisjoint(data["kinds"])


class VisitStarted(VisitTrigger):
    """A visit began; with kinds, one of them came, whoever was there before."""

    _change = "started"

    @override
    def _is_about(self, data: Mapping[str, Any]) -> bool:
        if not self._kinds:
            return super()._is_about(data)
        return data["type"] != "ended" and not self._kinds.isdisjoint(data["new_kinds"])


class VisitUpdated(VisitTrigger):
    """There is more to tell of a visit: more people, another camera, a better picture."""

    _change = "updated"


class VisitEnded(VisitTrigger):
    """Nobody is there any more."""

    _change = "ended"


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "person_detected": PersonDetected,
    "visit_started": VisitStarted,
    "visit_updated": VisitUpdated,
    "visit_ended": VisitEnded,
    "camera_blind": CameraBlind,
}


async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
