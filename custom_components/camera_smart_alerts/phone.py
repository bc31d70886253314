"""Phones with the companion app: the notification, its buttons, and what a button says.

Only the service ``notify.mobile_app_*`` carries pictures and buttons; the app's notify *entity*
drops them. One payload serves iOS and Android: each ignores the other's keys.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from homeassistant.components.mobile_app.const import (
    CONF_USER_ID,
    DOMAIN as MOBILE_APP,
    MANUFACTURER_APPLE,
)
from homeassistant.components.mobile_app.util import get_notify_service, webhook_id_from_device_id
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .access import async_may_see
from .alerts import visit_id
from .channel import (
    Channel,
    DeliveryError,
    Failure,
    Notice,
    async_call,
    async_device_name,
    async_require_device,
)
from .const import DOMAIN, TITLE
from .message import Words
from .pictures import async_camera_of
from .settings import CameraSettings
from .vision.datatypes import Kind

ACTION_DO_NOT_LEARN: Final = "do_not_learn"
ACTION_LEARN: Final = "learn"
ACTION_LEARN_MISSED: Final = "learn_missed"
ACTION_LEARN_RIGHT: Final = "learn_right"
ACTION_MISSED: Final = "missed"
ACTION_NOT_RIGHT: Final = "not_right"
ACTION_RIGHT: Final = "right"
ACTION_SILENCE: Final = "silence"
ACTION_SILENCE_HOME: Final = "silence_home"

_OVERVIEW: Final = "/home/overview"
"""A page that everybody has."""

# The longest first: one verb begins like another.
_ACTION_PREFIXES: Final = {
    f"{DOMAIN}_{verb}_".upper(): verb
    for verb in (
        *(ACTION_SILENCE_HOME, ACTION_NOT_RIGHT, ACTION_SILENCE, ACTION_RIGHT, ACTION_MISSED),
        *(ACTION_LEARN_MISSED, ACTION_LEARN_RIGHT, ACTION_LEARN, ACTION_DO_NOT_LEARN),
    )
}


def action(verb: str, alert_id: str) -> str:
    """Return the ``action`` of a button, which ``parse_action`` reads."""
    return f"{DOMAIN}_{verb}_".upper() + alert_id


def parse_action(tapped: object) -> tuple[str, str] | None:
    """Read the ``action`` of a ``mobile_app_notification_action`` event.

    Args:
        tapped: Whatever a phone sent; not always text.

    Returns:
        The verb (one of ``ACTION_*``) and the alert id, or None when the button is not one of
        ours. Any registered phone can fire any action, so the caller must check that it knows the
        alert id, and whose phone it is (``async_phones_of``).
    """
    if not isinstance(tapped, str):
        return None
    for prefix, verb in _ACTION_PREFIXES.items():
        if tapped.startswith(prefix) and (alert_id := tapped.removeprefix(prefix)):
            return verb, alert_id
    return None


@callback
def async_phones_of(hass: HomeAssistant, settings: CameraSettings, context: Context) -> list[str]:
    """Return the phones of this camera (device ids) that an event may come from.

    ``mobile_app`` puts the user who registered the phone into the event's context, and lets no
    phone choose it; which of the user's phones it was it does not say.
    """
    return [
        device_id
        for device_id in settings.alerts.phones
        if (user_id := _user_id(hass, device_id)) is not None and user_id == context.user_id
    ]


@callback
def _user_id(hass: HomeAssistant, device_id: str) -> str | None:
    """Return who registered a phone; None where it is gone, or no phone."""
    device = dr.async_get(hass).async_get(device_id)
    entry = device and hass.config_entries.async_get_entry(device.config_entry_id)
    if not entry or entry.domain != MOBILE_APP:
        return None
    user_id: str = entry.data[CONF_USER_ID]
    return user_id


def visit_tag(alert_id: str) -> str:
    """Return the tag of a visit's notification: a newer telling takes the place of an older one.

    Each visit has its own, so that the car that follows does not wipe out the person.
    """
    return f"{DOMAIN}_{visit_id(alert_id)}"


def live_view_path(camera: str) -> str:
    """Return the path that opens a camera's live view.

    Both apps open a path of the frontend, and the frontend opens the dialog that the query names
    on every page. Android's own ``entityId:camera.x`` would do nothing on iOS.
    """
    return f"{_OVERVIEW}?{urlencode({'more-info-entity-id': camera})}"


def payload(notice: Notice, *, is_apple: bool) -> dict[str, Any]:
    """Return the data of the notify service for one notice.

    Keys as documented by the companion apps. Every path is relative: the app puts its own server
    and login in front of it, so nothing can be opened without a login.

    Args:
        notice: What to tell.
        is_apple: Whether the phone is an iPhone or iPad.
    """
    alert, text = notice.alert, notice.words.notification
    data: dict[str, Any] = {
        "tag": visit_tag(alert.id),
        "group": DOMAIN,
        "actions": _actions(notice),
        # Android: delivered at once, also in doze mode, or as soon as the phone has a network
        # again; and shown in Android Auto.
        "priority": "high",
        "ttl": 900,
        "car_ui": True,
        # Android: says when it was shown.
        "confirmation": True,
        # Android: one sound for each tag, none for the group around it.
        "alert_once": True,
    } | _loudness(notice)
    # A Live Activity of iOS comes in place of the notification, without picture and buttons.
    if not is_apple and alert.lasted is None and not alert.is_test:
        data["live_update"] = True
    if notice.no_text:
        data["url"] = data["clickAction"] = _OVERVIEW
        message = text("no_text")
        if alert.is_test:
            message = f"{text('test')}: {message}"
        return {"title": TITLE, "message": message, "data": data}
    if notice.picture_path is not None:
        data["image"] = notice.picture_path
        kind = "gif" if notice.picture_path.endswith(".gif") else "jpeg"
        data["attachment"] = {"url": notice.picture_path, "content-type": kind}
    if notice.live_view is not None:
        data["url"] = data["clickAction"] = live_view_path(notice.live_view)
        # iOS: live pictures when the notification is pulled open.
        data["entity_id"] = notice.live_view
    return {"title": alert.camera, "message": notice.message, "data": data}


def quiet(words: Words) -> dict[str, Any]:
    """Return what keeps a phone from making a sound."""
    text = words.notification
    return {
        # A channel of its own: one that was lowered once would stay so for the next alert.
        "channel": f"{TITLE}: {text('updates')}",
        "importance": "low",
        "push": {"interruption-level": "passive", "sound": "none"},
    }


def _loudness(notice: Notice) -> dict[str, Any]:
    """Return what makes a sound, or keeps a phone from making one."""
    if notice.alert.is_update or notice.alert.lasted is not None:
        return quiet(notice.words)
    if notice.critical:
        sound = {"name": "default", "critical": 1, "volume": 1.0}
        return {
            "channel": "alarm_stream",
            "importance": "high",
            "push": {"interruption-level": "critical", "sound": sound},
        }
    return {
        "channel": TITLE,
        "importance": "high",
        # iOS: breaks through the notification summary and a focus that allows it.
        "push": {"interruption-level": "time-sensitive"},
    }


def _actions(notice: Notice) -> list[dict[str, str]]:
    """Return the buttons, the most wanted first: Android shows three of them."""
    alert, text = notice.alert, notice.words.notification

    def button(verb: str, words: str) -> dict[str, str]:
        return {"action": action(verb, alert.id), "title": text(words)}

    names_a_person = alert.kind is Kind.PERSON and not notice.no_text
    wrong = button(ACTION_NOT_RIGHT, "not_a_person" if names_a_person else "not_right")
    right, missed = button(ACTION_RIGHT, "right"), button(ACTION_MISSED, "missed")
    silence = button(ACTION_SILENCE, "silence_30_min")
    silence_home = button(ACTION_SILENCE_HOME, "silence_home")
    live_view = []
    if notice.live_view is not None and not notice.no_text:
        # Android follows the path only if the action is called URI.
        uri = live_view_path(notice.live_view)
        live_view = [{"action": "URI", "title": text("live_view"), "uri": uri}]
    if alert.lasted is not None:
        # Nobody is there any more: what is left to say is whether it was as told.
        return [right, wrong, missed, *live_view, silence, silence_home]
    actions = [*live_view, silence, wrong, silence_home]
    # A test saw nothing that could be right, or missed.
    return actions if alert.is_test else [*actions, right, missed]


class Phone:
    """One phone, known by its device.

    A phone counts as reached when the app's push service or the phone's own connection has taken
    the notification: ``mobile_app`` only logs what goes wrong behind that.
    """

    channel = Channel.PHONE

    def __init__(self, hass: HomeAssistant, device_id: str) -> None:
        """Refer to a phone that need not exist any more."""
        self._hass = hass
        self.id = device_id

    @property
    def name(self) -> str:
        """What people call it."""
        return async_device_name(self._hass, self.id)

    async def async_send(self, notice: Notice) -> None:
        """Show the notification, see ``Target``.

        Without the picture where the app would not get it: it asks as the user of the phone.
        """
        service = self._service()
        if not await self._async_may_see(notice.picture_path):
            notice = replace(notice, picture_path=None)
        data = payload(notice, is_apple=self._is_apple())
        await async_call(self._hass, notice.context, service, data)

    async def async_ask(self, question: Mapping[str, Any], context: Context) -> None:
        """Show something else than a notice.

        Raises:
            DeliveryError: The phone did not accept it.
        """
        await async_call(self._hass, context, self._service(), question)

    async def async_clear(self, tag: str, context: Context) -> None:
        """Remove the notification with this tag, see ``Target``."""
        data = {"message": "clear_notification", "data": {"tag": tag}}
        await async_call(self._hass, context, self._service(), data)

    async def _async_may_see(self, picture_path: str | None) -> bool:
        camera = picture_path and async_camera_of(self._hass, picture_path)
        user_id = _user_id(self._hass, self.id)
        if not camera or user_id is None:
            return False
        user = await self._hass.auth.async_get_user(user_id)
        return await async_may_see(self._hass, user, camera)

    @callback
    def _is_apple(self) -> bool:
        device = dr.async_get(self._hass).async_get(self.id)
        return getattr(device, "manufacturer", None) == MANUFACTURER_APPLE

    @callback
    def _service(self) -> str:
        async_require_device(self._hass, self.id)
        webhook_id = webhook_id_from_device_id(self._hass, self.id)
        try:
            service = webhook_id and get_notify_service(self._hass, webhook_id)
        except (AttributeError, KeyError) as err:
            # The notify platform of mobile_app is still being set up.
            raise DeliveryError(Failure.UNAVAILABLE) from err
        if not service:
            raise DeliveryError(Failure.NO_PUSH)
        return f"notify.{service}"
