"""Phones with the companion app: the notification, its buttons, and what a button says.

Only the service ``notify.mobile_app_*`` carries pictures and buttons; the app's notify *entity*
drops them. One payload serves iOS and Android: each ignores the other's keys.
"""

from typing import Any, Final
from urllib.parse import urlencode

from homeassistant.components.mobile_app.util import get_notify_service, webhook_id_from_device_id
from homeassistant.core import Context, HomeAssistant, callback

from .channel import (
    Channel,
    DeliveryError,
    Failure,
    Notice,
    async_call,
    async_device_name,
    async_require_device,
)
from .const import DOMAIN
from .vision.datatypes import Kind

ACTION_NOT_RIGHT: Final = "not_right"
ACTION_SILENCE: Final = "silence"

_ACTION_PREFIXES: Final = {
    f"{DOMAIN}_{verb}_".upper(): verb for verb in (ACTION_NOT_RIGHT, ACTION_SILENCE)
}


def _action(verb: str, alert_id: str) -> str:
    return f"{DOMAIN}_{verb}_".upper() + alert_id


def parse_action(action: object) -> tuple[str, str] | None:
    """Read the ``action`` of a ``mobile_app_notification_action`` event.

    Args:
        action: Whatever a phone sent; not always text.

    Returns:
        The verb (``ACTION_NOT_RIGHT`` or ``ACTION_SILENCE``) and the alert id, or None when the
        button is not one of ours. Any registered phone can fire any action, so the caller must
        check that it knows the alert id.
    """
    if not isinstance(action, str):
        return None
    for prefix, verb in _ACTION_PREFIXES.items():
        if action.startswith(prefix) and (alert_id := action.removeprefix(prefix)):
            return verb, alert_id
    return None


def alert_tag(subentry_id: str, kind: Kind) -> str:
    """Return the tag of a notification: a newer one takes the place of an older one.

    One for each kind, so that the car that follows does not wipe out the person.
    """
    return f"{DOMAIN}_{subentry_id}_{kind}"


def live_view_path(camera: str) -> str:
    """Return the path that opens a camera's live view.

    Both apps open a path of the frontend, and the frontend opens the dialog that the query names
    on every page. Android's own ``entityId:camera.x`` would do nothing on iOS.
    """
    return f"/home/overview?{urlencode({'more-info-entity-id': camera})}"


def payload(notice: Notice) -> dict[str, Any]:
    """Return the data of the notify service for one notice.

    Keys as documented by the companion apps. Every path is relative: the app puts its own server
    and login in front of it, so nothing can be opened without a login.
    """
    alert = notice.alert
    data: dict[str, Any] = {
        "tag": alert_tag(alert.subentry_id, alert.kind),
        "group": DOMAIN,
        "actions": _actions(notice),
        # Android: its own channel that may make a sound, delivered at once, also in doze mode.
        "channel": "Camera Smart Alerts",
        "importance": "high",
        "priority": "high",
        "ttl": 0,
        # iOS: breaks through the notification summary and a focus that allows it.
        "push": {"interruption-level": "time-sensitive"},
    }
    if notice.picture_path is not None:
        data["image"] = notice.picture_path
        data["attachment"] = {"url": notice.picture_path, "content-type": "jpeg"}
    if notice.live_view is not None:
        data["url"] = data["clickAction"] = live_view_path(notice.live_view)
        # iOS: live pictures when the notification is pulled open.
        data["entity_id"] = notice.live_view
    return {"title": alert.camera, "message": notice.message, "data": data}


def _actions(notice: Notice) -> list[dict[str, str]]:
    alert, text = notice.alert, notice.words.notification
    wrong = "not_a_person" if alert.kind is Kind.PERSON else "not_right"
    actions = [
        {"action": _action(ACTION_SILENCE, alert.id), "title": text("silence_30_min")},
        {"action": _action(ACTION_NOT_RIGHT, alert.id), "title": text(wrong)},
    ]
    if notice.live_view is not None:
        # Android follows the path only if the action is called URI.
        uri = live_view_path(notice.live_view)
        actions.insert(0, {"action": "URI", "title": text("live_view"), "uri": uri})
    return actions


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
        """Show the notification, see ``Target``."""
        await async_call(self._hass, notice.context, self._service(), payload(notice))

    async def async_clear(self, tag: str, context: Context) -> None:
        """Remove the notification with this tag, see ``Target``."""
        data = {"message": "clear_notification", "data": {"tag": tag}}
        await async_call(self._hass, context, self._service(), data)

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
