"""The sentence of an alert: template, variables, language, and what happens when it fails."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, entity_registry as er
import pytest

from custom_components.camera_smart_alerts import message as message_module
from custom_components.camera_smart_alerts.message import async_message, async_words
from custom_components.camera_smart_alerts.settings import DEFAULT_MESSAGE
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.delivery_kit import CAMERA, alert, camera_settings, issues, make_delivery

EVERYTHING = (
    "{{ kind }}|{{ kind_name }}|{{ count }}|{{ camera }}|{{ area }}|{{ confidence }}|{{ time }}"
    "|{{ what }}|{{ others }}|{{ lasted }}|{{ is_update }}"
)
PERSON, ANIMAL, VEHICLE = Kind
ISSUE = {"message_template_front": "message_template"}


async def sentence(hass: HomeAssistant, template: str, **changes: Any) -> str:
    settings = camera_settings(message=template)
    return async_message(hass, settings, alert(**changes), await async_words(hass))


async def test_a_template_may_use_what_is_known_about_the_alert(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    registry = er.async_get(hass)
    entry = registry.async_get_or_create("camera", "demo", "1", suggested_object_id="front_door")
    known = "person|Person|1|Front door||91|13:34|Person|||False"
    assert await sentence(hass, EVERYTHING) == known
    area = ar.async_get(hass).async_create("Garden")
    registry.async_update_entity(entry.entity_id, area_id=area.id)
    assert (await sentence(hass, EVERYTHING)).split("|")[4] == "Garden"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"kind": PERSON}, "Person"),
        ({"kind": PERSON, "count": 2}, "2 people"),
        ({"kind": PERSON, "kinds": {PERSON: 1}}, "Person"),
        ({"kind": PERSON, "kinds": {ANIMAL: 1, PERSON: 2}, "count": 2}, "2 people and 1 animal"),
        (
            {"kind": PERSON, "kinds": {PERSON: 1, ANIMAL: 3, VEHICLE: 2}},
            "1 person, 3 animals and 2 vehicles",
        ),
        ({"kind": VEHICLE, "count": 3}, "3 vehicles"),
        ({"kind": None}, "Motion that could not be analysed"),
    ],
)
async def test_the_plain_sentence_says_what_and_where(
    hass: HomeAssistant, changes: dict[str, Any], what: str
) -> None:
    assert await sentence(hass, DEFAULT_MESSAGE, **changes) == f"{what}: Front door"


async def test_the_kind_of_what_could_not_be_analysed_is_motion(hass: HomeAssistant) -> None:
    text = await sentence(hass, "{{ kind }}|{{ kind_name }}", kind=None)
    assert text == "motion|Motion that could not be analysed"


@pytest.mark.parametrize(
    ("template", "changes", "text"),
    [
        ("Hi", {"others": ("Garage",)}, "Hi, also at Garage"),
        ("Hi", {"others": ("Garage", "Garden")}, "Hi, also at Garage and Garden"),
        ("Hi", {"lasted": timedelta(seconds=180)}, "Hi, left after 3 min"),
        (
            "Hi",
            {"others": ("{message}",), "lasted": timedelta(seconds=59.4)},
            "Hi, also at {message}, left after 59 s",
        ),
        (
            "{{ others }}!",
            {"others": ("Garage",), "lasted": timedelta(1)},
            "Garage!, left after 24 h",
        ),
        ("{{ lasted }}!", {"lasted": timedelta(seconds=59.6)}, "1 min!"),
        ("{{ lasted }}!", {"lasted": timedelta(minutes=61)}, "1 h 1 min!"),
        ("{{ 'again' if is_update }}!", {"is_update": True}, "again!"),
    ],
)
async def test_how_a_visit_goes_on_is_said_once_whatever_the_template_knows(
    hass: HomeAssistant, template: str, changes: dict[str, Any], text: str
) -> None:
    assert await sentence(hass, template, **changes) == text


async def test_the_area_is_found_by_the_registry_id_too(hass: HomeAssistant) -> None:
    entry = er.async_get(hass).async_get_or_create("camera", "demo", "1")
    area = ar.async_get(hass).async_create("Garden")
    er.async_get(hass).async_update_entity(entry.entity_id, area_id=area.id)
    settings = camera_settings(camera=entry.id, message="{{ area }}!")
    assert async_message(hass, settings, alert(), await async_words(hass)) == "Garden!"


@pytest.mark.parametrize("kind", Kind)
async def test_a_camera_without_registry_entry_has_a_sentence_too(
    hass: HomeAssistant, kind: Kind
) -> None:
    assert er.async_get(hass).async_get(CAMERA) is None
    text = await sentence(hass, "{{ kind_name }}: {{ camera }}{{ area }}", kind=kind)
    assert text == f"{kind.capitalize()}: Front door"


@pytest.mark.parametrize(
    "template",
    [
        "{{ kind_name",
        "{{ camra }}",
        "{{ 1 / 0 }}",
        "{{ count.nothing.there }}",
        "{% if false %}never{% endif %}",
        "   ",
    ],
    ids=["syntax", "misspelt", "error", "undefined", "empty", "blank"],
)
async def test_a_template_that_does_not_render_costs_no_alert_and_is_reported(
    hass: HomeAssistant, template: str
) -> None:
    assert await sentence(hass, template) == "Person: Front door"
    assert issues(hass) == ISSUE
    assert await sentence(hass, "Somebody is there") == "Somebody is there"
    assert issues(hass) == {}


async def test_the_words_come_in_the_language_of_home_assistant(hass: HomeAssistant) -> None:
    hass.config.language = "nl"
    options = "component.camera_smart_alerts.selector"
    with patch.object(
        message_module,
        "async_get_translations",
        return_value={f"{options}.kind.options.person": "Persoon"},
    ) as get:
        assert await sentence(hass, "{{ kind_name }}") == "Persoon"
    assert get.call_args.args[1:] == ("nl", "selector", {"camera_smart_alerts"})


async def test_the_shipped_texts_are_loaded(hass: HomeAssistant) -> None:
    words = await async_words(hass)
    # Only the file says it like this; made from the key it would be "Go home".
    assert words.notification("go_home") == "go home"


async def test_without_translations_the_words_are_english(hass: HomeAssistant) -> None:
    with patch.object(message_module, "async_get_translations", side_effect=HomeAssistantError):
        words = await async_words(hass)
    assert words.kind(Kind.VEHICLE) == "Vehicle"
    assert words.notification("not_a_person") == "Not a person"
    assert words.sum(words.amount(Kind.PERSON, 2), words.amount(Kind.ANIMAL, 1)) == (
        "2 person, 1 animal"
    )
    assert words.lasted(timedelta(minutes=65)) == "1 h 5 min"
    assert words.lasted(timedelta(seconds=5)) == "5 s"


async def test_a_camera_that_is_removed_takes_the_issue_of_its_template_along(
    hass: HomeAssistant,
) -> None:
    under_test = make_delivery(hass, camera_settings(message="{{ nope }}"))
    await under_test.deliver()
    assert issues(hass) == ISSUE
    await under_test.delivery.async_close()
    assert issues(hass) == {}
    # Also if an alert comes too late.
    await under_test.deliver()
    assert issues(hass) == {}


async def test_a_test_alert_says_that_it_is_one(hass: HomeAssistant) -> None:
    assert await sentence(hass, "Hello", is_test=True) == "Test: Hello"
