"""What must not be seen is black, and the original is gone."""

from itertools import pairwise

import numpy as np
import pytest

from vision.datatypes import Frame, RgbImage
from vision.mask import NO_MASK, PrivacyMask
from vision.zones import Points

RIGHT: Points = ((0.5, 0), (1, 0), (1, 1), (0.5, 1))
SLANTED: Points = ((0.2, 0.1), (0.9, 0.4), (0.3, 0.9))


def white(height: int = 60, width: int = 80) -> RgbImage:
    return np.full((height, width, 3), 255, np.uint8)


def test_the_area_is_black_and_the_rest_is_as_it_was() -> None:
    image = white()
    masked = PrivacyMask([RIGHT]).apply(Frame(image, 7.0))
    assert masked.captured_at == 7.0
    assert not masked.image[:, 40:].any()
    assert (masked.image[:, :36] == 255).all()


def test_the_original_does_not_survive_beside_the_masked_picture() -> None:
    image = white()
    masked = PrivacyMask([RIGHT]).apply(Frame(image, 0.0))
    assert masked.image is image
    assert not image[:, 40:].any()


def test_a_picture_that_must_not_be_written_is_copied() -> None:
    image = white()
    image.flags.writeable = False
    masked = PrivacyMask([RIGHT]).apply(Frame(image, 0.0))
    assert not masked.image[:, 40:].any()
    assert image.all()


@pytest.mark.parametrize("size", [(60, 80), (61, 83), (720, 1280), (17, 9)])
def test_whatever_an_area_touches_is_hidden(size: tuple[int, int]) -> None:
    height, width = size
    masked = PrivacyMask([SLANTED]).apply(Frame(white(*size), 0.0)).image
    weights = np.linspace(0, 1, 400)[:, None]
    for one, other in pairwise([*SLANTED, SLANTED[0]]):
        along = np.array(one) * weights + np.array(other) * (1 - weights)
        columns = (along[:, 0] * width).astype(int)
        rows = (along[:, 1] * height).astype(int)
        assert not masked[rows, columns].any()
    middle = np.mean(SLANTED, axis=0)
    assert not masked[int(middle[1] * height), int(middle[0] * width)].any()


def test_a_picture_of_another_size_gets_a_mask_of_its_own() -> None:
    mask = PrivacyMask([RIGHT, SLANTED])
    for size in ((60, 80), (60, 80), (30, 40), (60, 80), (90, 160)):
        masked = mask.apply(Frame(white(*size), 0.0)).image
        assert not masked[:, size[1] // 2 :].any()
        assert masked.any()


def test_without_areas_and_for_what_is_no_picture_nothing_is_done() -> None:
    frame = Frame(white(), 0.0)
    assert NO_MASK.apply(frame) is frame
    assert not NO_MASK.hides
    plane = Frame(np.zeros((9, 9), np.uint8), 0.0)
    assert PrivacyMask([RIGHT]).apply(plane) is plane
    assert PrivacyMask([RIGHT]).hides
