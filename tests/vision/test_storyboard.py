"""Moving previews: small, spread over the session, and never too large."""

from io import BytesIO

from hypothesis import given, settings, strategies as st
import numpy as np
from PIL import Image
import pytest

from vision.datatypes import Box, Detection, Frame, Kind, Observation, RgbImage
from vision.errors import ImageError
from vision.storyboard import MAX_BYTES, MOST, Storyboard, encode_storyboard


def plain(level: int = 90, width: int = 640, height: int = 360) -> RgbImage:
    return np.full((height, width, 3), level, np.uint8)


def noise(width: int = 640, height: int = 360) -> RgbImage:
    return np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)


def observation(at: float, confidence: float = 0.0, image: RgbImage | None = None) -> Observation:
    box = Box(0, 0, 10, 10)
    found = (Detection(box, Kind.PERSON, confidence),) if confidence else ()
    return Observation(Frame(plain() if image is None else image, at), found)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def shown_ms(picture: Image.Image) -> list[int]:
    durations = []
    for index in range(getattr(picture, "n_frames", 1)):
        picture.seek(index)
        durations.append(int(picture.info["duration"]))
    return durations


def test_frames_follow_each_other_and_start_over() -> None:
    picture = opened(encode_storyboard([plain(20), plain(120), plain(220)], frame_s=0.5))
    assert (picture.format, picture.size, picture.info["loop"]) == ("GIF", (480, 270), 0)
    assert shown_ms(picture) == [500, 500, 1000]
    levels = []
    for index in range(3):
        picture.seek(index)
        levels.append(np.asarray(picture.convert("RGB"))[0, 0, 0])
    assert np.allclose(levels, [20, 120, 220], atol=4)


def test_a_small_picture_is_not_enlarged_and_others_take_the_size_of_the_first() -> None:
    picture = opened(encode_storyboard([plain(width=100, height=50), plain(200)]))
    assert picture.size == (100, 50)
    picture.seek(1)
    assert picture.size == (100, 50)


def test_an_upright_picture_is_as_small_as_a_lying_one() -> None:
    assert opened(encode_storyboard([plain(width=360, height=640)])).size == (270, 480)


def test_the_worst_picture_fits_too() -> None:
    data = encode_storyboard([noise(640 + i) for i in range(MOST)])
    assert 0 < len(data) <= MAX_BYTES
    assert opened(data).size[0] >= 160


def test_a_preview_gets_poorer_until_it_fits() -> None:
    frames = [noise(640 + i) for i in range(3)]
    sizes = [
        opened(encode_storyboard(frames, max_bytes=most)).size[0]
        for most in (1_000_000, 100_000, 20_000)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3
    with pytest.raises(ImageError, match="too large"):
        encode_storyboard(frames, max_bytes=100)


def test_no_frames_are_no_preview() -> None:
    with pytest.raises(ImageError, match="no frames"):
        encode_storyboard([])
    board = Storyboard()
    assert board.encode() is None
    board.add(observation(0))
    assert board.encode() is None
    board.add(observation(1))
    assert board.encode() is not None


def test_what_is_kept_is_small_and_the_frame_itself_is_let_go() -> None:
    board, image = Storyboard(), plain()
    board.add(observation(0, image=image))
    (kept,) = board._kept
    assert kept.image.shape == (270, 480, 3)
    assert not np.shares_memory(kept.image, image)
    small = plain(width=40, height=30)
    board.add(observation(1, image=small))
    small[:] = 0
    assert board._kept[1].image.max() == 90


@given(st.lists(st.floats(0.01, 20), min_size=1, max_size=120), st.integers(1, 12))
@settings(deadline=None, max_examples=50)
def test_however_long_a_session_it_is_covered_from_beginning_to_end(
    gaps: list[float], most: int
) -> None:
    board, image = Storyboard(most), plain(width=8, height=8)
    times = [float(t) for t in np.cumsum(gaps)]
    for at in times:
        board.add(observation(at, 0.9, image))
    assert len(board) == min(most, len(times))
    assert board.times == sorted(board.times)
    assert board.times[-1] == times[-1]


def test_a_steady_session_is_covered_evenly() -> None:
    board, image = Storyboard(), plain(width=8, height=8)
    for index in range(300):
        board.add(observation(index / 5, 0.9, image))
    assert board.times[0] == 0
    assert max(np.diff(board.times)) < 20


def test_frames_with_somebody_in_them_stay_rather_than_empty_ones() -> None:
    board, image = Storyboard(6), plain(width=8, height=8)
    for index in range(40):
        board.add(observation(index, 0.9 if 20 <= index < 25 else 0.0, image))
    assert sum(20 <= at < 25 for at in board.times) >= 3
