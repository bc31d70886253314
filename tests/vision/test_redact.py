"""A picture fit for strangers: nobody is found in it again, and what is masked stays black."""

from io import BytesIO
import json
from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from tests.vision.real import DEV, needs_footage
from tests.vision.test_style import found_again, scene
from vision.annotate import annotate, decode_image, encode_jpeg
from vision.datatypes import Box, Detection, Kind, RgbImage
from vision.detector import Detector
from vision.errors import ImageError
from vision.mask import NO_MASK, PrivacyMask
from vision.redact import COVERED, MIN_CONFIDENCE, redact

ROOT = Path(__file__).parents[2]
DRAWN = ROOT / "custom_components" / "camera_smart_alerts" / "test_picture.jpg"
SURE = 0.5
"""Of a picture as it is."""
BELIEVED = 0.35
"""Less than this is believed of nobody at any sensitivity, however long."""
SOMEBODY = Box(100, 40, 180, 220)
HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(threads=1)


class Sees:
    """Stands in for a network that sees one thing, in the whole picture or in one corner of it."""

    def __init__(self, kind: Kind, *, corner: int | None = None) -> None:
        self._seen = [Detection(SOMEBODY, kind, MIN_CONFIDENCE)]
        self._corner = corner
        self.corners: list[Box] = []

    def examine(self, image: RgbImage, min_confidence: float) -> list[Detection]:
        assert min_confidence == MIN_CONFIDENCE
        return self._seen if self._corner is None else []

    def detect(self, image: RgbImage, region: Box | None, min_confidence: float) -> list[Detection]:
        assert region is not None
        assert min_confidence == MIN_CONFIDENCE
        self.corners.append(region)
        return self._seen if len(self.corners) - 1 == self._corner else []


def people(detector: Detector, picture: bytes, sure: float) -> list[Detection]:
    return [one for one in detector.examine(decode_image(picture), sure) if one.kind is Kind.PERSON]


def kept(detector: Detector, image: RgbImage) -> bytes:
    """Return what the history keeps: boxes and labels are drawn on it."""
    return encode_jpeg(annotate(image, detector.look(image, None, SURE)))


def test_the_network_finds_nobody_in_it_any_more(detector: Detector) -> None:
    picture = kept(detector, decode_image(DRAWN.read_bytes()))
    assert len(people(detector, picture, SURE)) == 1
    assert not people(detector, redact(detector, picture, NO_MASK), BELIEVED)


@needs_footage
def test_of_real_people_nine_heads_in_ten_are_covered(detector: Detector) -> None:
    labels = json.loads((DEV / "annotations.json").read_text())
    heads: dict[int, list[list[float]]] = {}
    for one in labels["annotations"]:
        if one["category_id"] == 0:
            heads.setdefault(one["image_id"], []).append(one["bbox"])
    covered = []
    for entry in [one for one in labels["images"] if one["person_present"]][::12]:
        image = decode_image((DEV / "images" / entry["file_name"]).read_bytes())
        picture = kept(detector, image)
        before = decode_image(picture).astype(int)
        changed = np.abs(decode_image(redact(detector, picture, NO_MASK)) - before).max(axis=2) > 8
        scale = image.shape[1] / entry["width"]
        for x, y, width, height in (np.array(box) * scale for box in heads[entry["id"]]):
            if height < 60:
                # Its head is a few pixels.
                continue
            head = changed[int(y) : int(y + height / 4), int(x) : int(x + width)]
            # Smooth parts look the same smeared.
            covered.append(head.mean() > 0.5)
    assert len(covered) > 50
    assert np.mean(covered) >= 0.9


@pytest.mark.parametrize("corner", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("kind", COVERED)
def test_whoever_may_be_somebody_is_smeared_wherever_the_network_sees_it(
    kind: Kind, corner: int | None
) -> None:
    image = scene()
    network = Sees(kind, corner=corner)
    shown = decode_image(redact(network, encode_jpeg(image), NO_MASK))
    assert found_again(image, shown, SOMEBODY) < 0.15
    assert found_again(image, shown, Box(220, 0, 320, 240)) > 0.4
    # The four corners lie over the whole picture.
    seen = np.zeros(image.shape[:2], bool)
    for x1, y1, x2, y2 in network.corners:
        seen[round(y1) : round(y2), round(x1) : round(x2)] = True
    assert seen.all()


def test_who_was_seen_before_is_covered_though_the_network_finds_nobody_now() -> None:
    image = scene()
    network = Sees(Kind.ANIMAL)
    known = Box(100 / 320, 40 / 240, 180 / 320, 220 / 240)
    shown = decode_image(redact(network, encode_jpeg(image), NO_MASK, [known]))
    assert found_again(image, shown, SOMEBODY) < 0.15
    assert found_again(image, shown, Box(220, 0, 320, 240)) > 0.4


def test_animals_are_shown() -> None:
    image = scene()
    shown = decode_image(redact(Sees(Kind.ANIMAL), encode_jpeg(image), NO_MASK))
    assert found_again(image, shown, SOMEBODY) > 0.4


def test_masks_of_now_are_black_also_where_a_smear_would_run_into_them() -> None:
    image = np.full((240, 320, 3), 255, np.uint8)
    shown = decode_image(redact(Sees(Kind.PERSON), encode_jpeg(image), PrivacyMask([HALF])))
    # JPEG rings a little beside the edge.
    assert shown[:, 168:].max() < 16
    assert shown[:, :80].min() > 240


def test_nothing_beside_the_picture_itself_comes_along() -> None:
    picture = Image.fromarray(scene())
    notes = Image.Exif()
    notes[0x010E] = "Anna at the door"
    out = BytesIO()
    picture.save(out, "JPEG", exif=notes, comment=b"Anna")
    data = redact(Sees(Kind.PERSON), out.getvalue(), NO_MASK)
    assert b"Anna" in out.getvalue()
    assert b"Anna" not in data
    assert b"Exif" not in data


@pytest.mark.parametrize("data", [b"", b"\xff\xd8 no picture", encode_jpeg(scene())[:900]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError):
        redact(Sees(Kind.PERSON), data, NO_MASK)
