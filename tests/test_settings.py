"""What settings are read from entries: everything has a default, everything gets its type."""

from datetime import time, timedelta
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
import pytest

from custom_components.camera_smart_alerts.const import (
    CONF_CAMERA,
    CONF_COOLDOWN,
    CONF_CRITICAL,
    CONF_DASHBOARD,
    CONF_DISPLAYS,
    CONF_ECHO_SHOWS,
    CONF_FRAMES_PER_SECOND,
    CONF_HOLD,
    CONF_KINDS,
    CONF_MESSAGE,
    CONF_MOTION,
    CONF_NO_TEXT,
    CONF_PHONES,
    CONF_SENSITIVITY,
    CONF_SPEAKERS,
    CONF_THREADS,
    CONF_TTS_ENGINE,
    CONF_VERIFY_TLS,
    CONF_VOLUME,
    SUBENTRY_CAMERA,
)
from custom_components.camera_smart_alerts.modes import QuietHours
from custom_components.camera_smart_alerts.settings import (
    DEFAULT_MESSAGE,
    AlertSettings,
    CameraSettings,
    HubSettings,
    TwoStep,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind, Sensitivity


def _subentry(**data: object) -> ConfigSubentry:
    return ConfigSubentry(
        data=MappingProxyType({CONF_CAMERA: "camera-id", **data}),
        subentry_id="sub",
        subentry_type=SUBENTRY_CAMERA,
        title="Front door",
        unique_id="camera-id",
    )


def test_a_hub_without_options_has_defaults() -> None:
    assert HubSettings.from_options({}) == HubSettings(frames_per_second=5.0, threads=2)


def test_a_hub_reads_its_options() -> None:
    options = {CONF_FRAMES_PER_SECOND: 3, CONF_THREADS: 4.0}
    assert HubSettings.from_options(options) == HubSettings(frames_per_second=3.0, threads=4)


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ({}, "not_asked"),
        ({"two_step": {"verified": True, "user_id": "1", "at": "now"}}, "verified"),
        ({"two_step": {"verified": False, "user_id": None, "at": "now"}}, "continued_without"),
    ],
)
def test_a_hub_knows_whether_it_was_set_up_with_two_step_verification(
    data: dict[str, object], state: str
) -> None:
    assert TwoStep.from_data(data) is TwoStep(state)


def test_a_camera_with_nothing_chosen_has_defaults() -> None:
    assert CameraSettings.from_subentry(_subentry()) == CameraSettings(
        subentry_id="sub",
        title="Front door",
        camera="camera-id",
        motion=(),
        kinds=frozenset({Kind.PERSON}),
        sensitivity=Sensitivity.BALANCED,
        hold=timedelta(seconds=60),
        verify_tls=False,
        alerts=AlertSettings(
            phones=(),
            speakers=(),
            tts_engine=None,
            displays=(),
            dashboard=None,
            echo_shows=(),
            message=DEFAULT_MESSAGE,
            cooldown=timedelta(minutes=2),
        ),
    )


def test_a_camera_reads_what_was_chosen() -> None:
    subentry = _subentry(
        **{
            CONF_MOTION: ["motion-id", "event.ring"],
            CONF_KINDS: ["animal", "vehicle"],
            CONF_SENSITIVITY: "high",
            CONF_HOLD: 30,
            CONF_VERIFY_TLS: True,
            CONF_PHONES: ["phone"],
            CONF_SPEAKERS: ["media_player.kitchen"],
            CONF_TTS_ENGINE: "tts.piper",
            CONF_DISPLAYS: ["media_player.hub"],
            CONF_DASHBOARD: "lovelace/cameras",
            CONF_ECHO_SHOWS: ["echo"],
            CONF_MESSAGE: "{{ camera }}!",
            CONF_COOLDOWN: 0,
            CONF_CRITICAL: True,
            CONF_NO_TEXT: True,
            CONF_VOLUME: 60.0,
        }
    )
    assert CameraSettings.from_subentry(subentry) == CameraSettings(
        subentry_id="sub",
        title="Front door",
        camera="camera-id",
        motion=("motion-id", "event.ring"),
        kinds=frozenset({Kind.ANIMAL, Kind.VEHICLE}),
        sensitivity=Sensitivity.HIGH,
        hold=timedelta(seconds=30),
        verify_tls=True,
        alerts=AlertSettings(
            phones=("phone",),
            speakers=("media_player.kitchen",),
            tts_engine="tts.piper",
            displays=("media_player.hub",),
            dashboard="lovelace/cameras",
            echo_shows=("echo",),
            message="{{ camera }}!",
            cooldown=timedelta(0),
            critical=True,
            no_text=True,
            volume=0.6,
        ),
    )


def test_an_emptied_message_or_dashboard_counts_as_not_chosen() -> None:
    alerts = CameraSettings.from_subentry(_subentry(message="", dashboard="")).alerts
    assert (alerts.message, alerts.dashboard) == (DEFAULT_MESSAGE, None)


@pytest.mark.parametrize(
    ("data", "hours"),
    [
        pytest.param({}, None, id="whole day"),
        pytest.param({"critical_start": "22:00:00"}, None, id="one time is no span"),
        pytest.param(
            {"critical_start": "22:00:00", "critical_end": "06:30:00"},
            QuietHours(time(22), time(6, 30)),
            id="at night",
        ),
        pytest.param(
            {"critical_start": "7:05", "critical_end": "9:5:3"},
            QuietHours(time(7, 5), time(9, 5, 3)),
            id="without zeros",
        ),
        pytest.param({"critical_start": "7:05", "critical_end": "07:05:00"}, None, id="no span"),
        pytest.param({"critical_start": "7:05", "critical_end": "25:00"}, None, id="no time"),
        pytest.param({"critical_start": "seven", "critical_end": "9:00"}, None, id="a word"),
    ],
)
def test_the_hours_in_which_a_silenced_phone_sounds(
    data: dict[str, Any], hours: QuietHours | None
) -> None:
    alerts = CameraSettings.from_subentry(_subentry(critical=True, **data)).alerts
    assert alerts.critical_hours == hours
