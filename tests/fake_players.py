"""Media players and a voice that do what they are told, and a room with a screen in it."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.media_player import MediaPlayerEntity
from homeassistant.components.media_player.const import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.components.tts import TextToSpeechEntity, TtsAudioType
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from tests.delivery_kit import CAMERA, DeliveryUnderTest, alert, camera_settings, make_delivery

SCREEN = "media_player.screen"
HLS = "http://127.0.0.1:8123/api/hls/secret/master_playlist.m3u8"
SHOWN = f"play {HLS}"
FILM = "http://media.invalid/film.mp4"

PLAYER_FEATURES = (
    MediaPlayerEntityFeature.PLAY_MEDIA
    | MediaPlayerEntityFeature.STOP
    | MediaPlayerEntityFeature.TURN_OFF
)


class FakePlayer(MediaPlayerEntity):
    """A media player that plays whatever it is told and writes down every action."""

    _attr_should_poll = False

    def __init__(self, name: str, features: MediaPlayerEntityFeature = PLAYER_FEATURES) -> None:
        self._attr_name = self._attr_unique_id = name
        self._attr_supported_features = features
        self._attr_state = MediaPlayerState.IDLE
        self.does: list[str] = []
        self.error: Exception | None = None
        self.volume_error: Exception | None = None

    def able(self, *more: MediaPlayerEntityFeature) -> None:
        """Let it do more, and tell its volume."""
        for feature in more:
            self._attr_supported_features |= feature
        self._attr_volume_level = 0.3
        self.async_write_ha_state()

    def turn_volume(self, volume: float | None) -> None:
        """Change the volume, as if told by its remote control."""
        self._attr_volume_level = volume
        self.async_write_ha_state()

    def play(self, content: str | None, content_type: str | None = "video") -> None:
        """Play something, as if told by its remote control."""
        self._attr_media_content_id = content
        self._attr_media_content_type = content_type
        self.change(MediaPlayerState.PLAYING)

    def change(self, state: MediaPlayerState, *, available: bool = True) -> None:
        """Change to a state, as if told by its remote control."""
        self._attr_available = available
        self._attr_state = state
        self.async_write_ha_state()

    def _did(self, what: str) -> None:
        self.does.append(what)
        if self.error is not None:
            raise self.error

    @override
    async def async_play_media(self, media_type: str, media_id: str, **kwargs: Any) -> None:
        self._did(f"play {media_id}")
        self.play(media_id, media_type)

    @override
    async def async_media_stop(self) -> None:
        self._did("stop")
        self.change(MediaPlayerState.IDLE)

    @override
    async def async_media_play(self) -> None:
        self._did("go on")
        self.change(MediaPlayerState.PLAYING)

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        self.does.append(f"volume {volume}")
        if self.volume_error is not None:
            raise self.volume_error
        self.turn_volume(volume)

    @override
    async def async_turn_off(self) -> None:
        self._did("turn off")
        self.change(MediaPlayerState.OFF)


class FakeVoice(TextToSpeechEntity):
    """A text-to-speech engine."""

    _attr_name = _attr_unique_id = "voice"
    _attr_default_language = "en"
    _attr_supported_languages = ("en",)  # type: ignore[assignment]

    @override
    def get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> TtsAudioType:
        return "mp3", b""


async def add_player(hass: HomeAssistant, name: str) -> FakePlayer:
    """Return a player that Home Assistant knows as ``media_player.<name>``."""
    player = FakePlayer(name)
    setup_test_component_platform(hass, "media_player", [player])
    assert await async_setup_component(hass, "media_player", {"media_player": {"platform": "test"}})
    await hass.async_block_till_done()
    return player


@dataclass
class Room:
    """A screen, and the cameras that may show on it."""

    hass: HomeAssistant
    screen: FakePlayer
    play_stream: list[ServiceCall]

    def camera(
        self, name: str = "front", *, view: str = CAMERA, **targets: Any
    ) -> DeliveryUnderTest:
        """Return the delivery of a camera that shows on the screen."""
        if self.hass.states.get(view) is None:
            self.hass.states.async_set(view, "idle")
        settings = camera_settings(subentry_id=name, displays=(SCREEN,), **targets)
        under_test = make_delivery(self.hass, settings)
        under_test.live_view = view
        return under_test


async def furnish(hass: HomeAssistant) -> Room:
    """Return a room with a screen, and a camera whose stream it can play."""
    screen = await add_player(hass, "screen")
    hass.states.async_set(CAMERA, "idle")
    calls: list[ServiceCall] = []

    async def play_stream(call: ServiceCall) -> None:
        calls.append(call)
        await hass.services.async_call(
            "media_player",
            "play_media",
            {
                "entity_id": call.data["media_player"],
                "media_content_id": HLS,
                "media_content_type": "application/vnd.apple.mpegurl",
            },
            blocking=True,
            context=call.context,
        )

    hass.services.async_register("camera", "play_stream", play_stream)
    return Room(hass, screen, calls)


async def show(camera: DeliveryUnderTest, /, **changes: Any) -> None:
    """Show the live view of a camera on its one screen."""
    (result,) = await camera.deliver(alert(**changes))
    assert result.ok
