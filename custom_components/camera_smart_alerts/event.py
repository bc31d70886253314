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
from .const import ATTR_VISIT_ID
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry
from .entity import SmartAlertsEntity, async_add_for_each_camera
from .vision.datatypes import Kind

PARALLEL_UPDATES = 0

ATTR_CONFIDENCE: Final = "confidence"
ATTR_COUNT: Final = "count"
ATTR_LATENCY: Final = "latency"

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
    """Fires once per visit and kind."""

    def __init__(self, coordinator: CameraCoordinator, description: EventEntityDescription) -> None:
        """Count what was alerted before as told: it is not news."""
        super().__init__(coordinator, description)
        self._told = _subjects(coordinator.data.last_alert)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Fire when there is an alert about something that was not told before."""
        alert = self.coordinator.data.last_alert
        if alert is not None:
            subjects = _subjects(alert)
            for visit, kind in sorted(subjects - self._told):
                self._async_trigger(alert, Kind(kind), visit)
            self._told = subjects
        super()._handle_coordinator_update()

    @callback
    def _async_trigger(self, alert: Alert, kind: Kind, visit: str) -> None:
        self._trigger_event(
            kind,
            {
                ATTR_CONFIDENCE: round(alert.confidence, 3),
                ATTR_COUNT: alert.kinds[kind],
                ATTR_LATENCY: max(alert.hops_ms.values(), default=0) / 1000,
                ATTR_VISIT_ID: visit,
            },
        )
        self.async_write_ha_state()


def _subjects(alert: Alert | None) -> set[tuple[str, str]]:
    return set() if alert is None else {(visit_id(alert.id), str(kind)) for kind in alert.kinds}
