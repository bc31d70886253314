"""Typed settings, parsed once: the only reader of entry and subentry dictionaries.

Whatever is missing has its default here, so a form may leave it out and an older entry stays
valid. Entities are stored by their registry id where they have one, which survives a rename; what
they are called now is found in ``followed.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
import json
from typing import Any, Self

from homeassistant.config_entries import ConfigSubentry
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ADMINS_ONLY,
    CONF_CAMERA,
    CONF_CONFIRM_WITHIN,
    CONF_COOLDOWN,
    CONF_CRITICAL,
    CONF_CRITICAL_END,
    CONF_CRITICAL_START,
    CONF_DASHBOARD,
    CONF_DISPLAYS,
    CONF_ECHO_SHOWS,
    CONF_ENGINE,
    CONF_FRAMES_PER_SECOND,
    CONF_GROUP,
    CONF_HISTORY_MAX_MB,
    CONF_HOLD,
    CONF_IMPORTANT,
    CONF_KINDS,
    CONF_LATENCY_LIMIT,
    CONF_LOITER,
    CONF_MASKS,
    CONF_MESSAGE,
    CONF_MIN_CONFIDENCE,
    CONF_MIN_HEIGHT,
    CONF_MODE_AWAY,
    CONF_MODE_HOME,
    CONF_MOTION,
    CONF_NO_TEXT,
    CONF_PHONES,
    CONF_PICTURE_STYLE,
    CONF_PRESENCE,
    CONF_QUIET_END,
    CONF_QUIET_START,
    CONF_RETENTION,
    CONF_SENSITIVITY,
    CONF_SPEAKERS,
    CONF_THREADS,
    CONF_TTS_ENGINE,
    CONF_TWO_STEP,
    CONF_TWO_STEP_ONLY,
    CONF_VERIFY_TLS,
    CONF_VOLUME,
    CONF_ZONES,
)
from .modes import Mode, QuietHours
from .share_target import ShareTarget
from .vision.datatypes import Kind, Sensitivity
from .vision.runtime import Engine
from .vision.style import PictureStyle
from .vision.zones import Filters, Points
from .zone_text import parse_masks, parse_zones

AUTOMATIC = "automatic"
"""The option for the engine that is faster here."""
DEFAULT_COOLDOWN = 120
DEFAULT_FRAMES_PER_SECOND = 5
DEFAULT_HISTORY_MAX_MB = 500
DEFAULT_HOLD = 60
DEFAULT_LATENCY_LIMIT = 5
DEFAULT_KINDS = (Kind.PERSON,)
DEFAULT_MESSAGE = "{{ what }}: {{ camera }}"
DEFAULT_RETENTION_H = 7 * 24
DEFAULT_THREADS = 2


class TwoStep(StrEnum):
    """Whether the administrator who set up the hub had two-step verification."""

    VERIFIED = "verified"
    CONTINUED_WITHOUT = "continued_without"
    NOT_ASKED = "not_asked"
    """Set up before this was asked."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read the data of the config entry."""
        if (record := data.get(CONF_TWO_STEP)) is None:
            return cls("not_asked")
        return cls("verified" if record["verified"] else "continued_without")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """What holds for all cameras."""

    frames_per_second: float
    """Frames analysed per camera and second while there is motion."""
    threads: int
    """Threads the network may use."""
    engine: Engine | None = None
    """What is to run the network; None: what is faster here."""
    quiet_hours: QuietHours | None = None
    """When only important cameras tell people."""
    presence: tuple[str, ...] = ()
    """Registry ids or entity ids of persons and the like that switch Home mode; none: by hand."""
    latency_limit: timedelta = timedelta(seconds=DEFAULT_LATENCY_LIMIT)
    """From motion to phone, at most, for 95 of 100 alerts of a day."""
    admins_only: bool = False
    """Whether only administrators may see pictures."""
    two_step_only: bool = False
    """Whether only people with two-step verification may see pictures."""
    retention: timedelta = timedelta(hours=DEFAULT_RETENTION_H)
    """How long visits, motions and pictures are kept."""
    history_bytes: int = DEFAULT_HISTORY_MAX_MB * 1_000_000
    """Of all pictures on disk together."""

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of the config entry."""
        return cls(
            frames_per_second=float(options.get(CONF_FRAMES_PER_SECOND, DEFAULT_FRAMES_PER_SECOND)),
            threads=int(options.get(CONF_THREADS, DEFAULT_THREADS)),
            engine=_engine(options.get(CONF_ENGINE, AUTOMATIC)),
            quiet_hours=_quiet_hours(options.get(CONF_QUIET_START), options.get(CONF_QUIET_END)),
            presence=tuple(options.get(CONF_PRESENCE, ())),
            latency_limit=timedelta(
                seconds=float(options.get(CONF_LATENCY_LIMIT, DEFAULT_LATENCY_LIMIT))
            ),
            admins_only=bool(options.get(CONF_ADMINS_ONLY, False)),
            two_step_only=bool(options.get(CONF_TWO_STEP_ONLY, False)),
            retention=timedelta(hours=float(options.get(CONF_RETENTION, DEFAULT_RETENTION_H))),
            history_bytes=int(options.get(CONF_HISTORY_MAX_MB, DEFAULT_HISTORY_MAX_MB)) * 1_000_000,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Who is told about one camera, and how."""

    phones: tuple[str, ...]
    """Device ids of the companion apps."""
    speakers: tuple[str, ...]
    """Media players, Assist satellites, notify entities that speak: entity ids, or registry ids
    as they are stored until ``FollowedEntities`` has resolved them."""
    tts_engine: str | None
    """The engine that speaks on media players, like those."""
    displays: tuple[str, ...]
    """Media players that show the live view, like those."""
    dashboard: str | None
    """``dashboard/view`` that Cast displays show instead of the bare stream."""
    echo_shows: tuple[str, ...]
    """Device ids of Echo Shows."""
    message: str
    """Template of the sentence that is shown and spoken."""
    cooldown: timedelta
    """Quiet time after a delivered alert, per kind."""
    confirm_within: timedelta | None = None
    """Time for a target to confirm before the next one is told; None: all are told at once."""
    critical: bool = False
    """Whether phones sound even when they are silenced."""
    critical_hours: QuietHours | None = None
    """When they do; None: always."""
    no_text: bool = False
    """Whether notifications name neither camera nor what was seen, and carry no picture."""
    volume: float | None = None
    """Of announcements, 0 to 1; None: as it is."""

    def is_critical(self, local: datetime) -> bool:
        """Return whether phones sound at this local time even when they are silenced."""
        hours = self.critical_hours
        return self.critical and (hours is None or hours.cover(local))


