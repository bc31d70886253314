"""The motion sensor of each demo camera."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import DemoCameraState, DemoConfigEntry, device_of

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: DemoConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Create one sensor per camera."""
    async_add_entities(DemoMotion(state) for state in entry.runtime_data.values())


class DemoMotion(BinarySensorEntity):
    """On while something moves before the camera."""

    _attr_device_class = BinarySensorDeviceClass.MOTION
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, state: DemoCameraState) -> None:
        """Belong to the camera's device."""
        self._state = state
        self._attr_unique_id = f"{state.key}_motion"
        self._attr_device_info = device_of(state)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the camera."""
        self.async_on_remove(
            async_dispatcher_connect(self.hass, self._state.signal, self.async_write_ha_state)
        )

    @property
    @override
    def is_on(self) -> bool:
        """Return whether something moves."""
        return self._state.motion
