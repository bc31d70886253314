"""A phone with the companion app, as far as Home Assistant can tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time
from typing import Any, Self

from aiohttp import web

from .api import Api

QUESTION = "camera_smart_alerts_feedback"
"""Tag of what a phone is asked once before the cameras learn from "not right"."""
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

    @property
    def tag(self) -> str:
        """Name of its thread: a notification takes the place of an earlier one of its tag."""
        return str(self.payload.get("data", {}).get("tag", ""))

    @property
    def actions(self) -> list[str]:
        """What its buttons send."""
        return [action["action"] for action in self.payload["data"]["actions"]]


class Phone:
    """Receives pushes on loopback and fetches their pictures as the app does."""

    def __init__(self, api: Api, name: str) -> None:
        """Use ``Phone.switch_on`` instead."""
        self._api = api
        self.name = name
        self.pushes: asyncio.Queue[Push] = asyncio.Queue()
        """Notifications that begin a thread."""
        self.updates: list[Push] = []
        """Those that go on with one, and questions."""
        self._tags: set[str] = set()
        self._webhook = ""

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
        answer = await self._api.post(
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
        self._webhook = answer["webhook_id"]

    async def tap(self, action: str) -> None:
        """Tap a button of a notification."""
        event = {
            "event_type": "mobile_app_notification_action",
            "event_data": {"action": action},
        }
        data = {"type": "fire_event", "data": event}
        await self._api.post(f"/api/webhook/{self._webhook}", data)

    async def take_back(self, push: Push) -> None:
        """Say that it was not right, so that the visit is over.

        Nothing is learned from it: whether the cameras may learn is asked, and never answered.
        """
        (wrong,) = (action for action in push.actions if "_NOT_RIGHT_" in action)
        await self.tap(wrong)

    async def _push(self, request: web.Request) -> web.Response:
        at = time.monotonic()
        payload = await request.json()
        if payload.get("push_token") != PUSH_TOKEN:
            return web.json_response({"message": "Unknown token."}, status=404)
        data = payload.get("data", {})
        path = data.get("image") or data.get("attachment", {}).get("url")
        status, picture = await self._api.fetch(path) if path else (0, b"")
        push = Push(payload, at, status, picture)
        known = {QUESTION, *self._tags}
        if payload.get("message") == "clear_notification" or push.tag in known:
            self.updates.append(push)
        else:
            self._tags.add(push.tag)
            self.pushes.put_nowait(push)
        return web.json_response({}, status=201)

    async def next_push(self, timeout_s: float) -> Push | None:
        """Return the next notification that begins a thread; None when none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.pushes.get()
        except TimeoutError:
            return None
