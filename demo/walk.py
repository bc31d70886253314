"""One person walks past three cameras of one group: one thread on the phone, and one sound.

Run with ``python -m demo.walk``. Everything is real but the devices: Home Assistant in its own
process, video over WebRTC, over HTTP, and as stills, and the network that looks at it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
import sys
import tempfile
import time

from aiohttp import ClientError

from .api import ApiError
from .crash_check import Told
from .enroll import add_camera, add_hub, phone_device
from .footage import CYCLIST, ROOT, TRAFFIC, FootageError, tape_of
from .home import PASSWORD, DemoCamera, Home, HomeError, until_told
from .paper import Paper
from .phone import Phone, Push
from .scenario import Watcher

_CAMERAS = (("Gate", "webrtc"), ("Path", "stream"), ("Door", "still"))
_TIMEOUT_S = 30.0
_UPDATE_S = 25.0
"""Longer than the pace at which a visit is told, and the beat of whoever keeps it."""


def main() -> int:
    """Walk, print, and return the exit status: 0 for one thread, one sound, every camera named."""
    paper = Paper()
    try:
        return asyncio.run(until_told(_run(paper)))
    except (ApiError, FootageError, HomeError, TimeoutError, ClientError) as err:
        paper.bad(str(err) or type(err).__name__)
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        return 130


async def _run(paper: Paper) -> int:
    person, nobody = [await asyncio.to_thread(tape_of, scene) for scene in (CYCLIST, TRAFFIC)]
    cameras = [DemoCamera(name, nobody, (rung,)) for name, rung in _CAMERAS]
    async with _ready(cameras) as watcher:
        paper.title("One person, three cameras of one group")
        began = time.monotonic()
        pushes, outcomes = [], []
        for camera in cameras:
            happened = await watcher.provoke(camera, person, timeout_s=_TIMEOUT_S)
            outcome = happened.motion["outcome"] if happened.motion else "no conclusion"
            outcomes.append(outcome)
            paper.moment(happened.motion_at - began, camera.name, f"{camera.serves[0]}: {outcome}")
            if happened.push is not None:
                pushes.append(happened.push)
        phone = watcher.phone
        names = [camera.name for camera in cameras]
        deadline = time.monotonic() + _UPDATE_S
        while True:
            if any(_names(one, names) for one in phone.updates) or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.2)
        while not phone.pushes.empty():
            pushes.append(phone.pushes.get_nowait())
        for push in [*pushes, *phone.updates]:
            sound = "with a sound" if _sounds(push) else "silently"
            detail = f"{push.payload['title']} | {push.payload['message']}"
            paper.moment(push.at - began, sound, detail)
        problems = [*_problems(pushes, phone.updates, outcomes, names), *watcher.home.complaints()]
    for problem in problems:
        paper.bad(problem)
    if not problems:
        paper.good("One thread, one sound, and the updates name every camera.")
    return 1 if problems else 0


def _problems(
    pushes: Sequence[Push], updates: Sequence[Push], outcomes: Sequence[str], names: Sequence[str]
) -> list[str]:
    found = []
    if outcomes != ["alerted", "updated", "updated"]:
        found.append(f"The motions ended as {', '.join(outcomes)}")
    if threads := len({push.tag for push in [*pushes, *updates]}) - 1:
        found.append(f"{threads + 1} threads")
    if (sounds := sum(_sounds(push) for push in [*pushes, *updates])) != 1:
        found.append(f"{sounds} sounds")
    if not any(_names(push, names) for push in updates):
        found.append("No update names every camera")
    if broken := [push.status for push in [*pushes, *updates] if push.status != 200]:
        found.append(f"The picture could not be fetched: {broken}")
    return found


def _names(push: Push, names: Sequence[str]) -> bool:
    """Return whether a notification names all the cameras."""
    text = f"{push.payload['title']} {push.payload['message']}"
    return all(name in text for name in names)


def _sounds(push: Push) -> bool:
    return Told(push.at, push.payload).sounds


@asynccontextmanager
async def _ready(cameras: Sequence[DemoCamera]) -> AsyncIterator[Watcher]:
    scratch = ROOT / ".demo"
    scratch.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch)))
        home = await stack.enter_async_context(Home.start(folder / "home", cameras))
        alex = await home.another_user("Alex", PASSWORD)
        phone = await stack.enter_async_context(Phone.switch_on(alex, "Alex phone"))
        answers = {
            "phones": [await phone_device(home.api, phone.name)],
            "cooldown": 0,
            "group": "Front",
        }
        entry_id = await add_hub(home.api)
        for camera in cameras:
            await add_camera(home.api, entry_id, camera, answers)
        yield await Watcher.start(home, phone, entry_id)


if __name__ == "__main__":
    sys.exit(main())
