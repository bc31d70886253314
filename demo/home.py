"""A real Home Assistant in a process of its own, driven only through its public interfaces.

Everything listens on 127.0.0.1. The configuration folder is made anew each time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
import signal
import socket
import sys
import time
from typing import Any, Self

from .api import Api, ApiError
from .footage import ROOT

USERNAME = "demo"
PASSWORD = "demo"  # noqa: S105 - printed for whoever looks around in the demo
_START_TIMEOUT_S = 120
_STOP_TIMEOUT_S = 30


class HomeError(Exception):
    """Home Assistant did not do what it should; the message says what."""


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """One camera of the demo integration."""

    name: str
    tape: Path
    serves: Sequence[str]
    """Rungs of the frame ladder: ``webrtc``, ``stream``, ``still``."""

    @property
    def key(self) -> str:
        """Key for the ``play`` action, and object id of its entities."""
        return self.name.lower().replace(" ", "_")

    @property
    def entity_id(self) -> str:
        """Entity id of the camera."""
        return f"camera.{self.key}"

    @property
    def motion_entity_id(self) -> str:
        """Entity id of its motion sensor."""
        return f"binary_sensor.{self.key}_motion"


async def until_told[T](work: Coroutine[Any, Any, T]) -> T:
    """Run the main work; a polite kill ends it in order, so that no Home Assistant is left over."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


