"""What the detector makes of a network's answer."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

from vision.datatypes import Box, Kind
from vision.detector import BINS, KINDS, STRIDES, Detector
from vision.errors import ImageError, ModelError


class Thing(NamedTuple):
    """Something a fake network answers: a box in input pixels, coarse enough for 8 px cells."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: Kind = Kind.PERSON
    confidence: float = 0.9

    def mirrored(self, width: int = 416) -> Thing:
        """As a second look sees it."""
        return self._replace(x1=width - self.x2, x2=width - self.x1)


class FakeNetwork:
    """Answers the next list of things at each run, whatever it is shown."""

    def __init__(self, *answers: Sequence[Thing]) -> None:
        self.answers = list(answers)
        self.shown: list[np.ndarray] = []

    def run(self, tensor: np.ndarray) -> tuple[np.ndarray, ...]:
        self.shown.append(tensor.copy())
        height, width = tensor.shape[1:3]
        cells = sum((height // stride) * (width // stride) for stride in STRIDES)
        scores = np.zeros((1, 3, cells), np.float32)
        edges = np.zeros((1, 44, cells), np.float32)
        first = (height // 8) * (width // 8)  # the cells of 16 px come second
        for thing in self.answers.pop(0):
            column = int((thing.x1 + thing.x2) / 2 // 16)
            row = int((thing.y1 + thing.y2) / 2 // 16)
            cell = first + row * (width // 16) + column
            x, y = 16 * column + 8, 16 * row + 8
            scores[0, KINDS.index(thing.kind), cell] = thing.confidence
            sides = (x - thing.x1, y - thing.y1, thing.x2 - x, thing.y2 - y)
            for side, distance in enumerate(sides):
                # Two neighbouring bins share the weight so that their mean is the distance.
                low = int(distance // 16)
                part = distance / 16 - low
                weights = np.full(len(BINS), 1e-9)
                weights[low] += 1 - part
                weights[min(low + 1, 10)] += part
                edges[0, 11 * side : 11 * side + 11, cell] = np.log(weights)
        return scores, edges


def picture(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 120, np.uint8)


def near(box: Sequence[float]) -> object:
    return pytest.approx(tuple(box), abs=0.05)


def test_boxes_come_back_in_pixels_of_the_picture() -> None:
    network = FakeNetwork([Thing(100, 60, 140, 200)])
    found = Detector(network).detect(picture(1024, 576))
    assert network.shown[0].shape == (1, 288, 512, 3)
    assert [(d.kind, near(d.box)) for d in found] == [(Kind.PERSON, (200, 120, 280, 400))]
    assert found[0].confidence == pytest.approx(0.9)
    assert isinstance(found[0].box.x1, float)


def test_the_three_kinds_are_told_apart_and_the_most_confident_comes_first() -> None:
    network = FakeNetwork(
        [
            Thing(16, 16, 80, 80, Kind.VEHICLE, 0.5),
            Thing(200, 100, 260, 160, Kind.ANIMAL, 0.7),
            Thing(100, 100, 160, 260, Kind.PERSON, 0.6),
        ]
    )
    found = Detector(network).detect(picture(416, 416))
    assert [d.kind for d in found] == [Kind.ANIMAL, Kind.PERSON, Kind.VEHICLE]


def test_weak_answers_are_left_out() -> None:
    thing = Thing(100, 100, 160, 260, confidence=0.3)
    detector = Detector(FakeNetwork([thing], [thing], [thing._replace(confidence=0.04)]))
    assert len(detector.detect(picture(416, 416), min_confidence=0.29)) == 1
    assert detector.detect(picture(416, 416), min_confidence=0.31) == []
    assert detector.detect(picture(416, 416)) == []


def test_one_thing_answered_by_two_cells_is_one_detection() -> None:
    answer = [Thing(100, 100, 160, 260), Thing(100, 116, 160, 276, confidence=0.6)]
    found = Detector(FakeNetwork(answer)).detect(picture(416, 416))
    assert [d.confidence for d in found] == [pytest.approx(0.9)]


def test_boxes_end_at_the_picture() -> None:
    answer = [Thing(-20, -10, 60, 290), Thing(360, 300, 440, 440, confidence=0.5)]
    found = Detector(FakeNetwork(answer)).detect(picture(416, 416))
    assert [near(d.box) for d in found] == [(0, 0, 60, 290), (360, 300, 416, 416)]


def test_nothing_seen_is_an_empty_list() -> None:
    assert Detector(FakeNetwork([])).detect(picture(416, 416)) == []


def test_a_region_is_looked_at_alone_and_answered_in_pixels_of_the_picture() -> None:
    image = picture(1000, 600)
    image[200:408, 300:508] = 255
    network = FakeNetwork([Thing(40, 40, 120, 240)])
    found = Detector(network).detect(image, Box(300, 200, 508, 408))
    assert network.shown[0].shape == (1, 416, 416, 3)
    assert (network.shown[0] == 255).all()
    assert near(found[0].box) == (320, 220, 360, 320)


def test_a_frame_without_region_is_looked_at_once() -> None:
    network = FakeNetwork([Thing(100, 100, 160, 260)])
    assert len(Detector(network).look(picture(416, 416))) == 1
    assert len(network.shown) == 1


def test_a_second_look_is_mirrored() -> None:
    image = picture(416, 416)
    image[:, :208] = 0
    network = FakeNetwork([], [])
    Detector(network).look(image, Box(0, 0, 416, 416))
    first, second = network.shown
    assert (first == second[:, :, ::-1]).all()


def test_a_second_look_adds_what_the_first_missed() -> None:
    network = FakeNetwork([Thing(16, 16, 80, 200)], [Thing(200, 200, 240, 300).mirrored()])
    found = Detector(network).look(picture(416, 416), Box(208, 208, 416, 416))
    assert [near(d.box) for d in found] == [(16, 16, 80, 200), (308, 308, 328, 358)]


def test_what_both_looks_see_is_one_thing_with_the_better_confidence() -> None:
    network = FakeNetwork(
        [Thing(304, 304, 328, 358, confidence=0.5)],
        [Thing(200, 200, 240, 300, confidence=0.8).mirrored()],
    )
    found = Detector(network).look(picture(416, 416), Box(208, 208, 416, 416))
    assert [d.confidence for d in found] == [pytest.approx(0.8)]


@pytest.mark.parametrize(
    ("whole", "region", "count"),
    [
        pytest.param(Thing(160, 150, 256, 330), (208, 208, 416, 416), 1, id="part of a whole"),
        pytest.param(Thing(160, 150, 256, 330, Kind.ANIMAL), (208, 208, 416, 416), 2, id="kinds"),
        pytest.param(
            Thing(160, 150, 256, 330, confidence=0.2), (208, 208, 416, 416), 2, id="whole unsure"
        ),
        pytest.param(Thing(16, 16, 80, 100), (208, 208, 416, 416), 2, id="another place"),
        pytest.param(Thing(160, 100, 256, 330), (208, 190, 416, 398), 2, id="not at its edge"),
    ],
)
def test_a_part_cut_off_by_the_region_is_not_counted_beside_its_whole(
    whole: Thing, region: tuple[float, float, float, float], count: int
) -> None:
    left = 0.0 if region[1] == 208 else 16.0
    part = Thing(left, 0 if left == 0 else 16, left + 96, 140, confidence=0.8)
    network = FakeNetwork([whole], [part.mirrored()])
    assert len(Detector(network).look(picture(416, 416), Box(*region))) == count


def test_a_picture_edge_cuts_nothing_off() -> None:
    network = FakeNetwork([Thing(0, 0, 100, 300)], [Thing(0, 0, 60, 200).mirrored()])
    found = Detector(network).look(picture(416, 416), Box(0, 0, 416, 416))
    assert len(found) == 2


def test_a_still_picture_is_examined_coarse_and_fine_and_mirrored() -> None:
    image = picture(512, 512)
    image[:, :256] = 0
    network = FakeNetwork(
        [Thing(88, 110, 132, 220, confidence=0.5)],
        [Thing(128, 160, 192, 320, confidence=0.7).mirrored(512)],
    )
    found = Detector(network).examine(image)
    assert [shown.shape for shown in network.shown] == [(1, 352, 352, 3), (1, 512, 512, 3)]
    assert network.shown[0][0, 0, 0, 0] == 0
    assert network.shown[1][0, 0, 0, 0] == 120
    assert [near(d.box) for d in found] == [(128, 160, 192, 320)]


@pytest.mark.parametrize("method", ["detect", "look", "examine"])
@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((1, 1, 3), np.uint8), id="one pixel"),
        pytest.param(np.zeros((0, 640, 3), np.uint8), id="no rows"),
        pytest.param(np.zeros((480, 640), np.uint8), id="grey"),
    ],
)
def test_what_is_no_picture_is_refused_before_the_network(image: np.ndarray, method: str) -> None:
    with pytest.raises(ImageError):
        getattr(Detector(FakeNetwork()), method)(image)


def test_a_region_outside_the_picture_is_refused() -> None:
    with pytest.raises(ImageError):
        Detector(FakeNetwork([])).look(picture(416, 416), Box(500, 500, 600, 600))


def test_a_failing_runtime_is_a_model_error() -> None:
    class Broken:
        def run(self, tensor: np.ndarray) -> tuple[np.ndarray, ...]:
            raise ModelError("inference failed")

    with pytest.raises(ModelError):
        Detector(Broken()).detect(picture(64, 64))
