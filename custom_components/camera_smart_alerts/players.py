"""What a media player plays, and how it returns to what it played before."""

from typing import Any, Final

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.const import ATTR_SUPPORTED_FEATURES
from homeassistant.core import State

RUNNING: Final = (MediaPlayerState.PLAYING, MediaPlayerState.BUFFERING)
_STREAM: Final = "/api/hls/"
_SPEECH: Final = ("/api/tts_proxy/", "media-source://tts/")

_SPEECH_START_S: Final = 2.0
_SPEECH_CHARACTERS_PER_S: Final = 14.0


def speech_s(message: str) -> float:
    """Return how long a sentence takes. No player says when one is over."""
    return _SPEECH_START_S + len(message) / _SPEECH_CHARACTERS_PER_S


def features(state: State) -> MediaPlayerEntityFeature:
    """Return what a player can do."""
    return MediaPlayerEntityFeature(state.attributes.get(ATTR_SUPPORTED_FEATURES, 0))


def is_running(state: State) -> bool:
    """Tell whether a player plays something."""
    return state.state in RUNNING


def speaks(state: State) -> bool:
    """Tell whether a player plays speech, as far as it says what it plays."""
    content: str = state.attributes.get(ATTR_MEDIA_CONTENT_ID) or ""
    return is_running(state) and any(speech in content for speech in _SPEECH)


def shows_camera(state: State) -> bool:
    """Return whether a player seems to show a live view still.

    Not every player says what it plays; one that runs without saying so is believed.
    """
    if state.state not in (*RUNNING, MediaPlayerState.ON):
        return False
    content: str | None = state.attributes.get(ATTR_MEDIA_CONTENT_ID)
    return content is None or _STREAM in content


def replay(before: State) -> dict[str, Any] | None:
    """Return what plays again what a player played, None where that is not known or was ours."""
    content = before.attributes.get(ATTR_MEDIA_CONTENT_ID) or ""
    content_type = before.attributes.get(ATTR_MEDIA_CONTENT_TYPE)
    # An id without a scheme belongs to some app of the player, and cannot be played by address.
    if (
        not is_running(before)
        or not content_type
        or "://" not in content
        or any(ours in content for ours in (_STREAM, *_SPEECH))
    ):
        return None
    return {ATTR_MEDIA_CONTENT_ID: content, ATTR_MEDIA_CONTENT_TYPE: content_type}


def restore(now: State, before: State) -> tuple[str, dict[str, Any]] | None:
    """Return the media player action that ends a live view; None when the player has none."""
    if (again := replay(before)) is not None:
        return "play_media", again
    can_stop = MediaPlayerEntityFeature.STOP in features(now)
    can_turn_off = MediaPlayerEntityFeature.TURN_OFF in features(now)
    if can_turn_off and (before.state == MediaPlayerState.OFF or not can_stop):
        return "turn_off", {}
    return ("media_stop", {}) if can_stop else None
