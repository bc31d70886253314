"""Speakers: media players with a text-to-speech engine, Assist satellites, notify entities.

One sentence for each visit: how it goes on is shown, not said.
"""

from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback, split_entity_id

from .channel import (
    Channel,
    DeliveryError,
    Failure,
    Notice,
    async_call,
    async_entity_name,
    async_require_entity,
)
from .speech import async_begin_speech, async_end_speech, async_speaking

__all__ = ["SPEECH_S", "Speaker", "async_end_speech"]

SPEECH_S: Final = 30.0
"""How long an announcement may take: satellites answer only when the sentence has been spoken."""


class Speaker:
    """One entity that speaks."""

    channel = Channel.SPEAKER

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: str,
        engine: str | None,
        *,
        volume: float | None = None,
        shows: bool = False,
    ) -> None:
        """Refer to a speaker that need not exist any more.

        Args:
            hass: Home Assistant.
            entity_id: A media player, an Assist satellite or a notify entity.
            engine: Entity id of the text-to-speech engine; only media players need one.
            volume: Of media players while they speak, 0 to 1; None to leave it.
            shows: Whether it shows the live view afterwards, so that nothing else may return.
        """
        self._hass = hass
        self._engine = engine
        self._volume = volume
        self._shows = shows
        self.id = entity_id

    @property
    def name(self) -> str:
        """What people call it."""
        return async_entity_name(self._hass, self.id)

    async def async_send(self, notice: Notice) -> None:
        """Speak the sentence, see ``Target``."""
        if notice.alert.is_update or notice.alert.lasted is not None:
            return
        state = async_require_entity(self._hass, self.id)
        action, data = self._action(notice.message)
        is_player = state.domain == Platform.MEDIA_PLAYER
        if is_player:
            await async_begin_speech(
                self._hass, state, self._volume, notice.context, resumes=not self._shows
            )
        # Nobody knows whether a speaker that answers too late has spoken; once is enough.
        try:
            await async_call(
                self._hass, notice.context, action, data, limit_s=SPEECH_S, retry_late=False
            )
        except BaseException:
            if is_player:
                await async_end_speech(self._hass, self.id)
            raise
        if is_player:
            async_speaking(self._hass, self.id, notice.message)

    @callback
    def _action(self, message: str) -> tuple[str, dict[str, Any]]:
        match split_entity_id(self.id)[0]:
            case Platform.MEDIA_PLAYER:
                if self._engine is None:
                    raise DeliveryError(Failure.NO_ENGINE)
                async_require_entity(self._hass, self._engine, Failure.NO_ENGINE)
                return "tts.speak", {
                    "entity_id": self._engine,
                    "media_player_entity_id": self.id,
                    "message": message,
                }
            case Platform.ASSIST_SATELLITE:
                return "assist_satellite.announce", {"entity_id": self.id, "message": message}
            case Platform.NOTIFY:
                return "notify.send_message", {"entity_id": self.id, "message": message}
        raise DeliveryError(Failure.NOT_SUPPORTED)
