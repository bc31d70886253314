"""The home that ``scripts/bench`` measures: eight cameras, a phone, and another home without us.

Cameras and phone are pretended and share the machine with Home Assistant, which makes the numbers
worse, not better.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
import tempfile
import time
from typing import Any

from .engines import compare_engines
from .enroll import add_camera, add_hub, phone_device
from .footage import RIDER, fetch, tape_of
from .home import PASSWORD, DemoCamera, Home, HomeError
from .hops import Receipts, policy_ms
from .load import aiortc_mb, core_percent, decoder_threads, resident_mb
from .machine import scratch
from .overhead import overhead_ratio
from .paper import Paper
from .phone import Phone, Push
from .scenario import records_of

RUNGS = ("webrtc", "stream", "still")
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured."""

    overhead_s: float
    events: int
    """Per rung of the frame ladder."""
    idle_s: float
    settle_s: float
    """How long Home Assistant is left alone before it counts as idle."""
    storms: int
    policy: int
    """Motions through the policy of visits and the history."""
    looks: int
    """Of the network, in each engine."""


FULL = Effort(overhead_s=60, events=200, idle_s=120, settle_s=30, storms=10, policy=1000, looks=200)
QUICK = Effort(overhead_s=3, events=2, idle_s=5, settle_s=1, storms=1, policy=100, looks=10)


class Bench:
    """One home with the integration and eight enrolled cameras, and its phone."""

    def __init__(self, home: Home, phone: Phone, entry_id: str, cameras: list[DemoCamera]) -> None:
        """Begin with no motion anywhere."""
        self.home = home
        self.phone = phone
        self.entry_id = entry_id
        self.cameras = cameras
        self.decoders = 0
        """Most decoder threads seen during a storm, as a check that they can be seen."""
        self._concluded: dict[str, asyncio.Event] = {}
        self._told: dict[str, Push] = {}

    async def listen(self) -> None:
        """Begin to hear how motions end."""
        await self.home.api.listen("camera_smart_alerts_motion", self._end)

    def _end(self, event: dict[str, Any]) -> None:
        if waiting := self._concluded.get(event["data"]["entity_id"]):
            waiting.set()

    async def conclusion(self, camera: DemoCamera) -> None:
        """Wait until the camera's last motion has ended."""
        if waiting := self._concluded.get(camera.entity_id):
            async with asyncio.timeout(_PATIENCE_S):
                await waiting.wait()

    async def move(self, camera: DemoCamera) -> float:
        """Signal motion and return when."""
        self._concluded[camera.entity_id] = asyncio.Event()
        began = time.monotonic()
        await self.home.play(camera, motion=True)
        return began

    async def latency(self, camera: DemoCamera) -> float:
        """Return the seconds from a motion to the push on the phone.

        Raises:
            HomeError: There was no push.
        """
        await self.conclusion(camera)
        if (told := self._told.pop(camera.entity_id, None)) is not None:
            # This motion is to be a visit of its own.
            await self.phone.take_back(told)
        began = await self.move(camera)
        push = await self.phone.next_push(_PATIENCE_S)
        await self.home.play(camera, motion=False)
        if push is None:
            raise HomeError(f"Motion before {camera.name} led to no alert.\n{self.home.log_tail()}")
        self._told[camera.entity_id] = push
        return push.at - began

    async def storm(self) -> list[float]:
        """Let all cameras see motion at once; return the seconds to each verdict."""
        await asyncio.gather(*(self.conclusion(camera) for camera in self.cameras))
        await asyncio.gather(*(self.move(camera) for camera in self.cameras))
        await asyncio.sleep(0.5)
        self.decoders = max(self.decoders, decoder_threads(self.home.pid) or 0)
        with suppress(TimeoutError):
            await asyncio.gather(*(self.conclusion(camera) for camera in self.cameras))
        await asyncio.gather(*(self.home.play(camera, motion=False) for camera in self.cameras))
        while not self.phone.pushes.empty():
            await self.phone.take_back(self.phone.pushes.get_nowait())
        verdicts = []
        for camera in self.cameras:
            records = await records_of(self.home, self.entry_id, camera)
            hops = records[-1]["hops_ms"] if records else {}
            if "verdict" in hops:
                verdicts.append(hops["verdict"] / 1000)
        return verdicts


