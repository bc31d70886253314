"""Gathers what goes into a file for a bug report: of the hub, of a motion, of its pictures.

What is put in is listed here and in ``diagnostics.py``; nothing is copied as a whole and cleaned
afterwards. Whoever asks gets no picture that they may not see.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
import platform
from typing import Any, Final

from homeassistant.const import __version__ as ha_version
from homeassistant.loader import async_get_integration
from homeassistant.util import dt as dt_util

from .alerts import visit_id
from .asking import Asker
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry
from .diagnostics import async_hub_facts, camera_facts
from .explain import MOTION_KEYS, async_sentence
from .kept_picture import KeptPicture, Role
from .redaction import NeutralNames
from .report import Missing, Report, ReportPicture, Treatment
from .vision.datatypes import Box
from .vision.errors import ImageError
from .vision.redact import COVERED

type Motion = Mapping[str, Any]
"""As ``Database.async_motions`` gives it, with the ``subentry_id`` of its camera."""

MOST_MOTIONS: Final = 20


class UnknownCameraError(Exception):
    """The camera that a report is to be about was removed meanwhile."""


async def async_newest_motions(asker: Asker) -> list[tuple[Motion, str]]:
    """Return the newest motions of cameras within rights, the newest first, each in a sentence."""
    runtime, now = asker.runtime, dt_util.utcnow()
    cameras = asker.cameras()
    found: list[Motion] = [
        {**motion, "subentry_id": subentry_id}
        for subentry_id in cameras
        for motion in await runtime.database.async_motions(
            subentry_id, now - runtime.hub.retention, now, MOST_MOTIONS
        )
    ]
    found.sort(key=lambda one: str(one["at"]), reverse=True)
    return [
        (one, await _async_title(asker, cameras[one["subentry_id"]], one))
        for one in found[:MOST_MOTIONS]
    ]


async def _async_title(asker: Asker, camera: CameraCoordinator, motion: Motion) -> str:
    at = dt_util.as_local(datetime.fromisoformat(motion["at"]))
    return f"{at:%Y-%m-%d %H:%M:%S} {await async_sentence(asker.hass, camera.name, motion)}"


async def async_make_report(
    asker: Asker,
    entry: SmartAlertsConfigEntry,
    login: str,
    motion: Motion | None,
    treatment: Treatment,
) -> Report:
    """Gather everything.

    Args:
        asker: The administrator who asks.
        entry: The hub.
        login: Id of their login.
        motion: What it is about; None: all cameras, no motion, no pictures.
        treatment: How pictures are put in.

    Raises:
        UnknownCameraError: The camera of the motion was removed meanwhile.
        ModelError: Pictures are to be covered, and the network cannot run.
    """
    hass, cameras = asker.hass, asker.cameras()
    if motion is not None and motion["subentry_id"] not in cameras:
        raise UnknownCameraError
    names = NeutralNames(one.source_entity_id for one in cameras.values())
    about = None if motion is None else cameras[motion["subentry_id"]]
    told = cameras.values() if about is None else [about]
    facts = {
        "versions": {
            "camera_smart_alerts": str((await async_get_integration(hass, DOMAIN)).version),
            "home_assistant": ha_version,
            "python": platform.python_version(),
            "machine": platform.machine(),
        },
        **await async_hub_facts(hass, entry),
        "cameras": [camera_facts(hass, one, names(one.source_entity_id), names) for one in told],
        "about": None
        if motion is None or about is None
        else await _async_about(asker, names, about, motion),
    }
    pictures, missing = dict[str, ReportPicture](), Counter[Missing]()
    if motion is not None and treatment is not Treatment.NONE:
        pictures = await _async_pictures(asker, names, motion, treatment, missing)
    return Report(
        login=login,
        made_at=dt_util.utcnow(),
        facts=facts,
        treatment=treatment,
        pictures=pictures,
        missing=missing,
    )


async def _async_about(
    asker: Asker, names: NeutralNames, camera: CameraCoordinator, motion: Motion
) -> dict[str, Any]:
    """Return everything about one motion."""
    name = names(camera.source_entity_id)
    kept = {key: motion.get(key) for key in MOTION_KEYS if key != "visit_ids"}
    return {
        **kept,
        "trigger": names(motion["trigger"]),
        "visits": len(motion["visit_ids"]),
        "camera": name,
        "explained": await async_sentence(asker.hass, name, motion),
    }


async def _async_pictures(
    asker: Asker,
    names: NeutralNames,
    motion: Motion,
    treatment: Treatment,
    missing: Counter[Missing],
) -> dict[str, ReportPicture]:
    """Return the pictures of the visits that a motion belongs to, by the name of their file.

    Raises:
        ModelError: They are to be covered, and the network cannot run.
    """
    pictures: dict[str, ReportPicture] = {}
    allowed = await asker.async_pictured()
    for kept in await asker.runtime.vault.async_of_visits(motion["visit_ids"]):
        if kept.role is Role.PREVIEW:
            missing[Missing.PREVIEW] += 1
        elif (camera := allowed.get(kept.subentry_id)) is None:
            missing[Missing.NOT_ALLOWED] += 1
        elif (data := await _async_data(asker, camera, kept, treatment)) is None:
            missing[Missing.UNREADABLE] += 1
        else:
            pictures[f"pictures/{len(pictures) + 1}.jpg"] = ReportPicture(
                kept_id=kept.id,
                camera_entity_id=camera.source_entity_id,
                camera=names(camera.source_entity_id),
                role=kept.role,
                taken_at=kept.taken_at,
                data=data,
            )
    return pictures


async def _async_data(
    asker: Asker, camera: CameraCoordinator, kept: KeptPicture, treatment: Treatment
) -> bytes | None:
    """Return a picture as it is put into a report; None where it is gone or unreadable.

    Raises:
        ModelError: It is to be covered, and the network cannot run.
    """
    opened = await asker.runtime.vault.async_open(kept.id)
    if opened is None or treatment is Treatment.AS_KEPT:
        return None if opened is None else opened.data
    known = _known(camera, kept)
    try:
        return await asker.runtime.inference.async_redact(opened.data, camera.mask, known)
    except ImageError:
        return None


def _known(camera: CameraCoordinator, kept: KeptPicture) -> list[Box]:
    """Return where the motions of a visit saw people and vehicles, in shares of the picture."""
    examples = [
        example
        for motion in camera.learning.motions
        if any(visit_id(alert_id) == kept.visit_id for alert_id in motion.alert_ids)
        for example in (*motion.believed, motion.candidate)
    ]
    return [one.box for one in examples if one is not None and one.kind in COVERED]
