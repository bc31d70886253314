"""When a finding becomes an alert, and the one reason every motion ends with.

Pure: values in, values out, wall-clock time as an argument. The only state, ``AlertMemory``, is
what must survive a restart; the store keeps it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
import hashlib
from typing import Any, Final, Self

from .vision.datatypes import Kind, Verdict
from .vision.session import AnalysisResult, Timings


class Outcome(StrEnum):
    """How one motion ended. The values are translation keys."""

    ALERTED = "alerted"
    UPDATED = "updated"
    NOTHING_FOUND = "nothing_found"
    OUTSIDE_ZONES = "outside_zones"
    TOO_SMALL = "too_small"
    TOO_UNSURE = "too_unsure"
    NOT_LONG_ENOUGH = "not_long_enough"
    STATIC = "static"
    LEARNED = "learned"
    COOLDOWN = "cooldown"
    SILENCED = "silenced"
    QUIET_HOURS = "quiet_hours"
    DETECT_ONLY = "detect_only"
    MODE_OFF = "mode_off"
    SWITCHED_OFF = "switched_off"
    CAMERA_UNREACHABLE = "camera_unreachable"
    INCONCLUSIVE = "inconclusive"
    DELIVERY_FAILED = "delivery_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One telling of a visit. Knows what was seen, never who."""

    id: str
    """Of the visit. Unguessable: whoever knows it may answer the notification."""
    revision: int = 1
    """Counts the tellings of the visit; a later one takes the place of an earlier one."""
    subentry_id: str
    camera: str
    """Name of the camera that tells, as the user wrote it."""
    others: tuple[str, ...] = ()
    """Names of the other cameras that saw the visit, the first one first."""
    kind: Kind | None
    """The most important one seen; None: something moved that could not be analysed."""
    count: int
    """Most seen at once of that kind."""
    kinds: Mapping[Kind, int] = field(default_factory=dict)
    """Everything seen during the visit."""
    confidence: float
    """0 to 1."""
    at: datetime
    """UTC, when the camera produced the frame that triggered."""
    motion_at: float
    """Monotonic seconds of the motion signal."""
    hops_ms: Mapping[str, int] = field(default_factory=dict)
    """Latency receipt: milliseconds from the motion signal to each step reached so far."""
    is_update: bool = False
    """Whether people were told of this visit before: no sound."""
    no_text: bool = False
    """Whether a camera of the visit is not to be named."""
    lasted: timedelta | None = None
    """How long the visit lasted, once it is over."""
    is_test: bool = False

    @property
    def subjects(self) -> dict[Kind | None, int]:
        """What it tells of, and how many; None: something that could not be analysed."""
        return {None: 1} if self.kind is None else dict(self.kinds.items())

    def is_newer_than(self, shown: Alert | None) -> bool:
        """Return whether this is to be shown in place of another, or of its own receipt so far.

        The picture of a later telling of a visit may be of an earlier moment, if that was better.
        """
        if shown is None:
            return True
        if shown.id == self.id:
            return self.revision >= shown.revision
        return self.at >= shown.at

    def as_dict(self) -> dict[str, Any]:
        """Return what has to survive a restart, ready for JSON."""
        kept = {
            key: getattr(self, key)
            for key in (
                "id",
                "revision",
                "subentry_id",
                "camera",
                "kind",
                "count",
                "confidence",
                "no_text",
            )
        }
        return kept | {
            "others": list(self.others),
            "kinds": dict(self.kinds),
            "at": self.at.isoformat(),
            "is_update": self.is_update,
            "lasted_s": None if self.lasted is None else self.lasted.total_seconds(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Alert:
        """Restore what ``as_dict`` returned. The latency receipt does not survive a restart."""
        lasted_s = data["lasted_s"]
        fields = {key: value for key, value in data.items() if key != "lasted_s"}
        return cls(
            **fields
            | {
                "others": tuple(data["others"]),
                "kind": None if data["kind"] is None else Kind(data["kind"]),
                "kinds": {Kind(kind): count for kind, count in data["kinds"].items()},
                "at": datetime.fromisoformat(data["at"]),
                "lasted": None if lasted_s is None else timedelta(seconds=lasted_s),
                "motion_at": 0.0,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionRecord:
    """One motion, from its signal to its one outcome."""

    at: datetime
    trigger: str
    """Entity id that signalled the motion, or ``analyze``."""
    outcome: Outcome
    reason: str = ""
    """Finer than the outcome: why it was inconclusive, why the camera gave no frame."""
    verdict: str = ""
    confidence: float = 0.0
    count: int = 0
    frames: int = 0
    source: str = ""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Rung of the frame ladder to why it failed."""
    hops_ms: Mapping[str, int] = field(default_factory=dict)
    """Milliseconds from the motion signal to each step; ``handed`` where it was the first to be
    told of its visit."""
    inference_ms: float = 0.0
    alert_ids: tuple[str, ...] = ()
    feedback: str = ""
    """What the user said about it, for example ``not_right``."""

    def reached(self, now: datetime) -> Self:
        """Return it as it is once somebody was reached after all, UTC."""
        handed = round(1000 * (now - self.at).total_seconds())
        hops = {**self.hops_ms, "handed": handed}
        return replace(self, outcome=Outcome.ALERTED, hops_ms=hops)

    def as_dict(self) -> dict[str, Any]:
        """Return what everybody in the home may know, ready for JSON."""
        hidden = ("alert_ids", "failures", "hops_ms", "at")
        return {name: getattr(self, name) for name in self.__slots__ if name not in hidden} | {
            "at": self.at.isoformat(),
            "failures": dict(self.failures),
            "hops_ms": dict(self.hops_ms),
            "visit_ids": [visit_id(alert_id) for alert_id in self.alert_ids],
        }


@dataclass(slots=True)
class AlertMemory:
    """What people chose for one camera in daily life. Survives a restart."""

    enabled: bool = True
    silenced_until: datetime | None = None
    silenced_until_home: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "enabled": self.enabled,
            "silenced_until": self.silenced_until and self.silenced_until.isoformat(),
            "silenced_until_home": self.silenced_until_home,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AlertMemory:
        """Restore what ``as_dict`` returned."""
        until = data.get("silenced_until")
        return cls(
            enabled=data.get("enabled", True),
            silenced_until=until and datetime.fromisoformat(until),
            silenced_until_home=data.get("silenced_until_home", False),
        )


def visit_id(alert_id: str) -> str:
    """Return what an alert is called in public.

    States and events are seen by everybody; whoever knows the alert's own id may answer it.
    """
    return hashlib.sha256(alert_id.encode()).hexdigest()[:12]


_NOT_THIS: Final = {
    reason: Outcome(reason)
    for reason in (
        "outside_zones",
        "too_small",
        "too_unsure",
        "not_long_enough",
        "static",
        "learned",
    )
}
"""Reasons of a session that was sure of something that does not count."""


def conclude(
    result: AnalysisResult | None, rulings: Sequence[Outcome], reached: Sequence[bool | None]
) -> Outcome:
    """Name the one outcome of a motion.

    Args:
        result: What the session found; None when it was cut short.
        rulings: What followed from each of its sightings.
        reached: For each telling, whether it reached anybody; None while it is on its way.
    """
    if Outcome.ALERTED in rulings:
        failed = bool(reached) and all(one is False for one in reached)
        return Outcome.DELIVERY_FAILED if failed else Outcome.ALERTED
    if rulings:
        return Outcome.UPDATED if Outcome.UPDATED in rulings else rulings[0]
    if result is None:
        return Outcome.INCONCLUSIVE
    if result.failure is not None and result.frames == 0:
        return Outcome.CAMERA_UNREACHABLE
    if result.verdict is Verdict.INCONCLUSIVE:
        return Outcome.INCONCLUSIVE
    return _NOT_THIS.get(result.reason, Outcome.NOTHING_FOUND)


def hops_ms(timings: Timings) -> dict[str, int]:
    """Return the latency receipt of a session: milliseconds from the motion to each step."""
    steps = {
        "source": timings.opened_at,
        "first_frame": timings.first_frame_at,
        "trigger": timings.trigger_captured_at,
        "verdict": timings.verdict_at,
    }
    return {
        step: round(1000 * (at - timings.motion_at)) for step, at in steps.items() if at is not None
    }


def summary(result: AnalysisResult) -> dict[str, Any]:
    """Return what a ``MotionRecord`` keeps of a session."""
    return {
        "verdict": str(result.verdict),
        "confidence": round(result.confidence, 3),
        "count": result.count,
        "frames": result.frames,
        "source": result.source,
        "hops_ms": hops_ms(result.timings),
        "inference_ms": round(1000 * result.inference_s, 1),
    }
