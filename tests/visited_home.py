"""A real Home Assistant whose cameras have just seen somebody: a home to look at pages of.

Everything is real but the devices, and nobody waits for a movement to end: the cameras always show
the same man on a bicycle.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demo.api import Api
from demo.enroll import DOMAIN, add_camera, add_hub
from demo.footage import RIDER, tape_of
from demo.home import PASSWORD, DemoCamera, Home

READ_ONLY: Final = "system-read-only"
USERS: Final = "system-users"
"""Groups of Home Assistant: who may look at everything, and who may use it, too."""
_CAMERAS: Final = ("Front door",)
_VISIT_S: Final = 60
"""Within it somebody is seen, on a machine that does much else."""


@dataclass(frozen=True, slots=True)
class VisitedHome:
    """The home, and what there is to see in it."""

    home: Home
    entry_id: str
    """Config entry of the hub."""
    cameras: Sequence[DemoCamera]
    """Each was visited by itself: no two of them are of one group."""

    async def visits(self) -> list[dict[str, Any]]:
        """Return the visits that the owner sees, the newest first."""
        found: list[dict[str, Any]] = (await self.home.api.ask(f"{DOMAIN}/visits/list"))["visits"]
        return found

    @asynccontextmanager
    async def somebody(self, name: str, group: str = USERS) -> AsyncIterator[Api]:
        """Log in somebody new of the home, who is no administrator."""
        api = await self.home.another_user(name, PASSWORD, group)
        try:
            yield api
        finally:
            await api.close()

    async def visit(self, camera: DemoCamera) -> None:
        """Let a camera's motion sensor go on, and wait until the motion has ended as a visit.

        A motion soon after another one of the same camera goes on with the same visit.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[str] = loop.create_future()

        def on_motion(event: dict[str, Any]) -> None:
            if event["data"]["entity_id"] == camera.entity_id and not told.done():
                told.set_result(event["data"]["outcome"])

        await self.home.api.listen(f"{DOMAIN}_motion", on_motion)
        async with asyncio.timeout(_VISIT_S):
            await self.home.play(camera, motion=True)
            outcome = await told
        await self.home.play(camera, motion=False)
        assert outcome in ("alerted", "updated"), f"{camera.name}: {outcome}"


@asynccontextmanager
async def home_with_visits(
    folder: Path, cameras: Sequence[str] = _CAMERAS
) -> AsyncIterator[VisitedHome]:
    """Start a home in which every camera has had a visit, and stop it in the end.

    Args:
        folder: Where its configuration goes.
        cameras: Names of the cameras.
    """
    tape = await asyncio.to_thread(tape_of, RIDER)
    shown = [DemoCamera(name, tape, ("still",)) for name in cameras]
    async with Home.start(folder, shown) as home:
        entry_id = await add_hub(home.api)
        visited = VisitedHome(home, entry_id, shown)
        for camera in shown:
            await add_camera(home.api, entry_id, camera, {"cooldown": 0})
        for camera in shown:
            await visited.visit(camera)
        yield visited
