"""A camera that is enrolled, and what it may show: for the tests of entities."""

from dataclasses import replace
from typing import Any

from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, translation
from homeassistant.util import dt as dt_util
import numpy as np

from custom_components.camera_smart_alerts.alerts import Alert, MotionRecord, Outcome
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.vision.datatypes import (
    Box,
    Detection,
    Frame,
    Kind,
    Observation,
)
from tests.camera_peer import PeerCamera, moving_square
from tests.common import MOTION, enrol, only_camera, subentry


async def enrolled(hass: HomeAssistant, camera: PeerCamera, **data: Any) -> CameraCoordinator:
    """Enrol a camera and return its coordinator."""
    return only_camera(await enrol(hass, subentry(camera.entity_id, MOTION, **data)))


def alert(**changes: Any) -> Alert:
    """Return an alert about one person."""
    if (kind := changes.get("kind", Kind.PERSON)) is not None:
        changes.setdefault("kinds", {kind: changes.get("count", 1)})
    return Alert(
        **{
            "id": "secret-alert-id",
            "subentry_id": "front",
            "camera": "Front door",
            "kind": Kind.PERSON,
            "count": 1,
            "confidence": 0.91234,
            "at": dt_util.utcnow(),
            "motion_at": 0.0,
            "hops_ms": {"verdict": 300, "picture": 420},
            **changes,
        }
    )


def record(**changes: Any) -> MotionRecord:
    """Return how a motion ended that became an alert."""
    return MotionRecord(
        **{
            "at": dt_util.utcnow(),
            "trigger": MOTION,
            "outcome": Outcome.ALERTED,
            "reason": "confirmed",
            "verdict": "person",
            "confidence": 0.9,
            "count": 1,
            "frames": 4,
            "source": "still",
            "hops_ms": {"first_frame": 100, "verdict": 300},
            "inference_ms": 12.34,
            "alert_ids": ("secret-alert-id",),
            **changes,
        }
    )


def observation(index: int = 0) -> Observation:
    """Return a frame with one person on it."""
    seen = Detection(Box(20, 20, 90, 200), Kind.PERSON, 0.9)
    return Observation(Frame(moving_square(index), float(index)), (seen,))


def black() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a black picture."""
    return np.zeros((48, 64, 3), np.uint8)


async def show(hass: HomeAssistant, coordinator: CameraCoordinator, **changes: Any) -> None:
    """Let the coordinator publish a changed state."""
    coordinator.async_set_updated_data(replace(coordinator.data, **changes))
    await hass.async_block_till_done()


def entity_id(hass: HomeAssistant, coordinator: CameraCoordinator, domain: str, key: str) -> str:
    """Return the entity id of one of the camera's entities."""
    unique_id = f"{coordinator.settings.subentry_id}_{key}"
    found = er.async_get(hass).async_get_entity_id(domain, DOMAIN, unique_id)
    assert found is not None, f"no {domain} {key}"
    return found


def state(hass: HomeAssistant, coordinator: CameraCoordinator, domain: str, key: str) -> State:
    """Return the state of one of the camera's entities."""
    found = hass.states.get(entity_id(hass, coordinator, domain, key))
    assert found is not None
    return found


def camera_entity(hass: HomeAssistant, camera_id: str) -> Camera:
    """Return a camera entity itself."""
    found = hass.data[DATA_COMPONENT].get_entity(camera_id)
    assert found is not None
    return found


def smart_view(hass: HomeAssistant, coordinator: CameraCoordinator) -> Camera:
    """Return the smart view of a camera."""
    return camera_entity(hass, entity_id(hass, coordinator, "camera", "smart_view"))


async def analyze(hass: HomeAssistant, context: Context | None = None, **data: Any) -> Any:
    """Call the action ``analyze`` and return its response."""
    return await hass.services.async_call(
        DOMAIN, "analyze", data, blocking=True, return_response=True, context=context
    )


async def words(hass: HomeAssistant, error: HomeAssistantError) -> str:
    """Return what a person reads about an error."""
    assert error.translation_domain == DOMAIN
    found = await translation.async_get_translations(hass, "en", "exceptions", {DOMAIN})
    message = found[f"component.{DOMAIN}.exceptions.{error.translation_key}.message"]
    return message.format(**error.translation_placeholders or {})
