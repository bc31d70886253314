"""The test alert: what the camera shows now, told to everybody as if a person were there."""

from dataclasses import replace
import secrets
import time

from homeassistant.util import dt as dt_util

from .alerts import Alert
from .coordinator import CameraCoordinator
from .delivery import TargetResult
from .inference import async_look_once
from .settings import CameraSettings
from .vision.datatypes import Kind, Observation
from .vision.verdict import believed


async def async_test_alert(camera: CameraCoordinator) -> list[TargetResult]:
    """Send a test alert with the camera's current picture to every target.

    Raises:
        SourceError: The camera gives no picture.
        ModelError: There is no network to look with.
    """
    settings, started = camera.settings, time.monotonic()
    still = await async_look_once(
        camera.hass,
        camera.inference,
        camera.source_entity_id,
        verify_tls=settings.verify_tls,
        mask=camera.mask,
    )
    seen = believed(still.observation.detections, settings.sensitivity)
    observation = replace(still.observation, detections=seen)
    alert = _alert(settings, observation, started)
    # The buttons of a test notification are there to be tried, too.
    camera.memory.remember_alert(alert.id)
    camera.async_changed()
    return await camera.alerting.async_try_out(alert, observation)


def _alert(settings: CameraSettings, observation: Observation, started: float) -> Alert:
    """Return an alert that pretends to have seen a person."""
    people = [one.confidence for one in observation.detections if one.kind is Kind.PERSON]
    count = max(1, len(people))
    return Alert(
        id=secrets.token_urlsafe(12),
        subentry_id=settings.subentry_id,
        camera=settings.title,
        kind=Kind.PERSON,
        count=count,
        kinds={Kind.PERSON: count},
        confidence=max(people, default=0.0),
        at=dt_util.utcnow(),
        motion_at=started,
        is_test=True,
    )
