"""Log what other people's code raises, without the addresses that its text may hold."""

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
