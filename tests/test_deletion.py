"""What was deleted stays deleted, also while the visit is open and while people are being told."""

import asyncio
from datetime import timedelta
import json
from typing import Any
from unittest.mock import patch

from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.camera_smart_alerts.alerting import Seen
from custom_components.camera_smart_alerts.alerts import Outcome, visit_id
from custom_components.camera_smart_alerts.answers import EVENT_ACTION, EVENT_CLEARED
from custom_components.camera_smart_alerts.const import (
    CONF_COOLDOWN,
    DOMAIN,
)
from custom_components.camera_smart_alerts.phone import (
    ACTION_NOT_RIGHT,
    ACTION_SILENCE,
    action,
    visit_tag,
)
from custom_components.camera_smart_alerts.pictures import async_pictures
from custom_components.camera_smart_alerts.state import EVENT_VISIT
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Sighting
from custom_components.camera_smart_alerts.visits import PACE
from tests.camera_peer import PeerCamera
from tests.deletion_kit import (
    CLEAR,
    GATED,
    KINDS,
    OVER,
    assert_no_trace,
    delete,
    everything,
    held_up,
    history,
    messages,
    now_seen,
    see_now,
)
from tests.vault_kit import rows
from tests.watched_home import OFFLINE, AwayPhone, WatchedHome


@pytest.mark.parametrize("what", KINDS)
async def test_an_open_visit_leaves_the_phones_and_never_comes_back(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str
) -> None:
    events = async_capture_events(hass, EVENT_VISIT)
    await home.enrol(still_camera)
    _, visit = await home.see()
    await home.see(count=2)  # Waits for its turn.
    home.pushes.clear()
    receipt = await delete(hass, home, what, visit)
    assert (receipt["pictures"], receipt["visits"]) == (1, 1)
    assert messages(home) == [CLEAR]
    assert_no_trace(hass, home, visit)
    assert [event.data["type"] for event in events] == ["started", "ended"]
    await home.wait()
    await home.wait(OVER)
    assert messages(home) == [CLEAR]
    assert_no_trace(hass, home, visit)
    assert len(events) == 2


@pytest.mark.parametrize("what", KINDS)
async def test_whoever_is_still_there_is_a_new_visit(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str
) -> None:
    camera = await home.enrol(still_camera, **{CONF_COOLDOWN: 0})
    before = await see_now(hass, home)
    await delete(hass, home, what, before)
    home.pushes.clear()
    after = await see_now(hass, home, count=2)
    assert after != before
    assert len(home.pushes) == 1
    assert camera.last_picture is not None
    await hass.async_block_till_done()
    assert_no_trace(hass, home, before)
    assert rows(history(hass), "SELECT visit_id FROM pictures") == [(after,)]


@pytest.mark.parametrize(
    ("what", "cools_down"), [("visit", True), ("camera", False), ("all", False)]
)
async def test_only_what_tells_of_a_single_visit_leaves_the_cooldown(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str, *, cools_down: bool
) -> None:
    await home.enrol(still_camera, **{CONF_COOLDOWN: 600})
    _, visit = await home.see()
    await delete(hass, home, what, visit)
    assert bool(everything(hass)["facts"] and "person" in everything(hass)["facts"][0][1]) is (
        cools_down
    )
    outcome, _ = await home.see(cooldown=timedelta(minutes=10))
    assert outcome is (Outcome.COOLDOWN if cools_down else Outcome.ALERTED)


@pytest.mark.parametrize("what", KINDS)
async def test_a_visit_that_is_over_leaves_the_phones_too(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str
) -> None:
    await home.enrol(still_camera)
    _, visit = await home.see()
    await home.wait(OVER)
    home.pushes.clear()
    receipt = await delete(hass, home, what, visit)
    assert receipt["visits"] == 1
    assert messages(home) == [CLEAR]
    assert_no_trace(hass, home, visit)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("what", KINDS)
