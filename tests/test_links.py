"""Links to pictures for whoever cannot log in: one picture, once, for ten minutes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.links import LINK_URL, MOST
from tests.access_house import PICTURE, House
from tests.camera_actions import ask
from tests.leak_scanner import leaks
from tests.link_kit import link_to, runtime_of
from tests.test_access import ASKERS

pytest_plugins = ("tests.access_house_fixtures",)


async def test_a_link_shows_its_picture_once_to_whoever_has_it(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client, path = await hass_client_no_auth(), await link_to(house)
    first, second = await client.get(path), await client.get(path)
    assert (first.status, first.content_type) == (HTTPStatus.OK, "image/jpeg")
    assert first.headers["Cache-Control"] == "no-store"
    assert await first.read() == PICTURE
    assert second.status == HTTPStatus.FORBIDDEN
    assert PICTURE not in await second.read()


async def used(house: House, client: Any, path: str, _time: FrozenDateTimeFactory) -> None:
    assert (await client.get(path)).status == HTTPStatus.OK


async def expired(_house: House, _client: Any, _path: str, time: FrozenDateTimeFactory) -> None:
    time.tick(timedelta(minutes=10))


async def visit_deleted(house: House, _client: Any, _path: str, _time: Any) -> None:
    await runtime_of(house).vault.async_delete_visit(house.kept.visit_id)


async def pictures_deleted(house: House, _client: Any, _path: str, _time: Any) -> None:
    await ask(house.hass, "delete_pictures", entity_id=house.source)


async def camera_removed(house: House, _client: Any, _path: str, _time: Any) -> None:
    entry = house.camera.config_entry
    assert house.hass.config_entries.async_remove_subentry(entry, house.camera.settings.subentry_id)
    await house.hass.async_block_till_done()


async def retention_passed(house: House, _client: Any, _path: str, _time: Any) -> None:
    await runtime_of(house).database.async_write(
        lambda one: one.execute("UPDATE pictures SET taken_at = taken_at - 8 * 86400")
    )


async def started_anew(house: House, _client: Any, _path: str, _time: Any) -> None:
    await house.hass.config_entries.async_reload(house.camera.config_entry.entry_id)


async def unloaded(house: House, _client: Any, _path: str, _time: Any) -> None:
    await house.hass.config_entries.async_unload(house.camera.config_entry.entry_id)


@pytest.mark.parametrize(
    "event",
    [
        used,
        expired,
        visit_deleted,
        pictures_deleted,
        camera_removed,
        retention_passed,
        started_anew,
        unloaded,
    ],
)
async def test_a_link_that_is_over_is_refused_to_everybody_and_does_not_say_why(
    house: House,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
    event: Callable[..., Awaitable[None]],
) -> None:
    client, path = await hass_client_no_auth(), await link_to(house)
    never_made = await client.get(LINK_URL.format(token="A" * 43))
    assert never_made.headers["Cache-Control"] == "no-store"
    await event(house, client, path, freezer)
    for asker in ASKERS:
        address, headers = house.asks(asker, path)
        answer = await client.get(address, headers=headers)
        assert answer.status == never_made.status == HTTPStatus.FORBIDDEN, asker
        assert await answer.read() == await never_made.read()
        assert set(answer.headers) == set(never_made.headers)


async def test_a_link_works_until_its_last_moment_whatever_the_clock_says(
    house: House, hass_client_no_auth: ClientSessionGenerator, freezer: FrozenDateTimeFactory
) -> None:
    made_at = dt_util.utcnow()
    answer = await ask(house.hass, "create_link", visit_id=house.kept.visit_id)
    expires_at = dt_util.parse_datetime(answer["expires_at"])
    assert expires_at == made_at + timedelta(minutes=10)
    freezer.tick(timedelta(minutes=9, seconds=59))
    client = await hass_client_no_auth()
    assert (await client.get(answer["path"])).status == HTTPStatus.OK


async def test_a_link_opens_no_other_picture_and_a_wrong_login_bans_nobody(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client, path = await hass_client_no_auth(), await link_to(house)
    token = path.rpartition("/")[2].removesuffix(".jpg")
    wrong = {"Authorization": "Bearer wrong"}
    for other in (
        f"/api/{DOMAIN}/links/{token}x.jpg",
        f"/api/{DOMAIN}/links/{token[:-1]}.jpg",
        f"/api/{DOMAIN}/links/%ff%00.jpg",
        f"/api/{DOMAIN}/links/{house.kept.link_id}.jpg",
        f"/api/{DOMAIN}/pictures/{token}.jpg",
    ):
        assert (await client.get(other)).status == HTTPStatus.FORBIDDEN, other
    unknown = LINK_URL.format(token="unknown")
    assert (await client.get(unknown, headers=wrong)).status == HTTPStatus.FORBIDDEN
    assert (await client.get(path, headers=wrong)).status == HTTPStatus.OK


async def test_of_simultaneous_askers_one_gets_the_picture(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client, path = await hass_client_no_auth(), await link_to(house)
    answers = await asyncio.gather(*(client.get(path) for _ in range(5)))
    statuses = sorted(one.status for one in answers)
    assert statuses == [HTTPStatus.OK, *[HTTPStatus.FORBIDDEN] * 4]


async def test_what_shows_no_picture_does_not_use_the_link_up(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client, path = await hass_client_no_auth(), await link_to(house)
    assert (await client.head(path)).status == HTTPStatus.METHOD_NOT_ALLOWED
    keys = runtime_of(house).vault._ring.keys
    key = keys.pop(house.kept.subentry_id)
    assert (await client.get(path)).status == HTTPStatus.FORBIDDEN
    keys[house.kept.subentry_id] = key
    assert (await client.get(path)).status == HTTPStatus.OK
    assert (await client.get(path)).status == HTTPStatus.FORBIDDEN


async def test_too_many_links_revoke_the_oldest(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client, links = await hass_client_no_auth(), runtime_of(house).links
    paths = [links.async_make(house.kept, "automation", "", "").path for _ in range(MOST + 1)]
    assert (await client.get(paths[0])).status == HTTPStatus.FORBIDDEN
    assert (await client.get(paths[1])).status == HTTPStatus.OK


async def test_nothing_can_be_read_from_a_link(house: House) -> None:
    one, other = await link_to(house), await link_to(house)
    token = re.fullmatch(rf"/api/{DOMAIN}/links/([\w-]{{43}})\.jpg", one)
    assert token is not None, "256 bits"
    assert one != other
    assert leaks(one, [house.kept.id, house.kept.visit_id, house.source]) == []
    assert token[1] not in repr(vars(runtime_of(house).links))
