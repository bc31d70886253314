"""How long something that was seen counts as present."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.camera_smart_alerts.presence import AT_MOST, Presence
from custom_components.camera_smart_alerts.vision.datatypes import Kind

HOLD = timedelta(seconds=60)


class Room:
    """Records what the presence tells, and says whether there is still motion."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.busy = False
        self.told: list[frozenset[Kind]] = []
        self.presence = Presence(hass, HOLD, is_busy=lambda: self.busy, on_change=self.told.append)


@pytest.fixture
def room(hass: HomeAssistant) -> Room:
    return Room(hass)


async def advance(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass, timers included."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_somebody_leaves_when_the_hold_time_is_over(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, room: Room
) -> None:
    room.presence.async_seen(Kind.PERSON, dt_util.utcnow())
    assert room.presence.kinds == {Kind.PERSON}
    await advance(hass, freezer, 59)
    assert room.told == []
    await advance(hass, freezer, 2)
    assert room.told == [frozenset()]
    await advance(hass, freezer, 3600)
    assert room.told == [frozenset()]


async def test_being_seen_again_starts_the_hold_time_anew(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, room: Room
) -> None:
    room.presence.async_seen(Kind.PERSON, dt_util.utcnow())
    await advance(hass, freezer, 40)
    room.presence.async_seen(Kind.PERSON, dt_util.utcnow())
    await advance(hass, freezer, 40)
    assert room.presence.kinds == {Kind.PERSON}
    room.presence.async_stop()


async def test_kinds_leave_one_by_one(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, room: Room
) -> None:
    room.presence.async_seen(Kind.VEHICLE, dt_util.utcnow())
    await advance(hass, freezer, 40)
    room.presence.async_seen(Kind.PERSON, dt_util.utcnow())
    await advance(hass, freezer, 61)
    assert room.told == [frozenset()]
    room.presence.async_seen(Kind.VEHICLE, dt_util.utcnow() - timedelta(seconds=30))
    room.presence.async_seen(Kind.PERSON, dt_util.utcnow() + timedelta(seconds=30))
    await advance(hass, freezer, 61)
    assert room.told[1:] == [frozenset({Kind.PERSON})]
    room.presence.async_stop()


async def test_ongoing_motion_prolongs_the_presence_but_not_for_ever(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, room: Room
) -> None:
    room.busy = True
    room.presence.async_seen(Kind.PERSON, dt_util.utcnow())
    for _ in range(5):
        await advance(hass, freezer, 61)
    assert room.presence.kinds == {Kind.PERSON}
    for _ in range(int(AT_MOST / HOLD)):
        await advance(hass, freezer, 61)
    assert room.told == [frozenset()]


async def test_a_dismissed_kind_is_gone_at_once(hass: HomeAssistant, room: Room) -> None:
    room.presence.async_seen(Kind.PERSON, dt_util.utcnow())
    room.presence.async_dismiss(Kind.PERSON)
    room.presence.async_dismiss(Kind.PERSON)
    assert room.told == [frozenset()]
    room.presence.async_stop()
