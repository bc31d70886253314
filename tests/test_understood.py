"""Feedback is explained before the first use, to each person, and only then learned from."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import translation
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.camera_smart_alerts.answers import EVENT_ACTION
from custom_components.camera_smart_alerts.const import CONF_NO_TEXT, DOMAIN
from custom_components.camera_smart_alerts.message import async_words
from custom_components.camera_smart_alerts.phone import (
    ACTION_DO_NOT_LEARN,
    ACTION_LEARN,
    ACTION_NOT_RIGHT,
    _user_id,
    action,
    visit_tag,
)
from custom_components.camera_smart_alerts.phone_question import TAG, question
from custom_components.camera_smart_alerts.store import StateStore
from tests.access_house import House
from tests.camera_actions import ask
from tests.camera_peer import PeerCamera
from tests.enrolled import record, words
from tests.leak_scanner import leaks
from tests.lessons_kit import remember
from tests.looking_back import Talk, saw
from tests.people import ADMIN, ONE_STEP
from tests.test_feedback import said_of
from tests.watched_home import WatchedHome, is_silent

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


class Answering:
    """A phone, its owner, and an alert about which they say something."""

    def __init__(self, hass: HomeAssistant, home: WatchedHome) -> None:
        self.hass = hass
        self.home = home
        self.alert = ""

    @property
    def camera(self) -> Any:
        return self.home.cameras[0]

    @property
    def owner(self) -> str:
        (phone,) = self.camera.settings.alerts.phones
        owner = _user_id(self.hass, phone)
        assert owner is not None
        return owner

    @property
    def knows(self) -> bool:
        known: bool = self.home.entry.runtime_data.store.has_understood(self.owner)
        return known

    async def be_told(self) -> None:
        """Let there be an alert that can be learned from."""
        _, self.alert = await self.home.see()
        remember(self.camera, self.alert)
        await self.hass.async_block_till_done()
        self.home.pushes.clear()

    async def tap(self, verb: str, user_id: str | None = None) -> list[dict[str, Any]]:
        """Tap a button; return what was pushed for it."""
        self.home.pushes.clear()
        context = Context(user_id=user_id or self.owner)
        self.hass.bus.async_fire(
            EVENT_ACTION, {"action": action(verb, self.alert)}, context=context
        )
        await self.hass.async_block_till_done()
        return list(self.home.pushes)


@pytest.fixture
async def answering(hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera) -> Answering:
    await home.enrol(still_camera, **{CONF_NO_TEXT: True})
    one = Answering(hass, home)
    await one.be_told()
    return one


async def test_the_first_tap_takes_back_at_once_asks_and_teaches_only_after_yes(
    answering: Answering,
) -> None:
    cleared, asked = await answering.tap(ACTION_NOT_RIGHT)
    assert cleared["message"] == "clear_notification"
    assert cleared["data"]["tag"] == visit_tag(answering.alert)
    assert answering.camera.learning.lessons == ()
    assert not answering.knows

    assert is_silent(asked)
    for told_of in ("numbers", "no picture", "encrypted", "never anywhere else", "take that back"):
        assert told_of in asked["message"]
    assert leaks(asked, ["Camera 0", "front", "person"]) == []
    yes, no = asked["data"]["actions"]
    assert [one["title"] for one in (yes, no)] == ["Remember it", "Do not"]
    assert yes["action"] == action(ACTION_LEARN, answering.alert)
    assert no["action"] == action(ACTION_DO_NOT_LEARN, answering.alert)

    (gone,) = await answering.tap(ACTION_LEARN)
    assert (gone["message"], gone["data"]["tag"]) == ("clear_notification", TAG)
    assert len(answering.camera.learning.lessons) == 1
    assert answering.knows

    # From now on each tap is the asking.
    await answering.camera.taught.async_forget(None)
    await answering.be_told()
    (cleared,) = await answering.tap(ACTION_NOT_RIGHT)
    assert cleared["data"]["tag"] == visit_tag(answering.alert)
    assert len(answering.camera.learning.lessons) == 1


async def test_do_not_leaves_nothing_and_is_asked_anew_the_next_time(
    answering: Answering,
) -> None:
    await answering.tap(ACTION_NOT_RIGHT)
    (gone,) = await answering.tap(ACTION_DO_NOT_LEARN)
    assert gone["data"]["tag"] == TAG
    assert answering.camera.learning.lessons == ()
    assert not answering.knows
    await answering.be_told()
    _, asked = await answering.tap(ACTION_NOT_RIGHT)
    assert asked["data"]["tag"] == TAG


async def test_a_restart_between_question_and_answer_loses_nothing(
    hass: HomeAssistant, answering: Answering
) -> None:
    await answering.tap(ACTION_NOT_RIGHT)
    assert await hass.config_entries.async_reload(answering.home.entry.entry_id)
    await hass.async_block_till_done()
    await answering.tap(ACTION_LEARN)
    assert len(answering.camera.learning.lessons) == 1
    assert await hass.config_entries.async_reload(answering.home.entry.entry_id)
    assert len(answering.camera.learning.lessons) == 1
    assert answering.knows


async def test_nobody_answers_for_the_owner_of_the_phone(answering: Answering) -> None:
    await answering.tap(ACTION_NOT_RIGHT)
    for stranger in ("stranger", "owner"):
        assert await answering.tap(ACTION_LEARN, stranger) == []
    answering.alert, alert = "guessed", answering.alert
    assert await answering.tap(ACTION_LEARN) == []
    answering.alert = alert
    assert answering.camera.learning.lessons == ()
    assert not answering.knows


async def test_a_phone_that_cannot_be_asked_teaches_nothing_and_it_is_said(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    answering.hass.services.async_remove("notify", "mobile_app_phone_0")
    await answering.tap(ACTION_NOT_RIGHT)
    assert "could not be asked" in caplog.text
    assert answering.camera.learning.lessons == ()


@pytest.mark.parametrize(
    ("language", "yes", "no"),
    [
        ("en", "Remember it", "Do not"),
        ("de", "Merken", "Nicht merken"),
        ("es", "Recordarlo", "No recordarlo"),
        ("fr", "Retenir", "Ne pas retenir"),
        ("nl", "Onthouden", "Niet onthouden"),
    ],
)
async def test_the_question_is_asked_in_the_language_of_the_home(
    hass: HomeAssistant, language: str, yes: str, no: str
) -> None:
    hass.config.language = language
    asked = question(await async_words(hass), "alert")
    assert [one["title"] for one in asked["data"]["actions"]] == [yes, no]
    found = await translation.async_get_translations(hass, language, "selector", {DOMAIN})
    assert asked["message"] == found[f"component.{DOMAIN}.selector.notification.options.may_learn"]
