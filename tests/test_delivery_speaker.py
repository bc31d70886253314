"""Speakers: media players with a voice, Assist satellites, notify entities."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.camera_smart_alerts.channel import Failure
from tests.delivery_kit import alert, camera_settings, issues, make_delivery, pass_time
from tests.fake_players import FakePlayer, FakeVoice, add_player

VOICE = "tts.voice"
PLAYER = "media_player.kitchen"
SATELLITE = "assist_satellite.hall"


@pytest.fixture
async def player(hass: HomeAssistant) -> FakePlayer:
    """Return a player in a Home Assistant with a voice."""
    player = await add_player(hass, "kitchen")
    assert await async_setup_component(hass, "tts", {})
    await hass.data[DATA_COMPONENT].async_add_entities([FakeVoice()])
    await hass.async_block_till_done()
    return player


async def test_a_media_player_speaks_with_the_chosen_voice(
    hass: HomeAssistant, player: FakePlayer
) -> None:
    under_test = make_delivery(hass, camera_settings(speakers=(PLAYER,), tts_engine=VOICE))
    (result,) = await under_test.deliver()
    assert result.ok
    (played,) = player.does
    assert played.startswith("play media-source://tts/tts.voice?message=Person")


@pytest.mark.parametrize(
    "changes", [{"is_update": True}, {"lasted": timedelta(minutes=1)}], ids=["update", "over"]
)
async def test_how_a_visit_goes_on_is_not_said(
    hass: HomeAssistant, player: FakePlayer, changes: dict[str, Any]
) -> None:
    under_test = make_delivery(hass, camera_settings(speakers=(PLAYER,), tts_engine=VOICE))
    await under_test.deliver(alert(**changes))
    assert player.does == []


@pytest.mark.parametrize("engine", [None, "tts.gone"])
async def test_a_media_player_without_voice_is_a_clear_failure(
    hass: HomeAssistant, player: FakePlayer, engine: str | None
) -> None:
    under_test = make_delivery(hass, camera_settings(speakers=(PLAYER,), tts_engine=engine))
    (result,) = await under_test.deliver()
    assert (result.error, result.attempts) == (Failure.NO_ENGINE, 1)
    assert list(issues(hass).values()) == ["delivery_failed_no_engine"]


async def test_a_voice_that_is_away_for_a_moment_is_waited_for(
    hass: HomeAssistant, player: FakePlayer
) -> None:
    hass.states.async_set(VOICE, STATE_UNAVAILABLE)
    task = await make_delivery(hass, camera_settings(speakers=(PLAYER,), tts_engine=VOICE)).start()
    hass.states.async_set(VOICE, STATE_UNKNOWN)
    await pass_time(hass, 1)
    (result,) = await task
    assert (result.ok, result.attempts) == (True, 2)


async def test_a_satellite_announces(hass: HomeAssistant) -> None:
    hass.states.async_set(SATELLITE, "idle")
    calls = async_mock_service(hass, "assist_satellite", "announce")
    (result,) = await make_delivery(hass, camera_settings(speakers=(SATELLITE,))).deliver()
    assert result.ok
    assert calls[0].data == {"entity_id": SATELLITE, "message": "Person: Front door"}


async def test_an_announcement_may_take_its_time_but_is_not_made_twice(
    hass: HomeAssistant,
) -> None:
    hass.states.async_set(SATELLITE, "idle")
    announced = 0

    async def announce(_call: ServiceCall) -> None:
        nonlocal announced
        announced += 1
        await asyncio.Event().wait()

    hass.services.async_register("assist_satellite", "announce", announce)
    task = await make_delivery(hass, camera_settings(speakers=(SATELLITE,))).start()
    await pass_time(hass, 20)
    assert not task.done()
    await pass_time(hass, 30)
    (result,) = await task
    assert (result.error, result.attempts, announced) == (Failure.TIMED_OUT, 1, 1)


async def test_what_cannot_speak_is_a_clear_failure(hass: HomeAssistant) -> None:
    hass.states.async_set("light.hall", "on")
    (result,) = await make_delivery(hass, camera_settings(speakers=("light.hall",))).deliver()
    assert (result.error, result.attempts) == (Failure.NOT_SUPPORTED, 1)
