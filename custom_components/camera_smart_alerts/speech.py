"""Speech on media players: how loud it is, and what returns after it.

Home Assistant asks a player to *announce* a sentence. A player that knows what that means lowers
its music, speaks and goes on by itself; any other just stops playing, and then goes on when the
sentence is over. What was set and played before is known once per Home Assistant
(``hass.data``), because several cameras may speak on one player: the loud volume of one alert must
not be taken for the usual one by the next.
"""

from dataclasses import dataclass, replace
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_VOLUME_LEVEL,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .channel import DeliveryError, async_call
from .const import DOMAIN
from .players import features, is_running, replay, speaks, speech_s
from .redaction import log_unexpected

_LOGGER = logging.getLogger(__name__)

_LATE_S: Final = 2.0
"""How much longer a sentence may take each time somebody looks whether it is over."""
_LOOKS: Final = 10
_SAME: Final = 0.02
"""Volumes that differ by less are the same; players round."""


@dataclass(frozen=True, slots=True)
class _Speech:
    """A sentence that is being spoken."""

    before: State
    """The player before the first of the sentences that follow each other."""
    volume: float | None
    """What the volume was set to; None: not at all."""
    resumes: bool
    """Whether what was played before has to be brought back."""
    context: Context
    cancel: CALLBACK_TYPE = lambda: None
    looks: int = _LOOKS


_SPEECHES: HassKey[dict[str, _Speech]] = HassKey(f"{DOMAIN}_speeches")


@callback
def _async_speeches(hass: HomeAssistant) -> dict[str, _Speech]:
    return hass.data.setdefault(_SPEECHES, {})


async def async_begin_speech(
    hass: HomeAssistant, state: State, volume: float | None, context: Context, *, resumes: bool
) -> None:
    """Set the volume for a sentence that follows. Never raises.

    Args:
        hass: Home Assistant.
        state: Of the player.
        volume: 0 to 1; None to leave it.
        context: Of the alert.
        resumes: Whether music should come back on a player that does not see to it itself.
    """
    speeches, player = _async_speeches(hass), state.entity_id
    if (running := speeches.get(player)) is not None:
        running.cancel()
    before = running.before if running else state
    now = _volume(before)
    # Where the usual volume is not known, it could not be brought back.
    if volume is None or now is None or not _can(state, MediaPlayerEntityFeature.VOLUME_SET):
        volume = running.volume if running else None
    elif abs(volume - now) < _SAME and running is None:
        volume = None
    announces = _can(state, MediaPlayerEntityFeature.MEDIA_ANNOUNCE)
    resumes = resumes and not announces and is_running(before)
    speeches[player] = _Speech(before, volume, resumes, context)
    if volume is not None:
        await _async_call(hass, player, context, "volume_set", {ATTR_MEDIA_VOLUME_LEVEL: volume})


@callback
def async_speaking(hass: HomeAssistant, player: str, message: str) -> None:
    """Have everything return when a sentence that was begun is over."""
    if (speech := _async_speeches(hass).get(player)) is not None:
        if speech.volume is None and not speech.resumes:
            del _async_speeches(hass)[player]
        else:
            _async_look_later(hass, player, speech, speech_s(message))


@callback
def _async_look_later(hass: HomeAssistant, player: str, speech: _Speech, seconds: float) -> None:
    async def look(_now: datetime) -> None:
        state = hass.states.get(player)
        if speech.looks and state is not None and speaks(state):
            _async_look_later(hass, player, replace(speech, looks=speech.looks - 1), _LATE_S)
        else:
            await async_end_speech(hass, player)

    cancel = async_call_later(hass, seconds, look)
    _async_speeches(hass)[player] = replace(speech, cancel=cancel)


async def async_end_speech(hass: HomeAssistant, player: str) -> None:
    """Bring back what was there before a sentence, now. Never raises."""
    if (speech := _async_speeches(hass).pop(player, None)) is None:
        return
    speech.cancel()
    if (now := hass.states.get(player)) is None:
        return
    volume, usual = _volume(now), _volume(speech.before)
    # Somebody who turned the volume meanwhile wants it so.
    is_ours = volume is None or speech.volume is None or abs(volume - speech.volume) < _SAME
    if speech.volume is not None and is_ours:
        level = {ATTR_MEDIA_VOLUME_LEVEL: usual}
        await _async_call(hass, player, speech.context, "volume_set", level)
    if speech.resumes and (not is_running(now) or speaks(now)):
        again = replay(speech.before)
        if again is not None:
            await _async_call(hass, player, speech.context, "play_media", again)
        elif now.state == MediaPlayerState.PAUSED:
            await _async_call(hass, player, speech.context, "media_play", {})


async def _async_call(
    hass: HomeAssistant, player: str, context: Context, service: str, data: dict[str, Any]
) -> None:
    try:
        await async_call(hass, context, f"media_player.{service}", {"entity_id": player, **data})
    except DeliveryError as err:
        _LOGGER.debug("%s: %s failed beside an announcement: %s", player, service, err)
    except Exception as err:  # noqa: BLE001 - an announcement must not fail because of its frills
        log_unexpected(f"{player}: {service}", err)


def _volume(state: State) -> float | None:
    level: float | None = state.attributes.get(ATTR_MEDIA_VOLUME_LEVEL)
    return level


def _can(state: State, feature: MediaPlayerEntityFeature) -> bool:
    return feature in features(state)
