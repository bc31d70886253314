"""What the entities of one camera show, and what the event bus gets to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from homeassistant.util.signal_type import SignalType

from .alerts import Alert, MotionRecord, visit_id
from .const import DOMAIN
from .vision.datatypes import Kind
from .visit import Subject, Visit

EVENT_MOTION: Final = f"{DOMAIN}_motion"
"""Fired once per motion, with its outcome; what the logbook shows."""
EVENT_VISIT: Final = f"{DOMAIN}_visit"
"""Fired when a visit begins, changes and ends; what the triggers follow."""
SIGNAL_RENEWED: Final = SignalType[str, str](f"{DOMAIN}_renewed")
"""Of a visit (public id) that a camera saw (subentry id) is a picture there, or an opinion."""
SIGNAL_CHANGED: Final = SignalType[()](f"{DOMAIN}_changed")
"""More than one visit is about: people destroyed something, or cameras or options are others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState:
    """What the entities of one camera show."""

    available: bool = True
    enabled: bool = True
    analyzing: bool = False
    present: frozenset[Kind] = frozenset()
    last_seen: Mapping[Kind, datetime] = field(default_factory=dict)
    detections_today: int = 0
    last_alert: Alert | None = None
    last_motion: MotionRecord | None = None
    latency_p50: float | None = None
    """Seconds, of the last day's alerts."""
    latency_p95: float | None = None
    blind: bool = False
    """Whether the camera delivers pictures that show nothing."""


def motion_event(camera: str, entity_id: str | None, record: MotionRecord) -> dict[str, Any]:
    """Return the data of ``EVENT_MOTION``: what everybody in the home may know."""
    return {
        "camera": camera,
        "entity_id": entity_id,
        "outcome": record.outcome,
        "reason": record.reason,
        "verdict": record.verdict,
        "confidence": record.confidence,
        "count": record.count,
        "frames": record.frames,
        "visit_ids": [visit_id(alert_id) for alert_id in record.alert_ids],
    }


def visit_event(
    what: str,
    visit: Visit,
    *,
    camera: str,
    entity_id: str | None,
    device_id: str | None,
    cameras: Sequence[str],
    devices: Sequence[str],
    seen: Mapping[str, Mapping[Subject, int]],
    new_kinds: Sequence[str],
) -> dict[str, Any]:
    """Return the data of ``EVENT_VISIT``: what everybody in the home may know.

    Args:
        what: ``started``, ``updated`` or ``ended``.
        visit: The visit as it is now.
        camera: Name of the camera that saw it last.
        entity_id: That camera.
        device_id: Our own device of that camera.
        cameras: Every camera that saw it.
        devices: Our own devices of these cameras.
        seen: What each of these cameras saw, also those whose entity is gone.
        new_kinds: Kinds that no event of this visit has named before.
    """
    lasted = visit.last_at - visit.started_at if what == "ended" else None
    return {
        "type": what,
        "visit_id": visit_id(visit.id),
        "camera": camera,
        "entity_id": entity_id,
        "device_id": device_id,
        "cameras": list(cameras),
        "devices": list(devices),
        "new_kinds": list(new_kinds),
        "kinds": _named(visit.kinds),
        "seen": {entity_id: _named(kinds) for entity_id, kinds in seen.items()},
        "told": any(visit.told.values()),
        "started_at": visit.started_at.isoformat(),
        "lasted_s": None if lasted is None else round(lasted.total_seconds()),
    }


def _named(kinds: Mapping[Subject, int]) -> dict[str, int]:
    return {str(kind): count for kind, count in kinds.items() if kind}
