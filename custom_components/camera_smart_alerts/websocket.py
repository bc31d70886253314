"""Commands for pages and scripts: visits, feedback, explanations, and what happens as it happens.

What a reader would get wrong: no answer holds a picture. It holds addresses, signed for the login
that asks and for ten minutes; what that login may see is asked again at each (``access.py``).
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from . import feedback
from .access import async_signed
from .asking import Asker, unknown_visit
from .const import DOMAIN
from .data import loaded
from .deletion import async_delete_visit
from .explain import async_explain
from .subscription import Subscription
from .vision.datatypes import Kind
from .visit_list import (
    ANY_KIND,
    Cursor,
    Wanted,
    async_page,
    async_visit,
)

type Answer = Callable[[Asker, ActiveConnection, dict[str, Any]], Awaitable[Any]]
type Handler = Callable[[HomeAssistant, ActiveConnection, dict[str, Any]], None]


@callback
def async_setup_commands(hass: HomeAssistant) -> None:
    """Register the commands."""
    for command in (
        cameras,
        visits_list,
        visits_get,
        visits_delete,
        feedback_give,
        feedback_list,
        feedback_forget,
        explain,
        subscribe,
    ):
        websocket_api.async_register_command(hass, command)


def _command(name: str, fields: dict[Any, Any]) -> Callable[[Answer], Handler]:
    """Make a command of a function that returns its answer."""

    def decorate(answer: Answer) -> Handler:
        @wraps(answer)
        async def handle(
            hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
        ) -> None:
            if (runtime := loaded(hass)) is None:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_loaded")
            asker = Asker(hass, runtime, connection.user)
            connection.send_result(msg["id"], await answer(asker, connection, msg))

        schema = {probatio.Required("type"): f"{DOMAIN}/{name}", **fields}
        return websocket_api.websocket_command(schema)(websocket_api.async_response(handle))

    return decorate


@_command("cameras", {})
async def cameras(
    asker: Asker, connection: ActiveConnection, _msg: dict[str, Any]
) -> dict[str, Any]:
    """Return the cameras of this person, and what may be seen and taught of each."""
    pictured = await asker.async_pictured()
    return {
        "cameras": [
            {
                "entity_id": one.source_entity_id,
                "name": one.name,
                "live_view": one.live_view,
                "may_see": key in pictured,
                "may_teach": asker.may(one.source_entity_id, POLICY_CONTROL),
            }
            for key, one in asker.cameras().items()
        ],
        "understood": asker.runtime.store.has_understood(connection.user.id),
        "retention_s": asker.runtime.hub.retention.total_seconds(),
    }


@_command(
    "visits/list",
    {
        probatio.Optional("camera"): cv.entity_domain(CAMERA_DOMAIN),
        probatio.Optional("kind"): probatio.Coerce(Kind),
        probatio.Optional("after"): cv.datetime,
        probatio.Optional("before"): cv.datetime,
        probatio.Optional("cursor"): Cursor.parse,
        probatio.Optional("limit", default=50): probatio.All(int, probatio.Range(min=1, max=200)),
    },
)
async def visits_list(
    asker: Asker, _connection: ActiveConnection, msg: dict[str, Any]
) -> dict[str, Any]:
    """Return a page of visits, the newest first, and where the next one begins."""
    wanted = Wanted(
        cameras=asker.meant(msg.get("camera")),
        kind=str(msg.get("kind", ANY_KIND)),
        after=_seconds(msg.get("after"), 0.0),
        before=_seconds(msg.get("before"), float("inf")),
        cursor=msg.get("cursor"),
        limit=msg["limit"],
    )
    page = await async_page(asker.runtime.database, wanted)
    cursor = None if page.cursor is None else str(page.cursor)
    return {"visits": asker.shown(page.visits), "cursor": cursor}


@_command("visits/get", {probatio.Required("visit_id"): str})
async def visits_get(
    asker: Asker, connection: ActiveConnection, msg: dict[str, Any]
) -> dict[str, Any]:
    """Return a visit, with addresses of the pictures that this person may see."""
    database = asker.runtime.database
    if (visit := await async_visit(database, msg["visit_id"])) is None:
        raise unknown_visit()
    (shown,) = asker.shown([visit])
    if not shown["cameras"]:
        raise Unauthorized(permission=POLICY_READ)
    token, seen = connection.refresh_token_id, await asker.async_pictured()
    return {
        "visit": shown,
        "pictures": [
            {
                "picture_id": one.link_id,
                "camera": seen[one.subentry_id].source_entity_id,
                "role": one.role,
                "taken_at": one.taken_at.isoformat(),
                "content_type": one.content_type,
                "url": async_signed(asker.hass, one.path, token),
            }
            for one in await asker.runtime.vault.async_of_visits([msg["visit_id"]])
            # Without a login to bind it to, the address would be anybody's.
            if one.subentry_id in seen and token is not None
        ],
    }


@_command("visits/delete", {probatio.Required("visit_id"): str})
async def visits_delete(
    asker: Asker, connection: ActiveConnection, msg: dict[str, Any]
) -> dict[str, Any]:
    """Destroy a visit with its pictures; return the receipt."""
    if not connection.user.is_admin:
        raise Unauthorized
    return (await async_delete_visit(asker.runtime, msg["visit_id"])).as_dict()


@_command("feedback", feedback.GIVE_FIELDS)
async def feedback_give(
    asker: Asker, _connection: ActiveConnection, msg: dict[str, Any]
) -> dict[str, Any]:
    """Take in what somebody says of a visit, or that somebody was missed."""
    return await feedback.async_give(asker, msg)


@_command("feedback/list", {probatio.Required(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN)})
async def feedback_list(
    asker: Asker, _connection: ActiveConnection, msg: dict[str, Any]
) -> dict[str, Any]:
    """Return what a camera was taught."""
    return feedback.lessons(asker, msg[ATTR_ENTITY_ID])


@_command("feedback/forget", feedback.FORGET_FIELDS)
async def feedback_forget(
    asker: Asker, _connection: ActiveConnection, msg: dict[str, Any]
) -> dict[str, Any]:
    """Take back what a camera was taught."""
    return await feedback.async_forget(asker, msg)


@_command(
    "explain",
    {
        probatio.Required(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
        probatio.Optional("at"): cv.datetime,
    },
)
async def explain(
    asker: Asker, _connection: ActiveConnection, msg: dict[str, Any]
) -> dict[str, Any]:
    """Return why people were told of a motion, or were not."""
    camera, at = asker.camera(msg[ATTR_ENTITY_ID]), msg.get("at")
    answer = await async_explain(asker.hass, asker.runtime, camera, at and dt_util.as_utc(at))
    return {**answer, "visits": asker.shown(answer["visits"])}


@_command("subscribe", {})
async def subscribe(asker: Asker, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Tell of visits and of how motions ended, as it happens, and of when to ask again."""

    @callback
    def send(told: Mapping[str, Any]) -> None:
        connection.send_event(msg["id"], told)

    connection.subscriptions[msg["id"]] = Subscription(
        asker.hass, connection.user, send
    ).async_start()


def _seconds(at: datetime | None, otherwise: float) -> float:
    return otherwise if at is None else dt_util.as_utc(at).timestamp()
