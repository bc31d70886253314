"""The actions about enrolled cameras: silence, resume, set the mode, explain, list visits.

They take the camera itself, our entities of it, or its device or area; also while the camera is
unavailable, where Home Assistant's own actions on entities would pass it over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, ATTR_MODE
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
import probatio

from .camera_modes import When
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import RuntimeData, SmartAlertsConfigEntry
from .explain import async_explain, public_visit
from .modes import Mode
from .targets import async_targeted

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


async def async_check_permission(call: ServiceCall, entity_id: str, policy: str) -> None:
    """Let people use only cameras that they may use."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, entity_id=entity_id, permission=policy)
    if not user.permissions.check_entity(entity_id, policy):
        raise Unauthorized(context=call.context, entity_id=entity_id, permission=policy)


async def async_check_camera(call: ServiceCall, camera: CameraCoordinator, policy: str) -> None:
    """Let people use only enrolled cameras whose source they may use."""
    await async_check_permission(call, camera.camera_entity_id or camera.settings.camera, policy)


def enrolled_camera(runtime: RuntimeData, entity_id: str) -> CameraCoordinator | None:
    """Return the enrolled camera that an entity shows, also by its smart view."""
    for camera in runtime.cameras.values():
        if entity_id in (camera.camera_entity_id, camera.live_view):
            return camera
    return None


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
    runtime = _runtime(call)
    camera = await _async_camera(call, runtime, call.data[ATTR_ENTITY_ID])
    answer = await async_explain(call.hass, runtime, camera, _utc(call, ATTR_AT))
    return {**answer, "visits": await _async_for_asker(call, answer["visits"])}


async def _async_get_visits(call: ServiceCall) -> ServiceResponse:
    """List visits, the newest first."""
    runtime, entity_id = _runtime(call), call.data.get(ATTR_ENTITY_ID)
    before = _utc(call, ATTR_BEFORE) or dt_util.utcnow()
    after = _utc(call, ATTR_AFTER) or before - _A_DAY
    if after > before:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="visits_end_before_start"
        )
    subentry_id = None
    if entity_id is not None:
        subentry_id = (await _async_camera(call, runtime, entity_id)).settings.subentry_id
    else:
        for camera in runtime.cameras.values():
            await async_check_camera(call, camera, POLICY_READ)
    visits = await runtime.database.async_visits(subentry_id, after, before, call.data[ATTR_LIMIT])
    shown = [public_visit(runtime, visit) for visit in visits]
    return {"visits": await _async_for_asker(call, shown)}


async def _async_for_asker(
    call: ServiceCall, visits: Sequence[Mapping[str, Any]]
) -> list[JsonValueType]:
    """Return visits without the cameras of the group that who asks may not see."""
    if call.context.user_id is None:
        return [dict(visit) for visit in visits]
    user = await call.hass.auth.async_get_user(call.context.user_id)

    def may_see(camera: str) -> bool:
        return user is not None and user.permissions.check_entity(camera, POLICY_READ)

    return [
        {**visit, "cameras": [camera for camera in visit["cameras"] if may_see(camera)]}
        for visit in visits
    ]


def _runtime(call: ServiceCall) -> RuntimeData:
    entry: SmartAlertsConfigEntry = async_get_config_entry(call.hass, DOMAIN, None)
    return entry.runtime_data


def _utc(call: ServiceCall, key: str) -> datetime | None:
    """Return a time that was written down as local time."""
    at: datetime | None = call.data.get(key)
    return at and dt_util.as_utc(at)


async def _async_camera(
    call: ServiceCall, runtime: RuntimeData, entity_id: str
) -> CameraCoordinator:
    """Return the camera that is asked about.

    Raises:
        ServiceValidationError: It is not one of ours.
    """
    await async_check_permission(call, entity_id, POLICY_READ)
    if (camera := enrolled_camera(runtime, entity_id)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="camera_not_enrolled",
            translation_placeholders={"camera": entity_id},
        )
    # A right to our smart view is none to its camera.
    await async_check_camera(call, camera, POLICY_READ)
    return camera


async def _async_targeted_cameras(
    call: ServiceCall,
) -> tuple[RuntimeData, list[CameraCoordinator]]:
    """Return the cameras that are meant; all of them without a target.

    Raises:
        ServiceValidationError: None is meant.
    """
    runtime = _runtime(call)
    cameras = list(runtime.cameras.values())
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
        await async_check_camera(call, camera, POLICY_CONTROL)
    return runtime, cameras
