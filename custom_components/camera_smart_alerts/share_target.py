"""Where the verdicts of a camera are shared: its fields in the form, and what they accept.

What a reader would get wrong: an address may hold a token in its path. Nobody is ever shown more of
it than the host, neither in a log nor in a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import ip_address
import re
from typing import Any, Final, Self

from homeassistant.helpers.selector import TextSelector, TextSelectorType
import probatio
from yarl import URL

from .const import CONF_SHARE_ADDRESS, CONF_SHARE_SECRET

FIELDS: Final = (CONF_SHARE_ADDRESS, CONF_SHARE_SECRET)
LEAST_SECRET: Final = 16
"""Characters."""
_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)


class ShareFault(Enum):
    """Why nothing can be shared like that."""

    NO_ADDRESS = auto()
    """Not of the web, at least."""
    CREDENTIALS = auto()
    """In the address, which is no place for them."""
    UNENCRYPTED = auto()
    """Outside the home."""
    SHORT_SECRET = auto()


@dataclass(frozen=True, slots=True)
class ShareTarget:
    """Who is told the verdict of each motion."""

    address: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def host(self) -> str:
        """All that anybody is shown of the address."""
        return URL(self.address).host or ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self | None:
        """Read the data of a camera subentry; None unless its user opted in."""
        address, secret = data.get(CONF_SHARE_ADDRESS), data.get(CONF_SHARE_SECRET)
        return cls(address, secret) if address and secret else None


def share_fields() -> dict[Any, Any]:
    """Return the fields of the form."""
    return {
        probatio.Optional(CONF_SHARE_ADDRESS): TextSelector({"type": TextSelectorType.URL}),
        probatio.Optional(CONF_SHARE_SECRET): TextSelector(
            {"type": TextSelectorType.PASSWORD, "autocomplete": "new-password"}
        ),
    }


def share_fault(data: Mapping[str, Any]) -> ShareFault | None:
    """Return what is wrong with the values of the form."""
    if not (address := data.get(CONF_SHARE_ADDRESS)):
        return None
    if (url := _url(address)) is None:
        return ShareFault.NO_ADDRESS
    if url.user is not None or url.password is not None:
        return ShareFault.CREDENTIALS
    if url.scheme != "https" and not _is_at_home(url.host or ""):
        return ShareFault.UNENCRYPTED
    secret = data.get(CONF_SHARE_SECRET, "")
    return ShareFault.SHORT_SECRET if len(secret) < LEAST_SECRET else None


def _url(address: str) -> URL | None:
    """Return an address of the web, as the client will read it; None where it is none."""
    try:
        url = URL(address)
    except ValueError:
        return None
    named = _is_private(url.host or "") is not None or _NAME.fullmatch(url.raw_host or "")
    return url if url.scheme in ("http", "https") and named and " " not in address else None


def _is_at_home(host: str) -> bool:
    """Return whether a host is in the home by its address or name, which no look-up decides."""
    if (private := _is_private(host)) is not None:
        return private
    # A number without a dot is an address, too, and may be anybody's.
    return host.endswith(".local") or ("." not in host and host[0].isalpha())


def _is_private(host: str) -> bool | None:
    """Return whether an address is private, loopback or link-local; None of a name."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return None
