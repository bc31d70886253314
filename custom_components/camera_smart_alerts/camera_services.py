"""The actions about enrolled cameras: silence, resume, set the mode, explain, list visits.

They take the camera itself, our entities of it, or its device or area; also while the camera is
unavailable, where Home Assistant's own actions on entities would pass it over.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, ATTR_MODE
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from .asking import async_asker
from .camera_modes import When
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import RuntimeData
from .explain import async_explain
from .modes import Mode
from .targets import async_targeted
from .visit_list import Wanted, async_page

SERVICE_SILENCE: Final = "silence"
SERVICE_RESUME: Final = "resume"
SERVICE_SET_MODE: Final = "set_mode"
SERVICE_EXPLAIN: Final = "explain"
SERVICE_GET_VISITS: Final = "get_visits"

ATTR_AFTER: Final = "after"
ATTR_AT: Final = "at"
ATTR_BEFORE: Final = "before"
ATTR_DURATION: Final = "duration"
ATTR_LIMIT: Final = "limit"
ATTR_UNTIL_HOME: Final = "until_home"
ATTR_WHEN: Final = "when"

_LONGEST_SILENCE: Final = timedelta(days=7)
_A_DAY: Final = timedelta(days=1)

SILENCE_SCHEMA: Final = probatio.All(
    probatio.Schema(
        {
            **cv.ENTITY_SERVICE_FIELDS,
            probatio.Exclusive(ATTR_DURATION, "how long"): probatio.All(
                cv.positive_time_period, probatio.Range(max=_LONGEST_SILENCE)
            ),
            probatio.Exclusive(ATTR_UNTIL_HOME, "how long"): probatio.All(
                cv.boolean, probatio.IsTrue()
            ),
        }
    ),
    cv.has_at_least_one_key(ATTR_DURATION, ATTR_UNTIL_HOME),
)
RESUME_SCHEMA: Final = probatio.Schema({**cv.ENTITY_SERVICE_FIELDS})
SET_MODE_SCHEMA: Final = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Required(ATTR_MODE): probatio.Coerce(Mode),
        probatio.Optional(ATTR_WHEN, default=list(When)): probatio.All(
            cv.ensure_list, [probatio.Coerce(When)]
        ),
    }
)
EXPLAIN_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
        probatio.Optional(ATTR_AT): cv.datetime,
    }
)
GET_VISITS_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
        probatio.Optional(ATTR_AFTER): cv.datetime,
        probatio.Optional(ATTR_BEFORE): cv.datetime,
        probatio.Optional(ATTR_LIMIT, default=50): probatio.All(
            cv.positive_int, probatio.Range(min=1, max=1000)
        ),
    }
)


@callback
def async_setup_camera_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, action, schema in (
        (SERVICE_SILENCE, _async_silence, SILENCE_SCHEMA),
        (SERVICE_RESUME, _async_resume, RESUME_SCHEMA),
        (SERVICE_SET_MODE, _async_set_mode, SET_MODE_SCHEMA),
    ):
        hass.services.async_register(DOMAIN, name, action, schema=schema)
    for name, question, schema in (
        (SERVICE_EXPLAIN, _async_explain, EXPLAIN_SCHEMA),
        (SERVICE_GET_VISITS, _async_get_visits, GET_VISITS_SCHEMA),
    ):
        hass.services.async_register(
            DOMAIN, name, question, schema=schema, supports_response=SupportsResponse.ONLY
        )


async def _async_silence(call: ServiceCall) -> None:
    """Tell nobody of some cameras for a while, or until somebody comes home."""
    runtime, cameras = await _async_targeted_cameras(call)
    duration = call.data.get(ATTR_DURATION)
    if duration is None and runtime.home.is_home:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="somebody_is_home")
    for camera in cameras:
        camera.control.async_silence(duration)


async def _async_resume(call: ServiceCall) -> None:
    """Tell people of some cameras again."""
    _, cameras = await _async_targeted_cameras(call)
    for camera in cameras:
        camera.control.async_resume()


async def _async_set_mode(call: ServiceCall) -> None:
    """Choose what some cameras may do."""
    _, cameras = await _async_targeted_cameras(call)
    for camera in cameras:
        for when in call.data[ATTR_WHEN]:
            camera.control.async_set_mode(when, call.data[ATTR_MODE])


async def _async_explain(call: ServiceCall) -> ServiceResponse:
    """Say why people were told of a motion, or were not."""
    asker = await async_asker(call)
    camera = asker.camera(call.data[ATTR_ENTITY_ID])
    answer = await async_explain(call.hass, asker.runtime, camera, _utc(call, ATTR_AT))
    return {**answer, "visits": asker.shown(answer["visits"])}


async def _async_get_visits(call: ServiceCall) -> ServiceResponse:
    """List visits, the newest first; without a camera those of all that who asks may see."""
    asker, entity_id = await async_asker(call), call.data.get(ATTR_ENTITY_ID)
    after, before = asked_span(call)
    wanted = Wanted(
        cameras=asker.meant(entity_id),
        after=after.timestamp(),
        before=before.timestamp(),
        limit=call.data[ATTR_LIMIT],
    )
    page = await async_page(asker.runtime.database, wanted)
    return {"visits": [*asker.shown(page.visits)]}


def asked_span(call: ServiceCall) -> tuple[datetime, datetime]:
    """Return the times between which somebody looks back, UTC; by default the last day.

    Raises:
        ServiceValidationError: They end before they start.
    """
    before = _utc(call, ATTR_BEFORE) or dt_util.utcnow()
    after = _utc(call, ATTR_AFTER) or before - _A_DAY
    if after > before:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="visits_end_before_start"
        )
    return after, before


def _utc(call: ServiceCall, key: str) -> datetime | None:
    """Return a time that was written down as local time."""
    at: datetime | None = call.data.get(key)
    return at and dt_util.as_utc(at)


async def _async_targeted_cameras(
    call: ServiceCall,
) -> tuple[RuntimeData, list[CameraCoordinator]]:
    """Return the cameras that are meant; all of them without a target.

    Raises:
        ServiceValidationError: None is meant.
        Unauthorized: One of them is not within rights.
    """
    asker = await async_asker(call)
    cameras = list(asker.runtime.cameras.values())
    target: dict[str, Any] = {
        key: value for key, value in call.data.items() if key in cv.ENTITY_SERVICE_FIELDS
    }
    if target:
        targeted = async_targeted(call.hass, target)
        cameras = [
            camera
            for camera in cameras
            if targeted.means([camera.camera_entity_id or ""], [camera.device_id or ""])
        ]
    if not cameras:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_camera_targeted"
        )
    for camera in cameras:
        asker.check(camera.source_entity_id, POLICY_CONTROL)
    return asker.runtime, cameras
