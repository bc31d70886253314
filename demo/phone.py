"""A phone with the companion app, as far as Home Assistant can tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time
from typing import Any, Self

from aiohttp import web

from .api import Api

PUSH_TOKEN = "demo-push-token"  # noqa: S105 - of a push service that does not exist


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """One notification as it arrived."""

    payload: dict[str, Any]
    at: float
    """Monotonic seconds."""
    status: int
    """HTTP status of fetching the picture; 0 without a picture."""
    picture: bytes


class Phone:
    """Receives pushes on loopback and fetches their pictures as the app does."""

    def __init__(self, api: Api, name: str) -> None:
        """Use ``Phone.switch_on`` instead."""
        self._api = api
        self.name = name
        self.pushes: asyncio.Queue[Push] = asyncio.Queue()

    @classmethod
    @asynccontextmanager
    async def switch_on(cls, api: Api, name: str) -> AsyncIterator[Self]:
        """Register the phone of the person behind ``api``, and listen for pushes.

        The connection is the phone's from now on, and closed with it.
        """
        phone = cls(api, name)
        app = web.Application()
        app.router.add_post("/push", phone._push)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            _host, port = runner.addresses[0][:2]
            await phone._register(f"http://127.0.0.1:{port}/push")
            yield phone
        finally:
            await runner.cleanup()
            await api.close()

    async def _register(self, push_url: str) -> None:
        await self._api.post(
            "/api/mobile_app/registrations",
            {
                "app_data": {"push_token": PUSH_TOKEN, "push_url": push_url},
                "app_id": "io.homeassistant.companion.android",
                "app_name": "Home Assistant",
                "app_version": "2026.10.1",
                "device_id": "demo-phone",
                "device_name": self.name,
                "manufacturer": "Demo",
                "model": "Phone",
                "os_name": "Android",
                "os_version": "16",
                "supports_encryption": False,
            },
        )

    async def _push(self, request: web.Request) -> web.Response:
        at = time.monotonic()
        payload = await request.json()
        if payload.get("push_token") != PUSH_TOKEN:
            return web.json_response({"message": "Unknown token."}, status=404)
        data = payload.get("data", {})
        path = data.get("image") or data.get("attachment", {}).get("url")
        status, picture = await self._api.fetch(path) if path else (0, b"")
        self.pushes.put_nowait(Push(payload, at, status, picture))
        return web.json_response({}, status=201)

    async def next_push(self, timeout_s: float) -> Push | None:
        """Return the next notification that alerts, or None when none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    push = await self.pushes.get()
                    if push.payload.get("message") != "clear_notification":
                        return push
        except TimeoutError:
            return None
