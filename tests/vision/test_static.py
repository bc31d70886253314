"""What stands still from one motion to the next."""

from collections.abc import Callable
from dataclasses import replace
import json
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
import pytest

from vision.datatypes import Box, Kind, RgbImage, Texture
from vision.static import (
    FORGET_AFTER_S,
    MOST_THINGS,
    PROVEN_AFTER_S,
    SAME_LOOK,
    Mean,
    Thing,
    overlap,
    read_things,
    remember,
    shares,
    texture,
)

NOW = 1_800_000_000.0
PLACE = Box(0.2, 0.2, 0.4, 0.8)
WHERE = Box(100, 40, 180, 220)
NOISE = np.random.default_rng(1)


def figure(pose: int = 0, size: tuple[int, int] = (320, 240)) -> RgbImage:
    """Return a picture of a figure in front of a wall."""
    picture = Image.new("RGB", size, (140, 150, 135))
    draw = ImageDraw.Draw(picture)
    for y in range(0, size[1], 24):
        draw.line((0, y, size[0], y), fill=(110, 115, 105), width=2)
    lean, spread = 12 * pose, 8 + 14 * pose
    draw.ellipse((125 + lean, 45, 155 + lean, 80), fill=(205, 170, 150))
    draw.polygon([(118 + lean, 82), (162 + lean, 82), (158, 150), (122, 150)], fill=(50, 60, 120))
    draw.line((120 + lean, 90, 105 - spread, 135 - 30 * pose), fill=(50, 60, 120), width=10)
    draw.polygon([(124, 150), (156, 150), (150 + spread, 215), (140, 160)], fill=(35, 35, 40))
    draw.polygon([(124, 150), (140, 160), (128 - spread, 215)], fill=(35, 35, 40))
    return np.array(picture)


def look(image: RgbImage, box: Box = WHERE) -> Texture:
    found = texture(image, box)
    assert found is not None
    return found


def like(one: Texture, other: Texture) -> float:
    return float(np.dot(one, other))


def bytes_of(values: Any) -> RgbImage:
    return np.clip(values, 0, 255).astype(np.uint8)


def grey(image: RgbImage) -> RgbImage:
    return np.repeat(image.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)


def noisy(image: RgbImage, strength: float = 8) -> RgbImage:
    return bytes_of(image + NOISE.normal(0, strength, image.shape))


@pytest.mark.parametrize(
    "light",
    [
        pytest.param(grey, id="infrared"),
        pytest.param(lambda image: bytes_of(image * 0.35), id="dark"),
        pytest.param(lambda image: noisy(grey(bytes_of(image * 0.45)), 4), id="night"),
        pytest.param(noisy, id="noisy"),
        pytest.param(lambda image: bytes_of(255 * (image / 255) ** 0.5), id="bright"),
    ],
)
def test_a_thing_looks_the_same_in_any_light(light: Callable[[RgbImage], RgbImage]) -> None:
    assert like(look(figure()), look(light(figure()))) >= SAME_LOOK


def test_it_looks_the_same_in_a_box_that_trembles() -> None:
    assert like(look(figure()), look(figure(), Box(102, 38, 179, 222))) >= SAME_LOOK


def test_somebody_in_another_pose_or_another_thing_does_not() -> None:
    first = look(figure())
    assert like(first, look(figure(pose=2))) < SAME_LOOK
    assert like(first, look(np.rot90(figure(), axes=(1, 0)), Box(40, 100, 220, 180))) < SAME_LOOK


@pytest.mark.parametrize(
    "box", [Box(10, 10, 12, 100), Box(10, 10, 100, 12), Box(400, 300, 500, 400)]
)
def test_what_is_too_small_or_outside_has_no_look(box: Box) -> None:
    assert texture(figure(), box) is None


def test_a_plain_patch_has_no_look() -> None:
    assert texture(np.full((240, 320, 3), 90, np.uint8), WHERE) is None


def test_the_mean_of_several_looks_is_a_look() -> None:
    mean = Mean()
    assert mean.value is None
    for one in (look(figure()), None, look(noisy(figure()))):
        mean.add(one)
    assert mean.value is not None
    assert np.linalg.norm(mean.value) == pytest.approx(1)
    assert like(mean.value, look(figure())) > SAME_LOOK


def statue(box: Box = PLACE, first: float = NOW, last: float = NOW, pose: int = 0) -> Thing:
    return Thing(Kind.PERSON, box, look(figure(pose)), first, last)


