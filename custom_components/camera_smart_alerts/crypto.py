"""How rows are sealed: AES-256-GCM, a key for every row, wrapped by the key of its camera.

A row is a picture, a lesson, or the examples of one motion. Pure: bytes in, bytes out. What a
reader would get wrong: whoever destroys the few bytes of a wrapped key has destroyed what it opens,
wherever copies of the sealed bytes may still lie.
"""

from dataclasses import dataclass
import hmac
import json
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_CHECK: Final = b"camera_smart_alerts"
"""Sealed with the key of a camera, it tells that key from any other."""


class UnsealError(Exception):
    """The key is another one, or the bytes are not those that were sealed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed row."""

    wrapped_key: bytes
    """The row's own key, sealed with the key of its camera."""
    data: bytes
    """Nonce, sealed bytes, tag."""


def new_key() -> bytes:
    """Return a random key of 256 bits."""
    return secrets.token_bytes(KEY_BYTES)


def seal(data: bytes, camera_key: bytes, *, what: str, row_id: str, camera: str) -> Sealed:
    """Seal something with a new key of its own.

    Args:
        data: Whatever it is.
        camera_key: ``KEY_BYTES`` long; wraps the row's own key.
        what: For example ``picture``; bound to it: it opens as nothing else.
        row_id: Bound to it in the same way.
        camera: Subentry id, bound to it in the same way.
    """
    key = new_key()
    return Sealed(
        _encrypt(camera_key, key, "key", row_id, camera),
        _encrypt(key, data, what, row_id, camera),
    )


def unseal(sealed: Sealed, camera_key: bytes, *, what: str, row_id: str, camera: str) -> bytes:
    """Return what was sealed.

    Raises:
        UnsealError: Wrong key, something else, another row or camera, or altered bytes.
    """
    key = _decrypt(camera_key, sealed.wrapped_key, "key", row_id, camera)
    return _decrypt(key, sealed.data, what, row_id, camera)


def check_value(camera_key: bytes, camera: str) -> bytes:
    """Return what later tells whether a key is still the one of a camera."""
    return _encrypt(camera_key, _CHECK, "check", camera)


def fits(camera_key: bytes | None, check: bytes, camera: str) -> bool:
    """Return whether a key is the one that a check value was made with."""
    if camera_key is None:
        return False
    try:
        return hmac.compare_digest(_decrypt(camera_key, check, "check", camera), _CHECK)
    except UnsealError:
        return False


def _encrypt(key: bytes, data: bytes, *bound: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, _bound(bound))


def _decrypt(key: bytes, sealed: bytes, *bound: str) -> bytes:
    nonce, data = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, data, _bound(bound))
    except (InvalidTag, ValueError) as err:
        # A nonce or a tag that was cut off is no ``InvalidTag`` but a ``ValueError``.
        raise UnsealError("What was sealed cannot be opened") from err


def _bound(what: tuple[str, ...]) -> bytes:
    """Return the texts so that no two lists of them look the same."""
    return json.dumps(what).encode()
