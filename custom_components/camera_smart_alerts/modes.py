"""When people may be told: modes by presence, quiet hours, silence. Pure; time is an argument.

The modes are those of HomeKit Secure Video: each camera has one for when somebody is home and one
for when nobody is.
"""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from homeassistant.util import dt as dt_util

from .alerts import Outcome


class Mode(StrEnum):
    """What a camera may do. The values are translation keys."""

    OFF = "off"
    """No stream is opened, nothing is analysed."""
    DETECT = "detect"
    """Entities show what is there; nobody is told."""
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of each day, over midnight if it ends before it starts. Local time."""

    start: time
    end: time

    def cover(self, local: datetime) -> bool:
        """Return whether a local time lies in the span; its end does not."""
        now = local.time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


class HoursFault(StrEnum):
    """Why two times of day make no span. The values end translation keys."""

    INCOMPLETE = "incomplete"
    """One of them alone would be taken for no span, or for the whole day."""
    EMPTY = "empty"


def hours_fault(start: str | None, end: str | None) -> HoursFault | None:
    """Return why two times of a form make no span; None where they do, or neither is given."""
    if (not start) is not (not end):
        return HoursFault.INCOMPLETE
    if not start or not end:
        return None
    return HoursFault.EMPTY if normal_time(start) == normal_time(end) else None


def normal_time(text: str) -> str:
    """Return a time of day of a form with leading zeros and seconds; it may come as ``7:05``."""
    return str(dt_util.parse_time(text) or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What decides whether a camera may tell people now."""

    enabled: bool
    """This camera's switch and the one for all cameras."""
    mode: Mode
    silenced_until: datetime | None = None
    quiet: bool = False
    """Whether it is a quiet hour."""
    important: bool = False
    """An important camera is heard in quiet hours."""

    @property
    def may_look(self) -> Outcome:
        """``ALERTED`` where a stream may be opened, otherwise why not."""
        if not self.enabled:
            return Outcome.SWITCHED_OFF
        return Outcome.MODE_OFF if self.mode is Mode.OFF else Outcome.ALERTED

    def may_tell(self, now: datetime) -> Outcome:
        """Return ``ALERTED`` where people may be told of what is seen now, otherwise why not."""
        if self.may_look is not Outcome.ALERTED:
            return self.may_look
        if self.mode is not Mode.ALERT:
            return Outcome.DETECT_ONLY
        if self.silenced_until and now < self.silenced_until:
            return Outcome.SILENCED
        if self.quiet and not self.important:
            return Outcome.QUIET_HOURS
        return Outcome.ALERTED
