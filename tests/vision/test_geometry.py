"""Boxes and letterboxes: numbers that can be checked by hand, and greedy NMS as the reference."""

import math

import numpy as np
import pytest

from vision.datatypes import Box
from vision.errors import ImageError
from vision.geometry import (
    PADDING,
    check_image,
    input_size,
    inside_matrix,
    iou_matrix,
    letterbox,
    nms,
    whole_pixels,
)

type Row = tuple[float, float, float, float]

GREY = np.full((100, 200, 3), 90, np.uint8)


def boxes(*rows: Row) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def greedy(all_boxes: np.ndarray, labels: np.ndarray, limit: float) -> list[bool]:
    """Non-maximum suppression as everyone writes it down first."""
    stays = [True] * len(all_boxes)
    overlap = iou_matrix(all_boxes, all_boxes)
    for strong in range(len(all_boxes)):
        for weak in range(strong + 1, len(all_boxes)):
            if stays[strong] and labels[strong] == labels[weak] and overlap[strong, weak] > limit:
                stays[weak] = False
    return stays


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param((0, 0, 10, 10), (0, 0, 10, 10), 1.0, id="same"),
        pytest.param((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3, id="half shifted"),
        pytest.param((0, 0, 10, 10), (10, 0, 20, 10), 0.0, id="side by side"),
        pytest.param((0, 0, 10, 10), (30, 30, 40, 40), 0.0, id="apart"),
        pytest.param((0, 0, 10, 10), (2, 2, 7, 7), 0.25, id="inside"),
        pytest.param((5, 5, 5, 5), (5, 5, 5, 5), 0.0, id="no area"),
    ],
)
def test_iou_is_intersection_over_union(first: Row, second: Row, expected: float) -> None:
    assert iou_matrix(boxes(first), boxes(second)) == pytest.approx(np.array([[expected]]))


def test_matrices_have_a_row_per_first_box_and_a_column_per_second() -> None:
    first, second = (
        boxes((0, 0, 4, 4), (0, 0, 8, 8)),
        boxes((0, 0, 4, 8), (1, 1, 2, 2), (9, 9, 9, 9)),
    )
    assert iou_matrix(first, second).shape == (2, 3)
    assert inside_matrix(first, second) == pytest.approx(
        np.array([[1.0, 1 / 16, 0.0], [0.5, 1 / 64, 0.0]])
    )


def test_the_stronger_of_two_boxes_on_one_thing_stays() -> None:
    found = boxes((0, 0, 10, 10), (1, 0, 11, 10), (50, 50, 60, 60))
    assert nms(found, np.zeros(3, np.intp), 0.5).tolist() == [True, False, True]


def test_boxes_of_different_kinds_do_not_suppress_each_other() -> None:
    found = boxes((0, 0, 10, 10), (1, 0, 11, 10))
    assert nms(found, np.array([0, 1]), 0.5).tolist() == [True, True]


def test_a_suppressed_box_suppresses_nothing() -> None:
    found = boxes((0, 0, 10, 10), (3, 0, 13, 10), (6, 0, 16, 10))
    assert nms(found, np.zeros(3, np.intp), 0.5).tolist() == [True, False, True]


def test_no_boxes_leave_no_boxes() -> None:
    assert nms(boxes(), np.zeros(0, np.intp), 0.5).tolist() == []


@pytest.mark.parametrize("seed", range(20))
def test_matrix_nms_is_greedy_nms(seed: int) -> None:
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 40, (80, 2))
    found = np.hstack([corners, corners + random.uniform(10, 30, (80, 2))]).astype(np.float32)
    labels = random.integers(0, 3, 80).astype(np.intp)
    assert nms(found, labels, 0.4).tolist() == greedy(found, labels, 0.4)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        pytest.param(416, 416, (416, 416), id="square"),
        pytest.param(3000, 3000, (416, 416), id="large square"),
        pytest.param(1080, 1920, (288, 512), id="wide"),
        pytest.param(1920, 1080, (512, 288), id="tall"),
        pytest.param(8, 8000, (32, 5408), id="a line"),
        pytest.param(8000, 8, (5408, 32), id="a column"),
    ],
)
def test_input_has_the_shape_of_the_picture(
    height: int, width: int, expected: tuple[int, int]
) -> None:
    assert input_size(height, width, area=416 * 416, step=32) == expected


