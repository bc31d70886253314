"""The whole decision, replayed on footage: real decoder, real network, real session.

Third-party clips where they lie beside the checkout, and footage made here everywhere.
"""

import asyncio
from functools import cache
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
import pytest
from scripts.evaluation.clips import ClipScore, play, score

from tests.vision.real import DEV, needs_footage
from vision.datatypes import Box, Detection, Kind, RgbImage, Sensitivity
from vision.detector import Detector
from vision.look import Looker

from .footage import make_clip

CLIPS = DEV / "clips"
FPS = 5.0


@cache
def network() -> Detector:
    return Detector.load()


def replay(file: str) -> ClipScore:
    clips = json.loads((CLIPS / "clips.json").read_text())["clips"]
    clip = next(clip for clip in clips if clip["file"] == file)
    return asyncio.run(score(CLIPS, clip, network(), Sensitivity.BALANCED, FPS))


@needs_footage
@pytest.mark.parametrize("file", ["warehouse_worker.mp4", "sidewalk_pedestrians.mp4"])
def test_people_in_footage_get_a_verdict_within_two_seconds(file: str) -> None:
    (wait,) = replay(file).found_after
    assert wait is not None
    assert wait < 2


@needs_footage
@pytest.mark.parametrize("file", ["brightness_change_neg.mp4", "topdown_cars_neg.mp4"])
def test_footage_without_people_stays_silent(file: str) -> None:
    result = replay(file)
    assert result.false_alerts == ()
    assert result.inconclusive == 0


class Figure:
    """Stands in for the network: sees an orange figure wherever one is drawn large enough."""

    def __init__(self, smallest: float = 0.0) -> None:
        """See figures from ``smallest`` heights of what is looked at."""
        self._smallest = smallest

    def look(self, image: RgbImage, region: Box | None, min_confidence: float) -> list[Detection]:
        """Return the figure, seen in the picture or only in the region."""
        orange = (image[..., 0] > 180) & (image[..., 1] < 160) & (image[..., 2] < 100)
        rows, columns = np.nonzero(orange)
        if rows.size < 20:
            return []
        box = Box(float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))
        side = image.shape[0] if region is None else region.y2 - region.y1
        seen = box.y2 - box.y1 >= self._smallest * side
        return [Detection(box, Kind.PERSON, 0.7)] if seen else []


def drawn(index: int, *, figure: bool = True, step: int = 4, height: int = 60) -> RgbImage:
    """Return a picture of 320 x 240 in which a figure walks, or nothing does."""
    picture = Image.new("RGB", (320, 240), (90, 110, 90))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 170, 320, 240), fill=(120, 120, 120))
    if figure:
        x, top = 40 + step * index, 200 - height
        draw.ellipse((x, top, x + height / 4, top + height / 4), fill=(240, 110, 20))
        draw.rectangle((x, top + height / 4, x + height / 4, 200), fill=(240, 110, 20))
    return np.asarray(picture)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.mp4"


async def verdicts(tape: Path, network: Looker) -> list[float]:
    alerts, _ = await play(tape, network, Sensitivity.BALANCED, FPS)
    return [alert.at for alert in alerts]


async def test_a_figure_that_walks_through_made_footage_is_told(tape: Path) -> None:
    make_clip(tape, seconds=4, draw=drawn)
    times = await verdicts(tape, Figure())
    assert times
    assert 0.4 <= times[0] <= 1.2


async def test_a_figure_that_never_moves_is_a_statue(tape: Path) -> None:
    make_clip(tape, seconds=6, draw=lambda _: drawn(10))
    network = Figure()
    statue = [Detection(Box(80, 140, 95, 200), Kind.PERSON, 0.6)]
    network.look = lambda image, region=None: statue  # type: ignore[method-assign]
    assert await verdicts(tape, network) == []


async def test_a_figure_too_small_for_the_whole_picture_is_found_by_the_closer_look(
    tape: Path,
) -> None:
    make_clip(tape, seconds=4, draw=lambda index: drawn(index, height=26, step=3))
    assert await verdicts(tape, Figure(smallest=0.2))


async def test_made_footage_without_a_figure_is_nothing(tape: Path) -> None:
    make_clip(tape, seconds=3, draw=lambda _: drawn(0, figure=False))
    alerts, results = await play(tape, network(), Sensitivity.HIGH, FPS)
    assert alerts == []
    assert [result.verdict.value for result in results] == ["nothing"]


async def test_a_replay_gives_the_same_result_twice(tape: Path) -> None:
    make_clip(tape, seconds=4, draw=drawn)
    assert await verdicts(tape, network()) == await verdicts(tape, network())
    assert await verdicts(tape, Figure()) == await verdicts(tape, Figure())
