"""Look through a camera once, for the person who sets it up, and put it into words.

The words come from our own translations in the language of this Home Assistant: the frontend
translates a form's text, but not what is filled into it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
import secrets
from typing import Any, Final

from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .const import CONF_SENSITIVITY, CONF_VERIFY_TLS, DOMAIN
from .data import SmartAlertsConfigEntry
from .drawing import async_draw
from .inference import async_look_once
from .message import async_texts
from .motion_candidates import motion_candidates
from .pictures import async_pictures, picture_path
from .redaction import log_unexpected
from .settings import WhatCounts
from .vision.datatypes import Detection, Kind, Sensitivity
from .vision.errors import ImageError, ModelError, SourceError, SourceFailure
from .vision.mask import PrivacyMask
from .vision.style import PictureStyle
from .vision.verdict import believed

_LINK_LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking through a camera, in words."""

    failure: str = ""
    """Why there is no picture, and what helps. Empty when there is one."""
    picture: str = ""
    """Signed path of the annotated picture."""
    seen: str = ""
    seconds: float = 0.0
    """From asking the camera to the analysed picture."""


async def async_look(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    camera_entity_id: str | None,
    values: Mapping[str, Any],
) -> Look:
    """Take and analyse one frame; every failure becomes words, none is raised.

    Args:
        hass: Home Assistant.
        entry: The hub, whose network looks.
        camera_entity_id: None when the camera is gone.
        values: What was chosen for the camera.
    """
    if entry.state is not ConfigEntryState.LOADED:
        return Look(failure=(await _async_words(hass, "failure"))["not_loaded"])
    try:
        return await _async_look(hass, entry, camera_entity_id, values)
    except SourceError as err:
        failure = str(err.failure)
    except ImageError:
        failure = str(SourceFailure.UNREADABLE)
    except ModelError:
        failure = "model_unusable"
    except Exception as err:  # noqa: BLE001 - the outermost frame of a task
        log_unexpected(f"{camera_entity_id}: looking through the camera", err)
        failure = "unexpected"
    return Look(failure=(await _async_words(hass, "failure"))[failure])


async def _async_look(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    camera_entity_id: str | None,
    values: Mapping[str, Any],
) -> Look:
    """Take and analyse one frame.

    Raises:
        SourceError: The camera gives no frame.
        ModelError: There is no network to look with.
        ImageError: The frame cannot be drawn on.
    """
    if camera_entity_id is None:
        raise SourceError(SourceFailure.CAMERA_MISSING)
    counts = WhatCounts.from_data(values)
    look = await async_look_once(
        hass,
        entry.runtime_data.inference,
        camera_entity_id,
        verify_tls=values.get(CONF_VERIFY_TLS, False),
        mask=PrivacyMask(counts.masks),
    )
    seen = believed(look.observation.detections, Sensitivity(values[CONF_SENSITIVITY]))
    # Whoever wants no pictures still has to see the zones.
    style = PictureStyle.SILHOUETTE if counts.style is PictureStyle.NONE else counts.style
    shown = replace(look.observation, detections=seen)
    jpeg = await async_draw(hass, shown, style, counts.filters.zones)
    picture_id = secrets.token_urlsafe(12)
    async_pictures(hass).put(picture_id, jpeg, camera_entity_id)
    return Look(
        picture=async_sign_path(hass, picture_path(picture_id), _LINK_LASTS),
        seen=_sentence(seen, await _async_words(hass, "seen")),
        seconds=look.took_ms / 1000,
    )


def _sentence(seen: Sequence[Detection], words: Mapping[str, str]) -> str:
    """Return for example "2 people (92 %, 71 %), 1 animal (80 %)"."""
    parts = []
    for kind in Kind:
        sure = sorted((one.confidence for one in seen if one.kind is kind), reverse=True)
        if sure:
            word = words[kind if len(sure) == 1 else f"{kind}_many"]
            parts.append(f"{len(sure)} {word} ({', '.join(f'{100 * one:.0f} %' for one in sure)})")
    return ", ".join(parts) or words["nothing"]


async def async_motion_hint(hass: HomeAssistant, camera_entity_id: str | None) -> str:
    """Return what to do about a camera without a motion sensor of its own, else nothing."""
    found = motion_candidates(hass, camera_entity_id) if camera_entity_id else []
    if camera_entity_id is None or any(one.suggested for one in found):
        return ""
    words = await _async_words(hass, "motion_hint")
    if not found:
        return words["none"]
    names = (state.name for one in found if (state := hass.states.get(one.entity_id)) is not None)
    return f"{words['nearby']} {', '.join(names)}"


async def _async_words(hass: HomeAssistant, group: str) -> dict[str, str]:
    """Return a group of our texts by their last key."""
    prefix = f"component.{DOMAIN}.selector.{group}.options."
    texts = await async_texts(hass)
    return {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)}
