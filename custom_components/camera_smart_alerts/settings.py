"""Typed settings, parsed once: the only reader of entry and subentry dictionaries.

Whatever is missing has its default here, so a form may leave it out and an older entry stays
valid. Entities are stored as the user picked them; cameras and motion sensors by their registry
id where they have one, which survives a rename.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from homeassistant.config_entries import ConfigSubentry

from .const import (
    CONF_CAMERA,
    CONF_COOLDOWN,
    CONF_DASHBOARD,
    CONF_DISPLAYS,
    CONF_ECHO_SHOWS,
    CONF_FRAMES_PER_SECOND,
    CONF_HOLD,
    CONF_KINDS,
    CONF_MESSAGE,
    CONF_MOTION,
    CONF_PHONES,
    CONF_SENSITIVITY,
    CONF_SPEAKERS,
    CONF_THREADS,
    CONF_TTS_ENGINE,
    CONF_VERIFY_TLS,
)
from .vision.datatypes import Kind, Sensitivity

DEFAULT_COOLDOWN = 120
DEFAULT_FRAMES_PER_SECOND = 5
DEFAULT_HOLD = 60
DEFAULT_KINDS = (Kind.PERSON,)
DEFAULT_MESSAGE = "{{ kind_name }}: {{ camera }}"
DEFAULT_THREADS = 2


@dataclass(frozen=True, slots=True)
class HubSettings:
    """What holds for all cameras."""

    frames_per_second: float
    """Frames analysed per camera and second while there is motion."""
    threads: int
    """Threads the network may use."""

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of the config entry."""
        return cls(
            frames_per_second=float(options.get(CONF_FRAMES_PER_SECOND, DEFAULT_FRAMES_PER_SECOND)),
            threads=int(options.get(CONF_THREADS, DEFAULT_THREADS)),
        )


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Who is told about one camera, and how."""

    phones: tuple[str, ...]
    """Device ids of the companion apps."""
    speakers: tuple[str, ...]
    """Entity ids: media players, Assist satellites, notify entities that speak."""
    tts_engine: str | None
    """Entity id of the engine that speaks on media players."""
    displays: tuple[str, ...]
    """Entity ids of media players that show the live view."""
    dashboard: str | None
    """``dashboard/view`` that Cast displays show instead of the bare stream."""
    echo_shows: tuple[str, ...]
    """Device ids of Echo Shows."""
    message: str
    """Template of the sentence that is shown and spoken."""
    cooldown: timedelta
    """Quiet time after a delivered alert, per kind."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Everything the user chose for one camera."""

    subentry_id: str
    title: str
    camera: str
    """Entity-registry id, or the entity id of a camera without registry entry."""
    motion: tuple[str, ...]
    """Entity-registry ids or entity ids of what signals motion."""
    kinds: frozenset[Kind]
    sensitivity: Sensitivity
    hold: timedelta
    """How long something counts as present after it was last seen."""
    verify_tls: bool
    """Whether an encrypted stream must show a certificate that is trusted."""
    alerts: AlertSettings

    @classmethod
    def from_subentry(cls, subentry: ConfigSubentry) -> Self:
        """Read one camera subentry."""
        data = subentry.data
        return cls(
            subentry_id=subentry.subentry_id,
            title=subentry.title,
            camera=data[CONF_CAMERA],
            motion=tuple(data.get(CONF_MOTION, ())),
            kinds=frozenset(Kind(kind) for kind in data.get(CONF_KINDS, DEFAULT_KINDS)),
            sensitivity=Sensitivity(data.get(CONF_SENSITIVITY, Sensitivity.BALANCED)),
            hold=timedelta(seconds=data.get(CONF_HOLD, DEFAULT_HOLD)),
            verify_tls=data.get(CONF_VERIFY_TLS, False),
            alerts=AlertSettings(
                phones=tuple(data.get(CONF_PHONES, ())),
                speakers=tuple(data.get(CONF_SPEAKERS, ())),
                tts_engine=data.get(CONF_TTS_ENGINE),
                displays=tuple(data.get(CONF_DISPLAYS, ())),
                dashboard=data.get(CONF_DASHBOARD) or None,
                echo_shows=tuple(data.get(CONF_ECHO_SHOWS, ())),
                message=data.get(CONF_MESSAGE) or DEFAULT_MESSAGE,
                cooldown=timedelta(seconds=data.get(CONF_COOLDOWN, DEFAULT_COOLDOWN)),
            ),
        )
