"""One event per alert, the moment its picture is ready. Automations act on this entity."""

from typing import Final, override

from homeassistant.components.event import (
    DOMAIN as EVENT_DOMAIN,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .alerts import Alert, visit_id
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry
from .entity import SmartAlertsEntity, async_add_for_each_camera
from .vision.datatypes import Kind

PARALLEL_UPDATES = 0

ATTR_CONFIDENCE: Final = "confidence"
ATTR_COUNT: Final = "count"
ATTR_LATENCY: Final = "latency"
ATTR_VISIT_ID: Final = "visit_id"

DESCRIPTION: Final = EventEntityDescription(
    key="smart_alert",
    translation_key="smart_alert",
    event_types=[kind.value for kind in Kind],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event of every camera."""
    async_add_for_each_camera(
        hass,
        entry,
        async_add_entities,
        EVENT_DOMAIN,
        lambda camera: [SmartAlertEvent(camera, DESCRIPTION)],
    )


class SmartAlertEvent(SmartAlertsEntity, EventEntity):
    """Fires once per alert."""

    def __init__(self, coordinator: CameraCoordinator, description: EventEntityDescription) -> None:
        """Count what was alerted before as told: it is not news."""
        super().__init__(coordinator, description)
        self._told = _alert_id(coordinator.data.last_alert)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Fire when there is an alert that was not there before."""
        alert = self.coordinator.data.last_alert
        if alert is not None and alert.id != self._told:
            self._told = alert.id
            self._trigger_event(
                alert.kind,
                {
                    ATTR_CONFIDENCE: round(alert.confidence, 3),
                    ATTR_COUNT: alert.count,
                    ATTR_LATENCY: max(alert.hops_ms.values(), default=0) / 1000,
                    ATTR_VISIT_ID: visit_id(alert.id),
                },
            )
        super()._handle_coordinator_update()


def _alert_id(alert: Alert | None) -> str | None:
    return None if alert is None else alert.id
