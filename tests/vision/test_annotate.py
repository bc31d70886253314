"""Pictures drawn for people, and pictures read from anywhere."""

import numpy as np
import pytest

from vision.annotate import annotate, decode_image, draw_zones, encode_jpeg
from vision.datatypes import Box, Detection, Kind, RgbImage
from vision.errors import ImageError
from vision.zones import Zone

from .made_pictures import gradient

GREY = 90


def plain(width: int = 320, height: int = 240) -> RgbImage:
    return np.full((height, width, 3), GREY, np.uint8)


def person(x1: float, y1: float, x2: float, y2: float, confidence: float = 0.92) -> Detection:
    return Detection(Box(x1, y1, x2, y2), Kind.PERSON, confidence)


def changed(image: RgbImage) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of everything that is no longer grey."""
    rows, columns = np.nonzero((image != GREY).any(axis=2))
    if not rows.size:
        return None
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


class TestAnnotate:
    def test_the_picture_itself_is_left_alone(self) -> None:
        image = plain()
        image.flags.writeable = False
        drawn = annotate(image, [person(100, 100, 200, 200)], title="Front door")
        assert (image == GREY).all()
        assert drawn.shape == image.shape
        assert drawn.dtype == np.uint8
        assert drawn.flags.writeable

    def test_nothing_seen_draws_nothing(self) -> None:
        assert changed(annotate(plain(), [])) is None

    def test_the_box_runs_along_the_edge_and_leaves_the_inside_free(self) -> None:
        drawn = annotate(plain(), [person(100, 100, 200, 200)])
        assert tuple(drawn[150, 100]) == (255, 179, 0)
        assert tuple(drawn[199, 150]) == (255, 179, 0)
        assert (drawn[106:194, 106:194] == GREY).all()

    @pytest.mark.parametrize("kind", Kind)
    def test_every_kind_has_a_colour_of_its_own(self, kind: Kind) -> None:
        colours = {
            tuple(annotate(plain(), [Detection(Box(100, 100, 200, 200), k, 0.5)])[150, 100])
            for k in Kind
        }
        assert len(colours) == len(Kind)

    def test_lines_and_letters_grow_with_the_picture(self) -> None:
        def label_height(width: int, height: int) -> int:
            box = person(width / 2, height / 2, width / 2 + width / 4, height)
            area = changed(annotate(plain(width, height), [box]))
            assert area is not None
            return height // 2 - area[1]

        assert label_height(320, 240) >= 15
        assert label_height(1280, 720) == pytest.approx(3 * label_height(320, 240), rel=0.15)

    @pytest.mark.parametrize(
        "box",
        [
            pytest.param((100, 0, 200, 60), id="at the top"),
            pytest.param((0, 180, 100, 239), id="at the bottom"),
            pytest.param((300, 100, 320, 140), id="at the right edge"),
            pytest.param((-50, -50, 400, 400), id="larger than the picture"),
        ],
    )
    def test_a_label_stays_inside_the_picture(self, box: tuple[int, int, int, int]) -> None:
        drawn = annotate(plain(), [person(*box)])
        ground = (drawn == (255, 179, 0)).all(axis=2)
        # A row of the label is far longer than a line of the box is wide.
        assert (np.count_nonzero(ground, axis=1) > 40).any()
        ink = (drawn < 60).all(axis=2)
        assert ink.any()

    def test_a_label_goes_where_it_covers_no_other(self) -> None:
        boxes = [person(100, 100, 140, 200), person(104, 102, 144, 202, 0.5)]
        drawn = annotate(plain(), boxes)
        area = changed(drawn)
        assert area is not None
        assert area[1] < 98  # the surest above its box
        one = annotate(plain(), boxes[:1])
        assert (drawn[area[1] : 98] == one[area[1] : 98]).all()

    def test_in_a_crowd_the_surest_keep_their_labels(self) -> None:
        crowd = [person(100, 100, 110, 120, i / 50) for i in range(50)]
        drawn = annotate(plain(), crowd)
        best = annotate(plain(), crowd[-1:])
        above = slice(0, 95)
        assert (drawn[above] == best[above]).all()

    def test_a_title_stands_in_the_lower_left_corner(self) -> None:
        area = changed(annotate(plain(), [], title="Front door 21:14"))
        assert area is not None
        assert area[0] == 0
        assert area[3] == 239
        assert area[2] < 319

    def test_a_long_title_shrinks_to_fit(self) -> None:
        area = changed(annotate(plain(), [], title="The camera over the door " * 3))
        assert area is not None
        assert area[2] <= 319
        assert 239 - area[3] == 0
        assert 0 < area[3] - area[1] < 12

    def test_labels_can_be_given_in_another_language(self) -> None:
        box = [person(100, 100, 200, 200)]
        english = annotate(plain(), box)
        other = annotate(plain(), box, labels={Kind.PERSON: "Mensch"})
        assert (english != other).any()

    @pytest.mark.parametrize(
        "box",
        [(400, 10, 500, 20), (10, 10, 10, 20), (30, 10, 20, 20), (-20, 0, -10, 9)],
        ids=["outside", "no width", "turned round", "left of it"],
    )
    def test_a_box_without_a_visible_part_is_not_drawn(
        self, box: tuple[int, int, int, int]
    ) -> None:
        assert changed(annotate(plain(), [person(*box)])) is None

    @pytest.mark.parametrize("size", [(1, 1), (2, 400), (400, 2), (16, 12)])
    def test_tiny_pictures_are_no_trouble(self, size: tuple[int, int]) -> None:
        drawn = annotate(plain(*size), [person(0, 0, *size)], title="Door")
        assert drawn.shape == (size[1], size[0], 3)

    @pytest.mark.parametrize(
        "image",
        [
            np.zeros((0, 0, 3), np.uint8),
            np.zeros((4, 4), np.uint8),
            np.zeros((4, 4, 4), np.uint8),
            np.zeros((4, 4, 3), np.float32),
        ],
        ids=["empty", "grey", "with alpha", "floats"],
    )
    def test_what_is_no_picture_is_refused(self, image: RgbImage) -> None:
        with pytest.raises(ImageError):
            annotate(image, [])
        with pytest.raises(ImageError):
            encode_jpeg(image)


class TestEncodeJpeg:
    def test_it_comes_back_nearly_the_same(self) -> None:
        image = np.asarray(gradient(160, 120))
        back = decode_image(encode_jpeg(image, quality=95))
        assert np.abs(back.astype(int) - image).mean() < 6

    def test_less_quality_is_fewer_bytes(self) -> None:
        image = np.asarray(gradient(160, 120))
        assert len(encode_jpeg(image, quality=30)) < len(encode_jpeg(image))

    def test_a_part_of_a_larger_picture_can_be_encoded(self) -> None:
        part = np.asarray(gradient(160, 120))[10:50, 20:90]
        assert decode_image(encode_jpeg(part)).shape == (40, 70, 3)

    def test_more_than_jpeg_can_hold_is_refused(self) -> None:
        with pytest.raises(ImageError):
            encode_jpeg(np.zeros((1, 70_000, 3), np.uint8))


class TestDrawZones:
    def test_without_zones_nothing_is_drawn(self) -> None:
        image = plain()
        image.flags.writeable = False
        assert changed(draw_zones(image, [])) is None

    @pytest.mark.parametrize(
        ("exclude", "colour"), [(False, (129, 199, 132)), (True, (239, 83, 80))]
    )
    def test_the_outline_shows_where_the_zone_is_and_what_it_does(
        self, exclude: bool, colour: tuple[int, int, int]
    ) -> None:
        zone = Zone("Garden", ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75)), exclude=exclude)
        drawn = draw_zones(plain(), [zone])
        assert tuple(drawn[90, 239]) == colour
        assert (drawn[150, 60:100] == GREY).all()
        assert (drawn[120:124, 215:225] == GREY).all()
        assert changed(drawn) == pytest.approx((78, 58, 241, 181), abs=2)

    def test_the_name_stays_inside_the_picture(self) -> None:
        zone = Zone("Behind the house", ((0.9, 0.98), (1, 0.98), (1, 1)))
        drawn = draw_zones(plain(), [zone])
        assert (drawn[216:238, 150:300] < 60).all(axis=2).any()

    def test_what_is_no_picture_is_refused(self) -> None:
        with pytest.raises(ImageError):
            draw_zones(np.zeros((0, 0, 3), np.uint8), [])
