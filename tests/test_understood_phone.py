"""A phone's owner is told what feedback is used for, before anything is learned from a tap."""

import asyncio
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import translation
import pytest

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.answers import EVENT_ACTION
from custom_components.camera_smart_alerts.const import CONF_NO_TEXT, DOMAIN
from custom_components.camera_smart_alerts.feedback import Opinion
from custom_components.camera_smart_alerts.message import async_words
from custom_components.camera_smart_alerts.phone import (
    ACTION_DO_NOT_LEARN,
    ACTION_LEARN,
    ACTION_LEARN_MISSED,
    ACTION_LEARN_RIGHT,
    ACTION_MISSED,
    ACTION_NOT_RIGHT,
    ACTION_RIGHT,
    ACTION_SILENCE,
    _user_id,
    action,
    visit_tag,
)
from custom_components.camera_smart_alerts.phone_question import TAG, question
from custom_components.camera_smart_alerts.vision.lessons import Teaching
from custom_components.camera_smart_alerts.visit_list import async_visit
from custom_components.camera_smart_alerts.visits import QUIET
from tests.camera_peer import PeerCamera
from tests.deletion_kit import held_up
from tests.fake_phones import PushService
from tests.leak_scanner import leaks
from tests.lessons_kit import remember
from tests.watched_home import WatchedHome, is_silent


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

    async def said(self) -> str:
        """Return what the history knows to have been said of the visit."""
        database = self.home.entry.runtime_data.database
        visit = await async_visit(database, visit_id(self.alert))
        assert visit is not None
        feedback: str = visit["feedback"]
        return feedback

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


async def test_what_is_said_of_an_alert_of_long_ago_counts_as_long_as_the_history_knows_it(
    answering: Answering,
) -> None:
    answering.home.entry.runtime_data.store.async_understood(answering.owner)
    answering.camera.memory.alerts.clear()
    for user_id, verb in (("stranger", ACTION_RIGHT), (None, ACTION_SILENCE)):
        assert await answering.tap(verb, user_id) == []
        assert await answering.said() == ""
    assert not answering.camera.memory.policy.silenced_until
    known = answering.alert
    answering.alert = "of another home"
    assert await answering.tap(ACTION_RIGHT) == []
    answering.alert = known
    await answering.tap(ACTION_RIGHT)
    assert await answering.said() == "right"


async def test_an_answer_is_about_the_camera_that_remembers_the_alert(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera)
    one = Answering(hass, home)
    _, one.alert = await home.see(camera=1)
    (phone,) = home.cameras[1].settings.alerts.phones
    await one.tap(ACTION_SILENCE, _user_id(hass, phone))
    silenced = [bool(camera.memory.policy.silenced_until) for camera in home.cameras]
    assert silenced == [False, True]


async def test_the_first_tap_takes_back_at_once_asks_and_teaches_only_after_yes(
    answering: Answering,
) -> None:
    cleared, asked = await answering.tap(ACTION_NOT_RIGHT)
    assert cleared["message"] == "clear_notification"
    assert cleared["data"]["tag"] == visit_tag(answering.alert)
    assert answering.camera.learning.lessons == ()
    assert not answering.knows
    assert await answering.said() == "not_right", "that it was is no lesson"

    assert is_silent(asked)
    assert asked["message"].startswith("Taken back. May")
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
    assert await answering.said() == "not_right"


@pytest.mark.parametrize(
    ("verb", "yes", "lessons"),
    [(ACTION_RIGHT, ACTION_LEARN_RIGHT, 0), (ACTION_MISSED, ACTION_LEARN_MISSED, 1)],
)
async def test_the_first_right_or_miss_only_asks_and_counts_after_yes(
    answering: Answering, verb: str, yes: str, lessons: int
) -> None:
    for _ in range(2):
        (asked,) = await answering.tap(verb)
        assert is_silent(asked)
        assert asked["message"].startswith("May")
        assert "numbers" in asked["message"]
        assert asked["data"]["actions"][0]["action"] == action(yes, answering.alert)
        (gone,) = await answering.tap(ACTION_DO_NOT_LEARN)
        assert gone["data"]["tag"] == TAG
        assert answering.camera.learning.lessons == ()
        assert await answering.said() == ""
        assert not answering.knows

    (gone,) = await answering.tap(yes)
    assert (gone["message"], gone["data"]["tag"]) == ("clear_notification", TAG)
    assert len(answering.camera.learning.lessons) == lessons
    assert await answering.said() == verb
    assert answering.knows

    # From now on each tap is the asking, and none is answered with a notification.
    await answering.home.wait(QUIET)
    await answering.be_told()
    assert await answering.said() == ""
    assert await answering.tap(verb) == []
    assert await answering.said() == verb


async def test_a_phone_is_heard_also_where_the_history_cannot_be_read(
    answering: Answering,
) -> None:
    await answering.home.entry.runtime_data.database.async_close()
    cleared, asked = await answering.tap(ACTION_NOT_RIGHT)
    assert cleared["data"]["tag"] == visit_tag(answering.alert)
    assert asked["data"]["tag"] == TAG
    await answering.tap(ACTION_LEARN)
    assert [one.verdict for one in answering.camera.learning.lessons] == [Teaching.FALSE_ALARM]
    await answering.tap(ACTION_MISSED)
    assert len(answering.camera.learning.lessons) == 2
    (cleared,) = await answering.tap(ACTION_NOT_RIGHT)
    assert cleared["data"]["tag"] == visit_tag(answering.alert)


async def test_a_disk_that_hangs_holds_up_neither_what_is_taken_back_nor_the_question(
    answering: Answering, push: PushService
) -> None:
    with held_up("answers.async_note") as (_, gate):
        tapping = asyncio.create_task(answering.tap(ACTION_NOT_RIGHT))
        await push.until(2)
        gate.set()
        cleared, asked = await tapping
    assert cleared["data"]["tag"] == visit_tag(answering.alert)
    assert asked["data"]["tag"] == TAG


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
    assert await answering.said() == "not_right"
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
    found = await translation.async_get_translations(hass, language, "selector", {DOMAIN})
    taken_back, may_learn = (
        found[f"component.{DOMAIN}.selector.notification.options.{key}"]
        for key in ("taken_back", "may_learn")
    )
    for opinion in Opinion:
        asked = question(await async_words(hass), "alert", opinion)
        assert [one["title"] for one in asked["data"]["actions"]] == [yes, no]
        is_wrong = opinion is Opinion.NOT_RIGHT
        assert asked["message"] == (f"{taken_back} {may_learn}" if is_wrong else may_learn)
