"""What somebody means who types into the search of the media browser.

Pure. Every word must mean something: the name of a camera, a kind, or a day. A word that means
nothing finds nothing; a list of everything would look like an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .message import Words
from .vision.datatypes import Kind


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched for."""

    cameras: tuple[str, ...]
    """Subentry ids."""
    kind: Kind | None
    day: date | None


def searched(text: str, names: Mapping[str, str], words: Words, today: date) -> Searched | None:
    """Return what a text means, None where a word of it means nothing.

    Args:
        text: What was typed.
        names: Of the cameras, by subentry id.
        words: For the kinds, in the language of the home; English is understood, too.
        today: Local.
    """
    cameras, kind, day = dict(names), None, None
    for word in text.casefold().split():
        if (found := _kind(word, words)) is not None:
            kind = found
        elif (at := _day(word, today)) is not None:
            day = at
        else:
            cameras = {key: name for key, name in cameras.items() if word in name.casefold()}
    return Searched(tuple(cameras), kind, day) if cameras else None


def _kind(word: str, words: Words) -> Kind | None:
    for kind in Kind:
        meant = {str(kind), f"{kind}s", words.kind(kind).casefold()}
        # "2 people" without its number.
        meant |= {words.amount(kind, count).casefold().split()[-1] for count in (1, 2)}
        if word in meant:
            return kind
    return None


def _day(word: str, today: date) -> date | None:
    days = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return days.get(word) or date.fromisoformat(word)
    except ValueError:
        return None
