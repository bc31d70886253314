"""What the tests of delivery share: alerts, a delivery under test, time that passes at once."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.camera_smart_alerts.alerts import Alert
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.delivery import Delivery, TargetResult
from custom_components.camera_smart_alerts.message import async_words
from custom_components.camera_smart_alerts.pictures import PICTURES, PictureShelf
from custom_components.camera_smart_alerts.settings import (
    DEFAULT_MESSAGE,
    AlertSettings,
    CameraSettings,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind, Sensitivity

CAMERA = "camera.front_door"
PICTURE = "/api/camera_smart_alerts/pictures/p1.jpg"


def camera_settings(
    *, subentry_id: str = "front", camera: str = CAMERA, **targets: Any
) -> CameraSettings:
    """Return settings of a camera with these targets only."""
    nobody: dict[str, Any] = {
        "phones": (),
        "speakers": (),
        "tts_engine": None,
        "displays": (),
        "dashboard": None,
        "echo_shows": (),
        "message": DEFAULT_MESSAGE,
        "cooldown": timedelta(minutes=2),
    }
    return CameraSettings(
        subentry_id=subentry_id,
        title="Front door",
        camera=camera,
        motion=(),
        kinds=frozenset(Kind),
        sensitivity=Sensitivity.BALANCED,
        hold=timedelta(minutes=1),
        verify_tls=False,
        alerts=AlertSettings(**(nobody | targets)),
    )


def alert(kind: Kind | None = Kind.PERSON, **changes: Any) -> Alert:
    """Return an alert of the front door."""
    values: dict[str, Any] = {
        "id": "Zx-9_alert",
        "subentry_id": "front",
        "camera": "Front door",
        "kind": kind,
        "count": 1,
        "confidence": 0.914,
        "at": datetime(2026, 11, 21, 12, 34, tzinfo=UTC),
        "motion_at": 1.0,
    }
    return Alert(**(values | changes))


@dataclass
class DeliveryUnderTest:
    """One camera's delivery and what it reported."""

    hass: HomeAssistant
    delivery: Delivery
    live_view: str | None = CAMERA
    handed: list[str] = field(default_factory=list)

    async def deliver(
        self, what: Alert | None = None, picture: str | None = PICTURE
    ) -> list[TargetResult]:
        """Deliver, and return the results."""
        done = await self.delivery.deliver(what or alert(), picture, self.handed.append)
        return list(done.values())

    async def start(self, what: Alert | None = None) -> asyncio.Task[list[TargetResult]]:
        """Deliver in the background, as far as it gets without time passing."""
        # Read from a file the first time, which takes as long as it takes.
        await async_words(self.hass)
        task = self.hass.async_create_background_task(self.deliver(what), "deliver")
        await settle()
        return task


def make_delivery(hass: HomeAssistant, settings: CameraSettings) -> DeliveryUnderTest:
    """Return a delivery that is closed when Home Assistant stops."""
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    shelf = hass.data.setdefault(PICTURES, PictureShelf())
    shelf.put("p1", b"a picture", CAMERA)
    under_test = DeliveryUnderTest(
        hass, Delivery(hass, entry, settings, live_view=lambda: under_test.live_view)
    )

    async def close(_event: Event) -> None:
        await under_test.delivery.async_close()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, close)
    return under_test


async def settle() -> None:
    """Let every task run until it waits for time or for somebody else."""
    for _ in range(30):
        await asyncio.sleep(0)


async def pass_time(hass: HomeAssistant, seconds: float) -> None:
    """Let that much time pass for timers, at once."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await settle()


def issues(hass: HomeAssistant) -> dict[str, str]:
    """Return the translation key of every repair issue of ours, by its id."""
    return {
        issue_id: issue.translation_key or ""
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }
