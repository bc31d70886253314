"""What goes to others without what would name this home: logs, and a file for a bug report."""

from collections import Counter
from collections.abc import Iterable
import logging
import re
import traceback
from typing import Final

_LOGGER = logging.getLogger(__name__)

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+|/api/\S+", re.IGNORECASE)


def without_urls(text: str) -> str:
    """Return the text with every address cut out: it may hold a password or a token."""
    return _ADDRESS.sub("<address>", text)


def log_unexpected(who: str, error: Exception) -> None:
    """Log a bug with its traceback, but without addresses."""
    _LOGGER.error(
        "%s: failed unexpectedly\n%s", who, without_urls("".join(traceback.format_exception(error)))
    )


class NeutralNames:
    """Calls entities by what they are and a number, each always the same: ``camera_1``."""

    def __init__(self, entity_ids: Iterable[str] = ()) -> None:
        """Number these first."""
        self._names: dict[str, str] = {}
        self._used: Counter[str] = Counter()
        for entity_id in entity_ids:
            self(entity_id)

    def __call__(self, entity_id: str) -> str:
        """Return what an entity is called."""
        if entity_id not in self._names:
            # Of an entity that was deleted only a registry id may be left.
            domain, dot, _ = entity_id.partition(".")
            sort = domain if dot else "entity"
            self._used[sort] += 1
            self._names[entity_id] = f"{sort}_{self._used[sort]}"
        return self._names[entity_id]