async def measure_home(effort: Effort, paper: Paper) -> dict[str, Any]:
    """Return what everything costs, and how fast it is."""
    numbers: dict[str, Any] = {"effort": effort.events}
    began = time.monotonic()

    def step(what: str, detail: str) -> None:
        nonlocal began
        paper.step(what, detail, time.monotonic() - began)
        began = time.monotonic()

    paper.title("Measuring")
    tape = tape_of(RIDER)
    ratio, inference_ms = await asyncio.to_thread(
        overhead_ratio, fetch(RIDER.clip), effort.overhead_s
    )
    numbers |= {"overhead_ratio": round(ratio, 3), "inference_ms": round(inference_ms, 2)}
    step("Overhead", f"{inference_ms:.0f} ms for one look of the network")
    numbers["engines"] = await asyncio.to_thread(compare_engines, effort.looks)
    step("Engines", "ONNX Runtime and ncnn in turns")
    cameras = [DemoCamera(f"Camera {i}", tape, (RUNGS[i % len(RUNGS)],)) for i in range(8)]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch())))
        home = await stack.enter_async_context(Home.start(folder / "with", cameras))
        bench = await _enroll(stack, home, cameras)
        # Both as after a restart of the machine: nothing is left over from setting up.
        bare_start = Home.start(folder / "without", cameras, with_integration=False)
        bare, _ = await asyncio.gather(stack.enter_async_context(bare_start), home.restart())
        await bench.listen()
        step("Two homes", "eight cameras each, enrolled in one of them")
        numbers |= await _idle(bench, bare, effort)
        step("Idle", f"{effort.idle_s:g} s")
        receipts = Receipts(home)
        numbers["latency"] = await _latency(bench, effort, receipts)
        numbers["hops_ms"] = receipts.medians
        step("Latency", f"{effort.events} motions for each of {', '.join(RUNGS)}")
        numbers["storm_8"] = await _storms(bench, effort)
        for camera in cameras:
            await bench.conclusion(camera)
        step("Eight at once", f"{effort.storms} times")
        grown = resident_mb(home.pid) - resident_mb(bare.pid)
        numbers["policy_ms"] = round(await policy_ms(folder / "policy", effort.policy), 2)
        numbers["rss_added_mb"] = round(grown + aiortc_mb(), 1)
    return numbers


async def _enroll(stack: AsyncExitStack, home: Home, cameras: list[DemoCamera]) -> Bench:
    alex = await home.another_user("Alex", PASSWORD)
    phone = await stack.enter_async_context(Phone.switch_on(alex, "Alex phone"))
    answers = {"phones": [await phone_device(home.api, phone.name)], "cooldown": 0}
    entry_id = await add_hub(home.api)
    for camera in cameras:
        await add_camera(home.api, entry_id, camera, answers)
    return Bench(home, phone, entry_id, cameras)


async def _idle(bench: Bench, bare: Home, effort: Effort) -> dict[str, Any]:
    await asyncio.sleep(effort.settle_s)
    used, used_bare = await core_percent([bench.home.pid, bare.pid], effort.idle_s)
    return {
        "idle_core_percent_per_camera": round((used - used_bare) / len(bench.cameras), 3),
        "idle_decoder_threads": decoder_threads(bench.home.pid),
    }


async def _latency(bench: Bench, effort: Effort, receipts: Receipts) -> dict[str, Any]:
    """Measure the rungs in turn: one camera looks on for a moment while the next is measured."""
    seconds: dict[str, list[float]] = {rung: [] for rung in RUNGS}
    for camera in bench.cameras[: len(RUNGS)]:
        await bench.latency(camera)  # what the first motion alone costs: modules, connections
    for _ in range(effort.events):
        for camera in bench.cameras[: len(RUNGS)]:
            seconds[camera.serves[0]].append(await bench.latency(camera))
            await receipts.take(camera)
    return {
        rung: {"p50_s": _p(each, 50), "p95_s": _p(each, 95), "max_s": round(max(each), 3)}
        for rung, each in seconds.items()
    }


async def _storms(bench: Bench, effort: Effort) -> dict[str, Any]:
    storms = [await bench.storm() for _ in range(effort.storms)]
    seconds = [second for storm in storms for second in storm]
    return {
        "verdicts": min(len(storm) for storm in storms),
        "p95_s": _p(seconds, 95) if seconds else None,
        "decoder_threads": bench.decoders,
    }


def _p(values: Sequence[float], percent: int) -> float:
    """Return a percentile; with few values the next higher one."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))], 3)
