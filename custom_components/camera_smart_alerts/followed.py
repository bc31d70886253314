"""Which entities stand behind a camera's settings, and what happens when they come and go."""

from collections.abc import Callable

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN
from .settings import CameraSettings


class FollowedEntities:
    """The camera and its motion sensors by their current entity ids."""

    def __init__(self, hass: HomeAssistant, settings: CameraSettings) -> None:
        """Look them up once; ``async_watch`` tells when that has to be done again."""
        self._hass = hass
        self._subentry_id = settings.subentry_id
        registry = er.async_get(hass)
        keys = {key: er.async_resolve_entity_id(registry, key) for key in settings.motion}
        self.camera = er.async_resolve_entity_id(registry, settings.camera)
        """None when the camera's entity is gone."""
        self.motion = [entity_id for entity_id in keys.values() if entity_id is not None]
        self.lost_motion = len(self.motion) < len(keys)
        """Whether a motion sensor is gone."""
        self._missing = {key for key, entity_id in keys.items() if entity_id is None}
        if self.camera is None:
            self._missing.add(settings.camera)

    @callback
    def async_watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call back when one is renamed or removed, or one that was gone is there again."""

        @callback
        def changed(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
            data = event.data
            known = data.get("old_entity_id", data["entity_id"]) in (self.camera, *self.motion)
            if data["action"] == "create":
                registry = er.async_get(self._hass)
                back = (er.async_resolve_entity_id(registry, key) for key in self._missing)
                matters = any(entity_id is not None for entity_id in back)
            else:
                renamed = data["action"] == "update" and "entity_id" in data["changes"]
                matters = known and (renamed or data["action"] == "remove")
            if matters:
                on_change()

        return self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, changed)

    @callback
    def own_device(self, entry_id: str) -> str | None:
        """Return our own device of the camera, in the config entry of this id."""
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, self._subentry_id), config_entry_id=entry_id
        )
        return None if device is None else device.id
