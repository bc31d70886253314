"""One motion before a demo camera, and everything that comes of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
import time
from typing import Any

from .enroll import DOMAIN, entities_of
from .home import DemoCamera, Home
from .phone import Phone, Push

# A motion sensor's light goes off by itself after a while.
MOTION_S = 4.0
# The last things that happen after an alert: a display starts, a session ends.
_AFTERMATH_S = 20.0


@dataclass(frozen=True, slots=True)
class Played:
    """What a loudspeaker or a display was told to play."""

    entity_id: str
    announce: bool
    spoken: str
    playable: bool
    asked_at: float
    playing_at: float


@dataclass(slots=True)
class Happened:
    """What came of one motion."""

    motion_at: float
    """Monotonic seconds, when the motion sensor was told to go on."""
    push: Push | None = None
    played: list[Played] = field(default_factory=list)
    motion: dict[str, Any] | None = None
    """How the integration says it ended, with ``at``, the moment it said so; None when it did not
    say so in time."""
    record: dict[str, Any] = field(default_factory=dict)
    """The integration's own record of it, from its diagnostics."""
    receipt: dict[str, int] = field(default_factory=dict)
    """Latency receipt of the alert: milliseconds from the motion to each step."""

    def since(self, at: float) -> float:
        """Return the seconds from the motion to a moment."""
        return at - self.motion_at


class Watcher:
    """Hears what Home Assistant says about motions, loudspeakers and displays."""

    def __init__(self, home: Home, phone: Phone, entry_id: str) -> None:
        """Use ``Watcher.start`` instead."""
        self.home = home
        self.phone = phone
        self._entry_id = entry_id
        self._motions: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._played: asyncio.Queue[Played] = asyncio.Queue()

    @classmethod
    async def start(cls, home: Home, phone: Phone, entry_id: str) -> Watcher:
        """Begin to listen."""
        watcher = cls(home, phone, entry_id)
        await home.api.listen(
            f"{DOMAIN}_motion",
            lambda event: watcher._motions.put_nowait(event["data"] | {"at": time.monotonic()}),
        )
        await home.api.listen(
            "camera_smart_alerts_demo_played",
            lambda event: watcher._played.put_nowait(Played(**event["data"])),
        )
        return watcher

    async def provoke(
        self,
        camera: DemoCamera,
        tape: Path,
        *,
        timeout_s: float,
        motion_s: float = MOTION_S,
        players: Sequence[str] = (),
    ) -> Happened:
        """Play a tape before a camera with motion on, and wait for what comes of it.

        Args:
            camera: An enrolled camera.
            tape: What happens before it.
            timeout_s: How long the integration may take to conclude.
            motion_s: How long the motion sensor stays on.
            players: Entity ids that are expected to play something if there is an alert.
        """
        happened = Happened(time.monotonic())
        await self.home.play(camera, tape=tape, motion=True)
        still = asyncio.create_task(self._end_motion(camera, motion_s))
        push = asyncio.create_task(self.phone.next_push(timeout_s + motion_s))
        try:
            async with asyncio.timeout(timeout_s + motion_s):
                happened.motion = await self._concluded(camera)
        except TimeoutError:
            pass
        finally:
            await still
        if happened.motion is None or happened.motion["outcome"] != "alerted":
            # Whatever arrived, arrived before the conclusion.
            await asyncio.wait([push], timeout=0.2)
            push.cancel()
            await asyncio.wait([push])
            happened.push = None if push.cancelled() else push.result()
        else:
            happened.push = await push
            await self._aftermath(happened, players)
        await self._read_records(camera, happened)
        return happened

    async def _end_motion(self, camera: DemoCamera, motion_s: float) -> None:
        await asyncio.sleep(motion_s)
        await self.home.play(camera, motion=False)

    async def _concluded(self, camera: DemoCamera) -> dict[str, Any]:
        while True:
            motion = await self._motions.get()
            if motion["entity_id"] == camera.entity_id:
                return motion

    async def _aftermath(self, happened: Happened, players: Sequence[str]) -> None:
        """Wait until everyone who is expected to play plays."""
        try:
            async with asyncio.timeout(_AFTERMATH_S):
                while not {played.entity_id for played in happened.played} >= set(players):
                    happened.played.append(await self._played.get())
        except TimeoutError:
            pass

    async def _read_records(self, camera: DemoCamera, happened: Happened) -> None:
        for found in await records_of(self.home, self._entry_id, camera):
            happened.record = found
        latency = (await entities_of(self.home.api, camera.name)).get("sensor.latency")
        if happened.push is not None and latency is not None:
            attributes = (await self.home.state(latency))["attributes"]
            happened.receipt = {
                key: value for key, value in attributes.items() if isinstance(value, int)
            }


async def records_of(home: Home, entry_id: str, camera: DemoCamera) -> list[dict[str, Any]]:
    """Return the integration's records of a camera's last motions, the newest last."""
    answer = await home.api.get(f"/api/diagnostics/config_entry/{entry_id}")
    for found in answer["data"]["cameras"]:
        if found["title"] == camera.name:
            records: list[dict[str, Any]] = found["analyses"]
            return records
    return []
