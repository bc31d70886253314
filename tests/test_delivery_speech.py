"""Speech on media players: its volume, and what returns after it."""

from typing import Any

from homeassistant.components.media_player.const import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.delivery_kit import (
    DeliveryUnderTest,
    alert,
    camera_settings,
    make_delivery,
    pass_time,
    settle,
)
from tests.fake_players import FILM, FakePlayer, add_player

VOICE = "tts.voice"
PLAYER = "media_player.kitchen"
SPOKEN = "play media-source://tts/sentence"
CAN_VOLUME = MediaPlayerEntityFeature.VOLUME_SET
SPEECH_S = 6.0
"""Longer than the sentence of the tests takes."""


class Voice:
    """An engine that speaks as Home Assistant's own do: it asks the player to announce."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.errors: list[Exception] = []
        hass.states.async_set(VOICE, "unknown")
        hass.services.async_register("tts", "speak", self._speak)

    async def _speak(self, call: ServiceCall) -> None:
        if self.errors:
            raise self.errors.pop(0)
        data = {
            "entity_id": call.data["media_player_entity_id"],
            "media_content_id": SPOKEN.removeprefix("play "),
            "media_content_type": "music",
            "announce": True,
        }
        await self._hass.services.async_call("media_player", "play_media", data, blocking=True)


@pytest.fixture
async def player(hass: HomeAssistant) -> FakePlayer:
    return await add_player(hass, "kitchen")


@pytest.fixture
def voice(hass: HomeAssistant, player: FakePlayer) -> Voice:
    return Voice(hass)


def speaker(hass: HomeAssistant, **settings: Any) -> DeliveryUnderTest:
    values: dict[str, Any] = {"speakers": (PLAYER,), "tts_engine": VOICE, "volume": 0.6} | settings
    return make_delivery(hass, camera_settings(**values))


async def over(hass: HomeAssistant, player: FakePlayer) -> None:
    """Let a sentence come to its end."""
    player.change(MediaPlayerState.IDLE)
    await pass_time(hass, SPEECH_S)


async def test_the_volume_is_set_for_the_sentence_and_back_afterwards(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(CAN_VOLUME)
    (result,) = await speaker(hass).deliver()
    assert result.ok
    assert player.does == ["volume 0.6", SPOKEN]
    await over(hass, player)
    assert player.does == ["volume 0.6", SPOKEN, "volume 0.3"]


@pytest.mark.parametrize(
    ("features", "volume", "wanted"),
    [
        ([], 0.3, 0.6),
        ([CAN_VOLUME], None, 0.6),
        ([CAN_VOLUME], 0.3, None),
        ([CAN_VOLUME], 0.601, 0.6),
    ],
    ids=["cannot", "unknown", "not_wanted", "is_so"],
)
async def test_the_volume_is_left_alone_where_it_could_not_be_brought_back_or_need_not(
    hass: HomeAssistant,
    player: FakePlayer,
    voice: Voice,
    *,
    features: list[MediaPlayerEntityFeature],
    volume: float | None,
    wanted: float | None,
) -> None:
    player.able(*features)
    player.turn_volume(volume)
    await speaker(hass, volume=wanted).deliver()
    await over(hass, player)
    assert player.does == [SPOKEN]


async def test_the_volume_comes_back_when_speaking_fails(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(CAN_VOLUME)
    voice.errors = [HomeAssistantError("busy")]
    task = await speaker(hass).start()
    assert player.does == ["volume 0.6", "volume 0.3"]
    await pass_time(hass, 1)
    assert (await task)[0].ok
    await over(hass, player)
    assert player.does[2:] == ["volume 0.6", SPOKEN, "volume 0.3"]


async def test_two_sentences_in_a_row_return_to_the_volume_before_the_first(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(CAN_VOLUME)
    await speaker(hass).deliver()
    await speaker(hass, volume=0.8).deliver()
    await speaker(hass, volume=None).deliver()
    await over(hass, player)
    assert player.does == [
        "volume 0.6",
        SPOKEN,
        "volume 0.8",
        SPOKEN,
        "volume 0.8",
        SPOKEN,
        "volume 0.3",
    ]


async def test_a_volume_that_somebody_turned_meanwhile_stays(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(CAN_VOLUME)
    await speaker(hass).deliver()
    player.turn_volume(0.1)
    await over(hass, player)
    assert player.does == ["volume 0.6", SPOKEN]


@pytest.mark.parametrize("error", [HomeAssistantError("no"), ValueError("http://x/t0ken")])
async def test_a_volume_that_cannot_be_set_costs_no_announcement(
    hass: HomeAssistant,
    player: FakePlayer,
    voice: Voice,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    player.able(CAN_VOLUME)
    player.volume_error = error
    (result,) = await speaker(hass).deliver()
    assert (result.ok, player.does) == (True, ["volume 0.6", SPOKEN])
    await over(hass, player)
    assert "t0ken" not in caplog.text


async def test_a_film_comes_back_on_a_player_that_does_not_see_to_it_itself(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.play(FILM)
    await speaker(hass, volume=None).deliver()
    await over(hass, player)
    assert player.does == [SPOKEN, f"play {FILM}"]


async def test_what_has_no_address_goes_on_where_it_was_paused(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(MediaPlayerEntityFeature.PLAY)
    player.play("id-of-an-app")
    await speaker(hass, volume=None).deliver()
    player.change(MediaPlayerState.PAUSED)
    await pass_time(hass, SPEECH_S)
    assert player.does == [SPOKEN, "go on"]


@pytest.mark.parametrize("case", ["announces", "was_idle", "no_address", "other_film", "a_screen"])
async def test_nothing_is_played_that_need_not(
    hass: HomeAssistant, player: FakePlayer, voice: Voice, case: str
) -> None:
    if case == "announces":
        player.able(MediaPlayerEntityFeature.MEDIA_ANNOUNCE)
    if case != "was_idle":
        player.play("id-of-an-app" if case == "no_address" else FILM)
    displays = (PLAYER,) if case == "a_screen" else ()
    task = await speaker(hass, volume=None, displays=displays).start()
    if case == "other_film":
        player.play("http://media.invalid/other.mp4")
    else:
        player.change(MediaPlayerState.IDLE)
    await pass_time(hass, SPEECH_S)
    await task
    assert f"play {FILM}" not in player.does


async def test_a_long_sentence_is_heard_out_but_not_for_ever(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.play(FILM)
    await speaker(hass, volume=None).deliver()
    seconds = SPEECH_S
    for _ in range(10):
        await pass_time(hass, seconds)
        assert player.does == [SPOKEN]
        seconds += 2
    await pass_time(hass, seconds)
    assert player.does == [SPOKEN, f"play {FILM}"]


async def test_closing_brings_everything_back_at_once(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(CAN_VOLUME)
    under_test = speaker(hass)
    await under_test.deliver(alert())
    await under_test.delivery.async_close()
    assert player.does == ["volume 0.6", SPOKEN, "volume 0.3"]


async def test_a_player_that_is_removed_meanwhile_is_forgotten(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(CAN_VOLUME)
    await speaker(hass).deliver()
    hass.states.async_remove(PLAYER)
    await pass_time(hass, SPEECH_S)
    await settle()
    assert player.does == ["volume 0.6", SPOKEN]


async def test_a_camera_that_goes_away_does_not_keep_another_from_speaking(
    hass: HomeAssistant, player: FakePlayer, voice: Voice
) -> None:
    player.able(CAN_VOLUME)
    other = speaker(hass)

    async def speak(_call: ServiceCall) -> None:
        await other.delivery.async_close()

    hass.services.async_register("tts", "speak", speak)
    (result,) = await speaker(hass).deliver()
    assert result.ok
    assert player.does == ["volume 0.6", "volume 0.3"]
