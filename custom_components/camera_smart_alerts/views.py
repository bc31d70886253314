"""Serve pictures and files for bug reports: to logged-in people who may see them, and by links.

``requires_auth`` is off on purpose: with it, Home Assistant counts an expired signed link as a
failed login and may ban the household (its own image proxy does the same).
"""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from homeassistant.components.http import (
    KEY_AUTHENTICATED,
    KEY_HASS,
    KEY_HASS_REFRESH_TOKEN_ID,
    KEY_HASS_USER,
)
from homeassistant.components.http.view import HomeAssistantView
from homeassistant.core import HomeAssistant

from .access import async_may_see
from .const import DOMAIN
from .data import async_find_picture, loaded
from .links import LINK_URL, Ticket
from .pictures import JPEG, PICTURE_URL, PREVIEW_URL, Picture
from .report import REPORT_URL, ZIP

_HEADERS: Final = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}


class PictureView(HomeAssistantView):
    """``GET /api/camera_smart_alerts/pictures/<id>.jpg``, or ``.gif`` of a moving preview."""

    name = f"api:{DOMAIN}:picture"
    url = PICTURE_URL
    extra_urls = [PREVIEW_URL]  # noqa: RUF012 - as the base class has it
    requires_auth = False

    async def get(self, request: web.Request, picture_id: str) -> web.Response:
        """Return the picture.

        Raises:
            web.HTTPUnauthorized: Wrong credentials, so that a real attack still counts as one.
            web.HTTPForbidden: No credentials, an expired link, or no right to see the picture.
            web.HTTPNotFound: The picture is forgotten, or never existed.
        """
        _check_login(request)
        hass, user = request.app[KEY_HASS], request.get(KEY_HASS_USER)
        picture = await async_find_picture(hass, picture_id)
        if picture is None:
            raise web.HTTPNotFound
        camera = picture.camera_entity_id
        if user is None or not await async_may_see(hass, user, camera):
            raise web.HTTPForbidden
        # While nothing is loaded nobody could write down who was shown it.
        if (runtime := loaded(hass)) is None:
            raise web.HTTPNotFound
        runtime.ledger.async_shown(camera, user)
        return _shown(picture)


class LinkView(HomeAssistantView):
    """``GET /api/camera_smart_alerts/links/<token>.jpg``: one picture, once, for whoever has it."""

    name = f"api:{DOMAIN}:link"
    url = LINK_URL
    requires_auth = False

    async def get(self, request: web.Request, token: str) -> web.Response:
        """Return the picture; a login is neither needed nor of any use.

        Raises:
            web.HTTPForbidden: The link opens nothing, for whatever reason: used, expired, revoked,
                of a picture that is gone, or never made; or whoever asked for it may not see the
                picture any more.
        """
        hass = request.app[KEY_HASS]
        runtime = loaded(hass)
        ticket = None if runtime is None else runtime.links.async_take(token)
        if runtime is None or ticket is None:
            raise web.HTTPForbidden(headers=_HEADERS)
        picture = None
        try:
            picture = await runtime.vault.async_open(ticket.picture_id)
        finally:
            if picture is None:
                runtime.links.async_give_back(ticket)
        # While nothing is loaded nobody could write down that it was shown.
        if (
            picture is None
            or not await _may_still_see(hass, ticket, picture)
            or loaded(hass) is not runtime
        ):
            raise web.HTTPForbidden(headers=_HEADERS)
        runtime.ledger.async_fetched(ticket.subentry_id)
        return _shown(picture)


async def _may_still_see(hass: HomeAssistant, ticket: Ticket, picture: Picture) -> bool:
    """Return whether a link is still within the rights of the person who asked for it."""
    if ticket.user_id is None:
        return True
    user = await hass.auth.async_get_user(ticket.user_id)
    return await async_may_see(hass, user, picture.camera_entity_id)


def _shown(picture: Picture) -> web.Response:
    return web.Response(
        body=picture.data,
        content_type=picture.content_type,
        status=HTTPStatus.OK,
        headers=_HEADERS,
    )


class ReportView(HomeAssistantView):
    """``GET /api/camera_smart_alerts/reports/<id>/<file>``: a bug report, or a picture of it."""

    name = f"api:{DOMAIN}:report"
    url = REPORT_URL
    requires_auth = False

    async def get(self, request: web.Request, report_id: str, file: str) -> web.Response:
        """Return the file to the login it was made for.

        Raises:
            web.HTTPUnauthorized: Wrong credentials, as for pictures.
            web.HTTPForbidden: No credentials, an expired link, no administrator, another login,
                or no right to see one of its pictures.
            web.HTTPNotFound: It is forgotten, or one of its pictures is no longer in the history.
        """
        _check_login(request)
        hass, user = request.app[KEY_HASS], request.get(KEY_HASS_USER)
        if user is None or not user.is_admin:
            raise web.HTTPForbidden
        runtime = loaded(hass)
        report = None if runtime is None else runtime.reports.get(report_id)
        if runtime is None or report is None:
            raise web.HTTPNotFound
        if report.login != request.get(KEY_HASS_REFRESH_TOKEN_ID):
            raise web.HTTPForbidden
        pictures = [one for name, one in report.pictures.items() if file in (name, ZIP)]
        for one in pictures:
            if not await async_may_see(hass, user, one.camera_entity_id):
                raise web.HTTPForbidden
            if await runtime.vault.async_open(one.kept_id) is None:
                raise web.HTTPNotFound
        if file == ZIP:
            body, content_type = await hass.async_add_executor_job(report.zipped), "application/zip"
            headers = {**_HEADERS, hdrs.CONTENT_DISPOSITION: f'attachment; filename="{ZIP}"'}
        elif pictures:
            body, content_type, headers = pictures[0].data, JPEG, _HEADERS
        else:
            raise web.HTTPNotFound
        for one in pictures:
            runtime.ledger.async_shown(one.camera_entity_id, user)
        return web.Response(body=body, content_type=content_type, headers=headers)


def _check_login(request: web.Request) -> None:
    """Let nobody go on who is not logged in.

    Raises:
        web.HTTPUnauthorized: Wrong credentials, so that a real attack still counts as one.
        web.HTTPForbidden: None, or an expired link.
    """
    if not request.get(KEY_AUTHENTICATED, False):
        if hdrs.AUTHORIZATION in request.headers:
            raise web.HTTPUnauthorized
        raise web.HTTPForbidden
