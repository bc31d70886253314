"""Where the time between a motion and the phone goes, and what the policy of visits costs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
import time

from homeassistant.core import HomeAssistant

from custom_components.camera_smart_alerts.alerts import Alert, MotionRecord, Outcome
from custom_components.camera_smart_alerts.database import RUNNING, Database
from custom_components.camera_smart_alerts.telling import TellingState
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Sighting
from custom_components.camera_smart_alerts.visits import Visits

from .enroll import entities_of
from .home import DemoCamera, Home, HomeError
from .paper import Paper

STEPS = ("source", "first_frame", "trigger", "verdict", "stored", "picture", "handed")
"""Of the latency receipt, in their order."""
_TARGET = "phone:demo"
_CAMERAS = 8
_APART = timedelta(seconds=20)
"""Between two motions: each camera begins a new visit, and several visits are open."""


class Receipts:
    """The latency receipts of the alerts of one home."""

    def __init__(self, home: Home) -> None:
        """Begin without any."""
        self._home = home
        self._sensors: dict[str, str] = {}
        self._found: dict[str, list[dict[str, int]]] = {}

    async def take(self, camera: DemoCamera) -> None:
        """Read the receipt of a camera's last alert.

        Raises:
            HomeError: A step is missing, or took less than no time.
        """
        if camera.name not in self._sensors:
            entities = await entities_of(self._home.api, camera.name)
            self._sensors[camera.name] = entities["sensor.latency"]
        attributes = (await self._home.state(self._sensors[camera.name]))["attributes"]
        receipt = {step: attributes[step] for step in STEPS if step in attributes}
        if len(receipt) < len(STEPS) or list(receipt.values()) != sorted(receipt.values()):
            raise HomeError(f"The receipt of {camera.name} is no receipt: {receipt}")
        self._found.setdefault(camera.serves[0], []).append(receipt)

    @property
    def medians(self) -> dict[str, dict[str, float]]:
        """Milliseconds from the motion to each step, by rung."""
        return {
            rung: {step: median(one[step] for one in found) for step in STEPS}
            for rung, found in self._found.items()
        }


def print_hops(hops: dict[str, dict[str, float]], paper: Paper) -> None:
    """Print when each step was reached, and how long it took by itself."""
    paper.plain(f"  {'Since the motion, ms (by itself)':34}" + "".join(f"{s:>15}" for s in STEPS))
    for rung, reached in hops.items():
        cells, before = [], 0.0
        for step in STEPS:
            cells.append(f"{reached[step]:.0f} ({reached[step] - before:+.0f})")
            before = reached[step]
        paper.plain(f"  {rung:34}" + "".join(f"{cell:>15}" for cell in cells))


async def policy_ms(folder: Path, motions: int) -> float:
    """Return what one alerted motion costs between its verdict and its end, median milliseconds.

    Everything that the policy of visits decides and everything that the history writes: the motion
    that begins, the visit with its telling, what became of it, and how the motion ended.

    Args:
        folder: Takes the history.
        motions: How many are measured.
    """
    hass = HomeAssistant(str(folder))
    database, visits = Database(hass), Visits()
    await database.async_open()
    spent = []
    now = datetime.now(UTC)
    try:
        for number in range(motions):
            now += _APART
            began = time.perf_counter()
            await _motion(database, visits, f"camera_{number % _CAMERAS}", now)
            spent.append(time.perf_counter() - began)
    finally:
        await database.async_close()
        await hass.async_stop(force=True)
    return 1000 * median(spent)


async def _motion(database: Database, visits: Visits, camera: str, now: datetime) -> None:
    record = MotionRecord(at=now, trigger="bench", outcome=Outcome.INCONCLUSIVE, reason=RUNNING)
    await database.async_motion(camera, now, record.as_dict())
    for over in visits.expire(now, lambda _camera: False):
        await database.async_keep(visits, over, ended=True)
    visit = visits.see(Sighting(camera=camera, kind=Kind.PERSON, quality=1.0), now).visit
    visit.told_to[_TARGET] = camera
    alert = Alert(
        id=visit.id,
        revision=visit.revision,
        subentry_id=camera,
        camera=camera,
        kind=Kind.PERSON,
        count=1,
        confidence=0.9,
        at=now,
        motion_at=0.0,
    )
    await database.async_tell(visits, visit, alert, {_TARGET: camera}, now)
    visits.reached(visit, camera, now)
    await database.async_result(alert, _TARGET, TellingState.DONE)
    await database.async_keep(visits, visit)
    ended = MotionRecord(at=now, trigger="bench", outcome=Outcome.ALERTED, alert_ids=(visit.id,))
    await database.async_motion(camera, now, ended.as_dict())
