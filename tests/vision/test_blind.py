"""A camera that shows only darkness is blind, and a session says so."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.made_pictures import textured
from tests.vision.sessions import END, PERSON, STEP_S, Camera, person, run, walk
from vision.crop import ChangeFinder
from vision.datatypes import (
    Frame,
    Observation,
    RgbImage,
    Sensitivity,
)
from vision.findings import BLIND, Findings
from vision.look import TakeFrame


def findings(contrasts: list[float], *, seen: bool = False) -> Findings:
    found = Findings(PERSON, Sensitivity.BALANCED)
    for number, contrast in enumerate(contrasts):
        frame = Frame(np.zeros((72, 128, 3), np.uint8), number * STEP_S)
        found.weigh(Observation(frame, (person(number),) if seen else (), contrast=contrast), 0.0)
    return found


@pytest.mark.parametrize(
    ("contrasts", "blind"),
    [
        pytest.param([1.5] * 10, True, id="dark"),
        pytest.param([1.5, 1.5, 90, 1.5, 1.5], True, id="a-flash"),
        pytest.param([13.0] * 10, False, id="plain"),
        pytest.param([1.5, 1.5, 70, 70, 70], False, id="light-comes-on"),
        pytest.param([1.5, 1.5], False, id="too-short-to-say"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_a_camera_that_shows_only_darkness_is_blind(contrasts: list[float], blind: bool) -> None:
    assert findings(contrasts).is_blind is blind


async def test_a_session_says_whether_the_camera_was_blind() -> None:
    class Dark(Camera):
        async def look(self, take: TakeFrame) -> Observation | None:
            observation = await super().look(take)
            return observation and replace(observation, contrast=1.0)

    assert (await run(Dark([[]] * 10, END))).blind
    assert not (await run(Dark(walk(10), END))).blind
    assert not (await run(Camera([[]] * 10, END))).blind


def clock(image: RgbImage) -> RgbImage:
    """Draw what a camera writes into its picture."""
    image = image.copy()
    image[8:24, 10:220] = 255
    return image


@pytest.mark.parametrize(
    ("image", "blind"),
    [
        pytest.param(np.zeros((360, 640, 3), np.uint8), True, id="black"),
        pytest.param(np.full((360, 640, 3), 130, np.uint8), True, id="covered"),
        pytest.param(clock(np.full((360, 640, 3), 6, np.uint8)), True, id="black-with-a-clock"),
        pytest.param(
            np.random.default_rng(1).integers(0, 24, (360, 640, 3), np.uint8), True, id="noise"
        ),
        pytest.param(textured(), False, id="day"),
        pytest.param(textured(0.1), False, id="night"),
        pytest.param(np.zeros((20, 20, 3), np.uint8), False, id="too-small-to-say"),
    ],
)
def test_the_contrast_of_a_picture_tells_darkness_from_night(image: RgbImage, blind: bool) -> None:
    changes = ChangeFinder()
    changes.update(image)
    assert (changes.contrast < BLIND) is blind
