"""Which of our cameras a target means: by our entities and devices, or by the camera's own."""

from collections.abc import Collection
from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from .const import DOMAIN


class Targeted(NamedTuple):
    """What a target means, areas and labels resolved."""

    entity_ids: frozenset[str]
    device_ids: frozenset[str]
    """Also those of our entities that are meant."""

    def means(self, camera_entity_ids: Collection[str], device_ids: Collection[str]) -> bool:
        """Return whether a camera is meant, by one of its entities or by our device of it."""
        if not self.device_ids.isdisjoint(device_ids):
            return True
        return not self.entity_ids.isdisjoint(camera_entity_ids)


@callback
def async_targeted(hass: HomeAssistant, target: dict[str, Any]) -> Targeted:
    """Resolve a target as it is now."""
    found = async_extract_referenced_entity_ids(hass, TargetSelection(target))
    entity_ids = found.referenced | found.indirectly_referenced
    ours = [device for key in entity_ids if (device := _our_device_id(hass, key))]
    return Targeted(frozenset(entity_ids), frozenset(found.referenced_devices | set(ours)))


@callback
def our_entities(
    hass: HomeAssistant, entity_ids: Collection[str], keys: Collection[str]
) -> set[str]:
    """Return those entities that are ours and have one of these translation keys."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entry := registry.async_get(entity_id)) is not None
        and entry.platform == DOMAIN
        and entry.translation_key in keys
    }


def _our_device_id(hass: HomeAssistant, entity_id: str) -> str | None:
    entry = er.async_get(hass).async_get(entity_id)
    return entry.device_id if entry is not None and entry.platform == DOMAIN else None
