"""Who may see what: every place that gives a picture or tells what is on one, by every person.

A new view, entity, action or command is one more line of ``PICTURES``, ``ACTIONS`` or ``COMMANDS``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from homeassistant.core import Context
from homeassistant.exceptions import UnknownUser
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.camera_smart_alerts.const import (
    DOMAIN,
)
from custom_components.camera_smart_alerts.pictures import picture_path
from custom_components.camera_smart_alerts.report import ZIP, report_path
from tests.access_house import (
    ANONYMOUS,
    LINK,
    LINK_EXPIRED,
    LINK_OF_TWO_STEP,
    LINK_OTHER,
    OPTIONS,
    PICTURE,
    House,
)
from tests.camera_actions import ask
from tests.enrolled import state
from tests.looking_back import Talk
from tests.people import (
    ADMIN,
    ADMIN_TWO_STEP,
    NO_CAMERA,
    ONE_STEP,
    READ_ONLY,
    TWO_STEP,
)
from tests.report_kit import a_report

pytest_plugins = ("tests.access_house_fixtures",)

PEOPLE = {READ_ONLY, NO_CAMERA, ONE_STEP, TWO_STEP, ADMIN, ADMIN_TWO_STEP}
ASKERS = PEOPLE | {ANONYMOUS, LINK, LINK_EXPIRED, LINK_OTHER, LINK_OF_TWO_STEP}

ALL_WITH_CAMERA = PEOPLE - {NO_CAMERA} | {LINK, LINK_OF_TWO_STEP}
NOBODY: set[str] = set()


def _with_token(house: House, domain: str, key: str) -> str:
    token = state(house.hass, house.camera, domain, key).attributes["access_token"]
    return f"/api/{domain}_proxy/{house.entity(domain, key)}?token={token}"


def _report(house: House, file: str) -> str:
    """Return the path of a file of a bug report that one of the administrators asked for."""
    login = house.people[ADMIN_TWO_STEP].token.id
    reports = house.camera.config_entry.runtime_data.reports
    report = a_report(house.camera, login, house.kept, PICTURE)
    return report_path(reports.async_hold(report), file)


def _zipped(body: bytes) -> bytes:
    return ZipFile(BytesIO(body)).read("pictures/1.jpg")


@dataclass
class PictureRow:
    """One address that gives a picture, and who gets it with each of the ``OPTIONS``."""

    path: Callable[[House], str]
    gets: tuple[set[str], set[str], set[str], set[str]]
    picture: Callable[[bytes], bytes] = bytes
    """The picture in what is answered."""


PICTURES = {
    "picture view": PictureRow(
        lambda _house: picture_path("known"),
        (
            ALL_WITH_CAMERA,
            {ADMIN, ADMIN_TWO_STEP},
            {TWO_STEP, ADMIN_TWO_STEP, LINK_OF_TWO_STEP},
            {ADMIN_TWO_STEP},
        ),
    ),
    "picture of the history": PictureRow(
        lambda house: house.kept.path,
        (
            ALL_WITH_CAMERA,
            {ADMIN, ADMIN_TWO_STEP},
            {TWO_STEP, ADMIN_TWO_STEP, LINK_OF_TWO_STEP},
            {ADMIN_TWO_STEP},
        ),
    ),
    # Whoever has one needs no login: who gets one is in ``ACTIONS``. The others: ``test_links.py``.
    "single-use link, fresh": PictureRow(
        lambda house: house.link(),
        (ASKERS, ASKERS, ASKERS, ASKERS),
    ),
    "image entity": PictureRow(
        lambda house: f"/api/image_proxy/{house.entity('image', 'last_alert')}",
        (ALL_WITH_CAMERA, NOBODY, NOBODY, NOBODY),
    ),
    "image entity, with its token": PictureRow(
        lambda house: _with_token(house, "image", "last_alert"),
        (ASKERS - {NO_CAMERA}, NOBODY, NOBODY, NOBODY),
    ),
    "smart view": PictureRow(
        lambda house: f"/api/camera_proxy/{house.entity('camera', 'smart_view')}",
        (ALL_WITH_CAMERA, NOBODY, NOBODY, NOBODY),
    ),
    "smart view, with its token": PictureRow(
        lambda house: _with_token(house, "camera", "smart_view"),
        (ASKERS - {NO_CAMERA}, NOBODY, NOBODY, NOBODY),
    ),
    "picture of a bug report": PictureRow(
        lambda house: _report(house, "pictures/1.jpg"), ({ADMIN_TWO_STEP},) * 4
    ),
    "bug report": PictureRow(lambda house: _report(house, ZIP), ({ADMIN_TWO_STEP},) * 4, _zipped),
}


@dataclass
class ActionRow:
    """One action that tells what is on pictures, and who gets an answer."""

    name: str
    data: Callable[[House], dict[str, Any]]
    gets: set[str]


WHO_CONTROLS = {ONE_STEP, TWO_STEP, ADMIN, ADMIN_TWO_STEP}
WHO_READS = WHO_CONTROLS | {READ_ONLY}


def _of_source(house: House) -> dict[str, Any]:
    return {"entity_id": house.source}


def _of_view(house: House) -> dict[str, Any]:
    return {"entity_id": house.entity("camera", "smart_view")}


def _of_visit(house: House) -> dict[str, Any]:
    return {"visit_id": house.kept.visit_id}


def _right(house: House) -> dict[str, Any]:
    return {"verdict": "right", "understood": True} | _of_visit(house)


def _missed(house: House) -> dict[str, Any]:
    return {"verdict": "missed", "understood": True} | _of_source(house)


def _missed_in(house: House) -> dict[str, Any]:
    return {"verdict": "missed", "understood": True} | _of_visit(house)


ACTIONS = {
    "analyze": ActionRow("analyze", _of_source, WHO_CONTROLS),
    "analyze the smart view": ActionRow("analyze", _of_view, WHO_CONTROLS),
    "analyze a file": ActionRow(
        "analyze", lambda house: {"path": house.file}, {ADMIN, ADMIN_TWO_STEP}
    ),
    "explain": ActionRow("explain", _of_source, WHO_READS),
    "explain by the smart view": ActionRow("explain", _of_view, WHO_READS),
    "get_visits": ActionRow("get_visits", _of_source, WHO_READS),
    # What they get is only of cameras within rights: ``test_camera_services.py``.
    "get_visits of all": ActionRow("get_visits", lambda _house: {}, PEOPLE),
    "create_link of a camera": ActionRow("create_link", _of_source, WHO_READS),
    "create_link of a visit": ActionRow("create_link", _of_visit, WHO_READS),
    "feedback": ActionRow("feedback", _right, WHO_CONTROLS),
    "feedback about a miss": ActionRow("feedback", _missed, WHO_CONTROLS),
    "feedback about a miss during a visit": ActionRow("feedback", _missed_in, WHO_CONTROLS),
    "forget_feedback": ActionRow("forget_feedback", _of_source, WHO_CONTROLS),
}

COMMANDS = {
    # What they are told is only of cameras within rights: ``test_websocket.py``.
    "cameras": ActionRow("cameras", lambda _house: {}, PEOPLE),
    "list of a camera": ActionRow("visits/list", lambda house: {"camera": house.source}, WHO_READS),
    "list by the smart view": ActionRow(
        "visits/list", lambda house: {"camera": house.entity("camera", "smart_view")}, WHO_READS
    ),
    "get": ActionRow("visits/get", _of_visit, WHO_READS),
    "delete": ActionRow(
        "visits/delete", lambda _house: {"visit_id": "another"}, {ADMIN, ADMIN_TWO_STEP}
    ),
    "feedback": ActionRow("feedback", _right, WHO_CONTROLS),
    "feedback about a miss": ActionRow("feedback", _missed, WHO_CONTROLS),
    "feedback about a miss during a visit": ActionRow("feedback", _missed_in, WHO_CONTROLS),
    "lessons": ActionRow("feedback/list", _of_source, WHO_READS),
    "forget": ActionRow("feedback/forget", _of_source, WHO_CONTROLS),
    "explain": ActionRow("explain", _of_source, WHO_READS),
    # What they hear is only of cameras within rights: ``test_websocket.py``.
    "subscribe": ActionRow("subscribe", lambda _house: {}, PEOPLE),
}


# The matrix


@pytest.mark.parametrize("name", PICTURES)
async def test_only_who_may_see_a_picture_gets_it_and_nobody_is_banned_for_asking(
    house: House, hass_client_no_auth: ClientSessionGenerator, name: str
) -> None:
    client = await hass_client_no_auth()
    row = PICTURES[name]
    for options, expected in zip(OPTIONS, row.gets, strict=True):
        await house.choose(options)
        got = set()
        for asker in ASKERS:
            address, headers = house.asks(asker, row.path(house))
            answer = await client.get(address, headers=headers)
            assert answer.status != HTTPStatus.UNAUTHORIZED, asker
            if answer.status == HTTPStatus.OK and row.picture(await answer.read()) == PICTURE:
                got.add(asker)
        assert got == expected, options


@pytest.mark.parametrize("name", ACTIONS)
async def test_only_who_may_use_the_camera_learns_what_is_on_its_pictures(
    house: House, hass_ws_client: WebSocketGenerator, name: str
) -> None:
    row, got = ACTIONS[name], set()
    for asker, person in house.people.items():
        client = await hass_ws_client(house.hass, person.access_token)
        await client.send_json_auto_id(
            {
                "type": "call_service",
                "domain": DOMAIN,
                "service": row.name,
                "service_data": row.data(house),
                "return_response": True,
            }
        )
        answer = await client.receive_json()
        assert answer["success"] or answer["error"]["message"] == "Unauthorized", answer
        if answer["success"]:
            got.add(asker)
    assert got == row.gets


@pytest.mark.parametrize("name", COMMANDS)
async def test_only_who_may_gets_an_answer_to_a_command(
    house: House, hass_ws_client: WebSocketGenerator, name: str
) -> None:
    row, got, talk = COMMANDS[name], set(), Talk(house.hass, hass_ws_client)
    for asker, person in house.people.items():
        answer = await talk.ask(person, f"{DOMAIN}/{row.name}", **row.data(house))
        assert answer["success"] or answer["error"]["code"] == "unauthorized", answer
        if answer["success"]:
            got.add(asker)
    assert got == row.gets


@pytest.mark.parametrize("name", ACTIONS)
async def test_an_automation_learns_it_and_a_person_who_is_gone_does_not(
    house: House, name: str
) -> None:
    row = ACTIONS[name]

    assert await ask(house.hass, row.name, **row.data(house))
    with pytest.raises(UnknownUser):
        await ask(house.hass, row.name, Context(user_id="gone"), **row.data(house))
