"""Finds in a payload what must never leave the house, or a notification without text."""

import base64
from collections.abc import Iterable, Iterator, Mapping
import re
from typing import Any, Final

_USER_INFO: Final = re.compile(r"\w+://[^/\s]*@")
_SECRET_QUERY: Final = re.compile(r"[?&](authSig|token|password|pwd|access_token)=", re.IGNORECASE)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}")
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")


def leaks(payload: Any, names: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with a payload; nothing if it may go out.

    Args:
        payload: Whatever is sent.
        names: Words that must not be in it.
    """
    names = [name.lower() for name in names]
    found: list[str] = []
    for text in _texts(payload):
        if isinstance(text, bytes):
            found.append("bytes")
            continue
        if _USER_INFO.search(text) or _SECRET_QUERY.search(text):
            found.append("credentials")
        if text.startswith("data:") or any(map(_is_picture, _BASE64.findall(text))):
            found.append("picture")
        found += [f"name: {name}" for name in names if name in text.lower()]
    return found


def _texts(payload: Any) -> Iterator[str | bytes]:
    if isinstance(payload, Mapping):
        for key, value in payload.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(payload, list | tuple | set | frozenset):
        for value in payload:
            yield from _texts(value)
    elif isinstance(payload, bytes | bytearray | memoryview):
        yield bytes(payload)
    else:
        yield str(payload)


def _is_picture(text: str) -> bool:
    """Tell whether a long word is a picture in disguise."""
    padded = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    head = base64.b64decode(padded[: len(padded) // 4 * 4][:64])
    return head.startswith(_PICTURES)
