"""The commands for pages and scripts; who gets an answer at all: ``test_access.py``."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
import json
from typing import Any

from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.data import loaded
from custom_components.camera_smart_alerts.state import (
    EVENT_MOTION,
    EVENT_VISIT,
    SIGNAL_RENEWED,
    visit_event,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.access_house import ADMINS, PICTURE, House
from tests.enrolled import record
from tests.looking_back import Talk, keep, saw
from tests.people import ADMIN, NO_CAMERA, ONE_STEP, READ_ONLY

pytest_plugins = ("tests.access_house_fixtures",)

CAMERAS, LIST, GET, DELETE, EXPLAIN, SUBSCRIBE = (
    f"{DOMAIN}/{name}"
    for name in ("cameras", "visits/list", "visits/get", "visits/delete", "explain", "subscribe")
)


@pytest.fixture
def talk(house: House, hass_ws_client: WebSocketGenerator) -> Talk:
    return Talk(house.hass, hass_ws_client)


async def result(talk: Talk, house: House, who: str, command: str, **data: Any) -> Any:
    """Return what somebody is answered."""
    answer = await talk.ask(house.people[who], command, **data)
    assert answer["success"], answer
    return answer["result"]


async def test_everybody_is_told_what_they_may_do_with_which_camera(
    house: House, talk: Talk
) -> None:
    async def told(who: str) -> dict[str, tuple[bool, bool]]:
        answer = await result(talk, house, who, CAMERAS)
        assert answer["retention_s"] == timedelta(days=7).total_seconds()
        return {one["entity_id"]: (one["may_see"], one["may_teach"]) for one in answer["cameras"]}

    assert await told(NO_CAMERA) == {"camera.back": (True, True)}
    assert await told(READ_ONLY) == {house.source: (True, False), "camera.back": (True, False)}
    await house.choose(ADMINS)
    assert (await told(ONE_STEP))[house.source] == (False, True)
    front, _ = (await result(talk, house, ADMIN, CAMERAS))["cameras"]
    assert (front["name"], front["live_view"]) == (house.camera.name, house.camera.live_view)
    for understood in (False, True):
        assert (await result(talk, house, ADMIN, CAMERAS))["understood"] is understood
        say = {"verdict": "right", "visit_id": house.kept.visit_id, "understood": True}
        await result(talk, house, ADMIN, f"{DOMAIN}/feedback", **say)


async def test_visits_come_page_by_page_and_with_filters(house: House, talk: Talk) -> None:
    noon = dt_util.utcnow() - timedelta(hours=1)
    for number in range(2, 6):
        at = noon - timedelta(minutes=number)
        await saw(house.camera, number=number, at=at, kinds={Kind.ANIMAL: 1})
    first = await result(talk, house, READ_ONLY, LIST, limit=3)
    second = await result(talk, house, READ_ONLY, LIST, limit=3, cursor=first["cursor"])
    assert (len(first["visits"]), len(second["visits"]), second["cursor"]) == (3, 2, None)
    assert first["visits"][0]["cameras"] == [house.source]
    assert "secret" not in json.dumps((first, second))
    animals = await result(talk, house, READ_ONLY, LIST, kind="animal", camera=house.source)
    assert len(animals["visits"]) == 4
    at = dt_util.as_local(noon).isoformat()
    before = await result(talk, house, READ_ONLY, LIST, before=at)
    after = await result(talk, house, READ_ONLY, LIST, after=at)
    assert (len(before["visits"]), len(after["visits"])) == (4, 1)


async def test_a_list_leaves_out_what_is_not_within_rights(house: House, talk: Talk) -> None:
    runtime = house.camera.config_entry.runtime_data
    await saw(*runtime.cameras.values(), number=2)
    found = await result(talk, house, NO_CAMERA, LIST)
    assert [one["cameras"] for one in found["visits"]] == [["camera.back"]]
    answer = await talk.ask(house.people[ADMIN], LIST, camera="camera.nowhere")
    assert "camera.nowhere" in answer["error"]["message"]
    answer = await talk.ask(house.people[ADMIN], LIST, cursor="nonsense")
    assert answer["error"]["code"] == "invalid_format"


async def test_a_visit_tells_whether_feedback_on_it_is_within_rights(
    house: House, talk: Talk
) -> None:
    front, back = house.camera.config_entry.runtime_data.cameras.values()
    await saw(front, back, number=2, at=dt_util.utcnow() - timedelta(hours=1))
    await saw(back, number=3, at=dt_util.utcnow())
    told = {
        who: [one["may_teach"] for one in (await result(talk, house, who, LIST))["visits"][:2]]
        for who in (ONE_STEP, NO_CAMERA, READ_ONLY)
    }
    assert told == {ONE_STEP: [True, True], NO_CAMERA: [True, False], READ_ONLY: [False, False]}


async def test_a_visit_has_pictures_signed_for_the_login_that_asks(
    house: House, talk: Talk, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    _, back = house.camera.config_entry.runtime_data.cameras.values()
    visit = await saw(house.camera, back, number=2)
    await keep(house.camera, PICTURE, visit)
    kept = await keep(back, b"\xff\xd8 back", visit, revision=2)
    mine = await result(talk, house, READ_ONLY, GET, visit_id=kept.visit_id)
    front, _ = mine["pictures"]
    assert (front["camera"], front["role"]) == (house.source, "trigger")
    response = await client.get(front["url"])
    assert await response.read() == PICTURE
    assert "secret" not in json.dumps(mine)
    less = await result(talk, house, NO_CAMERA, GET, visit_id=kept.visit_id)
    assert less["visit"]["cameras"] == ["camera.back"]
    assert [one["camera"] for one in less["pictures"]] == ["camera.back"]
    # The login that the address is bound to is asked again.
    await house.choose(ADMINS)
    assert (await client.get(front["url"])).status == HTTPStatus.FORBIDDEN
    hidden = await result(talk, house, READ_ONLY, GET, visit_id=kept.visit_id)
    assert hidden["pictures"] == []
    assert hidden["visit"]["cameras"] == [house.source, "camera.back"]


async def test_without_a_login_to_bind_an_address_to_there_is_none(
    house: House, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ActiveConnection.async_handle

    def without_login(connection: ActiveConnection, msg: Any) -> None:
        connection.refresh_token_id = None
        real(connection, msg)

    monkeypatch.setattr(ActiveConnection, "async_handle", without_login)
    found = await result(talk, house, ADMIN, GET, visit_id=house.kept.visit_id)
    assert found["pictures"] == []


async def test_a_deleted_visit_is_gone_and_the_receipt_says_what_was_destroyed(
    house: House, talk: Talk, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client, headers = await hass_client_no_auth(), house.people[ADMIN].headers
    visit_id, path = house.kept.visit_id, house.kept.path
    assert (await client.get(path, headers=headers)).status == HTTPStatus.OK
    guessed = path.replace(".jpg", "0.jpg")
    assert (await client.get(guessed, headers=headers)).status == HTTPStatus.NOT_FOUND
    receipt = await result(talk, house, ADMIN, DELETE, visit_id=visit_id)
    assert (receipt["what"], receipt["visits"], receipt["pictures"]) == ("visit", 1, 1)
    answer = await talk.ask(house.people[ADMIN], GET, visit_id=visit_id)
    assert "no such visit" in answer["error"]["message"]
    assert (await client.get(path, headers=headers)).status == HTTPStatus.NOT_FOUND


async def test_an_explanation_names_only_cameras_within_rights(house: House, talk: Talk) -> None:
    front, back = house.camera.config_entry.runtime_data.cameras.values()
    visit = await saw(front, back, number=2)
    motion = record(at=visit.started_at, alert_ids=(visit.id,))
    front.log.async_note(motion)
    back.log.async_note(motion)
    await house.hass.async_block_till_done()
    at = dt_util.as_local(visit.started_at).isoformat()
    told = await result(talk, house, READ_ONLY, EXPLAIN, entity_id=house.source, at=at)
    assert "people were told" in told["sentence"]
    assert told["visits"][0]["cameras"] == [house.source, "camera.back"]
    told = await result(talk, house, NO_CAMERA, EXPLAIN, entity_id="camera.back")
    assert told["visits"][0]["cameras"] == ["camera.back"]


async def test_who_subscribes_hears_of_cameras_within_rights_as_long_as_they_are(
    house: House, talk: Talk
) -> None:
    hass = house.hass
    visit = await saw(house.camera, number=2)

    def happen(*cameras: str) -> None:
        told = visit_event(
            "started",
            visit,
            camera="A",
            entity_id=cameras[0],
            device_id=None,
            cameras=cameras,
            devices=[],
            seen={key: {Kind.PERSON: 1} for key in cameras},
            new_kinds=[],
        )
        hass.bus.async_fire(EVENT_VISIT, told)
        hass.bus.async_fire(EVENT_MOTION, {"entity_id": cameras[0], "outcome": "alerted"})

    for who in (ONE_STEP, NO_CAMERA):
        assert await result(talk, house, who, SUBSCRIBE) is None
    happen(house.source)
    happen(house.source, "camera.back")
    known = await talk.client(house.people[ONE_STEP])
    heard = [(await known.receive_json())["event"] for _ in range(4)]
    assert [list(one) for one in heard] == [["visit"], ["motion"]] * 2
    assert heard[2]["visit"]["cameras"] == [house.source, "camera.back"]
    stranger = await talk.client(house.people[NO_CAMERA])
    (only,) = [(await stranger.receive_json())["event"]]
    assert only["visit"]["cameras"] == ["camera.back"]
    assert house.source not in json.dumps(only)

    house.people[ONE_STEP].user.is_active = False
    happen(house.source)
    await known.send_json_auto_id({"type": "unsubscribe_events", "subscription": 1})
    answer = await asyncio.wait_for(known.receive_json(), 5)
    assert answer["success"], "nothing was heard before the answer"


async def test_who_subscribes_hears_of_what_is_new_about_visits_within_rights_and_of_changes(
    house: House, talk: Talk
) -> None:
    visit = await saw(house.camera, number=2)
    for who in (READ_ONLY, NO_CAMERA):
        assert await result(talk, house, who, SUBSCRIBE) is None
    kept = await keep(house.camera, PICTURE, visit)
    say = {"verdict": "right", "visit_id": kept.visit_id, "understood": True}
    await result(talk, house, ADMIN, f"{DOMAIN}/feedback", **say)
    await house.camera.config_entry.runtime_data.vault.async_delete_visit(kept.visit_id)
    known, stranger = [await talk.client(house.people[one]) for one in (READ_ONLY, NO_CAMERA)]
    heard = [(await known.receive_json())["event"] for _ in range(3)]
    about = {"visit_id": kept.visit_id, "camera": house.source}
    assert heard == [{"renewed": about}, {"renewed": about}, {"changed": {}}]
    assert (await stranger.receive_json())["event"] == {"changed": {}}

    entry = house.camera.config_entry
    await house.hass.config_entries.async_unload(entry.entry_id)
    async_dispatcher_send(house.hass, SIGNAL_RENEWED, house.camera.settings.subentry_id, "late")
    await known.send_json_auto_id({"type": "unsubscribe_events", "subscription": 1})
    answer = await asyncio.wait_for(known.receive_json(), 5)
    assert answer["success"], "nobody knows any more whose it was"


async def test_while_nothing_is_loaded_commands_say_so(
    hass: HomeAssistant, house: House, talk: Talk
) -> None:
    await hass.config_entries.async_unload(house.camera.config_entry.entry_id)
    assert loaded(hass) is None
    answer = await talk.ask(house.people[ADMIN], LIST)
    assert "not loaded" in answer["error"]["message"]