@dataclass(frozen=True, slots=True)
class WhatCounts:
    """What of a camera's picture counts, and what nobody may see."""

    filters: Filters = field(default_factory=Filters)
    masks: tuple[Points, ...] = ()
    """Areas that are black before anything looks at the picture."""
    style: PictureStyle = PictureStyle.FULL
    """How much the pictures of alerts show."""
    ignored: tuple[str, ...] = ()
    """Stored zones and masks that cannot be used as they are: the form lets none through."""

    @property
    def hides(self) -> str:
        """What pictures do not show, as text to compare; empty where they show everything."""
        if self.style is PictureStyle.FULL and not self.masks:
            return ""
        return json.dumps([self.style, self.masks])

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read the data of a camera subentry, or the values of its form."""
        zones, bad_zones = parse_zones(data.get(CONF_ZONES) or "")
        masks, bad_masks = parse_masks(data.get(CONF_MASKS) or "")
        return cls(
            filters=Filters(
                zones=zones,
                min_height=(data.get(CONF_MIN_HEIGHT) or 0) / 100,
                min_confidence=(data.get(CONF_MIN_CONFIDENCE) or 0) / 100,
                loiter_s=data.get(CONF_LOITER) or 0,
            ),
            masks=masks,
            style=PictureStyle(data.get(CONF_PICTURE_STYLE) or PictureStyle.FULL),
            ignored=tuple(problem.text for problem in (*bad_zones, *bad_masks)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
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
    mode_home: Mode = Mode.ALERT
    mode_away: Mode = Mode.ALERT
    group: str = ""
    """Cameras of one group share their visits; empty for none."""
    important: bool = False
    """Heard in quiet hours, and told of when what moved could not be analysed."""
    verify_tls: bool
    """Whether an encrypted stream must show a certificate that is trusted."""
    alerts: AlertSettings
    counts: WhatCounts = field(default_factory=WhatCounts)
    share: ShareTarget | None = None
    """Another system that is told each verdict."""

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
            mode_home=Mode(data.get(CONF_MODE_HOME, Mode.ALERT)),
            mode_away=Mode(data.get(CONF_MODE_AWAY, Mode.ALERT)),
            group=str(data.get(CONF_GROUP, "")).strip(),
            important=data.get(CONF_IMPORTANT, False),
            verify_tls=data.get(CONF_VERIFY_TLS, False),
            counts=WhatCounts.from_data(data),
            share=ShareTarget.from_data(data),
            alerts=AlertSettings(
                phones=tuple(data.get(CONF_PHONES, ())),
                speakers=tuple(data.get(CONF_SPEAKERS, ())),
                tts_engine=data.get(CONF_TTS_ENGINE),
                displays=tuple(data.get(CONF_DISPLAYS, ())),
                dashboard=data.get(CONF_DASHBOARD) or None,
                echo_shows=tuple(data.get(CONF_ECHO_SHOWS, ())),
                message=data.get(CONF_MESSAGE) or DEFAULT_MESSAGE,
                cooldown=timedelta(seconds=data.get(CONF_COOLDOWN, DEFAULT_COOLDOWN)),
                confirm_within=timedelta(seconds=data.get(CONF_CONFIRM_WITHIN, 0)) or None,
                critical=data.get(CONF_CRITICAL, False),
                critical_hours=_quiet_hours(
                    data.get(CONF_CRITICAL_START), data.get(CONF_CRITICAL_END)
                ),
                no_text=data.get(CONF_NO_TEXT, False),
                volume=None if (volume := data.get(CONF_VOLUME)) is None else float(volume) / 100,
            ),
        )


def _engine(chosen: str) -> Engine | None:
    return None if chosen == AUTOMATIC else Engine(chosen)


def _quiet_hours(start: str | None, end: str | None) -> QuietHours | None:
    """Return the span between two times of day (``22:00:00``, ``7:05``); None unless there are two.

    What is no time does not keep anything from being set up.
    """
    since, until = dt_util.parse_time(start or ""), dt_util.parse_time(end or "")
    if since is None or until is None or since == until:
        return None
    return QuietHours(since, until)
