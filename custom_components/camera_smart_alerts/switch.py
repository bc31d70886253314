"""Smart alerts on and off: one switch per camera, and one above them all.

Off means that no stream is opened and nothing is analysed. The two are independent: a camera
that is off stays off when all cameras are switched back on.
"""

from typing import Any, Final, override

from homeassistant.components.switch import (
    DOMAIN as SWITCH_DOMAIN,
    SwitchDeviceClass,
    SwitchEntity,
    SwitchEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import SmartAlertsConfigEntry
from .entity import SmartAlertsEntity, async_add_for_each_camera, hub_device

PARALLEL_UPDATES = 0

CAMERA_DESCRIPTION: Final = SwitchEntityDescription(
    key="smart_alerts",
    translation_key="smart_alerts",
    device_class=SwitchDeviceClass.SWITCH,
)
ALL_DESCRIPTION: Final = SwitchEntityDescription(
    key="all_cameras",
    translation_key="all_cameras",
    device_class=SwitchDeviceClass.SWITCH,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch for all cameras and the one of every camera."""
    async_add_entities([AllCamerasSwitch(entry, ALL_DESCRIPTION)])
    async_add_for_each_camera(
        hass,
        entry,
        async_add_entities,
        SWITCH_DOMAIN,
        lambda camera: [SmartAlertsSwitch(camera, CAMERA_DESCRIPTION)],
    )


class SmartAlertsSwitch(SmartAlertsEntity, SwitchEntity):
    """Smart alerts of one camera."""

    @property
    @override
    def is_on(self) -> bool:
        """Return the switch of this camera, whatever the one for all cameras says."""
        return self.coordinator.is_switched_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Watch this camera."""
        self.coordinator.async_set_enabled(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Leave this camera alone."""
        self.coordinator.async_set_enabled(enabled=False)


class AllCamerasSwitch(SwitchEntity):
    """Smart alerts of all cameras."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: SmartAlertsConfigEntry, description: SwitchEntityDescription) -> None:
        """Attach the switch to the device of the hub."""
        self.entity_description = description
        self._runtime = entry.runtime_data
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = hub_device(entry)

    @property
    @override
    def is_on(self) -> bool:
        """Return whether cameras may be watched at all."""
        return self._runtime.store.all_enabled

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Watch every camera whose own switch is on."""
        self._switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Leave every camera alone."""
        self._switch(on=False)

    def _switch(self, *, on: bool) -> None:
        self._runtime.async_set_all_enabled(on)
        self.async_write_ha_state()
