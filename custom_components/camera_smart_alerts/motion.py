"""Following the entities that mean motion for a camera.

A binary sensor says when motion starts *and* ends; an event entity only says when something
happened, so it counts as moving for a few seconds. What an event entity reports when it comes back
from being unavailable is old news and starts nothing; a binary sensor that was off before and comes
back on, as those that sleep do, has seen motion.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

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
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

EVENT_LASTS: Final = timedelta(seconds=10)
"""How long an event entity counts as moving: nothing tells us when its motion ends."""

_RELOAD_LASTS: Final = timedelta(minutes=1)
"""What changed longer ago is no news any more."""
_LEFT: HassKey[dict[str, State]] = HassKey(f"{DOMAIN}_left")
"""State of each motion entity when it was last followed."""
_SAID: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_said")
"""On or off, which each binary sensor said last until then, also if it was unavailable since."""


@callback
def async_follow_motion(
    hass: HomeAssistant,
    entity_ids: Iterable[str],
    on_motion: Callable[[str, bool], None],
) -> CALLBACK_TYPE:
    """Call ``on_motion(entity_id, moving)`` on the loop when motion starts or ends.

    Event entities only ever start. What happened since these entities were last followed, a moment
    ago while the entry was reloaded, counts as a start, too. Returns the function that stops
    following.
    """
    left, left_said = hass.data.setdefault(_LEFT, {}), hass.data.setdefault(_SAID, {})
    entity_ids = list(entity_ids)
    # Of its own: cameras may share a sensor, and each has to hear of the change.
    said = {one: left_said[one] for one in entity_ids if one in left_said}

    @callback
    def hear(state: State | None) -> None:
        if state is not None and state.state in (STATE_ON, STATE_OFF):
            said[state.entity_id] = state.state

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        entity_id, new = event.data["entity_id"], event.data["new_state"]
        moving = motion_change(event.data["old_state"], new, said.get(entity_id))
        hear(new)
        if moving is not None:
            on_motion(entity_id, moving)

    unfollow = async_track_state_change_event(hass, entity_ids, changed)

    @callback
    def leave() -> None:
        unfollow()
        left.update({one: state for one in entity_ids if (state := hass.states.get(one))})
        left_said.update(said)

    for entity_id in entity_ids:
        hear(state := hass.states.get(entity_id))
        if missed_motion(left.get(entity_id), state, dt_util.utcnow()):
            on_motion(entity_id, True)  # noqa: FBT003 - as a change does
    return leave


def missed_motion(left: State | None, new: State | None, now: datetime) -> bool:
    """Tell whether motion started between two looks at an entity.

    Args:
        left: Its state when it was last followed.
        new: Its state now.
        now: UTC.
    """
    if left is None or new is None or new.last_changed <= left.last_changed:
        return False
    if now - new.last_changed > _RELOAD_LASTS:
        return False
    if new.domain == Platform.EVENT:
        return _happened(left, new)
    # Off before and off again: on in between.
    return new.state == STATE_ON or new.state == left.state == STATE_OFF


def motion_change(old: State | None, new: State | None, said: str | None) -> bool | None:
    """Return True if motion starts with this change, False if it ends, None if neither.

    Args:
        old: State before.
        new: State after.
        said: What a binary sensor said last before, on or off; None: nothing since the start.
    """
    if old is not None and old.domain == Platform.EVENT:
        return True if new is not None and _happened(old, new) else None
    if new is not None and new.state == STATE_ON:
        if said is not None:
            return True if said == STATE_OFF else None
        # Unknown: it has reported nothing since the start, so this is its first motion.
        return True if old is not None and old.state == STATE_UNKNOWN else None
    return False if old is not None and old.state == STATE_ON else None


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
