"""``scripts/crash``: kill Home Assistant in the middle of visits, and see that nothing is lost.

A real Home Assistant is killed without warning (SIGKILL) at random moments while its cameras see
somebody, and started again with the same configuration folder. The phone and its push service live
on. Afterwards the phone's notifications are held against the history that Home Assistant kept.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import random
import signal
import sys
import tempfile
import time
from typing import override

from aiohttp import ClientError, web

from .api import ApiError
from .crash_check import Motion, Told, check, pending, read_history
from .enroll import DOMAIN, add_camera, add_hub, phone_device
from .footage import RIDER, ROOT, FootageError, tape_of
from .home import PASSWORD, DemoCamera, Home, HomeError, until_told
from .paper import Paper
from .phone import PUSH_TOKEN, Phone

RUNGS = ("webrtc", "stream", "still")
GROUP = "Front"
_MOST_CAMERAS = 10
_GROUPED = 3
"""How many of the cameras share their visits."""
_LATEST_S = 4.0
"""After a motion: by then everybody was told, and the session is over."""
_PUSH_TIMEOUT_S = 6.0
_DELIVERED_TIMEOUT_S = 60.0


class Witness(Phone):
    """A phone that keeps everything it is sent, and may kill the sender before it answers."""

    def __init__(self, *args: object) -> None:
        """Start with nothing received."""
        super().__init__(*args)  # type: ignore[arg-type]
        self.received: list[Told] = []
        self.arrived = asyncio.Event()
        self.victim = 0
        """Process to kill when the next notification arrives; 0 for none."""

    @override
    async def _push(self, request: web.Request) -> web.Response:
        payload = await request.json()
        if payload.get("push_token") != PUSH_TOKEN:
            return web.json_response({"message": "Unknown token."}, status=404)
        self.received.append(Told(time.time(), payload))
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0
        self.arrived.set()
        return web.json_response({}, status=201)


@dataclass(slots=True)
class Kill:
    """One kill: what went on, and when it came."""

    cameras: Sequence[DemoCamera]
    after_s: float | None
    """After the motion; None: the moment the phone got its next notification."""


class Crash:
    """One home that is killed again and again."""

    def __init__(self, home: Home, phone: Witness, cameras: Sequence[DemoCamera]) -> None:
        """Begin with a running home."""
        self.home = home
        self.phone = phone
        self.cameras = cameras
        self.motions: list[Motion] = []
        self.complaints: list[str] = []
        self._watched: dict[str, Motion] = {}
        """By camera entity: the motion that has not ended yet."""

    async def listen(self) -> None:
        """Hear how motions end, until the next kill."""
        self._watched = {}
        await self.home.api.listen(f"{DOMAIN}_motion", self._ended)

    def _ended(self, event: dict[str, dict[str, str]]) -> None:
        motion = self._watched.pop(event["data"]["entity_id"], None)
        if motion is not None:
            motion.outcome, motion.ended_at = event["data"]["outcome"], time.time()

    async def run(self, kill: Kill) -> str:
        """Signal motion, kill, start again; return what was told when the kill came."""
        heard, phone = len(self.phone.received), self.phone
        phone.arrived.clear()
        if kill.after_s is None:
            phone.victim = self.home.pid
        try:
            # At a kill there is nobody left to answer.
            with suppress(ApiError, ClientError, ConnectionError):
                for camera in kill.cameras:
                    await self._signal(camera)
            if kill.after_s is None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_PUSH_TIMEOUT_S):
                        await phone.arrived.wait()
            else:
                await asyncio.sleep(kill.after_s)
        finally:
            phone.victim = 0
        with suppress(ProcessLookupError):
            os.kill(self.home.pid, signal.SIGKILL)
        now = time.time()
        for motion in self.motions:
            motion.killed_at = motion.killed_at or now
        running, told = len(self._watched), len(phone.received) - heard
        self.complaints += self.home.complaints()
        await self.home.restart()
        await self.listen()
        return f"{told} told, {running} of {len(kill.cameras)} sessions running"

    async def _signal(self, camera: DemoCamera) -> None:
        motion = Motion(camera.name, time.time())
        self._watched[camera.entity_id] = motion
        await self.home.play(camera, motion=True)
        motion.answered_at = time.time()
        self.motions.append(motion)

    async def settle(self) -> None:
        """Wait until nothing is on its way any more."""
        deadline = time.monotonic() + _DELIVERED_TIMEOUT_S
        while True:
            if not pending(self.home.folder) or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.5)
        self.complaints += self.home.complaints()


def plan(seed: int, kills: int, cameras: Sequence[DemoCamera]) -> list[Kill]:
    """Return when to kill, and what goes on then: all that is left to chance."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    found = []
    for _ in range(kills):
        moving = chance.sample(cameras, min(len(cameras), chance.choice((1, 1, 1, 2, 3))))
        after_s = chance.uniform(0, _LATEST_S)
        # The worst moment: the phone has it, and Home Assistant will never know.
        found.append(Kill(moving, None if chance.random() < 0.25 else after_s))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, print, and return the exit status: 0 when nothing was lost or told twice."""
    parser = argparse.ArgumentParser(
        prog="scripts/crash", description="Kills Home Assistant during visits; nothing may be lost."
    )
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="how often (default 50)")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run that was printed")
    options = parser.parse_args(arguments)
    paper = Paper()
    seed = random.randrange(10**6) if options.seed is None else options.seed  # noqa: S311
    try:
        return asyncio.run(until_told(_run(options.kills, seed, paper)))
    except (ApiError, FootageError, HomeError, TimeoutError, ClientError) as err:
        paper.bad(str(err) or type(err).__name__)
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        return 130


async def _run(kills: int, seed: int, paper: Paper) -> int:
    paper.title(f"{kills} kills, seed {seed}")
    tape = await asyncio.to_thread(tape_of, RIDER)
    cameras = [
        DemoCamera(f"Camera {number}", tape, (RUNGS[number % len(RUNGS)],))
        for number in range(min(_MOST_CAMERAS, _GROUPED + kills))
    ]
    began = time.monotonic()
    async with _ready(cameras) as crash:
        paper.step("Ready", f"{len(cameras)} cameras, {_GROUPED} of a group", _since(began))
        # Told to stop, it says what it has found so far.
        with suppress(asyncio.CancelledError):
            for number, kill in enumerate(plan(seed, kills, cameras), 1):
                began = time.monotonic()
                what = await crash.run(kill)
                moment = "at a push" if kill.after_s is None else f"after {kill.after_s:.2f} s"
                paper.plain(f"  {number:3}  {moment:14}{what:36}{_since(began):5.1f} s")
        await crash.settle()
        return _report(crash, paper)


def _since(began: float) -> float:
    return time.monotonic() - began


@asynccontextmanager
async def _ready(cameras: Sequence[DemoCamera]) -> AsyncIterator[Crash]:
    scratch = ROOT / ".demo"
    scratch.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch)))
        home = await stack.enter_async_context(Home.start(folder / "home", cameras))
        alex = await home.another_user("Alex", PASSWORD)
        phone = await stack.enter_async_context(Witness.switch_on(alex, "Alex phone"))
        answers = {"phones": [await phone_device(home.api, phone.name)], "cooldown": 0}
        entry_id = await add_hub(home.api)
        for number, camera in enumerate(cameras):
            group = {"group": GROUP} if number < _GROUPED else {}
            await add_camera(home.api, entry_id, camera, answers | group)
        # Home Assistant itself writes what was set up only seconds later: not what is tested here.
        await home.restart()
        crash = Crash(home, phone, cameras)
        await crash.listen()
        yield crash


def _report(crash: Crash, paper: Paper) -> int:
    history = read_history(crash.home.folder)
    problems = [*check(history, crash.phone.received, crash.motions), *crash.complaints]
    outcomes = Counter(
        f"{row.outcome} ({row.reason})" if row.reason == "interrupted" else row.outcome
        for row in history.motions
    )
    told = [visit for visit in history.visits if visit.tellings]
    sounds = sum(one.sounds for one in crash.phone.received)
    paper.title("What the phone has, and what the history says")
    rows = [
        ("Motions signalled", len(crash.motions)),
        ("Motions with an outcome", ", ".join(f"{n} {what}" for what, n in outcomes.items())),
        ("Visits, and those told", f"{len(history.visits)}, {len(told)}"),
        ("Threads on the phone", len({one.tag for one in crash.phone.received})),
        ("Notifications, and those with a sound", f"{len(crash.phone.received)}, {sounds}"),
        ("Tellings", ", ".join(f"{n} {what}" for what, n in history.tellings.items())),
    ]
    for what, value in rows:
        paper.plain(f"  {what:40}{value}")
    for problem in problems:
        paper.bad(problem)
    if not problems:
        paper.good("Every visit has one thread and at most one sound, and nothing was lost.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
