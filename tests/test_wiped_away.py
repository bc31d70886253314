"""What a phone's owner wiped away does not come back, unless there is something new."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import Context, HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.answers import EVENT_CLEARED
from custom_components.camera_smart_alerts.phone import visit_tag
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visits import QUIET
from tests.camera_peer import PeerCamera
from tests.watched_home import OFFLINE, AwayPhone, WatchedHome, is_silent


def wipe(hass: HomeAssistant, tag: str) -> None:
    """Wipe a notification away on the one phone there is."""
    (entry,) = hass.config_entries.async_entries("mobile_app")
    context = Context(user_id=entry.data["user_id"])
    hass.bus.async_fire(EVENT_CLEARED, {"tag": tag}, context=context)


async def test_a_notification_that_was_wiped_away_does_not_come_back(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    await home.see()
    wipe(hass, "another")
    wipe(hass, home.pushes[0]["data"]["tag"])
    await home.see(count=3)
    await home.wait()
    await home.wait(QUIET)
    assert len(home.pushes) == 1


@pytest.mark.usefixtures("soon")
async def test_what_was_wiped_away_had_arrived_even_where_the_phone_could_not_say_so(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    shown, wiped = asyncio.Event(), asyncio.Event()

    async def lose_the_answer(*_args: Any, **_kwargs: Any) -> None:
        shown.set()
        await wiped.wait()
        raise OFFLINE

    with patch.object(MobileAppNotificationService, "async_send_message", lose_the_answer):
        seeing = hass.async_create_task(home.see())
        await shown.wait()
        (visit,) = home.cameras[0].keeper._visits.open
        wipe(hass, visit_tag(visit))
        wiped.set()
        assert (await seeing)[0] is Outcome.ALERTED
    await home.wait(QUIET)
    outcome, _ = await home.see(cooldown=timedelta(hours=1))
    assert outcome is Outcome.COOLDOWN
    assert home.pushes == []


async def test_what_was_wiped_away_after_a_restart_does_not_come_back(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    await home.see()
    await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    wipe(hass, home.pushes[0]["data"]["tag"])
    assert (await home.see(count=3))[0] is Outcome.UPDATED
    await home.wait()
    assert len(home.pushes) == 1


async def test_of_something_new_people_hear_although_they_wiped_away_what_was_there(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    await home.see(Kind.VEHICLE)
    wipe(hass, home.pushes[0]["data"]["tag"])
    await home.see(Kind.PERSON)
    await home.wait()
    assert len(home.pushes) == 2
    assert is_silent(home.pushes[1]), "a visit sounds once"


@pytest.mark.usefixtures("soon")
async def test_something_new_still_arrives_where_the_old_was_wiped_away(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    await home.see(Kind.VEHICLE)
    away = AwayPhone(OFFLINE)
    with patch.object(MobileAppNotificationService, "async_send_message", away.send):
        await home.see(Kind.PERSON)
        await home.wait()
        await away.tried(1)
        wipe(hass, home.pushes[0]["data"]["tag"])
        await hass.async_block_till_done()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(home.pushes) == 2
