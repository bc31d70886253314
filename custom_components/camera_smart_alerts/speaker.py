"""Speakers: media players with a text-to-speech engine, Assist satellites, notify entities."""

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

SPEECH_S: Final = 30.0
"""How long an announcement may take: satellites answer only when the sentence has been spoken."""


class Speaker:
    """One entity that speaks."""

    channel = Channel.SPEAKER

    def __init__(self, hass: HomeAssistant, entity_id: str, engine: str | None) -> None:
        """Refer to a speaker that need not exist any more.

        Args:
            hass: Home Assistant.
            entity_id: A media player, an Assist satellite or a notify entity.
            engine: Entity id of the text-to-speech engine; only media players need one.
        """
        self._hass = hass
        self._engine = engine
        self.id = entity_id

    @property
    def name(self) -> str:
        """What people call it."""
        return async_entity_name(self._hass, self.id)

    async def async_send(self, notice: Notice) -> None:
        """Speak the sentence, see ``Target``."""
        async_require_entity(self._hass, self.id)
        action, data = self._action(notice.message)
        # Nobody knows whether a speaker that answers too late has spoken; once is enough.
        await async_call(
            self._hass, notice.context, action, data, limit_s=SPEECH_S, retry_late=False
        )

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
