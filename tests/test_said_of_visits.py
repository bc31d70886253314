"""A visit remembers what people said of it last, whatever else is written of it meanwhile."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.feedback import Opinion, async_say
from custom_components.camera_smart_alerts.visit import Visit
from custom_components.camera_smart_alerts.visit_list import Wanted, async_page
from custom_components.camera_smart_alerts.visits import QUIET
from tests.access_house import House
from tests.camera_actions import ask
from tests.camera_peer import PeerCamera
from tests.deletion_kit import assert_no_trace, delete, held_up
from tests.enrolled import record
from tests.looking_back import Talk, saw
from tests.people import ADMIN
from tests.watched_home import WatchedHome

pytest_plugins = ("tests.access_house_fixtures",)


async def said(home: WatchedHome) -> list[str]:
    """Return what people said of the visits of the first camera, as the list tells it."""
    camera = home.cameras[0]
    wanted = Wanted(cameras=(camera.settings.subentry_id,))
    page = await async_page(camera.config_entry.runtime_data.database, wanted)
    return [one["feedback"] for one in page.visits]


async def restart(hass: HomeAssistant, home: WatchedHome) -> None:
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("opinion", [Opinion.RIGHT, Opinion.MISSED])
async def test_what_is_said_of_a_visit_that_goes_on_is_still_there_when_it_is_over(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    opinion: Opinion,
    *,
    restarts: bool,
) -> None:
    camera = await home.enrol(still_camera)
    _, alert = await home.see()
    assert await said(home) == [""]
    await async_say(camera, alert, opinion)
    if restarts:
        await restart(hass, home)
    await home.wait()
    assert (await home.see(count=2))[1] == alert, "it goes on"
    await home.wait()
    await home.wait(QUIET)
    assert home.entry.runtime_data.keeper._visits.open == {}
    assert await said(home) == [opinion]
    await restart(hass, home)
    assert await said(home) == [opinion]


async def test_a_visit_that_ends_as_it_is_called_wrong_says_so(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, alert = await home.see()
    await camera.async_not_right(alert)
    await hass.async_block_till_done()
    assert await said(home) == ["not_right"]
    await restart(hass, home)
    assert await said(home) == ["not_right"]


async def test_a_telling_that_is_still_on_its_way_does_not_wipe_out_what_is_said(
    home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, alert = await home.see()
    sending, gate = asyncio.Event(), asyncio.Event()
    send = MobileAppNotificationService.async_send_message

    async def slow(*args: Any, **kwargs: Any) -> None:
        sending.set()
        await gate.wait()
        await send(*args, **kwargs)

    with patch.object(MobileAppNotificationService, "async_send_message", slow):
        ending = asyncio.create_task(home.wait(QUIET))
        await sending.wait()
        await async_say(camera, alert, Opinion.RIGHT)
        gate.set()
        await ending
    assert "left after" in home.pushes[-1]["message"]
    assert await said(home) == ["right"]


async def test_a_visit_that_goes_on_tells_another_file_what_was_said(
    home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, alert = await home.see()
    await async_say(camera, alert, Opinion.RIGHT)
    database = home.entry.runtime_data.database
    await database.async_write(lambda one: one.execute("DELETE FROM visits"))
    await home.see(count=2)
    assert await said(home) == ["right"]


@pytest.mark.parametrize("is_over", [False, True])
async def test_a_later_opinion_takes_the_place_of_an_earlier_one(
    home: WatchedHome, still_camera: PeerCamera, *, is_over: bool
) -> None:
    camera = await home.enrol(still_camera)
    _, alert = await home.see()
    if is_over:
        await home.wait(QUIET)
    for opinion in (Opinion.RIGHT, Opinion.MISSED, Opinion.RIGHT, Opinion.NOT_RIGHT):
        await async_say(camera, alert, opinion)
        assert await said(home) == [opinion]
    # Of a visit that is over, too, people may change their minds.
    await async_say(camera, alert, Opinion.RIGHT)
    assert await said(home) == ["right"]


async def test_an_earlier_opinion_that_waits_for_the_disk_does_not_win(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, alert = await home.see()
    with held_up("feedback.async_visit") as (waiting, gate):
        earlier = hass.async_create_task(async_say(camera, alert, Opinion.MISSED))
        await waiting.wait()
        await async_say(camera, alert, Opinion.RIGHT)
        gate.set()
        await earlier
    assert await said(home) == ["right"]


async def test_what_was_said_of_a_visit_goes_with_it(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, alert = await home.see()
    await async_say(camera, alert, Opinion.RIGHT)
    with held_up("feedback.async_visit") as (waiting, gate):
        late = hass.async_create_task(async_say(camera, alert, Opinion.MISSED))
        await waiting.wait()
        await delete(hass, home, "visit", alert)
        gate.set()
        assert await late == 0
    await async_say(camera, alert, Opinion.RIGHT)
    assert await said(home) == []
    assert_no_trace(hass, home, alert)


async def test_visits_from_before_it_was_remembered_are_taken_up_and_listed(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    _, alert = await home.see()
    database = home.entry.runtime_data.database
    await database.async_write(
        lambda one: one.execute("UPDATE visits SET data = json_remove(data, '$.feedback')")
    )
    assert await said(home) == [""]
    await restart(hass, home)
    assert list(home.entry.runtime_data.keeper._visits.open) == [alert]
    await home.see(count=2)
    assert await said(home) == [""]


async def test_lists_and_explanations_tell_what_was_said_of_a_visit(
    hass: HomeAssistant, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    visit = await saw(house.camera)
    house.camera.log.async_note(record(at=visit.started_at, alert_ids=(visit.id,)))
    await hass.async_block_till_done()
    public = visit_id(visit.id)
    said_so: dict[str, Any] = {"verdict": "missed", "visit_id": public, "understood": True}
    assert await ask(hass, "feedback", **said_so) == {"lessons": 0}
    talk, me = Talk(hass, hass_ws_client), house.people[ADMIN]
    listed = await talk.ask(me, f"{DOMAIN}/visits/list")
    got = await talk.ask(me, f"{DOMAIN}/visits/get", visit_id=public)
    explained = await talk.ask(me, f"{DOMAIN}/explain", entity_id=house.source)
    asked = await ask(hass, "get_visits", entity_id=house.source)
    shown = [
        *listed["result"]["visits"],
        got["result"]["visit"],
        *explained["result"]["visits"],
        *asked["visits"],
    ]
    assert [one["feedback"] for one in shown if one["visit_id"] == public] == ["missed"] * 4
    assert explained["result"]["motion"]["feedback"] == "missed"


async def test_of_a_visit_whose_cameras_are_gone_it_is_only_noted(
    hass: HomeAssistant, house: House
) -> None:
    runtime, now = house.camera.config_entry.runtime_data, dt_util.utcnow()
    seen: dict[str, Any] = {"gone": {None: 1}}
    visit = Visit(id="alone", group="", started_at=now, last_at=now, seen_at=now, seen=seen)
    await runtime.database.async_keep(runtime.keeper._visits, visit, ended=True)
    said_so: dict[str, Any] = {
        "verdict": "not_right",
        "visit_id": visit_id("alone"),
        "understood": True,
    }
    assert await ask(hass, "feedback", **said_so) == {"lessons": 0}
    page = await async_page(runtime.database, Wanted(cameras=("gone",)))
    assert [one["feedback"] for one in page.visits] == ["not_right"]
