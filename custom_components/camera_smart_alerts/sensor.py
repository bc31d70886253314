"""Numbers and times of one camera, and how its last motion ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, override

from homeassistant.components.sensor import (
    DOMAIN as SENSOR_DOMAIN,
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .alerts import Outcome
from .data import SmartAlertsConfigEntry
from .entity import HubEntity, SmartAlertsEntity, async_add_for_each_camera
from .state import CameraState
from .vision.datatypes import Kind

PARALLEL_UPDATES = 0
SCAN_INTERVAL = timedelta(minutes=1)
"""Of the sensors of the hub, which ask the history."""
_A_DAY: Final = timedelta(days=1)

type Value = StateType | date | datetime | Decimal


@dataclass(frozen=True, kw_only=True)
class SmartAlertsSensorDescription(SensorEntityDescription):
    """A sensor and where its value stands in the state of its camera."""

    value_fn: Callable[[CameraState], Value]
    attributes_fn: Callable[[CameraState], Mapping[str, Any]] | None = None
    kind: Kind | None = None
    """Only for cameras that look for this kind."""
    restores: bool = False
    """Whether the value before a restart is shown until there is a new one."""


def _latency(state: CameraState) -> float | None:
    """Return seconds from the motion signal until the alert was handed to the first target."""
    if state.last_alert is None or (handed := state.last_alert.hops_ms.get("handed")) is None:
        return None
    return handed / 1000


def _receipt(state: CameraState) -> Mapping[str, Any]:
    """Return the milliseconds from the motion signal to each step of the last alert."""
    return {} if state.last_alert is None else state.last_alert.hops_ms


def _inference_time(state: CameraState) -> float | None:
    """Return the milliseconds the network took per frame; None when it saw no frame."""
    if state.last_motion is None or not state.last_motion.frames:
        return None
    return round(state.last_motion.inference_ms, 1)


def _outcome_details(state: CameraState) -> Mapping[str, Any]:
    motion = state.last_motion
    if motion is None:
        return {}
    return {"reason": motion.reason, "frames": motion.frames, "source": motion.source}


DESCRIPTIONS: Final = (
    SmartAlertsSensorDescription(
        key="last_person",
        translation_key="last_person",
        device_class=SensorDeviceClass.TIMESTAMP,
        kind=Kind.PERSON,
        value_fn=lambda state: state.last_seen.get(Kind.PERSON),
    ),
    SmartAlertsSensorDescription(
        key="detections_today",
        translation_key="detections_today",
        # Falls to zero at midnight, which statistics take for a new cycle.
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda state: state.detections_today,
    ),
    SmartAlertsSensorDescription(
        key="last_outcome",
        translation_key="last_outcome",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[outcome.value for outcome in Outcome],
        restores=True,
        value_fn=lambda state: None if state.last_motion is None else state.last_motion.outcome,
        attributes_fn=_outcome_details,
    ),
    SmartAlertsSensorDescription(
        key="latency",
        translation_key="latency",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        restores=True,
        value_fn=_latency,
        attributes_fn=_receipt,
    ),
    *(
        SmartAlertsSensorDescription(
            key=key,
            translation_key=key,
            device_class=SensorDeviceClass.DURATION,
            entity_category=EntityCategory.DIAGNOSTIC,
            native_unit_of_measurement=UnitOfTime.SECONDS,
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=2,
            restores=True,
            value_fn=attrgetter(key),
        )
        for key in ("latency_p50", "latency_p95")
    ),
    SmartAlertsSensorDescription(
        key="inference_time",
        translation_key="inference_time",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        restores=True,
        value_fn=_inference_time,
    ),
)

LEDGER_DESCRIPTION: Final = SensorEntityDescription(
    key="ledger",
    translation_key="ledger",
    entity_category=EntityCategory.DIAGNOSTIC,
    state_class=SensorStateClass.MEASUREMENT,
)
OUTSIDE_DESCRIPTION: Final = SensorEntityDescription(
    key="sent_outside",
    translation_key="sent_outside",
    entity_category=EntityCategory.DIAGNOSTIC,
    state_class=SensorStateClass.MEASUREMENT,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of the hub and of every camera."""
    async_add_entities(
        [LedgerSensor(entry, LEDGER_DESCRIPTION), SentOutsideSensor(entry, OUTSIDE_DESCRIPTION)],
        update_before_add=True,
    )
    async_add_for_each_camera(
        hass,
        entry,
        async_add_entities,
        SENSOR_DOMAIN,
        lambda camera: [
            SmartAlertsSensor(camera, description)
            for description in DESCRIPTIONS
            if description.kind is None or description.kind in camera.settings.kinds
        ],
    )


class SmartAlertsSensor(SmartAlertsEntity, RestoreSensor):
    """One value of the state of a camera."""

    entity_description: SmartAlertsSensorDescription
    _restored: Value = None

    @override
    async def async_added_to_hass(self) -> None:
        """Fetch the value from before the restart."""
        await super().async_added_to_hass()
        if self.entity_description.restores and (data := await self.async_get_last_sensor_data()):
            options = self.entity_description.options
            # An outcome that an update of ours abolished is no state any more.
            if options is None or data.native_value in options:
                self._restored = data.native_value

    @property
    @override
    def native_value(self) -> Value:
        """Return the value."""
        value = self.entity_description.value_fn(self.coordinator.data)
        return self._restored if value is None else value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return the details behind the value."""
        details = self.entity_description.attributes_fn
        return None if details is None else details(self.coordinator.data)


class LedgerSensor(HubEntity, SensorEntity):
    """How often something became of a picture in the last 24 hours."""

    async def async_update(self) -> None:
        """Count."""
        counts = await self._runtime.ledger.async_counts(dt_util.utcnow() - _A_DAY)
        self._attr_native_value = sum(counts.values())
        self._attr_extra_state_attributes = counts


class SentOutsideSensor(HubEntity, SensorEntity):
    """How many pictures went to somebody without a login, in the 30 days of the ledger.

    That takes a link (``links.py``), as nothing here sends pictures. Where it was opened is not
    known, so that each counts as outside. The attributes name the hosts that get links, and whom a
    push service tells: words and the path of a picture, which the phone fetches with its own login.
    """

    async def async_update(self) -> None:
        """Count, and look up the targets; their names may change."""
        ledger = self._runtime.ledger
        self._attr_native_value = await ledger.async_fetches()
        self._attr_extra_state_attributes = {
            "push_services": ledger.phones(),
            "webhooks": ledger.webhooks(),
        }
