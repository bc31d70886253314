"""Links to pictures for whoever cannot log in: each opens one picture, once, for ten minutes.

What a reader would get wrong: nothing in a link is signed. It is 256 random bits, and what it opens
is only known here, in memory. A signature over picture and expiry would need this memory as well,
to open only once and to be revoked, and would tell whoever holds the link what it is for. Whoever
made a link up has to guess those bits; a restart or a reload forgets all of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
import hashlib
import secrets
import time
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .kept_picture import KeptPicture
from .ledger import PERSON, Ledger

LINK_URL: Final = f"/api/{DOMAIN}/links/{{token}}.jpg"
_LIFE: Final = timedelta(minutes=10)
_BYTES: Final = 32
MOST: Final = 500
"""Links that wait to be opened; beyond them, the oldest are revoked."""


@dataclass(frozen=True, slots=True)
class Link:
    """What somebody gets who may hand a picture on."""

    path: str
    url: str | None
    """With the address of this Home Assistant; None where it has none."""
    expires_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link opens."""

    key: bytes
    """Digest of what stands in the link, which is kept nowhere itself."""
    picture_id: str
    subentry_id: str
    user_id: str | None
    """Of whoever asked for it; None where that was no person."""
    expires_at: float
    """Monotonic seconds: a clock that is set back makes no link live longer."""


class Links:
    """The links of one home that have not been opened yet."""

    def __init__(self, hass: HomeAssistant, ledger: Ledger) -> None:
        """Start without any."""
        self._hass = hass
        self._ledger = ledger
        self._tickets: dict[bytes, Ticket] = {}

    @callback
    def async_make(self, picture: KeptPicture, channel: str, who_id: str, who: str) -> Link:
        """Return a new link to a picture; whoever asks for it has been checked.

        Args:
            picture: A still.
            channel: ``PERSON``, ``automation`` or ``webhook``: for whom it is.
            who_id: Of the person, or the host.
            who: What they are called.
        """
        token = secrets.token_urlsafe(_BYTES)
        expires_at = time.monotonic() + _LIFE.total_seconds()
        user_id = who_id if channel == PERSON else None
        ticket = Ticket(_digest(token), picture.id, picture.subentry_id, user_id, expires_at)
        self._tickets[ticket.key] = ticket
        self._forget_old()
        self._ledger.async_linked(picture.subentry_id, channel, who_id, who)
        path = LINK_URL.format(token=token)
        return Link(path, _url(self._hass, path), dt_util.utcnow() + _LIFE)

    @callback
    def async_take(self, token: str) -> Ticket | None:
        """Return what a link opens, and let nobody else open it; None where it opens nothing."""
        self._forget_old()
        return self._tickets.pop(_digest(token), None)

    @callback
    def async_give_back(self, ticket: Ticket) -> None:
        """Let a link be opened again: its picture could not be shown."""
        self._tickets[ticket.key] = ticket

    def _forget_old(self) -> None:
        now = time.monotonic()
        left = [one for one in self._tickets.values() if one.expires_at > now]
        self._tickets = {one.key: one for one in left[-MOST:]}


def _digest(token: str) -> bytes:
    # Looked up by a digest, the time that takes says nothing about how much was guessed right.
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _url(hass: HomeAssistant, path: str) -> str | None:
    try:
        return get_url(hass, prefer_external=True) + path
    except NoURLAvailableError:
        return None
