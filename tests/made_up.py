"""What is made up on the street of ``street.py``: what cameras find, and what phones do with it."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError

from custom_components.camera_smart_alerts.vision.datatypes import (
    Box,
    Detection,
    Frame,
    Kind,
    Observation,
    Verdict,
)
from custom_components.camera_smart_alerts.vision.result import (
    AnalysisResult,
    ResultReason,
    Timings,
)
from tests.camera_peer import moving_square
from tests.promises import Arrived
from tests.watched_home import OFFLINE, is_silent

_PICTURE: Final = moving_square(0)


class Mood(StrEnum):
    """What a phone does with a notification."""

    WORKS = "works"
    AWAY = "away"
    """Cannot be reached; that may pass."""
    NEVER = "never"
    """Refuses for good."""
    SLOW = "slow"
    """Answers only once it works again, or Home Assistant's patience ends first."""
    DEAF = "deaf"
    """Shows it, but the answer never arrives."""


@dataclass
class Post:
    """What stands between Home Assistant and the phones."""

    moods: dict[str, Mood] = field(default_factory=dict)
    arrived: list[Arrived] = field(default_factory=list)
    dead: bool = False
    """Whether Home Assistant was killed: it sends nothing any more."""
    retracted: set[str] = field(default_factory=set)
    """Visits that were called wrong."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, entry: Any, data: dict[str, Any]) -> None:
        """Bring one notification."""
        name = entry.data["device_name"]
        if self.dead:
            raise OFFLINE
        if "alert" not in data["data"]:
            return  # Takes one away, or asks something.
        mood = self.moods.get(name, Mood.WORKS)
        if mood is Mood.AWAY:
            raise OFFLINE
        if mood is Mood.NEVER:
            raise ServiceValidationError("never")
        alert = data["data"]["alert"]
        wrong = alert.id in self.retracted
        if mood is Mood.SLOW:
            await self.woken.wait()
        sure = mood is not Mood.DEAF
        overtaken = not wrong and alert.id in self.retracted
        self.arrived.append(Arrived(name, alert, is_silent(data), overtaken, sure))
        if mood is Mood.DEAF:
            await asyncio.Event().wait()


def found(kind: Kind | None, count: int, quality: int) -> AnalysisResult:
    """Return a result of a session: so many of a kind, or nothing."""
    size = 20 * quality
    boxes = [Box(20, 20, 20 + size, 20 + 2 * size)] * count
    seen = Observation(
        Frame(_PICTURE, 0.0), tuple(Detection(one, kind, 0.9) for one in boxes if kind)
    )
    return AnalysisResult(
        verdict=Verdict(kind or "nothing"),
        reason=ResultReason.CONFIRMED if kind else ResultReason.NOTHING_FOUND,
        failure=None,
        kinds={kind: seen} if kind else {},
        count=count if kind else 0,
        confidence=0.9,
        trigger=seen if kind else None,
        best=seen if kind else None,
        frames=5,
        source="still",
        timings=Timings(0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
        inference_s=0.01,
    )
