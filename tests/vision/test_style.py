"""Picture styles: what is hidden cannot be found in what comes out."""

from io import BytesIO

from hypothesis import given, settings, strategies as st
import numpy as np
from PIL import Image
import pytest

from vision.crop import ChangeFinder
from vision.datatypes import Box, Detection, Frame, Kind, Observation, RgbImage
from vision.look import look
from vision.storyboard import Storyboard
from vision.style import GHOST_FRAMES, MARGIN, PictureStyle, apply_style, people_in

CHANCE = np.random.default_rng(7)
WIDTH, HEIGHT = 320, 240
MIDDLE = Box(100, 40, 180, 220)


def scene(width: int = WIDTH, height: int = HEIGHT) -> RgbImage:
    """Return a picture full of detail, coarse and fine."""
    coarse = CHANCE.integers(60, 200, (height // 8 + 1, width // 8 + 1, 3))
    blown = coarse.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
    return np.clip(blown + CHANCE.integers(-50, 50, blown.shape), 0, 255).astype(np.uint8)


def person(box: Box, confidence: float = 0.9, kind: Kind = Kind.PERSON) -> Detection:
    return Detection(box, kind, confidence)


def detail(image: RgbImage, box: Box) -> np.ndarray:
    """Return the steps between neighbours inside a box: what faces and letters are made of."""
    x1, y1 = max(0, int(box.x1)), max(0, int(box.y1))
    part = image[y1 : int(np.ceil(box.y2)), x1 : int(np.ceil(box.x2))].astype(float)
    return np.diff(np.diff(part, axis=0), axis=1).ravel()


def found_again(original: RgbImage, styled: RgbImage, box: Box) -> float:
    """Return how much of the detail of a box can be found in another picture, 0 to 1."""
    one, other = detail(original, box), detail(styled, box)
    if not other.any():
        return 0.0
    return float(abs(np.corrcoef(one, other)[0, 1]))


def sharpest(image: RgbImage, box: Box) -> float:
    return float(np.abs(detail(image, box)).max(initial=0))


edges = st.floats(-60, 380)


@given(
    st.tuples(edges, edges, st.floats(12, 260), st.floats(12, 260)),
    st.sampled_from([PictureStyle.BLURRED, PictureStyle.SILHOUETTE, PictureStyle.NONE]),
)
@settings(max_examples=60, deadline=None)
def test_nobody_can_be_found_again_wherever_they_stand(
    place: tuple[float, float, float, float], style: PictureStyle
) -> None:
    x, y, width, height = place
    box, image = Box(x, y, x + width, y + height), scene()
    before = image.copy()
    # Figures are drawn over the scene and have edges of their own; hidden people have none.
    styled = apply_style(image, (), style, [box])
    assert styled.shape == image.shape
    assert styled.dtype == np.uint8
    assert np.array_equal(image, before)
    visible = Box(max(0, x), max(0, y), min(WIDTH, x + width), min(HEIGHT, y + height))
    if visible.x2 - visible.x1 < 8 or visible.y2 - visible.y1 < 8:
        return
    assert found_again(image, styled, visible) < 0.15
    assert sharpest(styled, visible) < 0.25 * sharpest(image, visible)


@pytest.mark.parametrize("style", [PictureStyle.BLURRED, PictureStyle.SILHOUETTE])
def test_a_face_is_not_more_than_a_few_averages(style: PictureStyle) -> None:
    # Two faces of the same light and shade, part by part, that differ in everything else.
    image, other = scene(), scene()
    box = Box(120, 60, 200, 140)
    for picture in (image, other):
        part = picture[40:160, 100:220]
        blocks = part.reshape(6, 20, 6, 20, 3).astype(int)
        blocks += 128 - blocks.mean(axis=(1, 3), keepdims=True).astype(int)
        picture[40:160, 100:220] = np.clip(blocks.reshape(part.shape), 0, 255).astype(np.uint8)

    def difference(one: RgbImage, two: RgbImage) -> float:
        face = np.s_[70:130, 130:190]
        return float(np.abs(one[face].astype(int) - two[face]).mean())

    hidden = [apply_style(picture, (), style, [box]) for picture in (image, other)]
    assert difference(*hidden) < 0.25 * difference(image, other)


def test_the_scene_around_the_people_stays_as_it_is() -> None:
    image = scene()
    styled = apply_style(image, [person(MIDDLE)], PictureStyle.BLURRED)
    room_x, room_y = MARGIN * 80 + 1, MARGIN * 180 + 1
    mask = np.ones((HEIGHT, WIDTH), bool)
    mask[int(40 - room_y) : int(221 + room_y), int(100 - room_x) : int(181 + room_x)] = False
    assert np.array_equal(styled[mask], image[mask])
    assert mask.mean() > 0.5


def test_hair_and_hands_outside_the_box_are_hidden_too() -> None:
    image = scene()
    styled = apply_style(image, [person(MIDDLE)], PictureStyle.BLURRED)
    assert found_again(image, styled, Box(90, 20, 190, 236)) < 0.15


def test_where_two_overlap_the_coarser_one_wins() -> None:
    image = scene()
    head = Box(125, 45, 155, 75)
    both = apply_style(image, [person(head), person(MIDDLE)], PictureStyle.BLURRED)
    alone = apply_style(image, [person(head)], PictureStyle.BLURRED)
    assert sharpest(both, head) < sharpest(alone, head)


@pytest.mark.parametrize("kind", [Kind.ANIMAL, Kind.VEHICLE])
def test_animals_and_vehicles_are_shown(kind: Kind) -> None:
    image = scene()
    seen = [person(MIDDLE, kind=kind)]
    assert apply_style(image, seen, PictureStyle.BLURRED) is image


def test_everything_is_shown_in_full_and_nothing_in_none() -> None:
    image = scene()
    assert apply_style(image, [person(MIDDLE)], PictureStyle.FULL) is image
    assert not apply_style(image, [person(MIDDLE)], PictureStyle.NONE).any()


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(MIDDLE, id="upright"),
        pytest.param(Box(40, 100, 300, 180), id="lying"),
        pytest.param(Box(-50, -30, 30, 90), id="at the edge"),
        pytest.param(Box(50, 50, 53, 70), id="tiny"),
    ],
)
def test_a_silhouette_shows_where_somebody_is_and_nothing_else(box: Box) -> None:
    image = scene()
    empty = apply_style(image, (), PictureStyle.SILHOUETTE)
    styled = apply_style(image, [person(box)], PictureStyle.SILHOUETTE)
    changed = (styled != empty).any(axis=2)
    assert changed.any()
    rows, columns = np.nonzero(changed)
    assert columns.min() >= max(0, box.x1 - 1)
    assert rows.min() >= max(0, box.y1 - 1)
    assert columns.max() <= box.x2 + 1
    assert rows.max() <= box.y2 + 1
    # The scene itself has no detail, whoever may stand in it unseen.
    assert found_again(image, empty, Box(0, 0, WIDTH, HEIGHT)) < 0.05


