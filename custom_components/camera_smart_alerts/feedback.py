"""What people say about a visit: not right, right, or that somebody was missed.

The same for phones, commands and actions. Nobody teaches before they were told what becomes of it
and said yes (on phones: ``phone_question.py``). What is kept of it are numbers about look and
place, sealed (``taught.py``); no picture, and nothing leaves the home. Whoever teaches a camera
changes what it tells people of, so it takes the right to control every camera that may learn. Of a
phone it is enough that an administrator chose it for the camera.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import probatio

from .alerts import visit_id as public_id
from .asking import Asker, unknown_visit
from .const import ATTR_VISIT_ID, DOMAIN
from .coordinator import CameraCoordinator
from .data import RuntimeData
from .state import SIGNAL_RENEWED
from .visit_list import async_note_feedback, async_own_id, async_visit

ATTR_AT: Final = "at"
ATTR_LESSON_ID: Final = "lesson_id"
ATTR_UNDERSTOOD: Final = "understood"
ATTR_VERDICT: Final = "verdict"


class Opinion(StrEnum):
    """What somebody says."""

    NOT_RIGHT = "not_right"
    """Of a visit: there was nothing. The notification is taken back, and the cameras learn."""
    RIGHT = "right"
    """Of a visit: it was as told. Only noted."""
    MISSED = "missed"
    """Of a camera, or of a visit: somebody was there and nobody was told. The camera learns; of a
    visit only the one that was surest, as the others may really have seen nobody."""


GIVE_FIELDS: Final[dict[Any, Any]] = {
    probatio.Required(ATTR_VERDICT): probatio.Coerce(Opinion),
    probatio.Optional(ATTR_VISIT_ID): cv.string,
    probatio.Optional(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
    probatio.Optional(ATTR_AT): cv.datetime,
    probatio.Optional(ATTR_UNDERSTOOD, default=False): cv.boolean,
}
FORGET_FIELDS: Final[dict[Any, Any]] = {
    probatio.Required(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
    probatio.Optional(ATTR_LESSON_ID): cv.string,
}


async def async_say(camera: CameraCoordinator, alert_id: str, opinion: Opinion) -> int:
    """Take in what somebody who knows what becomes of it says; return how many lessons it was.

    Args:
        camera: One of the visit. Around it are all that were told.
        alert_id: Of the visit.
        opinion: What is said of it.
    """
    taking_in = async_take_in(camera.config_entry.runtime_data, alert_id, opinion)
    if opinion is not Opinion.NOT_RIGHT:
        return await taking_in
    # It leaves the phones whatever becomes of the rest.
    lessons, _ = await asyncio.gather(taking_in, camera.async_not_right(alert_id))
    return lessons


async def async_take_in(runtime: RuntimeData, alert_id: str, opinion: Opinion) -> int:
    """Learn from what was said of a visit, and note it; return how many lessons it was."""
    # Noted at once: whoever says something else before a slow disk has answered says it later.
    _, lessons = await asyncio.gather(
        async_note(runtime, alert_id, opinion), _async_learn(runtime, alert_id, opinion)
    )
    return lessons


async def async_note(runtime: RuntimeData, alert_id: str, opinion: Opinion) -> None:
    """Note what was said of a visit; a later opinion takes the place of an earlier one."""
    runtime.keeper.async_note_feedback(alert_id, opinion)
    for camera in runtime.cameras.values():
        camera.log.async_feedback(alert_id, opinion)
    # Also of motions that are no longer in memory.
    visit_id = public_id(alert_id)
    for key in await async_note_feedback(runtime.database, visit_id, opinion):
        if (seeing := runtime.cameras.get(key)) is not None:
            async_dispatcher_send(seeing.hass, SIGNAL_RENEWED, key, visit_id)


async def _async_learn(runtime: RuntimeData, alert_id: str, opinion: Opinion) -> int:
    if opinion is Opinion.NOT_RIGHT:
        return await _async_false_alarm(runtime, alert_id)
    for camera in runtime.cameras.values():
        camera.learning.async_trust(alert_id)
    if opinion is Opinion.MISSED:
        return await _async_missed_in(runtime, alert_id)
    return 0


async def _async_false_alarm(runtime: RuntimeData, alert_id: str) -> int:
    """Let all cameras of a visit learn that it was nothing."""
    lessons = sum(len(one.learning.async_false_alarm(alert_id)) for one in runtime.cameras.values())
    await asyncio.gather(*(one.taught.async_sync() for one in runtime.cameras.values()))
    return lessons


async def _async_missed_in(runtime: RuntimeData, alert_id: str) -> int:
    """Let the camera of a visit that was surest of what it did not tell learn from that."""
    # Where the history cannot be read, motions still know to which visit they belong.
    visit = await async_visit(runtime.database, public_id(alert_id))
    began = None if visit is None else datetime.fromisoformat(visit["started_at"])
    found = [
        (missed, camera)
        for key, camera in runtime.cameras.items()
        if (visit is None or key in visit["seen"])
        and (missed := camera.learning.async_surest_of(alert_id, began)) is not None
    ]
    if not found:
        return 0
    missed, camera = max(found, key=lambda one: one[0].confidence)
    camera.learning.async_believe(missed)
    await camera.taught.async_sync()
    return 1


async def async_give(asker: Asker, said: Mapping[str, Any]) -> dict[str, Any]:
    """Take in what somebody says, see ``GIVE_FIELDS``; return how many lessons were learned.

    Raises:
        ServiceValidationError: It is not said of what, or that is not known; or whoever says it for
            the first time was not told yet what becomes of it: then the error tells.
        Unauthorized: A camera that would learn is not within rights.
    """
    store, user_id = asker.runtime.store, asker.user.id if asker.user is not None else None
    verdict: Opinion = said[ATTR_VERDICT]
    missed = verdict is Opinion.MISSED and ATTR_VISIT_ID not in said
    if (ATTR_ENTITY_ID if missed else ATTR_VISIT_ID) not in said:
        either = (ATTR_VISIT_ID, ATTR_ENTITY_ID) if missed else (ATTR_VISIT_ID,)
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="feedback_incomplete",
            translation_placeholders={"verdict": verdict, "field": " / ".join(either)},
        )
    if not (said[ATTR_UNDERSTOOD] or store.has_understood(user_id)):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="feedback_explained"
        )
    if missed:
        learned = await _async_missed_by(asker, said[ATTR_ENTITY_ID], said.get(ATTR_AT))
    else:
        learned = await _async_of_visit(asker, said[ATTR_VISIT_ID], verdict)
    if said[ATTR_UNDERSTOOD]:
        store.async_understood(user_id)
    return {"lessons": learned}


async def _async_missed_by(asker: Asker, entity_id: str, at: datetime | None) -> int:
    camera = asker.camera(entity_id, POLICY_CONTROL)
    lesson = camera.learning.async_missed(at and dt_util.as_utc(at))
    await camera.taught.async_sync()
    return 0 if lesson is None else 1


async def _async_of_visit(asker: Asker, visit_id: str, opinion: Opinion) -> int:
    runtime = asker.runtime
    visit = await async_visit(runtime.database, visit_id)
    own_id = await async_own_id(runtime.database, visit_id)
    if visit is None or own_id is None:
        raise unknown_visit()
    cameras = [runtime.cameras[one] for one in visit["seen"] if one in runtime.cameras]
    for camera in cameras:
        asker.check(camera.source_entity_id, POLICY_CONTROL)
    if not cameras:
        # Nobody has a right to a camera that is gone.
        if not (asker.is_home or (asker.user is not None and asker.user.is_admin)):
            raise Unauthorized
        return await async_take_in(runtime, own_id, opinion)
    return await async_say(cameras[0], own_id, opinion)


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

    Whoever takes all of them back is told anew what becomes of feedback before they give any.

    Raises:
        HomeAssistantError: The history cannot be written.
        ServiceValidationError: It is not one of ours.
        Unauthorized: It is not within rights.
    """
    camera = asker.camera(said[ATTR_ENTITY_ID], POLICY_CONTROL)
    if (lesson_id := said.get(ATTR_LESSON_ID)) is None and asker.user is not None:
        asker.runtime.store.async_not_understood(asker.user.id)
    return {"forgotten": await camera.taught.async_forget(lesson_id)}
