"""One look: what moved, how sharp it is, and what the network sees there."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from vision.crop import ChangeFinder
from vision.datatypes import (
    Box,
    Detection,
    Frame,
    Kind,
    Observation,
    RgbImage,
    Sensitivity,
)
from vision.errors import ImageError
from vision.findings import Findings, sharpness
from vision.look import look

from .sessions import IMAGE, STEP_S, person


@dataclass
class Network:
    """Stands in for a detector: records what it was asked."""

    seen: list[Detection]
    regions: list[Box | None] = field(default_factory=list)

    def look(self, image: RgbImage, region: Box | None, min_confidence: float) -> list[Detection]:
        if min(image.shape[:2]) < 8:
            raise ImageError("too small")
        self.regions.append(region)
        return [one for one in self.seen if one.confidence >= min_confidence]


def square(x: int) -> RgbImage:
    image = np.full((720, 1280, 3), 90, np.uint8)
    image[300:340, x : x + 20] = 240
    return image


def test_a_look_sees_what_moved_how_sharp_it_is_and_drops_the_noise() -> None:
    seen = [
        Detection(Box(600, 290, 660, 350), Kind.PERSON, 0.6),
        Detection(Box(100, 100, 200, 300), Kind.PERSON, 0.5),
        Detection(Box(0, 0, 50, 50), Kind.PERSON, 0.05),
    ]
    network, changes = Network(seen), ChangeFinder()
    for x in (610, 620):
        observation = look(network, changes, lambda x=x: Frame(square(x), 1.0))
    assert observation is not None
    moving, still = observation.detections
    assert moving.moved > 0
    assert moving.sharpness > 0
    assert (still.moved, still.sharpness) == (0, 0)
    assert network.regions[0] is None
    assert network.regions[1] is not None
    assert observation.inference_s >= 0


def test_a_look_without_a_frame_is_none() -> None:
    assert look(Network([]), ChangeFinder(), lambda: None) is None


@pytest.mark.parametrize("shape", [(0, 0, 3), (1, 1, 3), (720, 1280)])
def test_what_is_no_picture_is_left_to_the_detector_to_refuse(shape: tuple[int, ...]) -> None:
    class Strict(Network):
        def look(
            self, image: RgbImage, region: Box | None, min_confidence: float
        ) -> list[Detection]:
            raise ImageError("no picture")

    with pytest.raises(ImageError):
        look(Strict([]), ChangeFinder(), lambda: Frame(np.zeros(shape, np.uint8), 0.0))


def test_sharpness_is_the_mean_step_along_the_rows() -> None:
    stripes = np.zeros((200, 100, 3), np.uint8)
    stripes[:, ::2] = 100
    blurred = np.full((200, 100, 3), 50, np.uint8)
    whole = Box(0, 0, 100, 200)
    assert sharpness(stripes, whole) == 100
    assert sharpness(blurred, whole) == 0
    assert sharpness(stripes, Box(5, 5, 5.5, 50)) == 0, "a single column has no steps"
    assert sharpness(stripes, Box(300, 300, 400, 400)) == 0


def test_nothing_wanted_is_nothing_found() -> None:
    findings = Findings(frozenset(), Sensitivity.HIGH)
    for number in range(9):
        findings.weigh(Observation(Frame(IMAGE, number * STEP_S), (person(number),)), 0.0)
    assert findings.top is None
    assert not findings.stand
