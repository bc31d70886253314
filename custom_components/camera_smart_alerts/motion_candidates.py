"""Which entities may signal motion for a camera: those nearest to it, nothing twice."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN

# What Ring, UniFi Protect, Reolink and others call the button of a doorbell.
_DOORBELL_KEYS: Final = frozenset({"chime", "ding", "doorbell", "visitor"})


class _Distance(IntEnum):
    """How surely a sensor belongs to the camera; the smaller the surer."""

    OWN = 0
    SAME_MACHINE = 1
    SAME_AREA = 2


class _Rank(IntEnum):
    """How well a sensor serves as the motion signal; the smaller the better."""

    MOTION = 0
    MOTION_EVENT = 1
    DOORBELL = 2
    OCCUPANCY = 3
    # The camera's own idea of a person or a pet: late, choosy, and what we are here to replace.
    SPECIALISED = 4


class MotionCandidate(NamedTuple):
    """One entity that may signal motion for a camera."""

    entity_id: str
    suggested: bool
    """Whether a form should have it selected already."""


class _Found(NamedTuple):
    distance: _Distance
    rank: _Rank
    entity_id: str
    device_id: str | None


@callback
def motion_candidates(hass: HomeAssistant, camera_entity_id: str) -> list[MotionCandidate]:
    """Return what may signal motion for a camera, the best first, nothing twice.

    Suggested is the plain motion of the camera's own device and its doorbell button, else its
    specialised sensors, else those of the same machine under another integration. A sensor that
    merely hangs in the same area is never suggested: it may look elsewhere.
    """
    found = sorted(_without_duplicates(_find(hass, camera_entity_id)))
    suggested: list[_Found] = []
    for distance in (_Distance.OWN, _Distance.SAME_MACHINE):
        here = [one for one in found if one.distance is distance]
        suggested = [one for one in here if one.rank <= _Rank.DOORBELL] or here
        if suggested:
            break
    return [MotionCandidate(one.entity_id, one in suggested) for one in found]


def _find(hass: HomeAssistant, camera_entity_id: str) -> Iterable[_Found]:
    """Yield every motion entity near the camera, each once, at its smallest distance."""
    registry = er.async_get(hass)
    camera = registry.async_get(camera_entity_id)
    if camera is None:
        return
    seen: set[str] = set()
    for distance, entries in (
        (_Distance.OWN, _of_devices(registry, _own_devices(hass, camera))),
        (_Distance.SAME_MACHINE, _of_devices(registry, _same_machine(hass, camera))),
        (_Distance.SAME_AREA, _of_area(hass, camera)),
    ):
        for entry in entries:
            rank = _rank(entry)
            if rank is not None and entry.entity_id not in seen:
                seen.add(entry.entity_id)
                yield _Found(distance, rank, entry.entity_id, entry.device_id)


def _rank(entry: er.RegistryEntry) -> _Rank | None:
    """Return how well an entity signals motion, None if it does not at all."""
    if entry.disabled or entry.entity_category is not None or entry.platform == DOMAIN:
        return None
    device_class = entry.device_class or entry.original_device_class
    plain = not entry.translation_key or entry.translation_key.startswith("motion")
    match entry.domain, device_class:
        case "binary_sensor", "motion":
            return _Rank.MOTION if plain else _Rank.SPECIALISED
        case "binary_sensor", "occupancy":
            return _Rank.DOORBELL if entry.translation_key in _DOORBELL_KEYS else _Rank.OCCUPANCY
        case "event", "motion":
            return _Rank.MOTION_EVENT if plain else _Rank.SPECIALISED
        case "event", "doorbell":
            return _Rank.DOORBELL
    return None


def _without_duplicates(found: Iterable[_Found]) -> list[_Found]:
    """Drop what a device says twice, as a binary sensor and as an event.

    For motion the binary sensor stays, because it also says when motion ends; for the button of a
    doorbell the event stays, because nobody holds a button down.
    """
    everything = list(found)
    sensors = {one.device_id for one in everything if one.rank is _Rank.MOTION}
    buttons = {
        one.device_id
        for one in everything
        if one.rank is _Rank.DOORBELL and one.entity_id.startswith(Platform.EVENT)
    }
    return [
        one
        for one in everything
        if not (one.rank is _Rank.MOTION_EVENT and one.device_id in sensors)
        and not (
            one.rank is _Rank.DOORBELL
            and one.entity_id.startswith(Platform.BINARY_SENSOR)
            and one.device_id in buttons
        )
    ]


def _of_devices(registry: er.EntityRegistry, device_ids: Iterable[str]) -> list[er.RegistryEntry]:
    return [e for one in device_ids for e in er.async_entries_for_device(registry, one)]


def _root_device(hass: HomeAssistant, camera: er.RegistryEntry) -> dr.DeviceEntry | None:
    """Return the camera's device, or the one it is a part of (a lens, a channel of a recorder)."""
    devices = dr.async_get(hass)
    device = camera.device_id and devices.async_get(camera.device_id)
    if isinstance(device, dr.ChildDeviceEntry):
        device = devices.async_get(device.parent_device_id)
    return device if isinstance(device, dr.DeviceEntry) else None


def _own_devices(hass: HomeAssistant, camera: er.RegistryEntry) -> list[str]:
    """Return the camera's device and its relatives, without those that are another camera."""
    root = _root_device(hass, camera)
    if root is None:
        return []
    children = dr.async_entries_for_parent_device(dr.async_get(hass), root.id)
    registry = er.async_get(hass)
    return [
        device_id
        for device_id in (root.id, *(child.id for child in children))
        if device_id == camera.device_id or not _is_camera(registry, device_id)
    ]


def _same_machine(hass: HomeAssistant, camera: er.RegistryEntry) -> list[str]:
    """Return the same machine's devices under other integrations, known by its addresses."""
    root = _root_device(hass, camera)
    if root is None or not root.connections:
        return []
    return [
        device.id
        for device in dr.async_get(hass).async_get_devices(connections=root.connections)
        if device.id != root.id
    ]


def _of_area(hass: HomeAssistant, camera: er.RegistryEntry) -> list[er.RegistryEntry]:
    """Return what hangs in the camera's area and belongs to no other camera."""
    area = er.async_get_effective_area_id(hass, camera)
    if area is None:
        return []
    registry = er.async_get(hass)
    return [
        entry
        for entry in registry.entities.values()
        if _rank(entry) is not None
        and er.async_get_effective_area_id(hass, entry) == area
        and (entry.device_id is None or not _is_camera(registry, entry.device_id))
    ]


def _is_camera(registry: er.EntityRegistry, device_id: str) -> bool:
    return any(
        entry.domain == Platform.CAMERA
        for entry in er.async_entries_for_device(registry, device_id)
    )
