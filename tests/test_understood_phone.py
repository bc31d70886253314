"""A phone's owner is told what feedback is used for, before anything is learned from a tap."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import translation
import pytest

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
from tests.camera_peer import PeerCamera
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
