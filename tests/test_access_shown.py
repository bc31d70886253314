"""Where it is not known who asks, and what entities, answers and phones then show."""

from aiohttp import hdrs
from homeassistant.auth.models import User
from homeassistant.components.image import async_get_image
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
)

from custom_components.camera_smart_alerts.access import async_may_see
from custom_components.camera_smart_alerts.const import (
    CONF_TWO_STEP_ONLY,
)
from custom_components.camera_smart_alerts.pictures import picture_path
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Visit
from tests.access_house import ADMINS, OPTIONS, PICTURE, VERIFIED, House
from tests.camera_actions import ask
from tests.camera_peer import PeerCamera, jpeg
from tests.delivery_kit import camera_settings, make_delivery
from tests.enrolled import black, show, smart_view, state
from tests.fake_phones import Phones, PushService
from tests.people import (
    ADMIN,
    ADMIN_TWO_STEP,
    NO_CAMERA,
    READ_ONLY,
    turn_on_two_step,
)
from tests.watched_home import WatchedHome

pytest_plugins = ("tests.access_house_fixtures",)


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
        started_at=now,
        last_at=now,
        seen_at=now,
        seen={key: {Kind.PERSON: 1} for key in runtime.cameras},
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
