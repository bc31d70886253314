"""What people say about a visit: not right, right, or that somebody was missed.

The same for phones, commands and actions. What is kept of it are numbers about look and place,
sealed (``taught.py``); no picture, and nothing leaves the home. Whoever teaches a camera changes
what it tells people of, so that it takes the right to control every camera that learns.
"""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from .asking import Asker
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import RuntimeData
from .visit_list import async_note_feedback, async_own_id, async_visit

ATTR_AT: Final = "at"
ATTR_LESSON_ID: Final = "lesson_id"
ATTR_VERDICT: Final = "verdict"
ATTR_VISIT_ID: Final = "visit_id"


class Opinion(StrEnum):
    """What somebody says."""

    NOT_RIGHT = "not_right"
    """Of a visit: there was nothing. The notification is taken back, and the cameras learn."""
    RIGHT = "right"
    """Of a visit: it was as told. Only noted."""
    MISSED = "missed"
    """Of a camera: somebody was there and nobody was told. The camera learns."""


GIVE_FIELDS: Final[dict[Any, Any]] = {
    probatio.Required(ATTR_VERDICT): probatio.Coerce(Opinion),
    probatio.Optional(ATTR_VISIT_ID): cv.string,
    probatio.Optional(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
    probatio.Optional(ATTR_AT): cv.datetime,
}
FORGET_FIELDS: Final[dict[Any, Any]] = {
    probatio.Required(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
    probatio.Optional(ATTR_LESSON_ID): cv.string,
}


async def async_take_back(runtime: RuntimeData, camera: CameraCoordinator, alert_id: str) -> int:
    """Take an alert back for all cameras of its visit; return how many lessons they learned."""
    lessons = sum(len(one.learning.async_false_alarm(alert_id)) for one in runtime.cameras.values())
    await camera.async_not_right(alert_id)
    await asyncio.gather(*(one.taught.async_sync() for one in runtime.cameras.values()))
    return lessons


async def async_give(asker: Asker, said: Mapping[str, Any]) -> dict[str, Any]:
    """Take in what somebody says, see ``GIVE_FIELDS``; return how many lessons were learned.

    Raises:
        ServiceValidationError: It is not said of what, or that is not known.
        Unauthorized: A camera that would learn is not within rights.
    """
    verdict: Opinion = said[ATTR_VERDICT]
    about = ATTR_ENTITY_ID if verdict is Opinion.MISSED else ATTR_VISIT_ID
    if about not in said:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="feedback_incomplete",
            translation_placeholders={"verdict": verdict, "field": about},
        )
    if verdict is Opinion.MISSED:
        at = said.get(ATTR_AT)
        camera = asker.camera(said[ATTR_ENTITY_ID], POLICY_CONTROL)
        lesson = camera.learning.async_missed(at and dt_util.as_utc(at))
        await camera.taught.async_sync()
        return {"lessons": 0 if lesson is None else 1}
    return {"lessons": await _async_of_visit(asker, said[ATTR_VISIT_ID], verdict)}


async def _async_of_visit(asker: Asker, visit_id: str, verdict: Opinion) -> int:
    database, known = asker.runtime.database, asker.runtime.cameras
    visit, own_id = await async_visit(database, visit_id), await async_own_id(database, visit_id)
    if visit is None or own_id is None:
        raise unknown_visit()
    cameras = [known[one] for one in visit["cameras"] if one in known]
    for camera in cameras:
        asker.check(camera.source_entity_id, POLICY_CONTROL)
    learned = 0
    if verdict is Opinion.NOT_RIGHT and cameras:
        # Around one camera of it are all that were told.
        learned = await async_take_back(asker.runtime, cameras[0], own_id)
    for camera in cameras:
        camera.log.async_feedback(own_id, verdict)
    # Also of motions that are no longer in memory.
    await async_note_feedback(database, visit, verdict)
    return learned


def lessons(asker: Asker, entity_id: str) -> dict[str, Any]:
    """Return what a camera was taught, the newest first.

    Raises:
        ServiceValidationError: It is not one of ours.
        Unauthorized: It is not within rights.
    """
    camera = asker.camera(entity_id, POLICY_READ)
    return {
        "lessons": [
            {
                "lesson_id": one.id,
                "kind": str(one.kind),
                "verdict": str(one.verdict),
                "learned_at": dt_util.utc_from_timestamp(one.learned_at).isoformat(),
            }
            for one in reversed(camera.learning.lessons)
        ]
    }


async def async_forget(asker: Asker, said: Mapping[str, Any]) -> dict[str, Any]:
    """Take back one lesson of a camera, or all, see ``FORGET_FIELDS``; return how many.

    Raises:
        HomeAssistantError: The history cannot be written.
        ServiceValidationError: It is not one of ours.
        Unauthorized: It is not within rights.
    """
    camera = asker.camera(said[ATTR_ENTITY_ID], POLICY_CONTROL)
    return {"forgotten": await camera.taught.async_forget(said.get(ATTR_LESSON_ID))}


def unknown_visit() -> ServiceValidationError:
    """Return the error about a visit that is forgotten, or never was."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key="visit_unknown")
