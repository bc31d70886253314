"""One telling: what one target is to be told of one visit, and how far that has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from .alerts import Alert
from .channel import Channel

EXPIRES: Final = {
    Channel.PHONE: timedelta(minutes=15),
    Channel.SPEAKER: timedelta(minutes=1),
    Channel.DISPLAY: timedelta(minutes=1),
}
"""Age at which a telling is worth nothing any more."""


class TellingState(StrEnum):
    """How far a telling has come at one target."""

    SENDING = "sending"
    """Being tried; after a restart nobody knows whether it arrived."""
    WAITING = "waiting"
    """Failed so far, to be tried again."""
    PLANNED = "planned"
    """To be told only if nobody has confirmed by then, see ``ladder.py``."""
    DONE = "done"
    GAVE_UP = "gave_up"


UNFINISHED: Final = (TellingState.SENDING, TellingState.WAITING, TellingState.PLANNED)


@dataclass(frozen=True, slots=True)
class Telling:
    """The newest alert of one visit for one target."""

    subentry_id: str
    """Of the camera whose settings name the target."""
    target: str
    """Key of the target, see ``channel.target_key``."""
    alert: Alert
    state: TellingState
    at: datetime
    """UTC, when it was, or will be, first due."""

    @property
    def channel(self) -> Channel:
        """How the target tells people."""
        return Channel(self.target.partition(":")[0])

    def is_stale(self, now: datetime) -> bool:
        """Return whether it is too old, or from a future that a clock was set back from."""
        return now < self.at or self.is_expired(now)

    def is_expired(self, now: datetime) -> bool:
        """Return whether it is too old."""
        return now - self.at > EXPIRES[self.channel]
