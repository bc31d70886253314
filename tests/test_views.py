"""Who may see a picture, and that nobody is banned for trying."""

from datetime import timedelta
from http import HTTPStatus

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.pictures import (
    GIF,
    PICTURES_PER_CAMERA,
    PictureShelf,
    async_pictures,
    picture_path,
)
from tests.common import WhiteSquareDetector, enrol

JPEG = b"\xff\xd8 a picture"
PATH = picture_path("known")


@pytest.fixture
async def shelf(hass: HomeAssistant, network: WhiteSquareDetector) -> PictureShelf:
    await enrol(hass)
    async_pictures(hass).put("known", JPEG, "camera.front")
    return async_pictures(hass)


async def test_whoever_is_logged_in_and_may_see_the_camera_gets_the_picture(
    shelf: PictureShelf, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    response = await client.get(PATH)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "image/jpeg"
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.read() == JPEG
    # No hub is set up here that could have kept it.
    assert (await client.get(picture_path("other"))).status == HTTPStatus.NOT_FOUND


async def test_a_moving_preview_is_served_as_what_it_is(
    shelf: PictureShelf, hass_client: ClientSessionGenerator
) -> None:
    shelf.put("moving", b"GIF89a", "camera.front", GIF)
    path = picture_path("moving", GIF)
    assert path.endswith("/moving.gif")
    response = await (await hass_client()).get(path)
    assert (response.status, response.content_type) == (HTTPStatus.OK, "image/gif")
    assert await response.read() == b"GIF89a"


async def test_a_user_without_a_right_to_the_camera_does_not(
    shelf: PictureShelf, hass_client: ClientSessionGenerator, hass_admin_user: User
) -> None:
    hass_admin_user.groups = []
    hass_admin_user.mock_policy({"entities": {"entity_ids": {"camera.back": True}}})
    response = await (await hass_client()).get(PATH)
    assert response.status == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("path", [PATH, picture_path("other")])
async def test_a_stranger_learns_nothing(
    shelf: PictureShelf, hass_client_no_auth: ClientSessionGenerator, path: str
) -> None:
    client = await hass_client_no_auth()
    assert (await client.get(path)).status == HTTPStatus.FORBIDDEN
    wrong = {"Authorization": "Bearer wrong"}
    assert (await client.get(path, headers=wrong)).status == HTTPStatus.UNAUTHORIZED


async def test_a_signed_link_works_until_it_expires_and_then_bans_nobody(
    hass: HomeAssistant,
    shelf: PictureShelf,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    client = await hass_client_no_auth()
    link = async_sign_path(hass, PATH, timedelta(minutes=10))
    assert (await client.get(link)).status == HTTPStatus.OK
    freezer.tick(timedelta(minutes=11))
    assert (await client.get(link)).status == HTTPStatus.FORBIDDEN


def test_each_camera_keeps_only_its_newest_pictures() -> None:
    shelf = PictureShelf()
    shelf.put("back", JPEG, "camera.back")
    for number in range(PICTURES_PER_CAMERA + 3):
        shelf.put(str(number), JPEG, "camera.front")
    assert shelf.get("2") is None
    assert shelf.get("3") is not None
    shelf.forget("camera.front")
    assert shelf.get("3") is None
    assert shelf.get("back") is not None


async def test_while_nothing_is_loaded_nothing_is_shown_as_nobody_could_write_it_down(
    hass: HomeAssistant, shelf: PictureShelf, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert shelf.get("known") is not None
    assert (await client.get(PATH)).status == HTTPStatus.NOT_FOUND
