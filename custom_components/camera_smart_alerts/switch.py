"""Smart alerts on and off: one switch per camera, one above them all; and who is home.

Off means that no stream is opened and nothing is analysed. The two are independent: a camera
that is off stays off when all cameras are switched back on.
"""

from abc import abstractmethod
from typing import Any, Final, override

from homeassistant.components.switch import (
    DOMAIN as SWITCH_DOMAIN,
    SwitchDeviceClass,
    SwitchEntity,
    SwitchEntityDescription,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import SmartAlertsConfigEntry
from .entity import HubEntity, SmartAlertsEntity, async_add_for_each_camera

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
HOME_DESCRIPTION: Final = SwitchEntityDescription(key="home_mode", translation_key="home_mode")
GUESTS_DESCRIPTION: Final = SwitchEntityDescription(key="guests", translation_key="guests")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of the hub and the one of every camera."""
    async_add_entities(
        [
            AllCamerasSwitch(entry, ALL_DESCRIPTION),
            HomeModeSwitch(entry, HOME_DESCRIPTION),
            GuestsSwitch(entry, GUESTS_DESCRIPTION),
        ]
    )
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
        return self.coordinator.control.is_switched_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Watch this camera."""
        self.coordinator.control.async_set_enabled(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Leave this camera alone."""
        self.coordinator.control.async_set_enabled(enabled=False)


class HubSwitch(HubEntity, SwitchEntity):
    """Switches something for all cameras."""

    _attr_should_poll = False

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        self._switch(on=True)
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        self._switch(on=False)
        self.async_write_ha_state()

    @abstractmethod
    def _switch(self, *, on: bool) -> None:
        """Bring about what the switch says."""


class AllCamerasSwitch(HubSwitch):
    """Smart alerts of all cameras."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether cameras may be watched at all."""
        return self._runtime.store.all_enabled

    @callback
    @override
    def _switch(self, *, on: bool) -> None:
        """Watch every camera whose own switch is on, or leave them all alone."""
        self._runtime.async_set_all_enabled(on)


class PresenceSwitch(HubSwitch):
    """A switch that presence may change, too."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow who is home."""
        self.async_on_remove(self._runtime.home.async_listen(self.async_write_ha_state))


class HomeModeSwitch(PresenceSwitch):
    """Whether the cameras behave as when somebody is home."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether somebody is home, by presence or by hand."""
        return self._runtime.home.is_home

    @callback
    @override
    def _switch(self, *, on: bool) -> None:
        """Switch by hand, until presence changes the next time."""
        self._runtime.home.async_set_home(home=on)


class GuestsSwitch(PresenceSwitch):
    """Whether guests are there, whom no phone tells about."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether guests are there."""
        return self._runtime.home.has_guests

    @callback
    @override
    def _switch(self, *, on: bool) -> None:
        """Take in that guests came or left."""
        self._runtime.home.async_set_guests(guests=on)
