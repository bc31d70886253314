"""Links to pictures: to which one, for whom, and what is written down about it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import async_update_entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.pictures import GIF, Picture
from custom_components.camera_smart_alerts.vault import Vault
from tests.access_house import ANYBODY, OPTIONS, PICTURE, House
from tests.camera_actions import ask
from tests.database_kit import forget_at
from tests.link_kit import LATER, link_to, runtime_of
from tests.looking_back import keep, saw
from tests.people import ADMIN, ADMIN_TWO_STEP, NO_CAMERA, ONE_STEP, READ_ONLY, TWO_STEP
from tests.test_access import WHO_READS

pytest_plugins = ("tests.access_house_fixtures",)


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
    await forget_at(runtime.database, dt_util.utcnow() + timedelta(days=31), *runtime.cameras)
    assert await count() == "0", "after 30 days"


# Afterwards


async def deactivated(house: House) -> None:
    await house.hass.auth.async_deactivate_user(house.people[ONE_STEP].user)


async def removed(house: House) -> None:
    await house.hass.auth.async_remove_user(house.people[ONE_STEP].user)


async def without_the_camera(house: House) -> None:
    await house.hass.auth.async_update_user(house.people[ONE_STEP].user, group_ids=[])


@pytest.mark.parametrize("lose_the_right", [deactivated, removed, without_the_camera])
async def test_a_link_ends_with_the_rights_of_who_asked_for_it(
    house: House,
    hass_client_no_auth: ClientSessionGenerator,
    lose_the_right: Callable[[House], Awaitable[None]],
) -> None:
    user = house.people[ONE_STEP].user
    data = {"visit_id": house.kept.visit_id}
    links = [await ask(house.hass, "create_link", Context(user_id=user.id), **data) for _ in "ab"]
    client = await hass_client_no_auth()
    assert (await client.get(links[0]["path"])).status == HTTPStatus.OK
    await lose_the_right(house)
    assert (await client.get(links[1]["path"])).status == HTTPStatus.FORBIDDEN


async def test_a_link_that_is_opened_while_all_is_unloaded_shows_nothing_that_nobody_notes(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    entry, open_picture = house.camera.config_entry, Vault.async_open

    async def open_and_unload(vault: Vault, picture_id: str) -> Picture | None:
        opened = await open_picture(vault, picture_id)
        assert await house.hass.config_entries.async_unload(entry.entry_id)
        return opened

    client, path = await hass_client_no_auth(), house.link()
    with patch.object(Vault, "async_open", open_and_unload):
        assert (await client.get(path)).status == HTTPStatus.FORBIDDEN
