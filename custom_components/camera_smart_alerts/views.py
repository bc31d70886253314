"""Serve the pictures of alerts, to logged-in people who may see them (``access.py``).

``requires_auth`` is off on purpose: with it, Home Assistant counts an expired signed link as a
failed login and may ban the household (its own image proxy does the same).
"""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_AUTHENTICATED, KEY_HASS, KEY_HASS_USER
from homeassistant.components.http.view import HomeAssistantView

from .access import async_may_see
from .const import DOMAIN
from .data import async_find_picture, loaded
from .pictures import PICTURE_URL, PREVIEW_URL

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
        if not request.get(KEY_AUTHENTICATED, False):
            if hdrs.AUTHORIZATION in request.headers:
                raise web.HTTPUnauthorized
            raise web.HTTPForbidden
        hass = request.app[KEY_HASS]
        picture = await async_find_picture(hass, picture_id)
        if picture is None:
            raise web.HTTPNotFound
        user, camera = request.get(KEY_HASS_USER), picture.camera_entity_id
        if not await async_may_see(hass, user, camera):
            raise web.HTTPForbidden
        if user is not None and (runtime := loaded(hass)) is not None:
            runtime.ledger.async_shown(camera, user)
        return web.Response(
            body=picture.data,
            content_type=picture.content_type,
            status=HTTPStatus.OK,
            headers=_HEADERS,
        )
