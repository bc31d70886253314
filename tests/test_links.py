"""Links to pictures for whoever cannot log in: one picture, once, for ten minutes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import async_update_entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.data import RuntimeData
from custom_components.camera_smart_alerts.links import LINK_URL, MOST
from custom_components.camera_smart_alerts.pictures import GIF
from tests.access_house import ANYBODY, OPTIONS, PICTURE, House
from tests.camera_actions import ask
from tests.leak_scanner import leaks
from tests.looking_back import keep, saw
from tests.people import ADMIN, ADMIN_TWO_STEP, NO_CAMERA, ONE_STEP, READ_ONLY, TWO_STEP
from tests.test_access import ASKERS, WHO_READS

pytest_plugins = ("tests.access_house_fixtures",)

LATER = b"\xff\xd8 later"


def runtime_of(house: House) -> RuntimeData:
    return house.camera.config_entry.runtime_data


async def link_to(house: House, **data: Any) -> str:
    """Return the path of a new link, by default to the picture of the house's visit."""
    answer = await ask(house.hass, "create_link", **(data or {"visit_id": house.kept.visit_id}))
    path = answer["path"]
    assert isinstance(path, str)
    return path


# Opening one


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


# Making one


async def test_a_link_is_to_the_best_picture_of_a_visit_or_the_newest_of_a_camera(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    front, back = runtime_of(house).cameras.values()
    client, now = await hass_client_no_auth(), dt_util.utcnow()
    visit = await saw(front, back, number=2, at=now + timedelta(seconds=1))
    await keep(front, b"first", visit, revision=1)
    best = await keep(back, b"best", visit, revision=2)
    await keep(back, b"GIF89a", visit, revision=3, content_type=GIF)

    async def shows(**data: Any) -> bytes:
        answer = await client.get(await link_to(house, **data))
        assert answer.status == HTTPStatus.OK
        body: bytes = await answer.read()
        return body

    of_visit = {"visit_id": best.visit_id}
    assert await shows(**of_visit) == b"best"
    assert await shows(**of_visit, entity_id=front.source_entity_id) == b"first"
    assert await shows(entity_id=front.source_entity_id) == b"first"
    assert await shows(entity_id=house.entity("camera", "smart_view")) == b"first"
    await ask(house.hass, "delete_pictures", visit_id=best.visit_id)
    assert await shows(entity_id=front.source_entity_id) == PICTURE


async def test_a_link_to_a_picture_that_a_better_one_replaced_is_over(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    visit = await saw(house.camera, number=2)
    await keep(house.camera, b"first", visit, revision=1)
    best = await keep(house.camera, b"better", visit, revision=2)
    path = await link_to(house, visit_id=best.visit_id)
    await keep(house.camera, LATER, visit, revision=3)
    assert (await client.get(path)).status == HTTPStatus.FORBIDDEN
    again = await client.get(await link_to(house, visit_id=best.visit_id))
    assert await again.read() == LATER


async def test_a_link_to_nothing_is_an_error_in_words(house: House) -> None:
    hass, (_, back) = house.hass, runtime_of(house).cameras.values()
    kept = house.kept.visit_id
    for data, key in (
        ({"visit_id": "unknown"}, "visit_unknown"),
        ({"entity_id": "camera.unknown"}, "camera_not_enrolled"),
        ({"entity_id": back.source_entity_id}, "picture_not_kept"),
        ({"entity_id": back.source_entity_id, "visit_id": kept}, "picture_not_kept"),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await ask(hass, "create_link", **data)
        assert raised.value.translation_key == key
    moving = await saw(back, number=2)
    await keep(back, b"GIF89a", moving, content_type=GIF)
    with pytest.raises(ServiceValidationError, match="no such picture"):
        await ask(hass, "create_link", entity_id=back.source_entity_id)


async def test_the_address_is_the_one_from_outside_where_there_is_one(
    house: House, hass: HomeAssistant
) -> None:
    ours = {"visit_id": house.kept.visit_id}
    await async_process_ha_core_config(
        hass, {"internal_url": "http://192.168.0.2:8123", "external_url": "https://home.example"}
    )
    answer = await ask(hass, "create_link", **ours)
    assert answer["url"] == "https://home.example" + answer["path"]
    hass.config.internal_url = hass.config.external_url = hass.config.api = None
    assert (await ask(hass, "create_link", **ours))["url"] is None


# Who gets one


MAY = (
    WHO_READS,
    {ADMIN, ADMIN_TWO_STEP},
    {TWO_STEP, ADMIN_TWO_STEP},
    {ADMIN_TWO_STEP},
)


@pytest.mark.parametrize("what", ["visit", "camera", "both"])
@pytest.mark.parametrize(("options", "may"), zip(OPTIONS, MAY, strict=True))
async def test_only_who_may_see_the_picture_gets_a_link_to_it(
    house: House, options: dict[str, bool], may: set[str], what: str
) -> None:
    assert {NO_CAMERA, ONE_STEP, READ_ONLY} <= set(house.people)
    ids = {"visit_id": house.kept.visit_id, "entity_id": house.source}
    data = {"visit": ["visit_id"], "camera": ["entity_id"], "both": list(ids)}[what]
    await house.choose(options)
    got = set()
    for name, person in house.people.items():
        try:
            await ask(
                house.hass,
                "create_link",
                Context(user_id=person.user.id),
                **{key: ids[key] for key in data},
            )
            got.add(name)
        except Unauthorized:
            pass
    assert got == may


@pytest.mark.parametrize("options", OPTIONS)
async def test_an_automation_gets_a_link_only_where_pictures_are_for_everybody(
    house: House, options: dict[str, bool]
) -> None:
    await house.choose(options)
    if options == ANYBODY:
        assert await link_to(house)
        return
    with pytest.raises(ServiceValidationError, match="automations get none"):
        await link_to(house)


async def test_who_may_see_one_camera_of_a_visit_gets_a_link_to_a_picture_of_that_one(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    front, back = runtime_of(house).cameras.values()
    visit = await saw(front, back, number=2)
    kept = await keep(back, b"first", visit, revision=1)
    await keep(front, b"best", visit, revision=2)
    context = Context(user_id=house.people[NO_CAMERA].user.id)
    answer = await ask(house.hass, "create_link", context, visit_id=kept.visit_id)
    shown = await (await hass_client_no_auth()).get(answer["path"])
    assert await shown.read() == b"first"


# What is written down


async def test_the_ledger_knows_for_whom_links_were_made_and_the_sensor_counts_what_they_showed(
    house: House, hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client, admin = await hass_client_no_auth(), house.people[ADMIN].user
    entry = house.camera.config_entry
    sensor = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{entry.entry_id}_sent_outside"
    )
    assert sensor is not None

    async def count() -> str:
        await async_update_entity(hass, sensor)
        state = hass.states.get(sensor)
        assert state is not None
        return state.state

    assert await count() == "0"
    ours = {"visit_id": house.kept.visit_id}
    await ask(hass, "create_link", **ours)
    answer = await ask(hass, "create_link", Context(user_id=admin.id), **ours)
    assert await count() == "0", "made, but not opened"
    for _ in range(2):
        await client.get(answer["path"])
    assert await count() == "1"
    found = (await ask(hass, "get_ledger"))["entries"]
    keys = ("what", "camera", "channel", "to", "to_id")
    told = [tuple(one[key] for key in keys) for one in found if one["what"] in ("linked", "shown")]
    assert told == [
        ("shown", house.source, "link", None, None),
        ("linked", house.source, "person", admin.name, admin.id),
        ("linked", house.source, "automation", None, None),
    ]
    runtime = runtime_of(house)
    await runtime.database.async_forget(dt_util.utcnow() + timedelta(days=31), runtime.cameras)
    assert await count() == "0", "after 30 days"
