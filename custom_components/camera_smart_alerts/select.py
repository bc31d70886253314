"""What a camera may do when somebody is home, and when nobody is."""  # noqa: A005 - the platform is called so

from typing import Final, override

from homeassistant.components.select import (
    DOMAIN as SELECT_DOMAIN,
    SelectEntity,
    SelectEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .camera_modes import When
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry
from .entity import SmartAlertsEntity, async_add_for_each_camera
from .modes import Mode

PARALLEL_UPDATES = 0

DESCRIPTIONS: Final = tuple(
    SelectEntityDescription(
        key=f"mode_{when}",
        translation_key=f"mode_{when}",
        entity_category=EntityCategory.CONFIG,
        options=[mode.value for mode in Mode],
    )
    for when in When
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add both modes of every camera."""
    async_add_for_each_camera(
        hass,
        entry,
        async_add_entities,
        SELECT_DOMAIN,
        lambda camera: [
            ModeSelect(camera, description, when)
            for when, description in zip(When, DESCRIPTIONS, strict=True)
        ],
    )


class ModeSelect(SmartAlertsEntity, SelectEntity):
    """One of the two modes of a camera."""

    def __init__(
        self, coordinator: CameraCoordinator, description: SelectEntityDescription, when: When
    ) -> None:
        """Show the mode of one situation."""
        super().__init__(coordinator, description)
        self._when = when

    @property
    @override
    def current_option(self) -> str:
        """Return the mode."""
        return self.coordinator.control.mode_when(self._when)

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose a mode."""
        self.coordinator.control.async_set_mode(self._when, Mode(option))