def test_no_other_input_of_the_same_area_shows_a_picture_larger() -> None:
    random = np.random.default_rng(1)
    for height, width in random.integers(20, 4000, (200, 2)).tolist():
        rows, columns = input_size(height, width, area=416 * 416, step=32)
        assert rows % 32 == 0
        assert columns % 32 == 0
        assert rows * columns <= 416 * 416
        best = max(
            min(a * 32 / height, b * 32 / width) for a in range(1, 170) for b in [169 // a] if b
        )
        assert min(rows / height, columns / width) == pytest.approx(best, rel=1e-6)


def test_a_picture_is_drawn_top_left_and_the_rest_is_padding() -> None:
    canvas = np.zeros((64, 64, 3), np.uint8)
    assert letterbox(GREY, canvas) == (0.32, 0.32)
    assert (canvas[:32] == 90).all()
    assert (canvas[32:] == PADDING).all()


def test_a_tall_picture_is_padded_on_the_right() -> None:
    canvas = np.zeros((64, 64, 3), np.uint8)
    assert letterbox(GREY.transpose(1, 0, 2), canvas) == (0.32, 0.32)
    assert (canvas[:, :32] == 90).all()
    assert (canvas[:, 32:] == PADDING).all()


def test_a_small_picture_is_enlarged() -> None:
    canvas = np.zeros((64, 96, 3), np.uint8)
    assert letterbox(GREY[:16, :16], canvas) == (4.0, 4.0)
    assert (canvas[:, :64] == 90).all()


def test_a_picture_thinner_than_a_pixel_keeps_one() -> None:
    canvas = np.zeros((32, 64, 3), np.uint8)
    scale_x, scale_y = letterbox(np.full((8, 6400, 3), 90, np.uint8), canvas)
    assert scale_x == 0.01
    assert scale_y == 1 / 8
    assert (canvas[0] == 90).all()


def test_a_mirrored_picture_is_padded_on_the_same_side() -> None:
    picture = np.zeros((200, 100, 3), np.uint8)
    picture[:, 50:] = 200
    canvas = np.zeros((64, 64, 3), np.uint8)
    assert letterbox(picture, canvas, mirrored=True) == (0.32, 0.32)
    assert (canvas[:, :15] == 200).all()
    assert (canvas[:, 17:32] == 0).all()
    assert (canvas[:, 32:] == PADDING).all()


def test_a_view_is_drawn_like_its_copy() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (90, 120, 3), np.uint8)
    view = picture[10:80:2, 100:20:-1]
    first, second = np.zeros((2, 64, 64, 3), np.uint8)
    assert not view.flags.c_contiguous
    assert letterbox(view, first) == letterbox(view.copy(), second)
    assert (first == second).all()


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((1, 1, 3), np.uint8), id="one pixel"),
        pytest.param(np.zeros((0, 0, 3), np.uint8), id="empty"),
        pytest.param(np.zeros((4000, 7, 3), np.uint8), id="too thin"),
        pytest.param(np.zeros((64, 64), np.uint8), id="grey"),
        pytest.param(np.zeros((64, 64, 4), np.uint8), id="with transparency"),
        pytest.param(np.zeros((64, 64, 3), np.float32), id="not bytes"),
    ],
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ImageError):
        check_image(image)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        pytest.param((10.2, 20.9, 60.1, 80.0), (10, 20, 61, 80), id="grown to whole pixels"),
        pytest.param((-30, -1, 500, 400), (0, 0, 200, 100), id="cut to the picture"),
    ],
)
def test_a_region_is_whole_pixels_of_the_picture(region: Row, expected: Row) -> None:
    assert whole_pixels(Box(*region), GREY) == expected


@pytest.mark.parametrize(
    "region",
    [
        pytest.param((300, 10, 400, 90), id="beside the picture"),
        pytest.param((10, 10, 12, 90), id="too thin"),
        pytest.param((90, 90, 10, 10), id="inside out"),
        pytest.param((math.nan, 0, 50, 50), id="not a number"),
        pytest.param((0, 0, math.inf, 50), id="endless"),
    ],
)
def test_a_region_without_pixels_is_refused(region: Row) -> None:
    with pytest.raises(ImageError):
        whole_pixels(Box(*region), GREY)
