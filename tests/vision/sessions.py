"""What the tests of sessions share: a camera that follows a script, and who listens."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vision.datatypes import (
    Box,
    Detection,
    Frame,
    Kind,
    Observation,
    Sensitivity,
)
from vision.errors import EndOfRecording, SourceError, SourceFailure
from vision.look import TakeFrame
from vision.session import (
    AnalysisResult,
    SessionSettings,
    analyze,
)

IMAGE = np.zeros((72, 128, 3), np.uint8)
PERSON = frozenset({Kind.PERSON})
SETTINGS = SessionSettings(PERSON, Sensitivity.BALANCED)
STEP_S = 0.2
START = 100.0

type Scene = Sequence[Sequence[Detection] | Exception | None]


def person(frame: int, confidence: float = 0.8, height: float = 40, **values: float) -> Detection:
    box = Box(10 + 5 * frame, 10, 30 + 5 * frame, 10 + height)
    return replace(Detection(box, Kind.PERSON, confidence), **values)


def walk(frames: int, confidence: float = 0.8) -> list[list[Detection]]:
    return [[person(number, confidence)] for number in range(frames)]


@dataclass
class Camera:
    """Frames on a clock of its own, and what a network would see in each."""

    scene: Scene
    """For each frame: detections, an error that the look raises, None for a frame that is gone."""
    end: SourceError | None = None
    """After the last frame; without it the camera falls silent."""
    step_s: float = STEP_S
    hole: tuple[int, float] = (0, 0.0)
    """Before this frame, so many seconds more."""
    name: str = "scripted"
    opened_at: float | None = START + 0.1
    patience_s: float = 0.0
    now: float = START
    taken: int = 0
    looks: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def wait(self) -> None:
        if self.taken < len(self.scene):
            frame, seconds = self.hole
            self.now += self.step_s + (seconds if self.taken == frame else 0.0)
            return
        if self.end is not None:
            raise self.end
        await asyncio.Event().wait()

    def take(self) -> Frame | None:
        self.taken += 1
        return Frame(IMAGE, self.now)

    async def look(self, take: TakeFrame) -> Observation | None:
        frame = take()
        assert frame is not None
        seen = self.scene[self.taken - 1]
        if isinstance(seen, Exception):
            raise seen
        self.looks.append(frame.captured_at)
        return None if seen is None else Observation(frame, tuple(seen), 0.01 * self.taken)


@dataclass
class Heard:
    """What a session told while it ran."""

    verdicts: list[tuple[Kind, AnalysisResult]] = field(default_factory=list)
    observations: list[tuple[Observation, tuple[Detection, ...]]] = field(default_factory=list)

    def verdict(self, kind: Kind, result: AnalysisResult) -> None:
        self.verdicts.append((kind, result))

    def observation(self, observation: Observation, shown: tuple[Detection, ...]) -> None:
        self.observations.append((observation, shown))


async def run(
    camera: Camera,
    settings: SessionSettings = SETTINGS,
    *,
    heard: Heard | None = None,
    is_moving: Callable[[], bool] = lambda: False,
) -> AnalysisResult:
    heard = heard or Heard()
    return await analyze(
        camera,
        camera.look,
        settings,
        motion_at=START,
        is_moving=is_moving,
        on_verdict=heard.verdict,
        on_observation=heard.observation,
        clock=camera.clock,
    )


END = EndOfRecording()
ENDED = SourceError(SourceFailure.ENDED)
QUICK = replace(SETTINGS, first_frame_timeout_s=0.01, stall_timeout_s=0.01)
