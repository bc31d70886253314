"""What moved, and where a closer look is worth it."""

import numpy as np
from PIL import Image, ImageDraw
import pytest

from vision.crop import ChangeFinder
from vision.datatypes import Box, Detection, Kind, RgbImage

WIDTH, HEIGHT = 1280, 720


def scene(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (WIDTH, HEIGHT)) -> RgbImage:
    """Return a textured ground with a bright box for each thing."""
    x, y = np.arange(size[0]), np.arange(size[1])
    ground = (90 + 30 * ((x[None] // 20 + y[:, None] // 20) % 2)).astype(np.uint8)
    picture = Image.fromarray(np.repeat(ground[:, :, None], 3, axis=2))
    draw = ImageDraw.Draw(picture)
    for box in boxes:
        draw.rectangle(box, fill=(240, 230, 220))
    return np.asarray(picture)


def noisy(image: RgbImage, seed: int, level: float = 6) -> RgbImage:
    noise = np.random.default_rng(seed).normal(0, level, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def holds(region: Box | None, x: float, y: float) -> bool:
    return region is not None and region.x1 < x < region.x2 and region.y1 < y < region.y2


def person(box: Box, confidence: float) -> Detection:
    return Detection(box, Kind.PERSON, confidence)


def test_the_region_is_a_square_around_what_moved() -> None:
    changes = ChangeFinder()
    assert changes.update(scene((300, 400, 320, 450))) is None, "nothing to compare with"
    region = changes.update(scene((310, 400, 330, 450)))
    assert region is not None
    assert holds(region, 315, 425)
    assert region.x2 - region.x1 == pytest.approx(region.y2 - region.y1)
    assert 0.25 * HEIGHT <= region.x2 - region.x1 <= 0.7 * HEIGHT


@pytest.mark.parametrize(
    "corner", [(0, 0), (WIDTH - 20, 0), (0, HEIGHT - 40), (WIDTH - 20, HEIGHT - 40)]
)
def test_the_region_stays_inside_the_picture(corner: tuple[int, int]) -> None:
    changes = ChangeFinder()
    changes.update(scene())
    region = changes.update(scene((*corner, corner[0] + 19, corner[1] + 39)))
    assert region is not None
    assert min(region) >= 0
    assert region.x2 <= WIDTH
    assert region.y2 <= HEIGHT
    assert holds(region, corner[0] + 10, corner[1] + 20)


def test_nothing_moves_in_a_still_and_noisy_picture() -> None:
    changes = ChangeFinder()
    ground = scene((300, 300, 360, 460))
    assert [changes.update(noisy(ground, seed)) for seed in range(8)] == [None] * 8


@pytest.mark.parametrize("level", [-40, -5, 5, 40])
def test_light_that_changes_is_no_motion(level: int) -> None:
    changes = ChangeFinder()
    ground = scene((300, 300, 360, 460))
    brighter = np.clip(ground.astype(int) + level, 0, 255).astype(np.uint8)
    changes.update(ground)
    assert changes.update(brighter) is None
    assert changes.moved(Box(300, 300, 360, 460)) == 0
    assert changes.update(brighter) is None
    assert changes.update(scene((300, 300, 360, 460), (900, 300, 930, 380))) is not None or level


def test_motion_is_found_again_right_after_the_light_has_changed() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    dark = (scene() * 0.5).astype(np.uint8)
    changes.update(dark)
    assert holds(changes.update((scene((600, 300, 630, 380)) * 0.5).astype(np.uint8)), 615, 340)


def test_a_picture_that_changes_everywhere_points_nowhere() -> None:
    changes = ChangeFinder()
    for seed in range(4):
        picture = np.random.default_rng(seed).integers(0, 255, (9, 16, 3), np.uint8)
        everywhere = np.asarray(Image.fromarray(picture).resize((WIDTH, HEIGHT), 0))
        assert changes.update(everywhere) is None


def test_what_is_large_needs_no_closer_look() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    assert changes.update(scene((300, 100, 700, 700))) is None


def test_two_things_that_move_are_looked_at_in_turn() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    looks = []
    for step in range(1, 7):
        image = scene(
            (100 + 20 * step, 100, 140 + 20 * step, 200),
            (1000, 400 + 20 * step, 1020, 450 + 20 * step),
        )
        region = changes.update(image)
        assert region is not None
        looks.append("left" if region.x2 < 700 else "right")
    assert looks[0] == "left", "the larger first"
    assert set(looks) == {"left", "right"}


def test_what_is_recognised_already_comes_last() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    car, walker = (200, 100, 320, 180), (1000, 500, 1020, 550)
    changes.remember([Detection(Box(190, 90, 330, 190), Kind.VEHICLE, 0.9)])
    assert holds(changes.update(scene(car, walker)), 1010, 525)


def test_an_arm_that_moves_is_looked_at_with_its_person() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    changes.remember([person(Box(400, 300, 460, 420), 0.4)])
    region = changes.update(scene((440, 330, 460, 400)))
    assert holds(region, 405, 305)
    assert holds(region, 455, 415)


def test_something_huge_that_was_seen_does_not_swallow_what_moves_in_it() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    changes.remember([person(Box(0, 0, 1200, 700), 0.4)])
    region = changes.update(scene((440, 330, 460, 380)))
    assert region is not None
    assert region.x2 - region.x1 < 300


def test_what_was_hardly_seen_or_lies_elsewhere_changes_nothing() -> None:
    moved = scene((440, 330, 460, 380))
    regions = []
    for seen in ([], [person(Box(430, 320, 470, 390), 0.05)], [person(Box(900, 0, 940, 80), 0.9)]):
        changes = ChangeFinder()
        changes.update(scene())
        changes.remember(seen)
        regions.append(changes.update(moved))
    assert regions[0] == regions[1] == regions[2]


def test_a_doubtful_person_is_looked_at_even_if_it_stands_still() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    changes.remember([person(Box(900, 300, 930, 390), 0.35)])
    assert holds(changes.update(scene()), 915, 345)
    changes.remember([person(Box(900, 300, 930, 390), 0.9)])
    assert changes.update(scene()) is None
    changes.remember([Detection(Box(900, 300, 930, 390), Kind.VEHICLE, 0.35)])
    assert changes.update(scene()) is None


def test_the_share_of_a_box_that_moved() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    changes.update(scene((400, 200, 480, 400)))
    assert changes.moved(Box(400, 200, 480, 400)) > 0.9
    assert 0.3 < changes.moved(Box(320, 200, 480, 400)) < 0.6
    assert changes.moved(Box(800, 200, 880, 400)) == 0
    assert changes.moved(Box(410, 210, 410, 210)) == 1, "even a box without area has a place"
    assert changes.moved(Box(5000, 5000, 5001, 5001)) == 0


def test_a_camera_that_changes_its_resolution_starts_afresh() -> None:
    changes = ChangeFinder()
    changes.update(scene())
    assert changes.update(scene(size=(640, 480))) is None
    assert changes.update(scene((300, 200, 320, 240), size=(640, 480))) is not None


@pytest.mark.parametrize("size", [(2, 2), (3, 2), (8, 4000), (4000, 8), (161, 90), (7680, 4320)])
def test_pictures_of_any_shape_can_be_compared(size: tuple[int, int]) -> None:
    changes = ChangeFinder()
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    assert changes.update(picture) is None
    assert changes.update(picture) is None
    assert changes.moved(Box(0, 0, *size)) == 0
