"""The history in the media browser, as different people see it."""

from datetime import timedelta
from http import HTTPStatus

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.media_player import BrowseError, SearchMediaQuery
from homeassistant.components.media_source import (
    Unresolvable,
    async_browse_media,
    async_resolve_media,
    async_search_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.camera_smart_alerts import media_source
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.access_house import ADMINS, BOTH, PICTURE, House
from tests.looking_back import ROOT, Browser, Talk, keep, saw
from tests.people import ADMIN, NO_CAMERA, READ_ONLY

pytest_plugins = ("tests.access_house_fixtures",)


@pytest.fixture
async def talk(house: House, hass_ws_client: WebSocketGenerator) -> Talk:
    assert await async_setup_component(house.hass, "media_source", {})
    return Talk(house.hass, hass_ws_client)


async def test_from_the_camera_to_a_picture_that_is_signed_for_who_looks(
    house: House,
    talk: Talk,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    client = await hass_client_no_auth()
    visit = await saw(house.camera, number=2, kinds={Kind.PERSON: 2, Kind.ANIMAL: 1, None: 1})
    await keep(house.camera, PICTURE, visit)
    await keep(house.camera, b"\xff\xd8 newer", visit, revision=2)
    await keep(house.camera, b"GIF89a", visit, revision=3, content_type="image/gif")
    browser = Browser(talk, house.people[READ_ONLY])

    cameras = await browser.open()
    assert [one["title"] for one in cameras["children"]] == ["Back", "Front door"]
    days = await browser.open(cameras["children"][1]["media_content_id"])
    (day,) = days["children"]
    assert day["title"] == dt_util.now().date().isoformat()
    newest, _ = (await browser.open(day["media_content_id"]))["children"]
    start = dt_util.as_local(visit.started_at)
    assert newest["title"] == f"{start:%H:%M} · 2 people, 1 animal · Front door"
    pictures = (await browser.open(newest["media_content_id"]))["children"]
    assert [one["title"].split(" ·")[0] for one in pictures] == [
        "First picture",
        "Moving preview",
        "Best picture",
    ]
    assert newest["thumbnail"] == pictures[2]["thumbnail"]
    assert "secret" not in str((cameras, days, newest, pictures))

    answer = await talk.ask(
        house.people[READ_ONLY],
        "media_source/resolve_media",
        media_content_id=pictures[0]["media_content_id"],
    )
    assert answer["result"]["mime_type"] == "image/jpeg"
    address = answer["result"]["url"]
    response = await client.get(address)
    assert (response.status, await response.read()) == (HTTPStatus.OK, PICTURE)
    freezer.tick(timedelta(minutes=11))
    assert (await client.get(address)).status == HTTPStatus.FORBIDDEN


async def test_who_may_not_see_a_camera_finds_nothing_of_it(house: House, talk: Talk) -> None:
    camera_id, visit_id = house.camera.settings.subentry_id, house.kept.visit_id
    stranger = Browser(talk, house.people[NO_CAMERA])
    assert await stranger.titles() == ["Back"]
    assert await stranger.search("person") == []
    back = next(one for one in house.camera.config_entry.runtime_data.cameras if one != camera_id)
    for place in (camera_id, f"{camera_id}/2026-11-22", f"{back}/day/{visit_id}"):
        assert "nothing to see" in await stranger.refused("browse", f"{ROOT}/{place}")
    picture = f"{ROOT}/{camera_id}/day/{visit_id}/{house.kept.link_id}"
    assert "nothing to see" in await stranger.refused("resolve", picture)
    guessing = Browser(talk, house.people[ADMIN])
    assert "nothing to see" in await guessing.refused("resolve", f"{picture}0")

    await house.choose(ADMINS)
    assert await Browser(talk, house.people[READ_ONLY]).titles() == []
    assert await Browser(talk, house.people[ADMIN]).titles() == ["Back", "Front door"]
    await house.choose(BOTH)
    assert await Browser(talk, house.people[ADMIN]).titles() == []


async def test_where_nobody_is_known_nothing_is_shown(house: House, talk: Talk) -> None:
    hass = house.hass
    camera_id, visit_id = house.camera.settings.subentry_id, house.kept.visit_id
    assert (await async_browse_media(hass, ROOT)).children == []
    found = await async_search_media(hass, ROOT, SearchMediaQuery(search_query="person"))
    assert found.result == []
    picture = f"{ROOT}/{camera_id}/day/{visit_id}/{house.kept.link_id}"
    with pytest.raises(Unresolvable):
        await async_resolve_media(hass, picture, None)


@pytest.mark.parametrize("rest", ["/no-day", "/day/unknown", "/a/b/c/d"])
async def test_a_place_that_does_not_exist_is_said(house: House, talk: Talk, rest: str) -> None:
    place = f"{ROOT}/{house.camera.settings.subentry_id}{rest}"
    browser = Browser(talk, house.people[ADMIN])
    assert "nothing to see" in await browser.refused("browse", place)
    assert "nothing to see" in await browser.refused("resolve", place)


async def test_a_visit_of_two_cameras_shows_the_one_that_may_be_seen(
    house: House, talk: Talk
) -> None:
    runtime = house.camera.config_entry.runtime_data
    front, back = runtime.cameras.values()
    visit = await saw(front, back, number=2, kinds={})
    await keep(front, PICTURE, visit)
    await keep(back, b"\xff\xd8 back", visit, revision=2)
    stranger = Browser(talk, house.people[NO_CAMERA])
    (title,) = await stranger.search("today")
    assert title.endswith("· Motion that could not be analysed · Back")
    day = f"{ROOT}/{back.settings.subentry_id}/{dt_util.now().date()}"
    (folder,) = (await stranger.open(day))["children"]
    assert len(await stranger.titles(folder["media_content_id"])) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("person", 1),
        ("People front", 1),
        ("animals", 1),
        ("vehicle", 0),
        ("today", 1),
        ("yesterday", 1),
        ("front door yesterday animal", 1),
        ("2001-01-01", 0),
        ("", 2),
        ("unicorn", 0),
        ("back", 0),
    ],
)
async def test_visits_are_found_by_camera_kind_and_day(
    house: House, talk: Talk, text: str, found: int
) -> None:
    yesterday = dt_util.now().replace(hour=12) - timedelta(days=1)
    await saw(house.camera, number=2, at=dt_util.as_utc(yesterday), kinds={Kind.ANIMAL: 1})
    browser = Browser(talk, house.people[READ_ONLY])
    camera = f"{ROOT}/{house.camera.settings.subentry_id}"
    assert len(await browser.search(text)) == len(await browser.search(text, camera)) == found


async def test_a_day_with_too_many_visits_says_how_many_are_left_out(
    house: House, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_source, "_MOST", 2)
    now = dt_util.utcnow()
    for number in range(2, 6):
        await saw(house.camera, number=number, at=now + timedelta(seconds=number))
    place = f"{ROOT}/{house.camera.settings.subentry_id}"
    browser = Browser(talk, house.people[ADMIN])
    day = (await browser.open(place))["children"][0]
    folder = await browser.open(day["media_content_id"])
    assert len(folder["children"]) == 2
    assert folder["not_shown"] >= 1


async def test_while_nothing_is_loaded_there_is_nothing(
    hass: HomeAssistant, house: House, talk: Talk
) -> None:
    await hass.config_entries.async_unload(house.camera.config_entry.entry_id)
    with pytest.raises(BrowseError):
        await async_browse_media(hass, ROOT)
    with pytest.raises(Unresolvable):
        await async_resolve_media(hass, f"{ROOT}/a", None)
