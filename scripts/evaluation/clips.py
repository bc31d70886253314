"""Clips: the real session, fed frame by frame, against the times at which people are visible.

Each clip is played to ``vision.session.analyze`` in lockstep: the next frame is decoded only when
the last one has been weighed, so the result does not depend on the machine's speed, and all times
are times in the clip. When a session ends the next begins at once, as if the motion sensor fired
all the time: every false alert that the footage holds gets its chance, again and again.

A person's interval is found if some session's verdict falls into it (or within the clip's
tolerance of it). A verdict outside all intervals is a false alert, unless the interval is
ambiguous: those count neither way, nor does their time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import statistics
from typing import Any

from vision.crop import ChangeFinder
from vision.datatypes import Frame, Kind, Observation, Sensitivity
from vision.errors import EndOfRecording
from vision.lessons import Lesson
from vision.look import Looker, TakeFrame, look
from vision.session import AnalysisResult, SessionSettings, analyze
from vision.video import iter_frames

type Interval = tuple[float, float]

SHOWN_AS = {
    **dict.fromkeys(("bicycle", "car", "motorcycle", "bus", "truck"), Kind.VEHICLE),
    **dict.fromkeys(
        ("bird", "cat", "dog", "horse", "sheep", "cow", "bear", "fox", "deer", "raccoon"),
        Kind.ANIMAL,
    ),
}
"""What ``other_objects`` of a clip lists, as a kind; anything else is none."""


class Playback:
    """A clip as a frame source: a frame is decoded when somebody waits for it."""

    name = "clip"
    opened_at = 0.0
    patience_s = 0.0

    def __init__(self, frames: Iterator[Frame]) -> None:
        """Play these frames."""
        self._frames = frames
        self._next = next(frames, None)
        self.now = 0.0
        """Seconds of the clip."""

    @property
    def is_over(self) -> bool:
        """Whether no frame is left."""
        return self._next is None

    def clock(self) -> float:
        """Return the time of the newest frame that somebody waited for."""
        return self.now

    async def wait(self) -> None:
        """Move on to the next frame.

        Raises:
            EndOfRecording: The clip is over.
        """
        if self._next is None:
            raise EndOfRecording
        self.now = self._next.captured_at

    def take(self) -> Frame | None:
        """Return that frame."""
        frame, self._next = self._next, next(self._frames, None)
        return frame


@dataclass(frozen=True, slots=True)
class Alert:
    """One verdict of one session."""

    at: float
    kind: Kind
    confidence: float


@dataclass(frozen=True, slots=True)
class ClipScore:
    """How one clip went. Times in seconds of the clip."""

    file: str
    lighting: str
    intervals: tuple[Interval, ...]
    found_after: tuple[float | None, ...]
    """For each interval, from its start to the first verdict in it; None where none came."""
    false_alerts: tuple[float, ...]
    person_free_s: float
    others: frozenset[Kind]
    """Kinds beside people that the clip shows, by its labels."""
    others_found: frozenset[Kind]
    sessions: int
    inconclusive: int


async def play(
    path: Path,
    detector: Looker,
    sensitivity: Sensitivity,
    fps: float,
    lessons: tuple[Lesson, ...] = (),
) -> tuple[list[Alert], list[AnalysisResult]]:
    """Return all verdicts of sessions run back to back over a clip, and the sessions' results."""
    source = Playback(iter_frames(path, fps=fps))
    settings = SessionSettings(frozenset(Kind), sensitivity, lessons=lessons)
    alerts: list[Alert] = []
    results: list[AnalysisResult] = []

    def on_verdict(kind: Kind, result: AnalysisResult) -> None:
        alerts.append(Alert(source.now, kind, result.confidence))

    while not source.is_over:
        changes = ChangeFinder()

        async def look_now(take: TakeFrame, changes: ChangeFinder = changes) -> Observation | None:
            return look(detector, changes, take, lessons)

        await source.wait()
        results.append(
            await analyze(
                source,
                look_now,
                settings,
                motion_at=source.now,
                is_moving=lambda: False,
                on_verdict=on_verdict,
                clock=source.clock,
            )
        )
    return alerts, results


async def score(
    folder: Path, clip: dict[str, Any], detector: Looker, sensitivity: Sensitivity, fps: float
) -> ClipScore:
    """Play one clip and compare."""
    alerts, results = await play(folder / clip["file"], detector, sensitivity, fps)
    slack = clip["tolerance_s"]
    people = [(start, end) for start, end in clip["person_intervals"]]
    unclear = [(start, end) for start, end in clip["ambiguous_intervals"]]
    times = [alert.at for alert in alerts if alert.kind is Kind.PERSON]
    free = person_free_s(clip["duration_s"], [*people, *unclear], slack)
    return ClipScore(
        file=clip["file"],
        lighting=clip.get("lighting", "?"),
        intervals=tuple(people),
        found_after=tuple(_first(times, interval, slack) for interval in people),
        false_alerts=tuple(
            time
            for time in times
            if not any(_within(time, interval, slack) for interval in [*people, *unclear])
        ),
        person_free_s=free,
        others=frozenset(
            SHOWN_AS[name] for name in clip.get("other_objects", []) if name in SHOWN_AS
        ),
        others_found=frozenset(alert.kind for alert in alerts) - {Kind.PERSON},
        sessions=len(results),
        inconclusive=sum(result.verdict == "inconclusive" for result in results),
    )


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the labels of the clips in a folder, none without any."""
    labels = folder / "clips.json"
    return json.loads(labels.read_text())["clips"] if labels.exists() else []


def person_free_s(duration: float, busy: Sequence[Interval], slack: float) -> float:
    """Return the seconds of a clip that are farther than ``slack`` from any interval."""
    free, reached = 0.0, 0.0
    for start, end in sorted(busy):
        free += max(0.0, start - slack - reached)
        reached = max(reached, end + slack)
    return free + max(0.0, duration - reached)


def totals(scores: Sequence[ClipScore]) -> dict[str, float | int | None]:
    """Return the numbers that count, over some clips; None where nothing was measured."""
    waits = [wait for one in scores for wait in one.found_after]
    found = [wait for wait in waits if wait is not None]
    minutes = sum(one.person_free_s for one in scores) / 60
    alarms = sum(len(one.false_alerts) for one in scores)
    return {
        "events": len(waits),
        "event_recall": len(found) / len(waits) if waits else None,
        "false_alerts": alarms,
        "person_free_minutes": minutes,
        "false_alerts_per_minute": alarms / minutes if minutes else None,
        "seconds_to_verdict_p50": statistics.median(found) if found else None,
        "seconds_to_verdict_max": max(found, default=None),
    }


def _first(times: Sequence[float], interval: Interval, slack: float) -> float | None:
    """Return how long after an interval's start the first of ``times`` in it came."""
    inside = [time for time in times if _within(time, interval, slack)]
    return max(0.0, min(inside) - interval[0]) if inside else None


def _within(time: float, interval: Interval, slack: float) -> bool:
    return interval[0] - slack <= time <= interval[1] + slack
