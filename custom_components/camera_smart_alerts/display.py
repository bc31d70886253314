"""Displays: the live view for a while, then what was there before.

A screen may be shared by several cameras, each with its own ``Delivery``. What is shown where is
therefore known once per Home Assistant (``hass.data``): the camera that shows last gives the
screen back, and to what was there before the *first* one.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import Any, Final, Protocol

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.const import ATTR_SUPPORTED_FEATURES
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .camera_calls import async_ask, async_find_camera
from .channel import (
    ATTEMPT_S,
    Channel,
    DeliveryError,
    Failure,
    Notice,
    async_call,
    async_device_name,
    async_entity_name,
    async_require_device,
    async_require_entity,
)
from .const import DOMAIN
from .redaction import log_unexpected
from .vision.errors import SourceError, SourceFailure

_LOGGER = logging.getLogger(__name__)

SHOW_S: Final = 60
"""How long a live view stays."""

_SPEECH_START_S: Final = 2.0
_SPEECH_CHARACTERS_PER_S: Final = 14.0
_SPEECH_MOST_S: Final = 10.0
_RUNNING: Final = (MediaPlayerState.PLAYING, MediaPlayerState.BUFFERING)
_STREAM: Final = "/api/hls/"
_OVER: Final = (_STREAM, "/api/tts_proxy/", "media-source://tts/")
"""Content that is over when the screen is given back: camera streams and speech."""


class Screen(Protocol):
    """What shows a live view and can undo it."""

    @property
    def id(self) -> str:
        """Entity id or device id; two cameras may show on the same."""

    @property
    def name(self) -> str:
        """What people call it."""

    async def async_give_back(self, notice: Notice, before: State | None) -> None:
        """Undo the live view, unless the screen is used for something else by now.

        Raises:
            DeliveryError: It cannot be undone.
        """


@dataclass(frozen=True, slots=True)
class _Show:
    """A live view on a screen."""

    screen: Screen
    notice: Notice
    before: State | None
    cancel: CALLBACK_TYPE


_SHOWS: HassKey[dict[str, _Show]] = HassKey(f"{DOMAIN}_shows")


@callback
def _async_shows(hass: HomeAssistant) -> dict[str, _Show]:
    return hass.data.setdefault(_SHOWS, {})


@callback
def _async_keep(hass: HomeAssistant, screen: Screen, notice: Notice, before: State | None) -> None:
    """Let a live view stay for ``SHOW_S`` from now, whoever showed it first."""
    shows = _async_shows(hass)
    if (shown := shows.get(screen.id)) is not None:
        shown.cancel()

    async def end(_now: datetime) -> None:
        await async_end_show(hass, screen)

    shows[screen.id] = _Show(screen, notice, before, async_call_later(hass, SHOW_S, end))


async def async_end_show(hass: HomeAssistant, screen: Screen) -> None:
    """End a live view now, if this camera was the last to show one there. Never raises."""
    shows = _async_shows(hass)
    show = shows.get(screen.id)
    if show is None or show.screen is not screen:
        return
    show.cancel()
    del shows[screen.id]
    camera = show.notice.alert.camera
    try:
        await screen.async_give_back(show.notice, show.before)
    except DeliveryError as err:
        _LOGGER.warning("%s: %s keeps the live view (%s)", camera, screen.name, err)
    except Exception as err:  # noqa: BLE001 - the outermost frame of a timer
        log_unexpected(f"{camera}: {screen.name}", err)


class PlayerScreen:
    """A media player with a screen."""

    channel = Channel.DISPLAY

    def __init__(
        self, hass: HomeAssistant, entity_id: str, *, dashboard: str | None, speaks: bool
    ) -> None:
        """Refer to a media player that need not exist any more.

        Args:
            hass: Home Assistant.
            entity_id: The media player.
            dashboard: ``dashboard/view`` that a Cast device shows instead of the bare stream.
            speaks: Whether it also announces the alert, which the stream must not cut off.
        """
        self._hass = hass
        self._dashboard = dashboard
        self._speaks = speaks
        self.id = entity_id

    @property
    def name(self) -> str:
        """What people call it."""
        return async_entity_name(self._hass, self.id)

    async def async_send(self, notice: Notice) -> None:
        """Show the live view for a while, see ``Target``."""
        state = async_require_entity(self._hass, self.id)
        action, data = await self._async_action(notice)
        shown = _async_shows(self._hass).get(self.id)
        before = shown.before if shown is not None and _shows_camera(state) else state
        if self._speaks:
            # No player says when a sentence is over; its length is known well enough.
            speech_s = _SPEECH_START_S + len(notice.message) / _SPEECH_CHARACTERS_PER_S
            await asyncio.sleep(min(speech_s, _SPEECH_MOST_S))
        await async_call(self._hass, notice.context, action, data)
        _async_keep(self._hass, self, notice, before)

    async def _async_action(self, notice: Notice) -> tuple[str, dict[str, Any]]:
        if self._dashboard and self._is_cast():
            dashboard, _, view = self._dashboard.strip("/").rpartition("/")
            data = {"entity_id": self.id, "view_path": view}
            return "cast.show_lovelace_view", data | (
                {"dashboard_path": dashboard} if dashboard else {}
            )
        if notice.live_view is None:
            raise DeliveryError(Failure.NO_LIVE_VIEW)
        async_require_entity(self._hass, notice.live_view, Failure.NO_LIVE_VIEW)
        await _async_require_stream(self._hass, notice.live_view)
        return "camera.play_stream", {"entity_id": notice.live_view, "media_player": self.id}

    @callback
    def _is_cast(self) -> bool:
        entry = er.async_get(self._hass).async_get(self.id)
        return entry is not None and entry.platform == "cast"

    async def async_give_back(self, notice: Notice, before: State | None) -> None:
        """Play what was played before, or stop, see ``Screen``."""
        now = self._hass.states.get(self.id)
        if before is None or now is None or not _shows_camera(now):
            return
        call = _restore(now, before)
        if call is not None:
            action, data = call
            data["entity_id"] = self.id
            await async_call(self._hass, notice.context, f"media_player.{action}", data)


async def _async_require_stream(hass: HomeAssistant, entity_id: str) -> None:
    """Check that a camera has a stream; ``camera.play_stream`` then plays this very one.

    Raises:
        DeliveryError: It has none, as one that offers WebRTC only; or it does not say.
    """
    if (camera := async_find_camera(hass, entity_id)) is None:
        return
    try:
        stream = await async_ask(asyncio.wait_for(camera.async_create_stream(), ATTEMPT_S))
    except SourceError as err:
        late = err.failure is SourceFailure.TIMEOUT
        raise DeliveryError(Failure.TIMED_OUT if late else Failure.REFUSED, err) from err
    if stream is None:
        raise DeliveryError(Failure.NOT_SUPPORTED)


def _shows_camera(state: State) -> bool:
    """Return whether a player seems to show a live view still.

    Not every player says what it plays; one that runs without saying so is believed.
    """
    if state.state not in (*_RUNNING, MediaPlayerState.ON):
        return False
    content: str | None = state.attributes.get(ATTR_MEDIA_CONTENT_ID)
    return content is None or _STREAM in content


def _restore(now: State, before: State) -> tuple[str, dict[str, Any]] | None:
    """Return the media player action that ends a live view; None when the player has none."""
    content = before.attributes.get(ATTR_MEDIA_CONTENT_ID) or ""
    content_type = before.attributes.get(ATTR_MEDIA_CONTENT_TYPE)
    # An id without a scheme belongs to some app of the player, and cannot be played by address.
    if (
        before.state in _RUNNING
        and content_type
        and "://" in content
        and not any(over in content for over in _OVER)
    ):
        return "play_media", {
            ATTR_MEDIA_CONTENT_ID: content,
            ATTR_MEDIA_CONTENT_TYPE: content_type,
        }
    features = MediaPlayerEntityFeature(now.attributes.get(ATTR_SUPPORTED_FEATURES, 0))
    can_stop = MediaPlayerEntityFeature.STOP in features
    can_turn_off = MediaPlayerEntityFeature.TURN_OFF in features
    if can_turn_off and (before.state == MediaPlayerState.OFF or not can_stop):
        return "turn_off", {}
    return ("media_stop", {}) if can_stop else None


class EchoShow:
    """An Echo Show, told what to do as if by voice: the only way to open a view on it.

    The camera must be known to Alexa by the name it has here. What the screen shows cannot be
    read, so it is sent to its home screen afterwards, which leaves music playing.
    """

    channel = Channel.DISPLAY

    def __init__(self, hass: HomeAssistant, device_id: str) -> None:
        """Refer to a device that need not exist any more."""
        self._hass = hass
        self.id = device_id

    @property
    def name(self) -> str:
        """What people call it."""
        return async_device_name(self._hass, self.id)

    async def async_send(self, notice: Notice) -> None:
        """Show the live view for a while, see ``Target``."""
        async_require_device(self._hass, self.id)
        show = notice.words.notification("show_camera")
        await self._async_say(notice, show.replace("{camera}", notice.alert.camera))
        _async_keep(self._hass, self, notice, None)

    async def async_give_back(self, notice: Notice, before: State | None) -> None:  # noqa: ARG002
        """Leave the live view, see ``Screen``."""
        await self._async_say(notice, notice.words.notification("go_home"))

    async def _async_say(self, notice: Notice, command: str) -> None:
        data = {"device_id": self.id, "text_command": command}
        await async_call(self._hass, notice.context, "alexa_devices.send_text_command", data)
