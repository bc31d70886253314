"""Lessons on footage: a poster that the wind shakes, called a mistake, and who walks past it.

Real: the footage, the people pasted into it, the network, the sessions.
"""

from collections.abc import Iterator
from functools import cache
import json
import math

import numpy as np
from PIL import Image
import pytest
from scripts.evaluation.clips import Playback, play

from tests.vision.real import DEV, needs_footage
from vision.crop import ChangeFinder
from vision.datatypes import Frame, Kind, Observation, RgbImage, Sensitivity, Verdict
from vision.detector import Detector
from vision.lessons import Lesson, Teaching
from vision.look import TakeFrame, look
from vision.session import AnalysisResult, ResultReason, SessionSettings, analyze
from vision.video import iter_frames

pytestmark = pytest.mark.timeout(300)

FPS = 5.0
FRAMES = 30
TALL = 150
"""Pixels of a pasted person."""
SPOT = 260
"""Where the poster hangs, pixels from the left."""
POSTER = "coco_099.jpg", (207, 93, 151, 324)
WALKER = "coco_121.jpg", (199, 205, 118, 314)


@cache
def network() -> Detector:
    return Detector.load()


@cache
def cut_out(file: str, box: tuple[int, int, int, int]) -> RgbImage:
    """Return a person from a picture, with what stands around them."""
    left, top, width, height = box
    with Image.open(DEV / "images" / file) as picture:
        part = picture.convert("RGB").crop((left - 4, top - 4, left + width + 4, top + height + 4))
        return np.array(part.resize((round(TALL * part.width / part.height), TALL)))


@cache
def yard() -> list[RgbImage]:
    """Return footage in which nobody is."""
    frames = iter_frames(DEV / "clips" / "brightness_change_neg.mp4", fps=FPS)
    return [frame.image for frame, _ in zip(frames, range(FRAMES), strict=False)]


def paste(image: RgbImage, person: RgbImage, left: int) -> None:
    """Put a person on the ground; what lies outside the picture is cut off."""
    height, width = image.shape[:2]
    top = height - TALL - 20
    first, last = max(0, left), min(width, left + person.shape[1])
    if first < last:
        image[top : top + TALL, first:last] = person[:, first - left : last - left]


def scene(*, poster: bool = True, walker: bool = False) -> Iterator[Frame]:
    """Yield frames with a poster that sways in the wind, and somebody who walks past it."""
    for number, plain in enumerate(yard()):
        image = plain.copy()
        if poster:
            paste(image, cut_out(*POSTER), SPOT + round(22 * math.sin(number)))
        if walker:
            paste(image, cut_out(*WALKER), SPOT - 200 + 16 * number)
        yield Frame(image, number / FPS)


async def watch(frames: Iterator[Frame], *lessons: Lesson) -> AnalysisResult:
    """Return what one session makes of frames."""
    source, changes = Playback(frames), ChangeFinder()

    async def take_a_look(take: TakeFrame) -> Observation | None:
        return look(network(), changes, take, lessons)

    return await analyze(
        source,
        take_a_look,
        SessionSettings(frozenset({Kind.PERSON}), Sensitivity.BALANCED, lessons=lessons),
        motion_at=0.0,
        is_moving=lambda: False,
        on_verdict=lambda _kind, _result: None,
        clock=source.clock,
    )


async def taught() -> tuple[Lesson, ...]:
    """Return what is learned when the alert about the poster is called a mistake."""
    result = await watch(scene())
    assert result.verdict is Verdict.PERSON
    return tuple(
        Lesson.about(example, Teaching.FALSE_ALARM, str(number), 0.0)
        for number, example in enumerate(result.examples)
    )


@needs_footage
async def test_the_poster_that_was_called_a_mistake_stays_silent() -> None:
    lessons = await taught()
    assert lessons
    again = await watch(scene(), *lessons)
    assert (again.verdict, again.reason) == (Verdict.NOTHING, ResultReason.LEARNED)


@needs_footage
async def test_somebody_who_walks_past_the_poster_is_told_as_soon_as_ever() -> None:
    lessons = await taught()
    plain = await watch(scene(poster=False, walker=True))
    for poster in (True, False):
        result = await watch(scene(poster=poster, walker=True), *lessons)
        assert result.verdict is Verdict.PERSON
        assert result.timings.verdict_at is not None
        assert plain.timings.verdict_at is not None
        assert result.timings.verdict_at <= plain.timings.verdict_at + 2 / FPS


@needs_footage
@pytest.mark.parametrize("file", ["warehouse_worker.mp4", "store_aisle.mp4"])
async def test_lessons_of_another_scene_delay_nobody(file: str) -> None:
    lessons = await taught()
    clips = json.loads((DEV / "clips" / "clips.json").read_text())["clips"]
    (clip,) = (one for one in clips if one["file"] == file)
    path = DEV / "clips" / clip["file"]
    plain, _ = await play(path, network(), Sensitivity.BALANCED, FPS)
    with_lessons, _ = await play(path, network(), Sensitivity.BALANCED, FPS, lessons)
    assert [one.at for one in with_lessons] == [one.at for one in plain]
