"""What people call wrong is taken back everywhere, also where it was just on its way."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import HomeAssistant

from custom_components.camera_smart_alerts.alerting import Seen
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Sighting
from custom_components.camera_smart_alerts.visits import PACE
from tests.camera_peer import PeerCamera
from tests.enrolled import observation
from tests.watched_home import WatchedHome


async def test_what_was_called_wrong_leaves_every_phone_that_was_told(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera, group="Front")
    await home.see()
    _, visit = await home.see(camera=1)
    await home.wait()
    home.pushes.clear()
    # Of both cameras, only the first was ever asked for this.
    await home.cameras[0].async_not_right(visit)
    assert [one["message"] for one in home.pushes] == ["clear_notification"] * 2
    # An hour later, when the visit is over, too.
    await home.cameras[1].async_not_right(visit)
    assert len(home.pushes) == 4


async def test_what_arrives_although_it_was_called_wrong_is_taken_away_again(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera, stream_camera)
    _, visit = await home.see()
    sending, gate = asyncio.Event(), asyncio.Event()
    send = MobileAppNotificationService.async_send_message

    async def slow(service: Any, message: str = "", **kwargs: Any) -> None:
        if message != "clear_notification":
            sending.set()
            await gate.wait()
        await send(service, message, **kwargs)

    with patch.object(MobileAppNotificationService, "async_send_message", slow):
        seeing = camera.settings.subentry_id
        sighting = Sighting(camera=seeing, kind=Kind.PERSON, count=3)
        for one in camera.keeper._visits.open.values():
            one.told_at -= PACE
        camera.keeper.async_see(camera, sighting, Seen(observation()))
        await sending.wait()
        await camera.async_not_right(visit)
        gate.set()
        await hass.async_block_till_done()
    messages = [one["message"] for one in home.pushes[1:]]
    assert messages[0] == messages[-1] == "clear_notification"
    assert len(messages) == 3


async def test_nothing_is_told_of_what_was_called_wrong(
    home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, visit_id = await home.see()
    visit = camera.keeper._visits.open[visit_id]
    camera.keeper.async_retract(visit_id)
    home.pushes.clear()
    await camera.keeper._teller.async_tell(visit, camera, Seen(observation()))
    assert home.pushes == []
