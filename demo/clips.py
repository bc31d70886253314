"""The demo over the development clips: what the whole way makes of each, in one table."""

import json
from pathlib import Path
from typing import Any

from .footage import CLIPS, cut
from .home import DemoCamera
from .paper import Paper
from .scenario import Happened, Watcher

_INDEX = CLIPS / "clips.json"


def has_clips() -> bool:
    """Return whether the development clips lie beside the checkout."""
    return _INDEX.exists()


async def run_clips(
    watcher: Watcher, camera: DemoCamera, folder: Path, paper: Paper, timeout_s: float
) -> int:
    """Play every clip once, with motion as long as it lasts; return the exit status."""
    paper.title("The development clips, one after another at their own speed")
    clips: list[dict[str, Any]] = json.loads(_INDEX.read_text())["clips"]
    total = sum(clip["duration_s"] for clip in clips)
    paper.note(f"{len(clips)} clips, {total:.0f} s")
    paper.plain(f"  {'':2}{'clip':32}{'a person':>10}{'alert':>10}{'after':>9}  outcome")
    wrong = 0
    for clip in clips:
        tape = folder / "clips" / f"{Path(clip['file']).stem}.ts"
        if not tape.exists():
            cut(CLIPS / clip["file"], tape)
        happened = await watcher.provoke(
            camera, tape, timeout_s=timeout_s, motion_s=clip["duration_s"]
        )
        wrong += _row(clip, happened, paper)
        if happened.push is not None:
            # The next clip is to be a visit of its own.
            await watcher.phone.take_back(happened.push)
    paper.plain(f"  {len(clips) - wrong} of {len(clips)} as they should be")
    return 1 if wrong else 0


def _row(clip: dict[str, Any], happened: Happened, paper: Paper) -> bool:
    """Print one line and return whether the clip ended otherwise than it should."""
    first = min((start for start, _end in clip["person_intervals"]), default=None)
    expected = "nobody" if first is None else f"{first:.1f} s"
    after = "" if happened.push is None else f"{happened.since(happened.push.at):.1f} s"
    is_wrong = (happened.push is None) is not (first is None)
    outcome = happened.motion["outcome"] if happened.motion else "no conclusion"
    alert = "no" if happened.push is None else "yes"
    mark = "✗" if is_wrong else "✓"
    row = f"  {mark} {Path(clip['file']).stem:32}{expected:>10}{alert:>10}{after:>9}  {outcome}"
    paper.plain(row)
    return is_wrong
