"""What the entities of one camera share: their device, their names, their availability.

The device of a camera is our own (a device belongs to one config entry); it is linked to the
camera's real device, so that both are found from each other.
"""

from collections.abc import Callable, Sequence
from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device import async_entity_id_to_device_id
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN, TITLE
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry


class SmartAlertsEntity(CoordinatorEntity[CameraCoordinator]):
    """One entity of one camera."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: CameraCoordinator, description: EntityDescription) -> None:
        """Attach the entity to the device of its camera."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.settings.subentry_id}_{description.key}"
        self._attr_device_info = _camera_device(coordinator)
        self.is_over = False
        """Whether it was removed: Home Assistant goes on asking it for a moving view of it."""

    @override
    async def async_will_remove_from_hass(self) -> None:
        """End what still shows this one."""
        self.is_over = True
        await super().async_will_remove_from_hass()

    @property
    @override
    def available(self) -> bool:
        """Follow the camera."""
        return super().available and self.coordinator.data.available


class HubEntity(Entity):
    """What holds for all cameras."""

    _attr_has_entity_name = True

    def __init__(self, entry: SmartAlertsConfigEntry, description: EntityDescription) -> None:
        """Attach the entity to the device of the hub."""
        self.entity_description = description
        self._entry = entry
        self._runtime = entry.runtime_data
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            translation_key="hub",
            manufacturer=TITLE,
            model="Hub",
            entry_type=DeviceEntryType.SERVICE,
        )


@callback
def async_add_for_each_camera(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    domain: str,
    make: Callable[[CameraCoordinator], Sequence[Entity]],
) -> None:
    """Add the entities of one platform for every camera, each to its own subentry.

    Entities of this platform that ``make`` no longer returns are removed from the registry: what
    the user no longer wants to detect would stay behind as unavailable for ever.
    """
    registry = er.async_get(hass)
    known = er.async_entries_for_config_entry(registry, entry.entry_id)
    for subentry_id, coordinator in entry.runtime_data.cameras.items():
        entities = make(coordinator)
        wanted = {entity.unique_id for entity in entities}
        for old in known:
            if (
                old.config_subentry_id == subentry_id
                and old.domain == domain
                and old.unique_id not in wanted
            ):
                registry.async_remove(old.entity_id)
        async_add_entities(entities, config_subentry_id=subentry_id)


def _camera_device(coordinator: CameraCoordinator) -> DeviceInfo:
    settings = coordinator.settings
    info = DeviceInfo(
        identifiers={(DOMAIN, settings.subentry_id)},
        name=settings.title,
        manufacturer=TITLE,
        model="Smart alerts for one camera",
        entry_type=DeviceEntryType.SERVICE,
    )
    camera = coordinator.camera_entity_id
    device_id = camera and async_entity_id_to_device_id(coordinator.hass, camera)
    if device_id:
        info["via_device_id"] = device_id
    return info
