"""What a browser or an app may ask of Home Assistant: over REST and over its websocket."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
import time
from typing import Any

import aiohttp

type Json = Any
"""Whatever Home Assistant answers."""
type OnEvent = Callable[[dict[str, Any]], None]


class ApiError(Exception):
    """Home Assistant refused a request."""


class Api:
    """One person's connection to Home Assistant."""

    def __init__(self, url: str) -> None:
        """Prepare; log in before anything else."""
        self._session = aiohttp.ClientSession()
        self._url = url
        self._client_id = f"{url}/"
        self._token = ""
        self.login: dict[str, Any] = {}
        """As a page of Home Assistant remembers who is logged in."""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._listeners: dict[int, OnEvent] = {}

    async def onboard(self, name: str, username: str, password: str) -> None:
        """Create the owner of a new Home Assistant and log in as them."""
        person = {"name": name, "username": username, "password": password, "language": "en"}
        answer = await self.post("/api/onboarding/users", person | {"client_id": self._client_id})
        await self._redeem(answer["auth_code"])

    async def log_in(self, username: str, password: str) -> None:
        """Log in with a password."""
        flow = await self.post(
            "/auth/login_flow",
            {
                "client_id": self._client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self._client_id,
            },
        )
        done = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            {"client_id": self._client_id, "username": username, "password": password},
        )
        await self._redeem(done["result"])

    async def _redeem(self, code: str) -> None:
        form = {"grant_type": "authorization_code", "code": code, "client_id": self._client_id}
        async with self._session.post(f"{self._url}/auth/token", data=form) as response:
            granted = await response.json()
        self._token = granted["access_token"]
        self.login = {
            **granted,
            "hassUrl": self._url,
            "clientId": self._client_id,
            # Milliseconds, as JavaScript tells the time.
            "expires": round(1000 * (time.time() + granted["expires_in"])),
        }

    # REST

    async def answers(self) -> bool:
        """Return whether there is a Home Assistant that answers by now."""
        try:
            async with self._session.get(f"{self._url}/manifest.json") as response:
                return response.ok
        except aiohttp.ClientError:
            return False

    async def get(self, path: str) -> Json:
        """Return what a path answers."""
        return await self._request("GET", path)

    async def post(self, path: str, data: Mapping[str, Any] | None = None) -> Json:
        """Send JSON and return the answer."""
        return await self._request("POST", path, json=data or {})

    async def delete(self, path: str) -> Json:
        """Delete something and return the answer."""
        return await self._request("DELETE", path)

    async def _request(self, method: str, path: str, **kwargs: Json) -> Json:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        url = f"{self._url}{path}"
        async with self._session.request(method, url, headers=headers, **kwargs) as response:
            if not response.ok:
                raise ApiError(f"{method} {path}: {response.status} {await response.text()}")
            return await response.json()

    async def fetch(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body of any path, as an app fetches a picture."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.get(f"{self._url}{path}", headers=headers) as response:
            return response.status, await response.read()

    # Websocket

    async def connect(self) -> None:
        """Open the websocket."""
        self._socket = await self._session.ws_connect(
            f"{self._url}/api/websocket", max_msg_size=0, heartbeat=30
        )
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self._token})
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise ApiError(f"The websocket refused the login: {answer}")
        self._reader = asyncio.create_task(self._read(self._socket))

    async def close(self) -> None:
        """Close every connection."""
        await self.disconnect()
        await self._session.close()

    async def disconnect(self) -> None:
        """Close the websocket; nothing is listened to any more."""
        self._listeners.clear()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        if self._socket is not None:
            await self._socket.close()
        self._reader = self._socket = None

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in websocket:
            answer = message.json()
            if answer["type"] == "event":
                if listener := self._listeners.get(answer["id"]):
                    listener(answer["event"])
            elif (waiting := self._answers.pop(answer.get("id"), None)) and not waiting.done():
                waiting.set_result(answer)
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(ApiError("Home Assistant closed the websocket"))

    async def ask(self, command: str, **arguments: Json) -> Json:
        """Send a websocket command and return its result."""
        return await self._ask(self._next_id(), command, arguments)

    async def listen(self, event_type: str, listener: OnEvent) -> None:
        """Call back with every event of a type."""
        number = self._next_id()
        self._listeners[number] = listener
        await self._ask(number, "subscribe_events", {"event_type": event_type})

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _ask(self, number: int, command: str, arguments: Mapping[str, Any]) -> Json:
        if self._socket is None:
            raise ApiError("Not connected")
        waiting = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        await self._socket.send_json({"id": number, "type": command, **arguments})
        answer = await waiting
        if not answer["success"]:
            raise ApiError(f"{command}: {answer['error']['message']}")
        return answer["result"]

    async def act(
        self, domain: str, action: str, data: Mapping[str, Any], *, answers: bool = False
    ) -> Json:
        """Perform an action and return its response, if it has one."""
        result = await self.ask(
            "call_service",
            domain=domain,
            service=action,
            service_data=dict(data),
            return_response=answers,
        )
        return result.get("response")
