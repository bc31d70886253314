"""Whether a person, an animal or a vehicle is there: on during a visit, off after the hold time.

Besides, for diagnosis: whether the camera is blind.

The person sensor has the device class ``presence``, because Alexa turns exactly that class into
"human presence detected", which can start routines. Its states are worded "Detected" and "Clear"
by our own translations; the class alone would say "Home" and "Away".
"""

from typing import Final, override

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR_DOMAIN,
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import SmartAlertsConfigEntry
from .entity import SmartAlertsEntity, async_add_for_each_camera
from .vision.datatypes import Kind

PARALLEL_UPDATES = 0

DESCRIPTIONS: Final = (
    BinarySensorEntityDescription(
        key=Kind.PERSON,
        translation_key=Kind.PERSON,
        device_class=BinarySensorDeviceClass.PRESENCE,
    ),
    BinarySensorEntityDescription(
        key=Kind.ANIMAL,
        translation_key=Kind.ANIMAL,
        device_class=BinarySensorDeviceClass.OCCUPANCY,
    ),
    BinarySensorEntityDescription(
        key=Kind.VEHICLE,
        translation_key=Kind.VEHICLE,
        device_class=BinarySensorDeviceClass.OCCUPANCY,
    ),
)
BLIND_DESCRIPTION: Final = BinarySensorEntityDescription(
    key="blind",
    translation_key="blind",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a sensor for every kind that a camera looks for, and one for its own health."""
    async_add_for_each_camera(
        hass,
        entry,
        async_add_entities,
        BINARY_SENSOR_DOMAIN,
        lambda camera: [
            BlindSensor(camera, BLIND_DESCRIPTION),
            *(
                KindSensor(camera, description)
                for description in DESCRIPTIONS
                if description.key in camera.settings.kinds
            ),
        ],
    )


class KindSensor(SmartAlertsEntity, BinarySensorEntity):
    """Whether one kind is present."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the kind is present."""
        return self.entity_description.key in self.coordinator.data.present


class BlindSensor(SmartAlertsEntity, BinarySensorEntity):
    """Whether the camera delivers pictures that show nothing."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the camera is blind."""
        return self.coordinator.data.blind
