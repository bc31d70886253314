"""Home mode: who is home, by presence or by hand, also over a restart."""

from collections.abc import Callable
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.home_mode import HomeMemory, HomeMode, says_home
from tests.camera_dialog import register
from tests.common import WhiteSquareDetector, enrol

type Start = Callable[..., HomeMode]

ANN, BEN = "person.ann", "person.ben"
HOME, GUESTS = "switch.camera_smart_alerts_home_mode", "switch.camera_smart_alerts_guests_are_here"


@pytest.fixture
def memory() -> HomeMemory:
    return HomeMemory()


@pytest.fixture
def start(hass: HomeAssistant, memory: HomeMemory) -> Start:
    """Return a function that starts Home mode as a start of Home Assistant would."""

    def begin(*presence: str) -> HomeMode:
        home = HomeMode(hass, presence, memory, lambda: None)
        home.async_start()
        return home

    return begin


async def says(hass: HomeAssistant, entity_id: str, state: str | None) -> None:
    if state is None:
        hass.states.async_remove(entity_id)
    else:
        hass.states.async_set(entity_id, state)
    await hass.async_block_till_done()


def missing(hass: HomeAssistant) -> str | None:
    """Return the entities that the repair issue names."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "presence_missing")
    return None if issue is None else (issue.translation_placeholders or {})["entities"]


@pytest.mark.parametrize(
    ("entity_id", "state", "home"),
    [
        ("person.ann", "home", True),
        ("person.ann", "not_home", False),
        ("person.ann", "Work", False),
        ("device_tracker.phone", "home", True),
        ("group.family", "home", True),
        ("group.family", "not_home", False),
        ("zone.home", "2", True),
        ("zone.home", "0", False),
        ("input_boolean.holiday", "on", True),
        ("binary_sensor.home", "off", False),
        ("person.ann", "unknown", None),
        ("person.ann", "unavailable", None),
        ("zone.home", "unavailable", None),
    ],
)
def test_what_a_state_says(entity_id: str, state: str, home: bool | None) -> None:
    assert says_home(State(entity_id, state)) is home


async def test_somebody_is_home_while_anybody_is(hass: HomeAssistant, start: Start) -> None:
    await says(hass, ANN, "not_home")
    await says(hass, BEN, "home")
    home = start(ANN, BEN)
    assert home.is_home
    await says(hass, ANN, "home")
    await says(hass, BEN, "not_home")
    assert home.is_home
    await says(hass, ANN, "Work")
    assert not home.is_home


@pytest.mark.parametrize("state", ["unknown", "unavailable"])
@pytest.mark.parametrize("before", ["home", "not_home"])
async def test_who_is_silent_stays_where_they_were(
    hass: HomeAssistant, start: Start, state: str, before: str
) -> None:
    await says(hass, ANN, before)
    home = start(ANN)
    await says(hass, ANN, state)
    assert home.is_home is (before == "home")
    assert missing(hass) is None


async def test_who_vanished_counts_as_away_and_is_named(hass: HomeAssistant, start: Start) -> None:
    key = register(hass, ANN)
    await says(hass, ANN, "home")
    await says(hass, BEN, "home")
    home = start(key, BEN)
    er.async_get(hass).async_remove(ANN)
    await says(hass, ANN, None)
    assert home.is_home
    assert missing(hass) == ANN
    await says(hass, BEN, None)
    assert not home.is_home
    assert missing(hass) == f"{ANN}, {BEN}"
    await says(hass, BEN, "home")
    assert home.is_home
    assert missing(hass) == ANN


async def test_nobody_is_named_before_everything_is_set_up(
    hass: HomeAssistant, start: Start, memory: HomeMemory
) -> None:
    memory.known, memory.people = {ANN: True}, True
    hass.set_state(CoreState.not_running)
    home = start(ANN)
    assert home.is_home
    assert missing(hass) is None
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert not home.is_home
    assert missing(hass) == ANN


async def test_a_renamed_entity_is_followed(hass: HomeAssistant, start: Start) -> None:
    key = register(hass, ANN)
    await says(hass, ANN, "not_home")
    home = start(key)
    er.async_get(hass).async_update_entity(ANN, new_entity_id="person.anna")
    await says(hass, ANN, None)
    await says(hass, "person.anna", "home")
    assert home.is_home
    assert missing(hass) is None
    register(hass, "person.somebody_else")
    await hass.async_block_till_done()
    assert home.is_home


async def test_by_hand_holds_until_presence_changes(hass: HomeAssistant, start: Start) -> None:
    await says(hass, ANN, "home")
    await says(hass, BEN, "home")
    home = start(ANN, BEN)
    home.async_set_home(home=False)
    assert not home.is_home
    await says(hass, BEN, "not_home")
    assert not home.is_home, "somebody is still there, as before"
    await says(hass, ANN, "not_home")
    await says(hass, ANN, "home")
    assert home.is_home


async def test_by_hand_and_back_is_as_if_nothing_had_happened(
    hass: HomeAssistant, start: Start, memory: HomeMemory
) -> None:
    await says(hass, ANN, "home")
    home = start(ANN)
    home.async_set_home(home=False)
    home.async_set_home(home=True)
    assert memory.by_hand is None


async def test_guests_count_as_home(hass: HomeAssistant, start: Start) -> None:
    await says(hass, ANN, "not_home")
    home = start(ANN)
    home.async_set_guests(guests=True)
    assert home.is_home
    assert home.has_guests
    home.async_set_home(home=False)
    assert not home.is_home
    home.async_set_guests(guests=False)
    assert not home.is_home


async def test_without_presence_it_is_switched_by_hand(hass: HomeAssistant, start: Start) -> None:
    home = start()
    assert not home.is_home
    home.async_set_home(home=True)
    home.async_set_guests(guests=True)
    home.async_set_guests(guests=False)
    assert home.is_home
    home.async_set_home(home=False)
    assert not home.is_home


async def test_listeners_hear_of_changes_until_they_stop(hass: HomeAssistant, start: Start) -> None:
    await says(hass, ANN, "not_home")
    home = start(ANN)
    heard: list[bool] = []
    stop = home.async_listen(lambda: heard.append(home.is_home))
    await says(hass, ANN, "home")
    await says(hass, ANN, "unavailable")
    await says(hass, ANN, "not_home")
    stop()
    await says(hass, ANN, "home")
    assert heard == [True, False]


# Its switches


async def turn(hass: HomeAssistant, switch: str, onoff: str) -> None:
    await hass.services.async_call("switch", f"turn_{onoff}", {"entity_id": switch}, blocking=True)


def on(hass: HomeAssistant, switch: str) -> bool:
    state = hass.states.get(switch)
    assert state is not None
    return state.state == "on"


async def test_the_switches_show_and_switch_it(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    await says(hass, ANN, "not_home")
    await enrol(hass, options={"presence": [ANN]})
    assert not on(hass, HOME)
    await says(hass, ANN, "home")
    assert on(hass, HOME)
    await turn(hass, HOME, "off")
    assert not on(hass, HOME)
    await says(hass, ANN, "not_home")
    await turn(hass, GUESTS, "on")
    assert (on(hass, HOME), on(hass, GUESTS)) == (True, True)
    await turn(hass, GUESTS, "off")
    assert (on(hass, HOME), on(hass, GUESTS)) == (False, False)
    await turn(hass, HOME, "on")
    assert on(hass, HOME)


@pytest.mark.parametrize("switch", [HOME, GUESTS])
async def test_a_restart_keeps_what_was_chosen(
    hass: HomeAssistant, network: WhiteSquareDetector, switch: str
) -> None:
    await says(hass, ANN, "not_home")
    entry = await enrol(hass, options={"presence": [ANN]})
    await turn(hass, switch, "on")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert on(hass, HOME)
    assert on(hass, GUESTS) is (switch == GUESTS)


async def test_an_unreadable_memory_starts_afresh_and_says_so(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    network: WhiteSquareDetector,
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = {"home": {"what": 1}, "cameras": {}}
    hass_storage[DOMAIN] = {"version": 1, "key": DOMAIN, "data": data}
    await enrol(hass)
    assert not on(hass, HOME)
    assert "Home mode is unreadable" in caplog.text
