"""Questions to Assist without a language model: what people say, and what they hear."""

from datetime import timedelta
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.conversation import async_converse
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext, async_get_api
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts.const import CONF_RETENTION, DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.intent import INTENT
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.access_house import House
from tests.common import MOTION, enrol, subentry
from tests.looking_back import saw
from tests.people import NO_CAMERA, READ_ONLY

pytest_plugins = ("tests.access_house_fixtures",)

AUTOMATIONS = (Path(__file__).parents[1] / "docs" / "automations.md").read_text()
ASSISTANT = "conversation"
NOT_UNDERSTOOD = "Sorry, I"
"""How Assist itself begins, where nobody answers."""
NO_CAMERA_SPOKEN_OF = "There is no camera that I may talk about."
SEVENTEEN = dt_util.parse_datetime("2026-11-20 17:42:00-08:00")
"""On the clock of the tests' home."""


@pytest.fixture
async def assist(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Set Assist up, at a quarter to six in the evening."""
    assert SEVENTEEN is not None
    freezer.move_to(SEVENTEEN)
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, ASSISTANT, {})


@pytest.fixture
async def home(hass: HomeAssistant, assist: None, house: House) -> House:
    """Return a house whose front camera is exposed to Assist and has seen nobody yet."""
    async_expose_entity(hass, ASSISTANT, house.source, should_expose=True)
    async_expose_entity(hass, ASSISTANT, "camera.back", should_expose=False)
    runtime = house.camera.config_entry.runtime_data
    await runtime.vault.async_delete_everything()
    return house


def both(home: House) -> tuple[CameraCoordinator, CameraCoordinator]:
    front, back = home.camera.config_entry.runtime_data.cameras.values()
    return front, back


def put_in(hass: HomeAssistant, entity_id: str, name: str) -> None:
    """Let a camera hang in an area."""
    entry = er.async_get(hass).async_get(entity_id)
    assert entry is not None
    assert entry.device_id is not None
    area = ar.async_get(hass).async_create(name)
    dr.async_get(hass).async_update_device(entry.device_id, area_id=area.id)


async def ask(
    hass: HomeAssistant, question: str, language: str = "en", user_id: str | None = None
) -> str:
    """Say something to Assist; return what it answers."""
    result = await async_converse(hass, question, None, Context(user_id=user_id), language=language)
    said: str = result.response.speech["plain"]["speech"]
    return said


async def intend(hass: HomeAssistant, **slots: Any) -> intent.IntentResponse:
    """Ask as a sentence of the user's own does."""
    return await intent.async_handle(
        hass,
        "test",
        INTENT,
        {key: {"value": value} for key, value in slots.items()},
        assistant=ASSISTANT,
    )


ANSWERS = {
    "en": (
        "Who was at the front door today?",
        "Was anybody at the front door yesterday?",
        "How many cars were there at the front door in the last 5 hours?",
        "3 people were seen at Front door today, the last one at 17:42.",
        "Nobody was seen at Front door yesterday.",
        "1 vehicle was seen at Front door in the last 5 hours, at 17:42.",
    ),
    "de": (
        "Wer war heute an der Front Door?",
        "War gestern jemand an der Front Door?",
        "Wie viele Autos waren in den letzten 5 Stunden bei der Front Door?",
        "3 Personen wurden heute bei Front door gesehen, zuletzt um 17:42 Uhr.",
        "Bei Front door wurde gestern niemand gesehen.",
        "1 Fahrzeug wurde in den letzten 5 Stunden bei Front door gesehen, um 17:42 Uhr.",
    ),
    "es": (
        "¿Quién estuvo hoy en la front door?",
        "¿Ha habido alguien en front door ayer?",
        "¿Cuántos coches hubo en front door en las últimas 5 horas?",
        "Se han visto 3 personas en Front door hoy, la última vez a las 17:42.",
        "No se ha visto a nadie en Front door ayer.",
        "Se ha visto 1 vehículo en Front door en las últimas 5 horas, a las 17:42.",
    ),
    "fr": (
        "Qui était devant la front door aujourd\N{RIGHT SINGLE QUOTATION MARK}hui ?",
        "Est-ce qu'il y a eu quelqu'un à front door hier ?",
        "Combien de voitures il y a eu devant front door dans les 5 dernières heures ?",
        "On a vu 3 personnes à Front door aujourd'hui, la dernière fois à 17:42.",
        "On n'a vu personne à Front door hier.",
        "On a vu 1 véhicule à Front door au cours des 5 dernières heures, à 17:42.",
    ),
    "nl": (
        "Wie was er vandaag bij de front door?",
        "Is er gisteren iemand bij de front door geweest?",
        "Hoeveel auto's waren er de laatste 5 uur bij de front door?",
        "3 personen werden vandaag gezien bij Front door, voor het laatst om 17:42.",
        "Bij Front door is gisteren niemand gezien.",
        "1 voertuig werd in de afgelopen 5 uur gezien bij Front door, om 17:42.",
    ),
}


@pytest.mark.parametrize("language", ANSWERS)
async def test_who_was_there_is_answered_in_the_language_of_whoever_asks(
    hass: HomeAssistant, home: House, freezer: FrozenDateTimeFactory, language: str
) -> None:
    front, _ = both(home)
    await saw(front, number=2, at=dt_util.utcnow() - timedelta(hours=3))
    await saw(front, number=3, kinds={Kind.PERSON: 2, Kind.VEHICLE: 1})
    freezer.tick(timedelta(minutes=10))
    questions = ANSWERS[language][:3]
    assert [await ask(hass, one, language) for one in questions] == [*ANSWERS[language][3:]]


SAID = {
    "the door": ("Who was at the door today?", "2 people were seen at Front door today, the last"),
    "a number in words": ("Who was at the front door in the last three hours?", "2 people were"),
    "the last hour": ("Was anyone at the front door in the last hour?", "Nobody was seen at Front"),
    "no time": ("Who was at the front door?", "2 people were seen at Front door today"),
    "no place": ("Who was there today?", "2 people were seen at Front door today"),
    "any kind": ("What was at the front door today?", "2 people and 1 animal were seen at Front"),
    "one": ("Was there any animal at the front door?", "1 animal was seen at Front door today, at"),
    "none": ("Was there a car at the front door?", "No vehicle was seen at Front door today."),
    "an area": ("Was somebody in the yard today?", "2 people were seen at Front door today"),
    "an alias": ("Who was at the gate today?", "2 people were seen at Front door today"),
    "a camera": ("Who did the front door camera see today?", "2 people were seen at Front door"),
    "an unknown camera": (
        "Who was seen by the garage camera today?",
        "I know no camera called garage.",
    ),
    "a camera that is not exposed": ("Who was at the back?", "I know no camera called back."),
    # These are for others, for example a language model.
    "no place of ours": ("Who was at the concert yesterday?", NOT_UNDERSTOOD),
    "no question of ours": ("What is on at the front door?", NOT_UNDERSTOOD),
}


@pytest.mark.parametrize("what", SAID)
async def test_people_ask_in_their_own_words(
    hass: HomeAssistant, home: House, freezer: FrozenDateTimeFactory, what: str
) -> None:
    front, back = both(home)
    put_in(hass, home.source, "Yard")
    er.async_get(hass).async_update_entity(home.source, aliases=["The Gate!"])
    await saw(front, kinds={Kind.PERSON: 2, Kind.ANIMAL: 1})
    await saw(back, number=2)
    freezer.tick(timedelta(hours=1.5))
    question, beginning = SAID[what]
    assert (await ask(hass, question)).startswith(beginning)


async def test_a_camera_and_an_area_of_one_name_are_both_meant(
    hass: HomeAssistant, home: House
) -> None:
    async_expose_entity(hass, ASSISTANT, "camera.back", should_expose=True)
    await saw(*both(home))
    assert "at Front door today" in await ask(hass, "Who was at the front door?")
    put_in(hass, "camera.back", "Front Door")
    said = await ask(hass, "Who was at the front door?")
    assert "Front door and Back" in said or "Back and Front door" in said
    assert "at Back today" in (await intend(hass, area="front door")).speech["plain"]["speech"]
    failed = await intend(hass, area="attic")
    assert failed.speech["plain"]["speech"] == "I know no camera called attic."
    assert failed.error_code is intent.IntentResponseErrorCode.NO_VALID_TARGETS


async def test_without_a_door_of_that_name_all_cameras_are_meant(
    hass: HomeAssistant, assist: None, network: Any
) -> None:
    entry = await enrol(
        hass,
        *(subentry(f"camera.c{n}", MOTION, title=f"Side {n}") for n in range(4)),
    )
    cameras = [*entry.runtime_data.cameras.values()]
    for one in cameras:
        async_expose_entity(hass, ASSISTANT, one.source_entity_id, should_expose=True)
    assert await ask(hass, "Who was at the door?") == "Nobody was seen at 4 cameras today."
    await saw(cameras[0])
    assert (await ask(hass, "Who was at the door?")).startswith("1 person was seen at Side 0 today")


async def test_the_day_is_said_where_it_is_not_plain(
    hass: HomeAssistant, home: House, freezer: FrozenDateTimeFactory
) -> None:
    front, _ = both(home)
    await saw(front)
    freezer.tick(timedelta(hours=20))
    in_the_last_hours = {"hours": 48}
    said = (await intend(hass, **in_the_last_hours)).speech["plain"]["speech"]
    assert said.endswith("in the last 48 hours, yesterday at 17:42.")
    assert (await ask(hass, "Who was there yesterday?")).endswith("yesterday, at 17:42.")
    freezer.tick(timedelta(days=1))
    said = (await intend(hass, **in_the_last_hours)).speech["plain"]["speech"]
    assert said.endswith("in the last 48 hours, 2 days ago at 17:42.")


async def test_what_is_forgotten_was_not_nobody(
    hass: HomeAssistant, assist: None, network: Any
) -> None:
    entry = await enrol(hass, subentry("camera.front", MOTION), options={CONF_RETENTION: 2})
    (front,) = entry.runtime_data.cameras.values()
    async_expose_entity(hass, ASSISTANT, front.source_entity_id, should_expose=True)
    assert await ask(hass, "Who was there today?") == (
        "Nobody was seen at Front door in the last 2 hours."
    )
    assert await ask(hass, "Who was there yesterday?") == "Nothing is kept for that long."


async def test_only_cameras_within_rights_are_talked_about(
    hass: HomeAssistant, home: House
) -> None:
    await saw(both(home)[0])
    question = "Who was at the front door today?"
    reads = home.people[READ_ONLY].user.id
    assert (await ask(hass, question, user_id=reads)).startswith("1 person was seen")
    for user_id in (home.people[NO_CAMERA].user.id, "gone"):
        assert (await ask(hass, question, user_id=user_id)).startswith(NO_CAMERA_SPOKEN_OF)
    async_expose_entity(hass, ASSISTANT, home.source, should_expose=False)
    assert (await ask(hass, question)).startswith(NO_CAMERA_SPOKEN_OF)


async def test_assist_knows_the_sentences_only_while_the_cameras_are_loaded(
    hass: HomeAssistant, home: House
) -> None:
    entry = home.camera.config_entry
    assert await hass.config_entries.async_unload(entry.entry_id)
    said = await ask(hass, "Who was at the front door today?")
    assert said.startswith(NOT_UNDERSTOOD)
    assert (await intend(hass)).speech["plain"]["speech"].startswith(NO_CAMERA_SPOKEN_OF)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await ask(hass, "Who was at the front door today?") == (
        "Nobody was seen at Front door today."
    )


async def test_sentences_of_ones_own_lead_to_the_same_answer(
    hass: HomeAssistant, home: House, tmp_path: Path
) -> None:
    (text,) = re.findall(r"^```yaml\n(language:.*?)^```", AUTOMATIONS, re.MULTILINE | re.DOTALL)
    folder = tmp_path / "custom_sentences" / "en"
    folder.mkdir(parents=True)
    (folder / "visits.yaml").write_text(text)
    hass.config.config_dir = str(tmp_path)
    put_in(hass, home.source, "Yard")
    said = await ask(hass, "Any news from the yard?")
    assert said == "Nothing was seen at Front door today."


async def test_without_assist_the_cameras_load_all_the_same(
    hass: HomeAssistant, house: House
) -> None:
    assert house.camera.config_entry.state is ConfigEntryState.LOADED
    assert ASSISTANT not in hass.config.components


async def test_a_language_model_is_offered_one_tool_and_not_the_intent_too(
    hass: HomeAssistant, home: House
) -> None:
    assert INTENT in {one.intent_type for one in intent.async_get(hass)}
    context = LLMContext("test", Context(), "en", ASSISTANT, None)
    offered = await async_get_api(hass, LLM_API_ASSIST, context)
    names = [one.name for one in offered.tools]
    assert [one for one in names if DOMAIN in one or INTENT in one] == [f"{DOMAIN}__get_visits"]
