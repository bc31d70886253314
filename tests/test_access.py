"""Who may see what: every place that gives a picture or tells what is on one, by every person.

A new view, entity or action is one more line of ``PICTURES`` or ``ACTIONS``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp import hdrs
from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.image import async_get_image
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, UnknownUser
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.camera_smart_alerts.access import async_may_see
from custom_components.camera_smart_alerts.const import (
    CONF_ADMINS_ONLY,
    CONF_TWO_STEP_ONLY,
    DOMAIN,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.pictures import async_pictures, picture_path
from custom_components.camera_smart_alerts.visit import Visit
from tests.camera_actions import ask
from tests.camera_peer import AddCamera, PeerCamera, jpeg
from tests.common import MOTION, WhiteSquareDetector, enrol, subentry
from tests.delivery_kit import alert, camera_settings, make_delivery
from tests.enrolled import black, entity_id, show, smart_view, state
from tests.fake_phones import Phones, PushService
from tests.people import (
    ADMIN,
    ADMIN_TWO_STEP,
    NO_CAMERA,
    ONE_STEP,
    READ_ONLY,
    TWO_STEP,
    Person,
    people,
    turn_on_two_step,
)
from tests.watched_home import WatchedHome

PICTURE = b"\xff\xd8 an alert"

# Who asks without a login of their own.
ANONYMOUS = "anonymous"
LINK = "signed link"
LINK_EXPIRED = "signed link, expired"
LINK_OTHER = "signed link of another picture"
LINK_OF_TWO_STEP = "signed link of a user with two-step"

PEOPLE = {READ_ONLY, NO_CAMERA, ONE_STEP, TWO_STEP, ADMIN, ADMIN_TWO_STEP}
ASKERS = PEOPLE | {ANONYMOUS, LINK, LINK_EXPIRED, LINK_OTHER, LINK_OF_TWO_STEP}

ALL_WITH_CAMERA = PEOPLE - {NO_CAMERA} | {LINK, LINK_OF_TWO_STEP}
NOBODY: set[str] = set()

ANYBODY, ADMINS, VERIFIED, BOTH = (
    {CONF_ADMINS_ONLY: admins, CONF_TWO_STEP_ONLY: two_step}
    for two_step in (False, True)
    for admins in (False, True)
)
OPTIONS = (ANYBODY, ADMINS, VERIFIED, BOTH)


@dataclass
class House:
    """A camera whose last alert has a picture, and everybody who may want to see it."""

    hass: HomeAssistant
    camera: CameraCoordinator
    people: dict[str, Person]
    file: str

    def entity(self, domain: str, key: str) -> str:
        return entity_id(self.hass, self.camera, domain, key)

    @property
    def source(self) -> str:
        assert self.camera.camera_entity_id is not None
        return self.camera.camera_entity_id

    def asks(self, asker: str, path: str) -> tuple[str, dict[str, str]]:
        """Return the address and the headers with which somebody asks for a path."""
        if (person := self.people.get(asker)) is not None:
            return path, person.headers
        hour = timedelta(hours=1)
        match asker:
            case "signed link":
                return async_sign_path(self.hass, path, hour), {}
            case "signed link, expired":
                return async_sign_path(self.hass, path, -hour), {}
            case "signed link of another picture":
                link = async_sign_path(self.hass, picture_path("other"), hour)
                joint = "&" if "?" in path else "?"
                return f"{path}{joint}{link.partition('?')[2]}", {}
            case "signed link of a user with two-step":
                token = self.people[TWO_STEP].token.id
                return async_sign_path(self.hass, path, hour, refresh_token_id=token), {}
        return path, {}

    async def choose(self, options: dict[str, bool]) -> None:
        """Set the options of the hub, without a reload: it would forget the picture."""
        entry: ConfigEntry[Any] = self.camera.config_entry
        with patch.object(self.hass.config_entries, "async_schedule_reload"):
            self.hass.config_entries.async_update_entry(entry, options=options)
            await self.hass.async_block_till_done()


def _with_token(house: House, domain: str, key: str) -> str:
    token = state(house.hass, house.camera, domain, key).attributes["access_token"]
    return f"/api/{domain}_proxy/{house.entity(domain, key)}?token={token}"


@dataclass
class PictureRow:
    """One address that gives a picture, and who gets it with each of the ``OPTIONS``."""

    path: Callable[[House], str]
    gets: tuple[set[str], set[str], set[str], set[str]]


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
}


@dataclass
class ActionRow:
    """One action that tells what is on pictures, and who gets an answer."""

    name: str
    data: Callable[[House], dict[str, Any]]
    gets: set[str]


WHO_CONTROLS = {ONE_STEP, TWO_STEP, ADMIN, ADMIN_TWO_STEP}
WHO_READS = WHO_CONTROLS | {READ_ONLY}

ACTIONS = {
    "analyze": ActionRow("analyze", lambda house: {"entity_id": house.source}, WHO_CONTROLS),
    "analyze the smart view": ActionRow(
        "analyze",
        lambda house: {"entity_id": house.entity("camera", "smart_view")},
        WHO_CONTROLS,
    ),
    "analyze a file": ActionRow(
        "analyze", lambda house: {"path": house.file}, {ADMIN, ADMIN_TWO_STEP}
    ),
    "explain": ActionRow("explain", lambda house: {"entity_id": house.source}, WHO_READS),
    "explain by the smart view": ActionRow(
        "explain", lambda house: {"entity_id": house.entity("camera", "smart_view")}, WHO_READS
    ),
    "get_visits": ActionRow("get_visits", lambda house: {"entity_id": house.source}, WHO_READS),
    "get_visits of all": ActionRow("get_visits", lambda _house: {}, WHO_READS),
}


@pytest.fixture
async def house(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    add_camera: AddCamera,
    network: WhiteSquareDetector,
    tmp_path: Path,
) -> House:
    assert await async_setup_component(hass, "http", {})
    back = await add_camera(PeerCamera("Back"))
    entry = await enrol(
        hass,
        subentry(still_camera.entity_id, MOTION),
        subentry(back.entity_id, MOTION, title="Back"),
    )
    camera, _ = entry.runtime_data.cameras.values()
    async_pictures(hass).put("known", PICTURE, still_camera.entity_id)
    async_pictures(hass).put("other", b"\xff\xd8 another", still_camera.entity_id)
    camera.alerting.last_picture = async_pictures(hass).get("known")
    await show(hass, camera, last_alert=alert(at=dt_util.utcnow()))
    file = tmp_path / "a.jpg"
    file.write_bytes(jpeg(black()))
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    ours = (entity_id(hass, camera, "image", "last_alert"), smart_view(hass, camera).entity_id)
    return House(hass, camera, await people(hass, back.entity_id, *ours), str(file))


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
            if answer.status == HTTPStatus.OK and await answer.read() == PICTURE:
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


@pytest.mark.parametrize("name", ACTIONS)
async def test_an_automation_learns_it_and_a_person_who_is_gone_does_not(
    house: House, name: str
) -> None:
    row = ACTIONS[name]

    assert await ask(house.hass, row.name, **row.data(house))
    with pytest.raises(UnknownUser):
        await ask(house.hass, row.name, Context(user_id="gone"), **row.data(house))


# People whom no login stands for


@pytest.mark.parametrize("options", OPTIONS)
async def test_nobody_known_and_nobody_inactive_may_see_a_picture(
    house: House, options: dict[str, bool]
) -> None:
    await house.choose(options)
    hass, person = house.hass, house.people[ADMIN_TWO_STEP].user
    assert await async_may_see(hass, person, house.source)
    assert not await async_may_see(hass, None, house.source)
    await hass.auth.async_deactivate_user(person)
    assert not await async_may_see(hass, person, house.source)


@pytest.mark.parametrize(("options", "may"), zip(OPTIONS, (True, False, False, False), strict=True))
async def test_users_of_home_assistant_itself_are_neither_administrators_nor_verified(
    house: House, options: dict[str, bool], may: bool
) -> None:
    await house.choose(options)
    system = await house.hass.auth.async_create_system_user(
        "Some cloud", group_ids=["system-admin"]
    )
    assert system.is_admin
    assert await async_may_see(house.hass, system, house.source) is may


# What entities show


async def test_where_pictures_are_for_some_only_the_image_keeps_its_time_but_has_no_picture(
    house: House,
) -> None:
    hass, image = house.hass, house.entity("image", "last_alert")
    before = state(hass, house.camera, "image", "last_alert")
    assert (await async_get_image(hass, image)).content == PICTURE
    assert before.attributes["entity_picture"]
    await house.choose(ADMINS)
    await show(hass, house.camera, detections_today=1)
    after = state(hass, house.camera, "image", "last_alert")
    assert after.state == before.state
    assert "entity_picture" not in after.attributes
    with pytest.raises(HomeAssistantError, match="Unable to get image"):
        await async_get_image(hass, image)


async def test_the_smart_view_then_shows_what_the_camera_itself_shows(
    house: House, still_camera: PeerCamera
) -> None:
    still_camera.pictures = lambda _index: black()
    await house.choose(VERIFIED)
    assert await smart_view(house.hass, house.camera).async_camera_image() == jpeg(black())


async def test_a_user_learns_of_a_visit_only_the_cameras_they_may_see(
    house: House,
) -> None:
    hass, runtime = house.hass, house.camera.config_entry.runtime_data
    now = dt_util.utcnow()
    visit = Visit(
        id="secret",
        group="",
        cameras=list(runtime.cameras),
        started_at=now,
        last_at=now,
        seen_at=now,
    )
    await runtime.database.async_keep(runtime.keeper._visits, visit, ended=True)

    async def cameras(user_id: str | None) -> list[str]:
        answer = await ask(hass, "get_visits", Context(user_id=user_id), entity_id="camera.back")
        (found,) = answer["visits"]
        return list(found["cameras"])

    assert await cameras(None) == [house.source, "camera.back"]
    assert await cameras(house.people[READ_ONLY].user.id) == [house.source, "camera.back"]
    assert await cameras(house.people[NO_CAMERA].user.id) == ["camera.back"]


# Phones


@pytest.mark.parametrize("two_step", [False, True])
async def test_a_phone_whose_user_would_not_get_the_picture_is_told_without_it(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    hass_admin_user: User,
    two_step: bool,
) -> None:
    if two_step:
        await turn_on_two_step(hass, hass_admin_user)
    await home.enrol(still_camera)
    hass.config_entries.async_update_entry(home.entry, options={CONF_TWO_STEP_ONLY: True})
    await hass.async_block_till_done()
    await home.see()
    (push,) = home.pushes
    assert push["title"] == "Camera 0"
    assert ("image" in push["data"]) is two_step
    assert ("attachment" in push["data"]) is two_step


async def test_a_picture_that_is_forgotten_by_now_is_not_sent(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    phone = await phones.register("Anna")
    under_test = make_delivery(hass, camera_settings(phones=(phone,)))
    await under_test.deliver(picture=picture_path("forgotten"))
    assert "image" not in push.received[0]["data"]


# Headers


async def test_no_picture_is_kept_on_its_way(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    address, headers = house.asks(ADMIN, picture_path("known"))
    answer = await client.get(address, headers=headers)
    assert answer.headers[hdrs.CACHE_CONTROL] == "no-store"