async def test_what_is_tried_again_and_again_is_given_up(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str
) -> None:
    await home.enrol(still_camera)
    away = AwayPhone(OFFLINE)
    with patch.object(MobileAppNotificationService, GATED, away.send):
        _, visit = await home.see()
        await away.tried(4)  # Three at once, then again and again.
        await delete(hass, home, what, visit)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [one for one in messages(home) if one != CLEAR] == []
    assert_no_trace(hass, home, visit)


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("over", [False, True], ids=["open", "over"])
async def test_what_arrives_although_it_was_deleted_is_taken_away_again(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str, *, over: bool
) -> None:
    camera = await home.enrol(still_camera)
    _, visit = await home.see()
    sending, gate = asyncio.Event(), asyncio.Event()
    send = MobileAppNotificationService.async_send_message

    async def slow(service: Any, message: str = "", **kwargs: Any) -> None:
        if message != CLEAR:
            sending.set()
            await gate.wait()
        await send(service, message, **kwargs)

    with patch.object(MobileAppNotificationService, GATED, slow):
        for one in camera.keeper._visits.open.values():
            one.told_at -= PACE
            if over:
                one.last_at -= OVER
        if over:
            camera.keeper._async_tick(one.last_at)
        else:
            sighting = Sighting(camera=camera.settings.subentry_id, kind=Kind.PERSON, count=3)
            camera.keeper.async_see(camera, sighting, Seen(now_seen()))
        await sending.wait()
        home.pushes.clear()
        await delete(hass, home, what, visit)
        gate.set()
        await hass.async_block_till_done()
    assert messages(home)[0] == messages(home)[-1] == CLEAR
    assert len(home.pushes) == 3
    assert_no_trace(hass, home, visit)


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("held", ["database.Database.async_tell", "alerting.async_draw"])
async def test_a_picture_on_its_way_is_not_kept(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str, held: str
) -> None:
    camera = await home.enrol(still_camera)
    with held_up(held) as (waiting, gate):
        sighting = Sighting(camera=camera.settings.subentry_id, kind=Kind.PERSON)
        _, visit, telling = camera.keeper.async_see(camera, sighting, Seen(now_seen()))
        await waiting.wait()
        await delete(hass, home, what, visit)
        gate.set()
        assert telling is not None
        await telling
    await hass.async_block_till_done()
    assert [one for one in messages(home) if one != CLEAR] == []
    assert camera.last_picture is None
    assert_no_trace(hass, home, visit)


async def test_a_picture_that_is_read_again_while_it_is_deleted_stays_away(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    visit = await see_now(hass, home)
    alert = camera.data.last_alert
    assert alert is not None
    async_pictures(hass).forget_everything()
    with held_up("vault.Vault.async_open") as (waiting, gate):
        reading = hass.async_create_task(camera.alerting.async_picture_of(alert))
        await waiting.wait()
        await delete(hass, home, "visit", visit)
        gate.set()
        assert await reading is None
    assert_no_trace(hass, home, visit)


@pytest.mark.parametrize("verb", [ACTION_NOT_RIGHT, ACTION_SILENCE])
async def test_an_answer_about_a_deleted_visit_changes_nothing(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, verb: str
) -> None:
    camera = await home.enrol(still_camera)
    _, visit = await home.see()
    await delete(hass, home, "visit", visit)
    home.pushes.clear()
    (phone,) = hass.config_entries.async_entries("mobile_app")
    answer = {"action": action(verb, visit)}
    hass.bus.async_fire(EVENT_ACTION, answer, context=Context(user_id=phone.data["user_id"]))
    hass.bus.async_fire(
        EVENT_CLEARED, {"tag": visit_tag(visit)}, context=Context(user_id=phone.data["user_id"])
    )
    await hass.async_block_till_done()
    assert not camera.learning.lessons
    assert camera.control.situation.may_tell(dt_util.utcnow()) is Outcome.ALERTED
    assert home.pushes == []
    assert_no_trace(hass, home, visit)


async def test_the_command_does_the_same(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await home.enrol(still_camera)
    _, visit = await home.see()
    home.pushes.clear()
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": f"{DOMAIN}/visits/delete", "visit_id": visit_id(visit)})
    assert (await client.receive_json())["result"]["visits"] == 1
    await home.wait(OVER)
    assert messages(home) == [CLEAR]
    assert_no_trace(hass, home, visit)


async def test_of_a_deleted_camera_a_visit_keeps_what_others_saw(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera, group="Front")
    first, second = (one.settings.subentry_id for one in home.cameras)
    await see_now(hass, home)
    for one in home.cameras[0].keeper._visits.open.values():
        one.told_at -= PACE
    visit = await see_now(hass, home, camera=1)
    await see_now(hass, home, count=5)  # Of the first camera; waits for its turn.
    home.pushes.clear()
    assert (await delete(hass, home, "camera", visit))["visits"] == 0
    assert messages(home) == [CLEAR], "only its own phone showed what it saw"
    assert rows(history(hass), "SELECT DISTINCT subentry_id FROM pictures") == [(second,)]
    assert first not in json.dumps(everything(hass), default=repr)
    assert rows(history(hass), "SELECT DISTINCT camera FROM visit_index") == [(second,)]
    home.pushes.clear()
    await home.wait(OVER)
    assert len(home.pushes) == 1, "whoever was told by the other camera hears the end"
    assert first not in json.dumps(everything(hass), default=repr)
    (told,) = home.cameras[1].memory.alerts
    assert told == visit


@pytest.mark.usefixtures("soon")
async def test_what_a_deleted_camera_was_to_tell_is_told_by_nobody(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera, group="Front")
    away = AwayPhone(OFFLINE)
    with patch.object(MobileAppNotificationService, GATED, away.send):
        visit = await see_now(hass, home)
        await see_now(hass, home, camera=1)
        await away.tried(4)
        await delete(hass, home, "camera", visit)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(messages(home)) - {CLEAR} == {"Person: Camera 1"}, "what the other one has to tell"
