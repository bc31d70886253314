"""How pictures are sealed."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.camera_smart_alerts.crypto import (
    KEY_BYTES,
    Sealed,
    UnsealError,
    check_value,
    fits,
    new_key,
    seal,
    unseal,
)

KEY = new_key()


@given(st.binary(max_size=2000), st.text(), st.text())
def test_what_was_sealed_comes_back_and_does_not_lie_there_in_the_open(
    data: bytes, row_id: str, camera: str
) -> None:
    sealed = seal(data, KEY, what="picture", row_id=row_id, camera=camera)
    assert unseal(sealed, KEY, what="picture", row_id=row_id, camera=camera) == data
    assert len(data) < 4 or data not in sealed.data + sealed.wrapped_key


def test_every_picture_has_a_key_of_its_own() -> None:
    one, other = (seal(b"same", KEY, what="picture", row_id="a", camera="front") for _ in range(2))
    assert one.wrapped_key != other.wrapped_key
    assert one.data != other.data
    assert len(new_key()) == KEY_BYTES
    with pytest.raises(UnsealError):
        unseal(
            replace(one, wrapped_key=other.wrapped_key),
            KEY,
            what="picture",
            row_id="a",
            camera="front",
        )


@pytest.mark.parametrize(
    ("key", "row_id", "camera"),
    [(new_key(), "a", "front"), (KEY, "b", "front"), (KEY, "a", "back"), (KEY, "front", "a")],
    ids=["another key", "another picture", "another camera", "both confused"],
)
def test_nothing_else_opens_it(key: bytes, row_id: str, camera: str) -> None:
    sealed = seal(b"secret", KEY, what="picture", row_id="a", camera="front")
    with pytest.raises(UnsealError):
        unseal(sealed, key, what="picture", row_id=row_id, camera=camera)


def test_a_picture_does_not_open_as_a_lesson() -> None:
    sealed = seal(b"secret", KEY, what="picture", row_id="a", camera="front")
    with pytest.raises(UnsealError):
        unseal(sealed, KEY, what="lesson", row_id="a", camera="front")


@given(st.integers(min_value=0), st.sampled_from(["data", "wrapped_key"]), st.integers(1, 255))
def test_whoever_alters_a_bit_of_it_has_nothing(place: int, what: str, change: int) -> None:
    sealed = seal(b"secret", KEY, what="picture", row_id="a", camera="front")
    altered = bytearray(getattr(sealed, what))
    altered[place % len(altered)] ^= change
    with pytest.raises(UnsealError):
        unseal(
            replace(sealed, **{what: bytes(altered)}),
            KEY,
            what="picture",
            row_id="a",
            camera="front",
        )


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_what_was_cut_short_is_no_picture(length: int) -> None:
    sealed = seal(b"secret", KEY, what="picture", row_id="a", camera="front")
    for cut in (
        Sealed(sealed.wrapped_key, sealed.data[:length]),
        Sealed(sealed.wrapped_key[:length], sealed.data),
    ):
        with pytest.raises(UnsealError):
            unseal(cut, KEY, what="picture", row_id="a", camera="front")


def test_a_check_value_knows_the_key_it_was_made_with() -> None:
    check = check_value(KEY, "front")
    assert fits(KEY, check, "front")
    assert not fits(KEY, check, "back")
    assert not fits(new_key(), check, "front")
    assert not fits(None, check, "front")
    assert not fits(KEY, b"", "front")
