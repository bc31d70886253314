"""The network that ships, on real pictures."""

from collections.abc import Sequence
import json

import numpy as np
import pytest

from tests.vision.real import DEV, needs_footage
from vision.datatypes import Box, Detection, Kind
from vision.detector import Detector


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(threads=2)


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(7680, 4320, id="8K"),
        pytest.param(360, 640, id="portrait"),
        pytest.param(8, 8, id="tiny"),
        pytest.param(6000, 9, id="a line"),
        pytest.param(641, 479, id="odd"),
    ],
)
def test_pictures_of_any_size_are_looked_at(detector: Detector, width: int, height: int) -> None:
    image = np.random.default_rng(3).integers(0, 256, (height, width, 1), np.uint8).repeat(3, 2)
    for found in (detector.look(image, Box(0, 0, width / 2 + 8, height)), detector.examine(image)):
        for detection in found:
            assert 0 <= detection.box.x1 < detection.box.x2 <= width
            assert 0 <= detection.box.y1 < detection.box.y2 <= height


def test_an_even_grey_shows_nothing(detector: Detector) -> None:
    assert [
        d for d in detector.examine(np.full((480, 640, 3), 120, np.uint8)) if d.confidence > 0.2
    ] == []


def test_a_view_is_seen_like_its_copy(detector: Detector) -> None:
    image = np.random.default_rng(4).integers(0, 256, (480, 640, 3), np.uint8)[::2, ::-2]
    assert detector.detect(image, min_confidence=0.001) == detector.detect(
        image.copy(), min_confidence=0.001
    )


def load(file: str) -> np.ndarray:
    from PIL import Image  # noqa: PLC0415

    return np.asarray(Image.open(DEV / "images" / file).convert("RGB"))


def overlap(a: Sequence[float], b: Sequence[float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def confident(found: list[Detection]) -> list[Detection]:
    return [d for d in found if d.kind is Kind.PERSON and d.confidence > 0.4]


@needs_footage
@pytest.mark.parametrize("method", ["look", "examine"])
def test_real_people_are_found_where_they_are(detector: Detector, method: str) -> None:
    labels = json.loads((DEV / "annotations.json").read_text())
    pictures = [i for i in labels["images"] if i["subset"] == "pennfudan"][:10]
    boxes, hits = 0, 0
    for entry in pictures:
        found = confident(getattr(detector, method)(load(entry["file_name"])))
        for label in labels["annotations"]:
            if label["image_id"] == entry["id"] and label["category_id"] == 0:
                x, y, width, height = label["bbox"]
                boxes += 1
                hits += any(overlap(d.box, (x, y, x + width, y + height)) > 0.5 for d in found)
    assert boxes > 10
    assert hits / boxes > 0.85


@needs_footage
def test_a_porch_with_a_parcel_shows_nobody(detector: Detector) -> None:
    labels = json.loads((DEV / "annotations.json").read_text())
    pictures = [i for i in labels["images"] if i["subset"] == "packages"]
    assert pictures
    alarms = [i for i in pictures if confident(detector.examine(load(i["file_name"])))]
    assert alarms == []
