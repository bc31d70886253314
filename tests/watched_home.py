"""A home with cameras and phones that are told, and phones that cannot be."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.camera_smart_alerts import pursuit
from custom_components.camera_smart_alerts.alerting import Seen
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import (
    CONF_GROUP,
    CONF_PHONES,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.keeper import TICK
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Sighting
from custom_components.camera_smart_alerts.visits import PACE
from tests.camera_peer import PeerCamera
from tests.common import (
    MOTION,
    WhiteSquareDetector,
    enrol,
    subentry,
)
from tests.enrolled import observation
from tests.fake_phones import Phones, PushService


@pytest.fixture
def soon() -> Iterator[None]:
    """Try again at once what has failed."""
    with (
        patch.object(pursuit, "RETRY_AFTER_S", (0.01, 0.01)),
        patch("custom_components.camera_smart_alerts.delivery.RETRY_AFTER_S", (0.01, 0.01)),
    ):
        yield


class WatchedHome:
    """A home with cameras and phones, and what its people are told."""

    def __init__(self, hass: HomeAssistant, phones: Phones, push: PushService) -> None:
        self._hass = hass
        self._phones = phones
        self.pushes = push.received
        self.entry: MockConfigEntry

    async def enrol(self, *cameras: PeerCamera, group: str = "", **data: Any) -> CameraCoordinator:
        """Enrol cameras, each with a phone of its own; return the first."""
        phones = [await self._phones.register(f"Phone {one}") for one in range(len(cameras))]
        self.entry = await enrol(
            self._hass,
            *(
                subentry(
                    camera.entity_id,
                    MOTION,
                    title=f"Camera {number}",
                    **{CONF_PHONES: [phone], CONF_GROUP: group, **data},
                )
                for number, (camera, phone) in enumerate(zip(cameras, phones, strict=True))
            ),
        )
        return self.cameras[0]

    @property
    def cameras(self) -> list[CameraCoordinator]:
        return list(self.entry.runtime_data.cameras.values())

    async def see(
        self, kind: Kind | None = Kind.PERSON, *, camera: int = 0, **what: Any
    ) -> tuple[Outcome, str]:
        """Let a camera see something; return what followed and the visit."""
        seeing = self.cameras[camera]
        sighting = Sighting(
            camera=seeing.settings.subentry_id, group=seeing.settings.group, kind=kind, **what
        )
        outcome, visit, _ = seeing.keeper.async_see(seeing, sighting, Seen(observation()))
        await self._hass.async_block_till_done()
        return outcome, visit

    async def wait(self, time: timedelta = PACE) -> None:
        """Let time pass, by default so much that a visit may be told again."""
        for visit in self.entry.runtime_data.keeper._visits.open.values():
            visit.told_at = visit.told_at and visit.told_at - time
            visit.last_at -= time
            visit.seen_at -= time
            visit.started_at -= time
        async_fire_time_changed(self._hass, dt_util.utcnow() + TICK)
        await self._hass.async_block_till_done()


@pytest.fixture
def home(
    hass: HomeAssistant, network: WhiteSquareDetector, phones: Phones, push: PushService
) -> WatchedHome:
    return WatchedHome(hass, phones, push)


def is_silent(push: dict[str, Any]) -> bool:
    return bool(push["data"]["push"]["interruption-level"] == "passive")


class AwayPhone:
    """A phone that cannot be reached, and counts how often that was tried."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = errors
        self._tries = 0
        self._tried = asyncio.Condition()

    async def send(self, *_args: Any, **_kwargs: Any) -> None:
        async with self._tried:
            self._tries += 1
            self._tried.notify_all()
        raise self._errors[min(self._tries, len(self._errors)) - 1]

    async def tried(self, times: int) -> None:
        async with self._tried:
            await self._tried.wait_for(lambda: self._tries >= times)


OFFLINE = HomeAssistantError("Device not connected to local push notifications")


async def states_in(camera: CameraCoordinator) -> list[tuple[str, str]]:
    """Return state and error of every telling in the history."""
    database = camera.config_entry.runtime_data.database
    return await database.async_run(database._file.read, "SELECT state, error FROM tellings")