def test_who_is_farthest_is_not_hidden_behind_the_others() -> None:
    near, far = person(Box(60, 20, 200, 230)), person(Box(90, 60, 130, 140))
    one = apply_style(scene(), [near, far], PictureStyle.SILHOUETTE)
    two = apply_style(scene(), [far, near], PictureStyle.SILHOUETTE)
    assert (one[60:140, 90:130] > 200).any()
    assert (two[60:140, 90:130] > 200).any()


def test_a_box_outside_the_picture_changes_nothing() -> None:
    image = scene()
    assert apply_style(image, [person(Box(900, 10, 950, 90))], PictureStyle.BLURRED) is image


def test_who_is_lost_for_a_moment_is_still_hidden() -> None:
    here, there = Box(10, 10, 30, 60), Box(200, 10, 220, 60)
    assert people_in([person(here, 0.16)]) == (here,)
    assert people_in([person(here, kind=Kind.ANIMAL)]) == ()
    assert people_in([], [(here,), (there,)]) == (here, there)
    near = Box(12, 10, 32, 60)
    assert people_in([person(near)], [(here, there)]) == (near, there)


class Flickering:
    """Stands in for a network that sees somebody in the first frame only."""

    def __init__(self) -> None:
        self.looks = 0

    def look(
        self, image: RgbImage, region: Box | None = None, min_confidence: float = 0.05
    ) -> list[Detection]:
        self.looks += 1
        return [person(MIDDLE, 0.2)] if self.looks == 1 else []


def test_a_look_remembers_who_was_there_for_a_few_frames() -> None:
    changes, network = ChangeFinder(), Flickering()
    looks = [look(network, changes, lambda: Frame(scene(), 0.0)) for _ in range(GHOST_FRAMES + 2)]
    people = [() if one is None else one.people for one in looks]
    assert people == [(MIDDLE,)] * (GHOST_FRAMES + 1) + [()]


@pytest.mark.parametrize("style", [PictureStyle.BLURRED, PictureStyle.SILHOUETTE])
def test_the_frames_of_a_preview_show_nobody(style: PictureStyle) -> None:
    where = Box(*(3 * side for side in MIDDLE))
    frames, board = [scene(960, 720) for _ in range(4)], Storyboard(style=style)
    for number, image in enumerate(frames):
        board.add(Observation(Frame(image, float(number)), (), people=(where,)))
    data = board.encode()
    assert data is not None
    moving = Image.open(BytesIO(data))
    small = Box(*(side * moving.width / WIDTH for side in MIDDLE))
    for number, image in enumerate(frames):
        moving.seek(number)
        meant = Image.fromarray(image).resize(moving.size, Image.Resampling.BOX)
        shown = np.asarray(moving.convert("RGB"))
        assert found_again(np.asarray(meant), shown, small) < 0.15


def test_a_preview_shows_whom_it_names_as_figures() -> None:
    board = Storyboard(style=PictureStyle.SILHOUETTE)
    for number in range(2):
        board.add(Observation(Frame(scene(), float(number)), (person(MIDDLE),)))
    data = board.encode()
    assert data is not None
    shown = np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)
    assert shown[150, 140].max() < 90


def test_no_preview_is_kept_of_what_must_not_be_shown() -> None:
    board = Storyboard(style=PictureStyle.NONE)
    for number in range(4):
        board.add(Observation(Frame(scene(), float(number)), (person(MIDDLE),)))
    assert len(board) == 0
    assert board.encode() is None
