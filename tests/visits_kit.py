"""What the tests of visits share: sightings, a visit people were told of, a restart."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any, Final

from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Sighting, Subject, Visit
from custom_components.camera_smart_alerts.visits import Ruling, Visits

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
COOLDOWN: Final = timedelta(minutes=10)
INSTANT: Final = timedelta(microseconds=1)


def after(seconds: float) -> datetime:
    """Return a moment after the first."""
    return NOW + timedelta(seconds=seconds)


def sighting(camera: str = "front", kind: Subject = Kind.PERSON, **changes: Any) -> Sighting:
    """Return a sighting of one person."""
    return Sighting(**{"camera": camera, "kind": kind, "cooldown": COOLDOWN} | changes)


def see(visits: Visits, at: datetime, camera: str = "front", **changes: Any) -> Ruling:
    """Take in a sighting at the moment it is made."""
    return visits.see(sighting(camera, **changes), at)


def told(*cameras: str, group: str = "garden", at: datetime = NOW) -> tuple[Visits, Visit]:
    """Return a visit that these cameras saw, and that people were reached with."""
    visits = Visits()
    for camera in cameras or ("front",):
        ruling = see(visits, at, camera, group=group)
    visits.reached(ruling.visit, ruling.visit.cameras[0], at)
    return visits, ruling.visit


def restarted(visits: Visits) -> Visits:
    """Return what is left after a restart."""
    kept = json.loads(json.dumps(visits.as_dict()))
    rows = json.loads(json.dumps([one.as_dict() for one in visits.open.values()]))
    restored = Visits()
    restored.restore(kept, [Visit.from_dict(row) for row in rows])
    return restored


def nobody_moves(_camera: str) -> bool:
    """Stand in for cameras that see nothing any more."""
    return False