PROVEN = statue(first=NOW - 2 * PROVEN_AFTER_S)


def test_only_the_same_kind_of_thing_in_the_same_place_is_that_thing() -> None:
    known = statue()
    assert known.is_like(Kind.PERSON, PLACE, known.look)
    assert not known.is_like(Kind.ANIMAL, PLACE, known.look)
    assert not known.is_like(Kind.PERSON, Box(0.4, 0.2, 0.6, 0.8), known.look)
    assert not known.is_like(Kind.PERSON, PLACE, look(figure(pose=2)))


def test_what_stood_still_is_kept_and_counted() -> None:
    (kept,) = remember([], [statue()], (), NOW)
    later = NOW + 600
    (again,) = remember([kept], [replace(statue(), last_seen=later)], {0}, later)
    assert (again.sessions, again.first_seen, again.last_seen) == (2, NOW, later)
    assert like(again.look, kept.look) == pytest.approx(1, abs=1e-3)


def test_another_look_in_the_same_place_is_another_thing() -> None:
    assert len(remember([statue()], [statue(pose=2)], {0}, NOW)) == 2


def test_who_waited_at_the_door_once_is_forgotten_when_the_door_is_free() -> None:
    assert remember([statue()], [], (), NOW + 60) == ()
    assert remember([statue()], [], {0}, NOW + 60) != ()


def test_a_thing_that_stood_there_for_long_outlasts_not_being_seen() -> None:
    assert remember([PROVEN], [], (), NOW + 60) == (PROVEN,)
    assert remember([PROVEN], [], (), NOW + FORGET_AFTER_S) == (PROVEN,)
    assert remember([PROVEN], [], (), NOW + FORGET_AFTER_S + 1) == ()


def test_of_many_things_those_seen_last_are_kept() -> None:
    many = [
        statue(Box(n / 40, 0, n / 40 + 0.02, 0.5), NOW - PROVEN_AFTER_S, NOW + n)
        for n in range(MOST_THINGS + 5)
    ]
    kept = remember(many, [], (), NOW + 100)
    assert [one.last_seen - NOW for one in kept] == list(range(5, MOST_THINGS + 5))


def test_things_come_back_from_storage_as_they_were() -> None:
    (back,) = read_things(json.loads(json.dumps([PROVEN.as_dict()])))
    assert (back.kind, back.sessions) == (PROVEN.kind, PROVEN.sessions)
    assert (back.first_seen, back.last_seen) == (PROVEN.first_seen, PROVEN.last_seen)
    assert back.box == pytest.approx(PROVEN.box, abs=1e-3)
    assert like(back.look, PROVEN.look) > 0.99
    assert len(json.dumps(PROVEN.as_dict())) < 400


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(None, id="nothing"),
        pytest.param("x", id="text"),
        pytest.param([7], id="number"),
        pytest.param([{}], id="empty"),
        *(
            pytest.param([{**PROVEN.as_dict(), key: value}], id=f"{key}={value!r}")
            for key, value in {
                "kind": "ghost",
                "box": [0, 0, 1, float("nan")],
                "look": "AAAA",
                "first_seen": None,
                "sessions": float("inf"),
            }.items()
        ),
        pytest.param([{**PROVEN.as_dict(), "box": [1, 2]}], id="half a box"),
        pytest.param([{**PROVEN.as_dict(), "look": "?"}], id="no base64"),
        pytest.param([{**PROVEN.as_dict(), "look": "/w=="}], id="short look"),
    ],
)
def test_what_is_unreadable_in_storage_is_left_out(stored: object) -> None:
    assert read_things(stored) == ()
    readable = [*stored, PROVEN.as_dict()] if isinstance(stored, list) else [PROVEN.as_dict()]
    assert len(read_things(readable)) == 1


def test_boxes_are_compared_by_what_they_share() -> None:
    assert overlap(PLACE, PLACE) == pytest.approx(1)
    assert overlap(Box(0, 0, 1, 1), Box(0, 0, 1, 0.5)) == pytest.approx(0.5)
    assert overlap(Box(0, 0, 1, 1), Box(1, 0, 2, 1)) == 0
    assert overlap(Box(0, 0, 1, 1), Box(0, 1, 1, 2)) == 0
    assert shares(Box(10, 20, 30, 40), (100, 200)) == Box(0.05, 0.2, 0.15, 0.4)
