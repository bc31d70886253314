"""Phones that register as the companion app does, and the push service in front of them."""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.components.mobile_app.const import DOMAIN as MOBILE_APP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr


class PushService:
    """What stands between Home Assistant and the phones: takes every push and keeps it."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.pushed = asyncio.Event()
        app = web.Application()
        app.router.add_post("/push", self._push)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/push"))

    async def _push(self, request: web.Request) -> web.Response:
        self.received.append(await request.json())
        self.pushed.set()
        return web.json_response({}, status=201)


class Phones:
    """Registers phones as the companion app does."""

    def __init__(self, hass: HomeAssistant, client: Any, push: PushService) -> None:
        self._hass = hass
        self._client = client
        self._push = push

    async def register(self, name: str, maker: str = "Google", **app_data: Any) -> str:
        """Return the device id of a new phone; by default it has a push service."""
        answer = await self._client.post(
            "/api/mobile_app/registrations",
            json={
                "app_data": app_data or {"push_token": "t0ken", "push_url": self._push.url},
                "app_id": "io.homeassistant.companion",
                "app_name": "Home Assistant",
                "app_version": "2026.10",
                "device_id": name,
                "device_name": name,
                "manufacturer": maker,
                "model": "Phone",
                "os_name": "OS",
                "os_version": "1",
                "supports_encryption": False,
            },
        )
        assert answer.status == 201
        await self._hass.async_block_till_done()
        entry = next(
            entry
            for entry in self._hass.config_entries.async_entries(MOBILE_APP)
            if entry.data["device_name"] == name
        )
        registry = dr.async_get(self._hass)
        return dr.async_entries_for_config_entry(registry, entry.entry_id)[0].id
