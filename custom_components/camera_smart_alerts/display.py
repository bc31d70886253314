"""Displays: the live view as long as a visit lasts, then what was there before.

How long that is, and who may change what a screen shows: ``shows.py``.
"""

import asyncio
from typing import Any, Final

from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er

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
from .players import restore, shows_camera, speech_s
from .shows import async_end_visit, async_keep, async_may_show, async_shown
from .vision.errors import SourceError, SourceFailure

_SPEECH_MOST_S: Final = 10.0


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
        """Show the live view until the visit is over, see ``Target``."""
        alert = notice.alert
        if alert.lasted is not None:
            await async_end_visit(self._hass, self.id, alert.id)
            return
        if not async_may_show(self._hass, self.id, notice):
            return
        state = async_require_entity(self._hass, self.id)
        shown = async_shown(self._hass, self.id)
        if alert.is_update and shown is not None and not shows_camera(state):
            # Somebody uses the screen for something else by now.
            return
        action, data = await self._async_action(notice)
        before = shown.before if shown is not None and shows_camera(state) else state
        if self._speaks and not alert.is_update:
            await asyncio.sleep(min(speech_s(notice.message), _SPEECH_MOST_S))
        await async_call(self._hass, notice.context, action, data)
        async_keep(self._hass, self, notice, before)

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
        if before is None or now is None or not shows_camera(now):
            return
        call = restore(now, before)
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
        """Show the live view until the visit is over, see ``Target``."""
        if notice.alert.lasted is not None:
            await async_end_visit(self._hass, self.id, notice.alert.id)
            return
        if not async_may_show(self._hass, self.id, notice):
            return
        async_require_device(self._hass, self.id)
        show = notice.words.notification("show_camera")
        await self._async_say(notice, show.replace("{camera}", notice.alert.camera))
        async_keep(self._hass, self, notice, None)

    async def async_give_back(self, notice: Notice, before: State | None) -> None:  # noqa: ARG002
        """Leave the live view, see ``Screen``."""
        await self._async_say(notice, notice.words.notification("go_home"))

    async def _async_say(self, notice: Notice, command: str) -> None:
        data = {"device_id": self.id, "text_command": command}
        await async_call(self._hass, notice.context, "alexa_devices.send_text_command", data)
