"""Home mode: whether somebody is home, which decides between the two modes of every camera.

It follows presence, unless a person switches it: by hand holds until presence changes the next
time. What a reader would get wrong: an entity that is *unavailable* keeps what it said last, one
that *vanished* counts as away, because a camera must not stay silent for somebody who is gone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from homeassistant.const import STATE_HOME, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.start import async_at_started

from .issues import async_create_issue, async_delete_issue

PRESENCE_DOMAINS: Final = (
    "binary_sensor",
    "device_tracker",
    "group",
    "input_boolean",
    "person",
    "zone",
)
ISSUE: Final = "presence_missing"


@dataclass(slots=True)
class HomeMemory:
    """What is remembered of Home mode over a restart."""

    known: dict[str, bool] = field(default_factory=dict)
    """Presence entity, as it is stored, to whether it said that somebody is home."""
    people: bool = False
    """Whether presence says so; without presence entities, what was chosen by hand."""
    guests: bool = False
    by_hand: bool | None = None
    """What a person chose against presence, until presence changes."""

    @property
    def present(self) -> bool:
        """Whether anybody is there, whatever a person chose."""
        return self.people or self.guests

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "known": self.known,
            "people": self.people,
            "guests": self.guests,
            "by_hand": self.by_hand,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Restore what ``as_dict`` returned."""
        return cls(**data)


class HomeMode:
    """Whether somebody is home."""

    def __init__(
        self,
        hass: HomeAssistant,
        presence: Sequence[str],
        memory: HomeMemory,
        on_changed: Callable[[], None],
    ) -> None:
        """Take up where the last run ended; ``async_start`` begins to follow presence.

        Args:
            hass: Home Assistant.
            presence: Registry ids or entity ids of what tells who is home; none: by hand.
            memory: Changed in place.
            on_changed: Has the changed memory written.
        """
        self._hass = hass
        self._memory = memory
        self._on_changed = on_changed
        self._listeners: list[Callable[[], None]] = []
        self._presence = presence
        self._followed: dict[str, str] = {}
        """Stored key to current entity id."""
        self._stop_following: CALLBACK_TYPE | None = None
        self._is_started = False
        memory.known = {key: memory.known.get(key, False) for key in presence}

    @property
    def is_home(self) -> bool:
        """Whether the cameras behave as when somebody is home."""
        memory = self._memory
        return memory.present if memory.by_hand is None else memory.by_hand

    @property
    def has_guests(self) -> bool:
        """Whether somebody said that guests are there."""
        return self._memory.guests

    @callback
    def async_listen(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back after each change of who is home; return what ends that."""
        self._listeners.append(listener)

        @callback
        def remove() -> None:
            self._listeners.remove(listener)

        return remove

    @callback
    def async_set_home(self, *, home: bool) -> None:
        """Switch by hand, until presence changes the next time."""
        memory = self._memory
        if not self._presence:
            memory.people = home
        memory.by_hand = None if home is memory.present else home
        self._async_notify()

    @callback
    def async_set_guests(self, *, guests: bool) -> None:
        """Take in that guests came or left; they count as home."""
        self._async_update(self._memory.people, guests)

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Follow presence; return what ends that."""
        hass = self._hass
        self._async_follow()
        unsubscribe = [
            hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._async_registry),
            async_at_started(hass, self._async_started),
        ]

        @callback
        def stop() -> None:
            for one in unsubscribe:
                one()
            self._async_unfollow()
            async_delete_issue(hass, ISSUE)

        return stop

    @callback
    def _async_started(self, _hass: HomeAssistant) -> None:
        # Before, an entity that is not there may just not have been set up yet.
        self._is_started = True
        self._async_evaluate()

    @callback
    def _async_registry(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        known = (*self._followed.values(), *self._presence)
        if data["entity_id"] in known or data.get("old_entity_id") in known:
            self._async_follow()

    @callback
    def _async_follow(self) -> None:
        registry = er.async_get(self._hass)
        resolved = {key: er.async_resolve_entity_id(registry, key) for key in self._presence}
        self._followed = {key: entity_id for key, entity_id in resolved.items() if entity_id}
        self._async_unfollow()
        self._stop_following = async_track_state_change_event(
            self._hass, self._followed.values(), self._async_state
        )
        self._async_evaluate()

    @callback
    def _async_unfollow(self) -> None:
        if self._stop_following is not None:
            self._stop_following()
            self._stop_following = None

    @callback
    def _async_state(self, _event: Event[EventStateChangedData]) -> None:
        self._async_evaluate()

    @callback
    def _async_evaluate(self) -> None:
        """Ask every presence entity; note those that vanished."""
        if not self._presence:
            async_delete_issue(self._hass, ISSUE)
            return
        known, missing = self._memory.known, []
        for key in self._presence:
            entity_id = self._followed.get(key)
            state = entity_id and self._hass.states.get(entity_id)
            if state:
                said = says_home(state)
                known[key] = known[key] if said is None else said
            elif self._is_started:
                known[key] = False
                missing.append(entity_id or _last_name(self._hass, key))
        self._async_report(missing)
        self._async_update(any(known.values()), self._memory.guests)

    @callback
    def _async_report(self, missing: Sequence[str]) -> None:
        if not missing:
            async_delete_issue(self._hass, ISSUE)
            return
        async_create_issue(
            self._hass,
            ISSUE,
            translation_key=ISSUE,
            translation_placeholders={"entities": ", ".join(missing)},
        )

    @callback
    def _async_update(self, people: bool, guests: bool) -> None:
        memory = self._memory
        was, before = memory.present, (memory.people, memory.guests)
        memory.people, memory.guests = people, guests
        if memory.present is not was:
            memory.by_hand = None
        if (people, guests) != before:
            self._async_notify()

    @callback
    def _async_notify(self) -> None:
        self._on_changed()
        for listener in list(self._listeners):
            listener()


def says_home(state: State) -> bool | None:
    """Return whether a state means that somebody is home; None: it does not say."""
    if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        return None
    if state.domain == "zone":
        return state.state != "0"
    return state.state in (STATE_HOME, STATE_ON)


def _last_name(hass: HomeAssistant, key: str) -> str:
    """Return the entity id that a deleted registry entry had."""
    deleted = er.async_get(hass).deleted_entities.values()
    return next((entry.entity_id for entry in deleted if entry.id == key), key)
