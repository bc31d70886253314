"""Why people were told of a motion, or were not, in one sentence; and what became of a whole day.

The answer comes from the history: every motion ends in exactly one outcome, so that the motions of
a day are those that were told plus those that were not, reason by reason.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .alerts import Outcome
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import RuntimeData
from .learning import NEAR
from .message import async_texts
from .visit_list import async_visit

_MANY: Final = 100_000
"""More than a camera can see in a week."""
_TOLD: Final = (Outcome.ALERTED, Outcome.UPDATED)
MOTION_KEYS: Final = (
    "at",
    "trigger",
    "outcome",
    "reason",
    "verdict",
    "count",
    "confidence",
    "frames",
    "source",
    "failures",
    "visit_ids",
    "hops_ms",
    "inference_ms",
    "feedback",
)


async def async_explain(
    hass: HomeAssistant, runtime: RuntimeData, camera: CameraCoordinator, at: datetime | None
) -> dict[str, Any]:
    """Return why people were told of a motion of a camera, or were not.

    Its visits are those of ``visit_list``, of all cameras: ``Asker.shown`` leaves out the others.

    Args:
        hass: For the language.
        runtime: Holds the history.
        camera: Whose motion is meant.
        at: Near which time, UTC; None: the last motion there was.
    """
    motion = await _async_motion(runtime, camera, at)
    moment = datetime.fromisoformat(motion["at"]) if motion else at or dt_util.utcnow()
    return {
        "camera": camera.name,
        "at": dt_util.as_local(moment).isoformat(),
        "sentence": await async_sentence(hass, camera.name, motion),
        "motion": motion and {key: motion.get(key) for key in MOTION_KEYS},
        "visits": [] if motion is None else await _async_visits(runtime, motion),
        "day": await _async_day(runtime, camera, moment),
    }


async def _async_motion(
    runtime: RuntimeData, camera: CameraCoordinator, at: datetime | None
) -> dict[str, Any] | None:
    """Return the motion nearest to a time, or the last one."""
    subentry_id, now = camera.settings.subentry_id, dt_util.utcnow()
    if at is None:
        newest = await runtime.database.async_motions(
            subentry_id, now - runtime.hub.retention, now, 1
        )
        return newest[0] if newest else None
    near = await runtime.database.async_motions(subentry_id, at - NEAR, at + NEAR, _MANY)
    return min(near, key=lambda one: abs(datetime.fromisoformat(one["at"]) - at), default=None)


async def _async_visits(runtime: RuntimeData, motion: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the visits that a motion belongs to."""
    visits = [await async_visit(runtime.database, one) for one in motion["visit_ids"]]
    return [one for one in visits if one is not None]


async def _async_day(
    runtime: RuntimeData, camera: CameraCoordinator, at: datetime
) -> dict[str, Any]:
    """Return what became of the motions of one local day; told and suppressed ones add up."""
    start = dt_util.start_of_local_day(dt_util.as_local(at))
    outcomes = await runtime.database.async_outcomes(
        camera.settings.subentry_id,
        dt_util.as_utc(start),
        dt_util.as_utc(start + timedelta(days=1)),
    )
    motions = sum(outcomes.values())
    sent = sum(outcomes.pop(outcome, 0) for outcome in _TOLD)
    return {"motions": motions, "sent": sent, "suppressed": outcomes}


async def async_sentence(hass: HomeAssistant, camera: str, motion: Mapping[str, Any] | None) -> str:
    """Return why people were told of a motion, or were not, in this Home Assistant's language."""
    texts = await async_texts(hass)

    def words(group: str, key: str, otherwise: str) -> str:
        return texts.get(f"component.{DOMAIN}.selector.{group}.options.{key}", otherwise)

    if motion is None:
        return words("explanation", "no_motion", "{camera}").format(camera=camera)
    verdict, count, reason = motion["verdict"], motion["count"], motion["reason"]
    something = words("explanation", "something", "?")
    kind = words("seen", f"{verdict}_many" if count > 1 else verdict, something)
    is_kind = verdict not in ("", "nothing", "inconclusive") and count
    return words("explanation", motion["outcome"], motion["outcome"]).format(
        camera=camera,
        what=f"{count} {kind}" if is_kind else something,
        reason=words("failure", reason, reason.replace("_", " ")),
    )
