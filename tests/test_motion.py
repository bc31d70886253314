"""Which changes of a motion sensor count, and when there is motion."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
import pytest

from custom_components.camera_smart_alerts.motion import (
    EVENT_LASTS,
    async_follow_motion,
    is_moving,
    missed_motion,
    motion_change,
)

MOTION = "binary_sensor.motion"
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "old", "new", "expected"),
    [
        pytest.param("off", "off", "on", True, id="begins"),
        pytest.param("on", "on", "off", False, id="ends"),
        pytest.param("on", "on", "unavailable", False, id="lost while moving"),
        pytest.param("on", "on", None, False, id="removed while moving"),
        pytest.param("on", "on", "on", None, id="still moving"),
        pytest.param("off", "off", "off", None, id="still quiet"),
        pytest.param("off", "off", "unavailable", None, id="lost while quiet"),
        pytest.param(None, None, "on", None, id="appears moving"),
        pytest.param(None, None, "off", None, id="appears quiet"),
        pytest.param(None, "unavailable", "on", None, id="returns moving after the start"),
        pytest.param("off", "unavailable", "on", True, id="began while unavailable"),
        pytest.param("off", "unknown", "on", True, id="began while unknown"),
        pytest.param("off", None, "on", True, id="began while it was not there"),
        pytest.param("on", "unavailable", "on", None, id="returns still moving"),
        pytest.param("on", "unknown", "on", None, id="known again and still moving"),
        pytest.param(None, "unknown", "on", True, id="first report moving"),
        pytest.param("off", "unavailable", "off", None, id="returns quiet"),
    ],
)
def test_a_binary_sensor_begins_and_ends_motion(
    said: str | None, old: str | None, new: str | None, expected: bool | None
) -> None:
    assert motion_change(_sensor(old), _sensor(new), said) is expected


def _sensor(state: str | None) -> State | None:
    return None if state is None else State("binary_sensor.motion", state)


@pytest.mark.parametrize(
    ("old", "new", "event_type", "expected"),
    [
        pytest.param("2026-11-01T11:00:00.000+00:00", "now", "motion", True, id="again"),
        pytest.param("unknown", "now", "motion", True, id="first ever"),
        pytest.param("2026-11-01T11:00:00.000+00:00", "now", "ring", True, id="rings"),
        pytest.param("2026-11-01T11:00:00.000+00:00", "now", "camera_sound", None, id="sound"),
        pytest.param("now", "now", "motion", None, id="attributes only"),
        pytest.param(None, "now", "motion", None, id="restored"),
        pytest.param("unavailable", "now", "motion", None, id="returns"),
        pytest.param("now", "unavailable", "motion", None, id="lost"),
        pytest.param("now", "unknown", "motion", None, id="forgets"),
        pytest.param("now", None, "motion", None, id="removed"),
    ],
)
def test_an_event_counts_when_it_is_new(
    old: str | None, new: str | None, event_type: str, expected: bool | None
) -> None:
    assert motion_change(_event(old, event_type), _event(new, event_type), None) is expected


def _event(state: str | None, event_type: str) -> State | None:
    return None if state is None else State("event.door", state, {"event_type": event_type})


@pytest.mark.parametrize(
    ("left", "new", "age_s", "expected"),
    [
        pytest.param("off", "on", 1, True, id="began"),
        pytest.param("off", "off", 1, True, id="began and ended"),
        pytest.param("on", "on", 1, True, id="ended and began"),
        pytest.param("on", "off", 1, False, id="ended"),
        pytest.param("off", "unavailable", 1, False, id="lost"),
        pytest.param("off", "on", 61, False, id="long ago"),
        pytest.param("off", "on", None, False, id="nothing happened"),
        pytest.param(None, "on", 1, False, id="never followed"),
        pytest.param("off", None, 1, False, id="removed"),
    ],
)
def test_motion_that_began_while_nobody_followed(
    left: str | None, new: str | None, age_s: float | None, expected: bool
) -> None:
    before, after = _sensor(left), _sensor(new)
    if before is not None:
        before.last_changed = NOW - timedelta(hours=1)
    if after is not None:
        after.last_changed = NOW - timedelta(hours=1 if age_s is None else 0, seconds=age_s or 0)
    assert missed_motion(before, after, NOW) is expected


def test_an_event_that_came_while_nobody_followed() -> None:
    before, after = _event("2026-11-01T11:00:00.000+00:00", "ring"), _event("now", "ring")
    assert before is not None
    assert after is not None
    before.last_changed, after.last_changed = NOW - timedelta(hours=1), NOW
    assert missed_motion(before, after, NOW)


async def test_following_reports_motion_until_it_is_stopped(hass: HomeAssistant) -> None:
    heard: list[tuple[str, bool]] = []
    report: Callable[[str, bool], None] = lambda entity_id, moving: heard.append(  # noqa: E731
        (entity_id, moving)
    )
    hass.states.async_set("binary_sensor.motion", "off")
    hass.states.async_set("event.door", "unknown")
    stop = async_follow_motion(hass, ["binary_sensor.motion", "event.door"], report)
    hass.states.async_set("binary_sensor.motion", "on")
    hass.states.async_set("binary_sensor.other", "off")
    hass.states.async_set("binary_sensor.other", "on")
    hass.states.async_set("event.door", NOW.isoformat(), {"event_type": "ring"})
    hass.states.async_set("event.door", NOW.isoformat(), {"event_type": "ring", "x": 1})
    hass.states.async_set("binary_sensor.motion", "off")
    await hass.async_block_till_done()
    assert heard == [
        ("binary_sensor.motion", True),
        ("event.door", True),
        ("binary_sensor.motion", False),
    ]
    stop()
    hass.states.async_set("binary_sensor.motion", "on")
    await hass.async_block_till_done()
    assert len(heard) == 3


async def test_a_sensor_that_sleeps_and_wakes_with_motion_is_heard_by_every_camera(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    heard: list[str] = []

    def follow(camera: str) -> Callable[[], None]:
        return async_follow_motion(
            hass, [MOTION], lambda _entity_id, moving: heard.append(f"{camera} {moving}")
        )

    async def says(*states: str) -> list[str]:
        heard.clear()
        for state in states:
            hass.states.async_set(MOTION, state)
            await hass.async_block_till_done()
        return heard

    # As after a start: nothing is known of it yet.
    hass.states.async_set(MOTION, "unavailable")
    stops = [follow("door"), follow("garden")]
    assert await says("on") == []
    assert await says("unavailable", "on") == ["door False", "garden False"]
    assert await says("off", "unavailable") == ["door False", "garden False"]
    assert await says("on") == ["door True", "garden True"]
    assert await says("off", "unavailable") == ["door False", "garden False"]
    # Also if the entry was reloaded while it slept.
    for stop in stops:
        stop()
    stop = follow("door")
    assert await says("on") == ["door True"]
    # And if it woke in that moment.
    assert await says("off") == ["door False"]
    stop()
    freezer.tick(1)
    assert await says("unavailable", "on") == []
    follow("door")
    assert heard == ["door True"]


@pytest.mark.parametrize(
    ("entity_id", "state", "event_type", "expected"),
    [
        pytest.param("binary_sensor.a", "on", "", True, id="sensor on"),
        pytest.param("binary_sensor.a", "off", "", False, id="sensor off"),
        pytest.param("binary_sensor.a", "unavailable", "", False, id="sensor lost"),
        pytest.param("event.a", NOW.isoformat(), "motion", True, id="event now"),
        pytest.param(
            "event.a", (NOW - EVENT_LASTS).isoformat(), "motion", False, id="event long ago"
        ),
        pytest.param(
            "event.a", (NOW + timedelta(hours=1)).isoformat(), "motion", False, id="clock set back"
        ),
        pytest.param("event.a", NOW.isoformat(), "camera_sound", False, id="sound now"),
        pytest.param("event.a", "unknown", "motion", False, id="event never"),
        pytest.param("event.a", "2026-11-01T12:00:00", "motion", False, id="time without zone"),
    ],
)
def test_moving_is_a_sensor_that_is_on_or_an_event_just_now(
    hass: HomeAssistant, entity_id: str, state: str, event_type: str, expected: bool
) -> None:
    hass.states.async_set(entity_id, state, {"event_type": event_type})
    assert is_moving(hass, ["binary_sensor.gone", entity_id], NOW) is expected
