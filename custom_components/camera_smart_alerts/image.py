"""The picture of the last alert: the very frame that triggered, with its boxes.

Where pictures are for some people only, there is none here: Home Assistant serves it to whoever
has the entity's token, so it is not known who asks. The time of the last alert stays.

After a restart it is the newest one of the history, as long as that is kept.
"""

from datetime import datetime
from typing import Final, override

from homeassistant.components.image import (
    DOMAIN as IMAGE_DOMAIN,
    ImageEntity,
    ImageEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .access import async_for_some_only, async_is_refused
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry
from .entity import SmartAlertsEntity, async_add_for_each_camera

PARALLEL_UPDATES = 0

DESCRIPTION: Final = ImageEntityDescription(key="last_alert", translation_key="last_alert")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the picture of every camera."""
    async_add_for_each_camera(
        hass,
        entry,
        async_add_entities,
        IMAGE_DOMAIN,
        lambda camera: [LastAlertImage(camera, DESCRIPTION)],
    )


class LastAlertImage(SmartAlertsEntity, ImageEntity):
    """The annotated picture of the last alert."""

    def __init__(self, coordinator: CameraCoordinator, description: ImageEntityDescription) -> None:
        """Start without a picture."""
        SmartAlertsEntity.__init__(self, coordinator, description)
        ImageEntity.__init__(self, coordinator.hass)

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the frame that triggered was taken."""
        alert, kept = self.coordinator.data.last_alert, self.coordinator.alerting.kept
        if alert is not None:
            return alert.at
        return None if kept is None else kept.taken_at

    @property
    @override
    def entity_picture(self) -> str | None:
        """Return the link to the picture, unless nobody would get it."""
        return None if async_for_some_only(self.coordinator.hass) else super().entity_picture

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture, unless it is not for whoever may be asking."""
        coordinator = self.coordinator
        if self.is_over or async_for_some_only(coordinator.hass):
            return None
        if async_is_refused(coordinator.source_entity_id):
            return None
        shown = coordinator.last_picture
        if shown is None and coordinator.data.last_alert is None:
            shown = await coordinator.alerting.async_open_kept()
        if shown is not None:
            coordinator.alerting.async_viewed(self.entity_id)
        return shown
