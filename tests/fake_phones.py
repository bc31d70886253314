"""Phones that register as the companion app does, and the push service in front of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.components.mobile_app.const import DOMAIN as MOBILE_APP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator


class PushService:
    """What stands between Home Assistant and the phones: takes every push and keeps it."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.pushed = asyncio.Event()
        self.status = 201
        """What it answers."""
        app = web.Application()
        app.router.add_post("/push", self._push)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/push"))

    async def until(self, count: int) -> list[dict[str, Any]]:
        """Return everything received once there is so much."""
        async with asyncio.timeout(20):
            while len(self.received) < count:
                self.pushed.clear()
                await self.pushed.wait()
        return self.received

    async def _push(self, request: web.Request) -> web.Response:
        self.received.append(await request.json())
        self.pushed.set()
        return web.json_response({}, status=self.status)


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


@pytest.fixture
async def push(socket_enabled: None) -> AsyncIterator[PushService]:
    service = PushService()
    await service.server.start_server()
    yield service
    await service.server.close()


@pytest.fixture
async def phones(
    hass: HomeAssistant, push: PushService, hass_client: ClientSessionGenerator
) -> Phones:
    assert await async_setup_component(hass, "http", {})
    assert await async_setup_component(hass, MOBILE_APP, {})
    # What serves pictures must be there before the server is.
    assert await async_setup_component(hass, "camera_smart_alerts", {})
    assert await async_setup_component(hass, "image", {})
    await hass.async_block_till_done()
    return Phones(hass, await hass_client(), push)
