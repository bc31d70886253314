"""A loudspeaker and a display that fetch what they are told to play, and say what they got.

Each fires ``camera_smart_alerts_demo_played`` on the bus, the demo's window into the living room.
"""

import time
from typing import Any, Final, override
from urllib.parse import parse_qs, urlsplit

from homeassistant.components import media_source
from homeassistant.components.media_player import MediaPlayerEntity
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.components.media_player.const import (
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import DOMAIN, DemoConfigEntry

EVENT_PLAYED: Final = f"{DOMAIN}_played"
PARALLEL_UPDATES = 0
# An HLS playlist, MP3 with and without a tag, WAV.
_BEGINNINGS: Final = (b"#EXT", b"ID3", b"\xff", b"RIFF")


async def async_setup_entry(
    _hass: HomeAssistant,
    _entry: DemoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the loudspeaker and the display."""
    async_add_entities([DemoPlayer("Kitchen speaker"), DemoPlayer("Hallway display")])


class DemoPlayer(MediaPlayerEntity):
    """Plays to nobody."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_should_poll = False
    _attr_state = MediaPlayerState.IDLE
    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
        | MediaPlayerEntityFeature.STOP
    )

    def __init__(self, name: str) -> None:
        """Be a device of one's own."""
        self._attr_unique_id = name
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, name)}, name=name, manufacturer="Camera Smart Alerts demo"
        )

    @override
    async def async_play_media(
        self, media_type: MediaType | str, media_id: str, **kwargs: Any
    ) -> None:
        """Play, and report it once it runs."""
        announce = bool(kwargs.get("announce"))
        if not announce:
            self._attr_state = MediaPlayerState.PLAYING
            self._attr_media_content_id = media_id
            self._attr_media_content_type = media_type
            self.async_write_ha_state()
        report = {"entity_id": self.entity_id, "announce": announce, "asked_at": time.monotonic()}
        # A real device says yes at once, too, and needs a moment to start.
        self.hass.async_create_background_task(self._play(media_id, report), self.entity_id)

    async def _play(self, media_id: str, report: dict[str, Any]) -> None:
        """Fetch the beginning of a medium, as a real device would, and report it."""
        report["spoken"] = parse_qs(urlsplit(media_id).query).get("message", [""])[0]
        if media_source.is_media_source_id(media_id):
            resolved = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
            media_id = resolved.url
        url = async_process_play_media_url(self.hass, media_id)
        async with async_get_clientsession(self.hass).get(url) as response:
            beginning = await response.content.read(4)
        report["playable"] = response.ok and beginning.startswith(_BEGINNINGS)
        report["playing_at"] = time.monotonic()
        self.hass.bus.async_fire(EVENT_PLAYED, report)

    @override
    async def async_media_stop(self) -> None:
        """Go back to doing nothing."""
        self._attr_state = MediaPlayerState.IDLE
        self._attr_media_content_id = None
        self.async_write_ha_state()
