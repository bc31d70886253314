"""Which entities stand behind a camera's settings, and what happens when they come and go."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN
from .settings import AlertSettings, CameraSettings


@callback
def entity_key(hass: HomeAssistant, entity_id: str) -> str:
    """Return the registry id of an entity, which survives a rename; else its entity id."""
    entry = er.async_get(hass).async_get(entity_id)
    return entity_id if entry is None else entry.id


class FollowedEntities:
    """The camera, its motion sensors and whom it tells, by their current entity ids."""

    def __init__(self, hass: HomeAssistant, settings: CameraSettings) -> None:
        """Look them up once; ``async_watch`` has that done again."""
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
        self._told: set[str] = set()
        self.alerts = self._resolved(settings.alerts)
        """Whom it tells; those who are gone by their last entity ids."""

    def _resolved(self, alerts: AlertSettings) -> AlertSettings:
        return replace(
            alerts,
            speakers=tuple(self._told_by(key) for key in alerts.speakers),
            tts_engine=alerts.tts_engine and self._told_by(alerts.tts_engine),
            displays=tuple(self._told_by(key) for key in alerts.displays),
        )

    def _told_by(self, key: str) -> str:
        registry = er.async_get(self._hass)
        if (entity_id := er.async_resolve_entity_id(registry, key)) is not None:
            self._told.add(entity_id)
            return entity_id
        self._missing.add(key)
        # Whoever reads that it is gone should know what.
        gone = (one.entity_id for one in registry.deleted_entities.values() if one.id == key)
        return next(gone, key)

    @callback
    def async_watch(self, entry: ConfigEntry[Any]) -> Callable[[], None]:
        """Reload when one is renamed or removed, or one that was gone is there again."""

        @callback
        def changed(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
            data, followed = event.data, {self.camera, *self.motion, *self._told}
            known = data.get("old_entity_id", data["entity_id"]) in followed
            if data["action"] == "create":
                registry = er.async_get(self._hass)
                back = (er.async_resolve_entity_id(registry, key) for key in self._missing)
                matters = any(entity_id is not None for entity_id in back)
            else:
                renamed = data["action"] == "update" and "entity_id" in data["changes"]
                matters = known and (renamed or data["action"] == "remove")
            # Where several cameras tell one speaker, one of them is enough.
            if matters and entry.state is not ConfigEntryState.UNLOAD_IN_PROGRESS:
                self._hass.config_entries.async_schedule_reload(entry.entry_id)

        return self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, changed)

    @callback
    def own_device(self, entry_id: str) -> str | None:
        """Return our own device of the camera, in the config entry of this id."""
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, self._subentry_id), config_entry_id=entry_id
        )
        return None if device is None else device.id
