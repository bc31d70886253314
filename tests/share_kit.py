"""Another system that a camera's verdicts are shared with: a real server on loopback."""

import asyncio
from pathlib import Path
import re
from typing import Any, NamedTuple

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.camera_smart_alerts import share
from custom_components.camera_smart_alerts.alerts import MotionRecord
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.visit import Visit
from tests.camera_actions import ask
from tests.enrolled import record

SECRET = "correct horse battery staple"
_PAGE = (Path(__file__).parents[1] / "docs" / "automations.md").read_text()
_EXAMPLE = re.search(r"^```python\n(.*?)^```", _PAGE, re.MULTILINE | re.DOTALL)
assert _EXAMPLE is not None
_names: dict[str, Any] = {}
exec(compile(_EXAMPLE[1], "docs/automations.md", "exec"), _names)  # noqa: S102 - our own page
is_genuine = _names["is_genuine"]
"""The very function of the documentation: whoever follows it can check what we send."""


class Message(NamedTuple):
    """One POST, as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def signature(self) -> str:
        return self.headers[share.SIGNATURE]


class Receiver:
    """Takes messages that are genuine, and answers as a test wants it."""

    def __init__(self, port: int | None = None) -> None:
        self.received: list[Message] = []
        self.moved: list[str] = []
        """Paths that only somebody who follows a redirect asks for."""
        self.answers: list[int] = []
        """Status of the next answers, then 200."""
        self.hangs = asyncio.Event()
        """Cleared, it answers only once it is set."""
        self.hangs.set()
        self._arrived = asyncio.Event()
        app = web.Application()
        app.router.add_post("/hook/t0ken", self._hook)
        app.router.add_route("*", "/moved", self._moved)
        self.server = TestServer(app, port=port)

    @property
    def chosen(self) -> dict[str, str]:
        """What stands in the settings of a camera that shares with this."""
        return {
            "share_address": str(self.server.make_url("/hook/t0ken")),
            "share_secret": SECRET,
        }

    async def until(self, count: int) -> list[Message]:
        """Return everything received once there is so much."""
        async with asyncio.timeout(20):
            while len(self.received) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.received

    async def fetch(self, url: str) -> tuple[int, bytes]:
        """Open a link, as a system does that has no login."""
        async with ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.read()

    async def _hook(self, request: web.Request) -> web.Response:
        message = Message(dict(request.headers), await request.read())
        assert is_genuine(SECRET, message.signature, message.body)
        self.received.append(message)
        self._arrived.set()
        await self.hangs.wait()
        status = self.answers.pop(0) if self.answers else 200
        return web.Response(status=status, headers={"Location": "/moved"})

    async def _moved(self, request: web.Request) -> web.Response:
        self.moved.append(request.path)
        return web.Response()


JPEG = b"\xff\xd8\xff"


def looked_at(*visits: Visit, **changes: Any) -> MotionRecord:
    """Return a motion that was analysed and belongs to visits."""
    return record(alert_ids=tuple(visit.id for visit in visits), **changes)


def issue(hass: HomeAssistant, camera: CameraCoordinator) -> ir.IssueEntry | None:
    key = f"share_failed_{camera.settings.subentry_id}"
    return ir.async_get(hass).async_get_issue(DOMAIN, key)


async def over(camera: CameraCoordinator) -> None:
    """Wait until nothing is on its way."""
    while camera.sharing._tasks._running:
        await asyncio.wait(camera.sharing._tasks._running)


async def ledger(hass: HomeAssistant, channel: str) -> list[tuple[str, str]]:
    """Return what happened on a channel, and to whom, the oldest first."""
    entries = (await ask(hass, "get_ledger"))["entries"]
    return [(one["what"], one["to"]) for one in reversed(entries) if one["channel"] == channel]
