"""Tellings that did not arrive at once: tried again, replaced, given up, taken up."""

import asyncio
from contextlib import closing
from datetime import timedelta
import itertools
import sqlite3
from typing import Any
from unittest.mock import patch

from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts import pursuit
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.channel import Channel
from custom_components.camera_smart_alerts.const import (
    DOMAIN,
)
from custom_components.camera_smart_alerts.database import FILE, Database
from custom_components.camera_smart_alerts.telling import EXPIRES
from custom_components.camera_smart_alerts.visits import QUIET
from tests.camera_peer import PeerCamera
from tests.common import (
    Motions,
)
from tests.fake_phones import PushService
from tests.watched_home import OFFLINE, AwayPhone, WatchedHome, is_silent, states_in


@pytest.mark.usefixtures("soon")
async def test_a_phone_that_is_away_is_told_when_it_is_back(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, push: PushService
) -> None:
    await home.enrol(still_camera)
    tries, often = itertools.count(1), asyncio.Event()

    async def away(*_args: Any, **_kwargs: Any) -> None:
        if next(tries) == 8:
            often.set()
        raise HomeAssistantError("Device not connected to local push notifications")

    with patch.object(MobileAppNotificationService, "async_send_message", away):
        assert (await home.see())[0] is Outcome.ALERTED
        await often.wait()
    (told,) = await push.until(1)
    assert not is_silent(told)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("state", "age", "told"),
    [
        pytest.param("waiting", timedelta(0), [False], id="never arrived"),
        pytest.param("sending", timedelta(0), [True], id="may have arrived"),
        pytest.param("waiting", timedelta(hours=1), [], id="old news"),
        pytest.param("waiting", timedelta(hours=-1), [], id="from the future"),
    ],
)
async def test_what_was_on_its_way_is_taken_up_after_a_restart(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    *,
    state: str,
    age: timedelta,
    told: list[bool],
) -> None:
    await home.enrol(still_camera)
    await home.see()
    tag = home.pushes[0]["data"]["tag"]
    home.pushes.clear()
    await hass.config_entries.async_unload(home.entry.entry_id)
    with closing(sqlite3.connect(hass.config.cache_path(DOMAIN, FILE))) as file, file:
        at = (dt_util.utcnow() - age).timestamp()
        file.execute("UPDATE tellings SET state = ?, at = ?", (state, at))

    await hass.config_entries.async_setup(home.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert [is_silent(one) for one in home.pushes] == told
    assert all(one["data"]["tag"] == tag for one in home.pushes)
    assert (await home.see())[0] is Outcome.UPDATED, "the visit goes on"


async def test_an_update_that_was_on_its_way_is_taken_up_silently_after_a_restart(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    await home.see()
    away = AwayPhone(OFFLINE)
    with (
        patch("custom_components.camera_smart_alerts.delivery.RETRY_AFTER_S", ()),
        patch.object(MobileAppNotificationService, "async_send_message", away.send),
    ):
        await home.see(count=3)
        await home.wait()
        assert await states_in(camera) == [("waiting", "refused")]
        await hass.config_entries.async_unload(home.entry.entry_id)
    await hass.config_entries.async_setup(home.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [is_silent(one) for one in home.pushes] == [False, True]
    assert "3" in home.pushes[1]["message"]


@pytest.mark.usefixtures("soon")
async def test_what_is_newer_takes_the_place_of_what_was_not_taken_and_sounds(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    away = AwayPhone(OFFLINE)
    with patch.object(MobileAppNotificationService, "async_send_message", away.send):
        await home.see()
        await home.see(count=3)
        await home.wait()
        await away.tried(8)
    await hass.async_block_till_done(wait_background_tasks=True)
    (told,) = home.pushes
    assert "3" in told["message"]
    assert not is_silent(told), "it is the first that the phone takes"


async def test_a_telling_that_became_too_old_is_given_up_without_another_try(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    with (
        patch.object(pursuit, "RETRY_AFTER_S", (0.5,)),
        patch("custom_components.camera_smart_alerts.delivery.RETRY_AFTER_S", ()),
        patch.dict(EXPIRES, {Channel.PHONE: timedelta(seconds=0.4)}),
        patch.object(MobileAppNotificationService, "async_send_message", AwayPhone(OFFLINE).send),
    ):
        await home.see()
        assert await states_in(camera) == [("waiting", "refused")]
        await hass.async_block_till_done(wait_background_tasks=True)
    assert await states_in(camera) == [("gave_up", "expired")]


@pytest.mark.usefixtures("soon")
async def test_a_phone_that_will_never_work_is_given_up(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    away = AwayPhone(OFFLINE, OFFLINE, OFFLINE, ServiceValidationError("never"))
    with patch.object(MobileAppNotificationService, "async_send_message", away.send):
        await home.see()
        await hass.async_block_till_done(wait_background_tasks=True)
    assert await states_in(camera) == [("gave_up", "not_supported")]


@pytest.mark.usefixtures("soon")
async def test_who_could_not_be_told_in_time_hears_of_a_visit_that_is_over(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    away = AwayPhone(OFFLINE)
    with patch.object(MobileAppNotificationService, "async_send_message", away.send):
        await home.see()
        await home.wait(QUIET)
        assert not home.cameras[0].keeper._visits.open
        await away.tried(8)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(home.pushes) == 1


async def test_what_waits_for_another_try_stays_in_the_history_when_all_stops(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    away = AwayPhone(OFFLINE)
    with (
        patch("custom_components.camera_smart_alerts.delivery.RETRY_AFTER_S", ()),
        patch.object(MobileAppNotificationService, "async_send_message", away.send),
    ):
        await home.see()
        assert await states_in(camera) == [("waiting", "refused")]
        await hass.config_entries.async_unload(home.entry.entry_id)
    with closing(sqlite3.connect(hass.config.cache_path(DOMAIN, FILE))) as file:
        assert file.execute("SELECT state FROM tellings").fetchall() == [("waiting",)]


async def test_what_is_being_sent_when_all_stops_may_have_arrived(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, motions: Motions
) -> None:
    await home.enrol(still_camera)
    sending = asyncio.Event()

    async def hang(*_args: Any, **_kwargs: Any) -> None:
        sending.set()
        await asyncio.Event().wait()

    with patch.object(MobileAppNotificationService, "async_send_message", hang):
        motions.on()
        await sending.wait()
        await hass.config_entries.async_unload(home.entry.entry_id)
    assert (await motions.ended())["outcome"] == Outcome.ALERTED
    with closing(sqlite3.connect(hass.config.cache_path(DOMAIN, FILE))) as file:
        assert file.execute("SELECT state FROM tellings").fetchall() == [("sending",)]


async def test_an_alert_that_cannot_be_written_is_a_failed_delivery_not_a_lost_motion(
    home: WatchedHome, still_camera: PeerCamera, motions: Motions, caplog: pytest.LogCaptureFixture
) -> None:
    await home.enrol(still_camera)
    with patch.object(Database, "async_tell", side_effect=ZeroDivisionError):
        assert (await motions.run())["outcome"] == Outcome.DELIVERY_FAILED
    assert "an alert" in caplog.text
