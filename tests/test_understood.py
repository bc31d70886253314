"""Feedback is explained before the first use, to each person, and only then learned from."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.store import StateStore
from tests.access_house import House
from tests.camera_actions import ask
from tests.enrolled import record, words
from tests.lessons_kit import remember
from tests.looking_back import Talk, saw
from tests.people import ADMIN, ONE_STEP
from tests.test_feedback import said_of

pytest_plugins = ("tests.access_house_fixtures",)


async def visited(house: House) -> str:
    """Let the camera of the house have told of a visit that can be learned from."""
    visit = await saw(house.camera)
    remember(house.camera, visit.id)
    house.camera.log.async_note(record(at=visit.started_at, alert_ids=(visit.id,)))
    await house.hass.async_block_till_done()
    return visit.id


@pytest.mark.parametrize("verdict", ["not_right", "right", "missed"])
async def test_the_first_time_it_is_explained_and_nothing_is_done(
    hass: HomeAssistant, house: House, hass_ws_client: WebSocketGenerator, verdict: str
) -> None:
    camera, talk, me = house.camera, Talk(hass, hass_ws_client), house.people[ONE_STEP]
    await visited(house)
    told = camera.data.last_alert
    say = {"verdict": verdict, "visit_id": house.kept.visit_id, "entity_id": house.source}
    for _ in range(2):
        answer = await talk.ask(me, f"{DOMAIN}/feedback", **say)
        error = answer["error"]
        assert (error["translation_domain"], error["translation_key"]) == (
            DOMAIN,
            "feedback_explained",
        )
    context = Context(user_id=me.user.id)
    with pytest.raises(ServiceValidationError) as caught:
        await ask(hass, "feedback", context, **say)
    explained = await words(hass, caught.value)
    for told_of in ("numbers", "no picture", "encrypted", "never leaves", "take it back"):
        assert told_of in explained
    assert "understood" in explained, "how to go on"
    await hass.async_block_till_done()
    assert camera.learning.lessons == ()
    assert await said_of(camera) == [""]
    assert camera.data.last_alert is told


async def test_whoever_said_yes_is_not_asked_again_nor_is_anybody_else_by_that(
    hass: HomeAssistant, house: House, hass_ws_client: WebSocketGenerator, hass_storage: Any
) -> None:
    talk, me, other = Talk(hass, hass_ws_client), house.people[ONE_STEP], house.people[ADMIN]
    await visited(house)
    say = {"verdict": "not_right", "visit_id": house.kept.visit_id}
    answer = await talk.ask(me, f"{DOMAIN}/feedback", **say, understood=True)
    assert answer["result"] == {"lessons": 1}
    entry = house.camera.config_entry
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert (await talk.ask(me, f"{DOMAIN}/feedback", **say))["success"]
    assert not (await talk.ask(other, f"{DOMAIN}/feedback", **say))["success"]
    ((who, at),) = hass_storage[DOMAIN]["data"]["understood"].items()
    assert who == me.user.id
    said_at = dt_util.parse_datetime(at, raise_on_error=True)
    assert abs((dt_util.utcnow() - said_at).total_seconds()) < 60


async def test_a_yes_to_something_that_is_refused_does_not_count(
    hass: HomeAssistant, house: House
) -> None:
    context = Context(user_id=house.people[ADMIN].user.id)
    say = {"verdict": "not_right", "visit_id": "unknown"}
    for understood, key in ((True, "visit_unknown"), (False, "feedback_explained")):
        with pytest.raises(ServiceValidationError) as caught:
            await ask(hass, "feedback", context, **say, understood=understood)
        assert caught.value.translation_key == key


async def test_an_automation_says_it_every_time(hass: HomeAssistant, house: House) -> None:
    await visited(house)
    say = {"verdict": "not_right", "visit_id": house.kept.visit_id}
    for understood in (False, True, False):
        if understood:
            assert await ask(hass, "feedback", **say, understood=True) == {"lessons": 1}
            continue
        with pytest.raises(ServiceValidationError) as caught:
            await ask(hass, "feedback", **say)
        assert caught.value.translation_key == "feedback_explained"


async def test_whoever_takes_all_back_takes_the_yes_back_too_and_only_their_own(
    hass: HomeAssistant, house: House
) -> None:
    await visited(house)
    store = house.camera.config_entry.runtime_data.store
    me, other = house.people[ONE_STEP].user.id, house.people[ADMIN].user.id
    say = {"verdict": "not_right", "visit_id": house.kept.visit_id, "understood": True}
    for one in (me, other):
        await ask(hass, "feedback", Context(user_id=one), **say)
    (lesson,) = house.camera.learning.lessons
    forget = {"entity_id": house.source}
    await ask(hass, "forget_feedback", Context(user_id=me), **forget, lesson_id=lesson.id)
    assert store.has_understood(me)
    await ask(hass, "forget_feedback", **forget)
    assert store.has_understood(me), "an automation is nobody"
    await ask(hass, "forget_feedback", Context(user_id=me), **forget)
    assert not store.has_understood(me)
    assert store.has_understood(other)


async def test_taking_all_cameras_out_takes_every_yes_back(
    hass: HomeAssistant, house: House, hass_storage: Any
) -> None:
    store = house.camera.config_entry.runtime_data.store
    store.async_understood(house.people[ADMIN].user.id)
    await ask(hass, "unenroll_all")
    assert hass_storage[DOMAIN]["data"]["understood"] == {}


async def test_a_yes_goes_with_its_person_and_with_the_last_camera(
    hass: HomeAssistant, house: House, hass_storage: Any
) -> None:
    entry, user = house.camera.config_entry, house.people[ADMIN].user
    entry.runtime_data.store.async_understood(user.id)
    entry.runtime_data.store.async_understood("who-is-gone")
    await hass.config_entries.async_reload(entry.entry_id)
    store = entry.runtime_data.store
    assert (store.has_understood(user.id), store.has_understood("who-is-gone")) == (True, False)

    for subentry_id in [*entry.subentries]:
        hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    assert not entry.runtime_data.store.has_understood(user.id)
    await entry.runtime_data.store.async_save()
    assert hass_storage[DOMAIN]["data"]["understood"] == {}


async def test_nobody_known_has_understood_anything(hass: HomeAssistant) -> None:
    store = StateStore(hass)
    store.async_understood(None)
    assert not store.has_understood(None)
