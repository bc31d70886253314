"""What several tests set up: our own values, an enrolled camera, motion, a stand-in network."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import numpy as np
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.camera_smart_alerts.answers import EVENT_ACTION
from custom_components.camera_smart_alerts.const import (
    CONF_CAMERA,
    CONF_MOTION,
    DOMAIN,
    SUBENTRY_CAMERA,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.keeper import TICK
from custom_components.camera_smart_alerts.settings import (
    DEFAULT_MESSAGE,
    AlertSettings,
    CameraSettings,
)
from custom_components.camera_smart_alerts.state import EVENT_MOTION
from custom_components.camera_smart_alerts.vision.datatypes import (
    Box,
    Detection,
    Kind,
    RgbImage,
    Sensitivity,
)
from custom_components.camera_smart_alerts.visits import QUIET
from tests.camera_peer import PeerCamera

MOTION: Final = "binary_sensor.front_motion"
OWNER: Final = "owner"
"""Id of the user whose phone may answer alerts."""


def alert_settings(**changes: Any) -> AlertSettings:
    """Return who is told; nobody unless a test says so."""
    return AlertSettings(
        **{
            "phones": (),
            "speakers": (),
            "tts_engine": None,
            "displays": (),
            "dashboard": None,
            "echo_shows": (),
            "message": DEFAULT_MESSAGE,
            "cooldown": timedelta(minutes=2),
            **changes,
        }
    )


def camera_settings(**changes: Any) -> CameraSettings:
    """Return the settings of a camera at the front door."""
    return CameraSettings(
        **{
            "subentry_id": "front",
            "title": "Front door",
            "camera": "camera.front",
            "motion": ("binary_sensor.front_motion",),
            "kinds": frozenset({Kind.PERSON}),
            "sensitivity": Sensitivity.BALANCED,
            "hold": timedelta(seconds=60),
            "verify_tls": False,
            "alerts": alert_settings(),
            **changes,
        }
    )


class WhiteSquareDetector:
    """Stands in for the network: a patch of pure white counts as a person, as sure as set.

    Tests without third-party footage have no person to show to the real network.
    """

    def __init__(self) -> None:
        self.kind = Kind.PERSON
        self.confidence = 0.9
        self.error: Exception | None = None

    def look(
        self, image: RgbImage, region: Box | None = None, min_confidence: float = 0.05
    ) -> list[Detection]:
        """Return the box around what is white, if anything is."""
        if self.error is not None:
            raise self.error
        rows, columns = np.nonzero(image.min(axis=2) > 240)
        if not rows.size:
            return []
        box = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        return [Detection(box, self.kind, self.confidence)]

    def examine(self, image: RgbImage, min_confidence: float = 0.05) -> list[Detection]:
        """Return the same of a still picture."""
        return self.look(image, None, min_confidence)

    detect = look


def subentry(camera: str, motion: str, *, title: str = "Front door", **data: Any) -> Any:
    """Return one enrolled camera for ``enrol``."""
    return ConfigSubentryData(
        data={CONF_CAMERA: camera, CONF_MOTION: [motion], **data},
        subentry_type=SUBENTRY_CAMERA,
        title=title,
        unique_id=camera,
    )


async def enrol(
    hass: HomeAssistant, *cameras: Any, options: dict[str, Any] | None = None
) -> MockConfigEntry:
    """Set up the integration with these cameras and return its loaded entry."""
    entry = MockConfigEntry(
        domain=DOMAIN, title="Camera Smart Alerts", subentries_data=cameras, options=options or {}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def only_camera(entry: MockConfigEntry) -> CameraCoordinator:
    """Return the coordinator of the one enrolled camera."""
    (camera,) = entry.runtime_data.cameras.values()
    assert isinstance(camera, CameraCoordinator)
    return camera


async def enrol_only(hass: HomeAssistant, camera: PeerCamera, **data: Any) -> CameraCoordinator:
    """Enrol one camera with a motion sensor; return its coordinator."""
    return only_camera(await enrol(hass, subentry(camera.entity_id, MOTION, **data)))


async def let_visits_end(hass: HomeAssistant, camera: CameraCoordinator) -> None:
    """Let so much time pass that every visit is over."""
    for visit in camera.keeper._visits.open.values():
        visit.last_at -= QUIET
        visit.seen_at -= QUIET
        visit.started_at -= QUIET
    async_fire_time_changed(hass, dt_util.utcnow() + TICK)
    await hass.async_block_till_done()
    assert not camera.keeper._visits.open


def own_phone(hass: HomeAssistant) -> str:
    """Return the device id of a phone whose user may answer: ``OWNER``."""
    entries = hass.config_entries.async_entries("mobile_app")
    entry = entries[0] if entries else MockConfigEntry(domain="mobile_app", data={"user_id": OWNER})
    if not entries:
        entry.add_to_hass(hass)
    return (
        dr.async_get(hass)
        .async_get_or_create(config_entry_id=entry.entry_id, identifiers={("mobile_app", "own")})
        .id
    )


async def answer(
    hass: HomeAssistant, verb: str, alert_id: str, user_id: str | None = OWNER
) -> None:
    """Tap a button of a notification, on a phone that every camera tells.

    The phone is added only now, so that no alert of the test was sent to it. Whoever taps knows
    what becomes of feedback.
    """
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        entry.runtime_data.store.async_understood(user_id)
        for camera in entry.runtime_data.cameras.values():
            alerts = replace(camera.settings.alerts, phones=(own_phone(hass),))
            camera.settings = replace(camera.settings, alerts=alerts)
    action = f"{DOMAIN}_{verb}_".upper() + alert_id
    hass.bus.async_fire(EVENT_ACTION, {"action": action}, context=Context(user_id=user_id))
    await hass.async_block_till_done()


class Motions:
    """Raises motion and waits for how it ends."""

    def __init__(self, hass: HomeAssistant, sensor: str = MOTION) -> None:
        self._hass = hass
        self._sensor = sensor
        self._ended: list[dict[str, Any]] = []
        self._changed = asyncio.Event()
        hass.bus.async_listen(EVENT_MOTION, self._async_ended)
        hass.states.async_set(sensor, "off", {"device_class": "motion"})

    def on(self) -> None:
        """Signal motion."""
        self._hass.states.async_set(self._sensor, "on", {"device_class": "motion"})

    def off(self) -> None:
        """Signal that the motion is over."""
        self._hass.states.async_set(self._sensor, "off", {"device_class": "motion"})

    @callback
    def _async_ended(self, event: Event[dict[str, Any]]) -> None:
        self._ended.append(dict(event.data))
        self._changed.set()

    async def ended(self, number: int = 1) -> dict[str, Any]:
        """Return how the motion of this number ended, once it has."""
        async with asyncio.timeout(20):
            while len(self._ended) < number:
                self._changed.clear()
                await self._changed.wait()
        return self._ended[number - 1]

    async def run(self) -> dict[str, Any]:
        """Raise one motion, wait for its end, and return how it ended."""
        number = len(self._ended) + 1
        self.on()
        try:
            return await self.ended(number)
        finally:
            self.off()
            await self._hass.async_block_till_done()