class Home:
    """One running Home Assistant."""

    def __init__(self, folder: Path, url: str) -> None:
        """Use ``Home.start`` instead."""
        self.folder = folder
        self.url = url
        self.log = folder / "home-assistant.log"
        self.api = Api(url)
        """Logged in as the owner once ``start`` returns."""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Process id of Home Assistant."""
        if self._process is None:
            raise HomeError("Home Assistant is not running")
        return self._process.pid

    @classmethod
    @asynccontextmanager
    async def start(
        cls, folder: Path, cameras: Sequence[DemoCamera], *, with_integration: bool = True
    ) -> AsyncIterator[Self]:
        """Start Home Assistant, create its owner, and stop it in the end.

        Args:
            folder: Where its configuration goes; emptied first.
            cameras: Cameras that the demo integration creates.
            with_integration: Whether Camera Smart Alerts is installed.

        Raises:
            HomeError: It did not start.
        """
        port = _free_port()
        await asyncio.to_thread(_furnish, folder, port, cameras, with_integration=with_integration)
        home = cls(folder, f"http://127.0.0.1:{port}")
        try:
            await home._launch()
            await home.api.onboard("Demo", USERNAME, PASSWORD)
            await home._until_running()
            yield home
        finally:
            await home._end()
            await home.api.close()

    async def restart(self) -> None:
        """Stop Home Assistant and start it again; whoever listened must listen again."""
        await self._end()
        await self._launch()
        await self._until_running()

    async def _launch(self) -> None:
        with (self.folder / "hass.out").open("wb") as output:
            process = self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "homeassistant", "--skip-pip", "--log-no-color"),
                *("--config", str(self.folder)),
                # Not the checkout: its custom_components folder would hide that of the home.
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": ""},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                # A Ctrl+C at the terminal is ours to handle.
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not await self.api.answers():
            if process.returncode is not None or time.monotonic() > deadline:
                raise HomeError(f"Home Assistant did not start:\n{self.log_tail()}")
            await asyncio.sleep(0.1)

    async def _until_running(self) -> None:
        await self.api.connect()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while (await self.api.get("/api/config"))["state"] != "RUNNING":
            if time.monotonic() > deadline:
                raise HomeError(f"Home Assistant did not finish starting:\n{self.log_tail()}")
            await asyncio.sleep(0.05)

    async def _end(self) -> None:
        await self.api.disconnect()
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(_STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def log_tail(self, lines: int = 25) -> str:
        """Return the end of Home Assistant's log."""
        text = ""
        for path in (self.log, self.folder / "hass.out"):
            if path.exists():
                text = path.read_text(errors="replace") or text
        return "\n".join(text.splitlines()[-lines:])

    def complaints(self) -> list[str]:
        """Return the errors of Camera Smart Alerts in Home Assistant's log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return [
            line
            for line in text.splitlines()
            if " ERROR " in line and "[custom_components.camera_smart_alerts." in line
        ]

    async def another_user(self, name: str, password: str, group: str = "system-users") -> Api:
        """Create a person of a group, by default without administrator's rights; log them in."""
        username = name.lower()
        user = (await self.api.ask("config/auth/create", name=name, group_ids=[group]))["user"]
        await self.api.ask(
            "config/auth_provider/homeassistant/create",
            user_id=user["id"],
            username=username,
            password=password,
        )
        api = Api(self.url)
        await api.log_in(username, password)
        return api

    async def play(
        self, camera: DemoCamera, *, tape: Path | None = None, motion: bool | None = None
    ) -> None:
        """Put a tape before a camera, and let its motion sensor see motion or not."""
        data: dict[str, Any] = {"camera": camera.key}
        if tape is not None:
            data["tape"] = str(tape)
        if motion is not None:
            data["motion"] = motion
        await self.api.act("camera_smart_alerts_demo", "play", data)

    async def state(self, entity_id: str) -> dict[str, Any]:
        """Return the state of an entity."""
        state: dict[str, Any] = await self.api.get(f"/api/states/{entity_id}")
        return state

    async def wait_for(
        self, entity_id: str, accept: Callable[[Mapping[str, Any]], bool], timeout_s: float
    ) -> dict[str, Any]:
        """Return the state of an entity once it exists and is as wanted.

        Raises:
            HomeError: It did not become so in time.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                state = await self.state(entity_id)
            except ApiError:
                state = {}
            if state and accept(state):
                return state
            if time.monotonic() > deadline:
                raise HomeError(f"{entity_id} is {state.get('state', 'missing')}")
            await asyncio.sleep(0.1)


def _free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _furnish(
    folder: Path, port: int, cameras: Sequence[DemoCamera], *, with_integration: bool
) -> None:
    """Write the configuration folder."""
    shutil.rmtree(folder, ignore_errors=True)
    storage, components = folder / ".storage", folder / "custom_components"
    storage.mkdir(parents=True)
    components.mkdir()
    sources = [ROOT / "demo" / "custom_components" / "camera_smart_alerts_demo"]
    if with_integration:
        sources.append(ROOT / "custom_components" / "camera_smart_alerts")
    for source in sources:
        (components / source.name).symlink_to(source, target_is_directory=True)
    url = f"http://127.0.0.1:{port}"
    stun_port = _free_port(socket.SOCK_DGRAM)
    configuration = {
        "homeassistant": {
            "name": "Demo home",
            "country": "BE",
            "currency": "EUR",
            "language": "en",
            "time_zone": "Europe/Brussels",
            "unit_system": "metric",
            "internal_url": url,
            "external_url": url,
            "webrtc": {"ice_servers": [{"url": f"stun:127.0.0.1:{stun_port}"}]},
        },
        "diagnostics": {},
        **{key: {} for key in ("frontend", "media_source", "mobile_app", "system_health")},
        # A display starts after the first piece of a stream; the default piece is six seconds long.
        "stream": {"segment_duration": 2, "part_duration": 0.5},
        "logger": {"default": "warning", "logs": {"custom_components": "info"}},
        "camera_smart_alerts_demo": {
            "stun_port": stun_port,
            "cameras": [
                {"name": c.name, "tape": str(c.tape), "serves": list(c.serves)} for c in cameras
            ],
        },
    }
    # Every JSON document is a YAML document.
    (folder / "configuration.yaml").write_text(json.dumps(configuration, indent=2))
    _seed(storage, "http", 2, {"stable": _http(port), "pending": None, "yaml_migration_done": True})
    # Keeps discovery (mDNS) off the real network; without one, Home Assistant could not open it.
    _seed(storage, "core.network", 1, {"configured_adapters": ["lo", "lo0"]}, 1)
    # The steps that set up weather and radio stations, which need the internet.
    _seed(storage, "onboarding", 1, {"done": ["analytics", "core_config", "integration"]}, 4)


def _seed(storage: Path, key: str, minor: int, data: Mapping[str, Any], major: int = 2) -> None:
    document = {"version": major, "minor_version": minor, "key": key, "data": data}
    (storage / key).write_text(json.dumps(document))


def _http(port: int) -> dict[str, Any]:
    return {
        "server_port": port,
        "server_host": ["127.0.0.1"],
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
