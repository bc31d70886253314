"""Which entities mean motion for a camera, and following them.

A binary sensor says when motion starts *and* ends; an event entity only says when something
happened, so it counts as moving for a few seconds. What an entity reports when it comes back from
being unavailable is old news and starts nothing.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from .const import DOMAIN

EVENT_LASTS: Final = timedelta(seconds=10)
"""How long an event entity counts as moving: nothing tells us when its motion ends."""

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


@callback
def async_follow_motion(
    hass: HomeAssistant,
    entity_ids: Iterable[str],
    on_motion: Callable[[str, bool], None],
) -> CALLBACK_TYPE:
    """Call ``on_motion(entity_id, moving)`` on the loop when motion starts or ends.

    Event entities only ever start. Returns the function that stops following.
    """

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        moving = motion_change(event.data["old_state"], event.data["new_state"])
        if moving is not None:
            on_motion(event.data["entity_id"], moving)

    return async_track_state_change_event(hass, entity_ids, changed)


def motion_change(old: State | None, new: State | None) -> bool | None:
    """Return True if motion starts with this change, False if it ends, None if neither."""
    if old is None:
        return None
    if old.domain == Platform.EVENT:
        return True if new is not None and _happened(old, new) else None
    if new is not None and new.state == STATE_ON:
        # Unknown: it has reported nothing since the start, so this is its first motion.
        return True if old.state in (STATE_OFF, STATE_UNKNOWN) else None
    return False if old.state == STATE_ON else None


def _happened(old: State, new: State) -> bool:
    """Tell whether an event entity reports something new that can be seen.

    ``unknown`` before means that it is the first event ever, not a restored one.
    """
    return (
        old.state not in (STATE_UNAVAILABLE, new.state)
        and new.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)
        and _is_visible(new)
    )


def _is_visible(state: State) -> bool:
    """Tell whether an event is no mere sound, which Nest reports through its motion entity."""
    return "sound" not in str(state.attributes.get(ATTR_EVENT_TYPE, ""))


@callback
def is_moving(hass: HomeAssistant, entity_ids: Iterable[str], now: datetime) -> bool:
    """Tell whether there is motion now: a sensor is on, or an event came in the last seconds.

    Args:
        hass: Where the states are.
        entity_ids: Binary sensors and event entities.
        now: UTC.
    """
    return any(
        _is_moving(state, now)
        for entity_id in entity_ids
        if (state := hass.states.get(entity_id)) is not None
    )


def _is_moving(state: State, now: datetime) -> bool:
    if state.domain != Platform.EVENT:
        return state.state == STATE_ON
    at = dt_util.parse_datetime(state.state)
    return (
        at is not None
        and _is_visible(state)
        and timedelta(0) <= now - dt_util.as_utc(at) < EVENT_LASTS
    )
