"""What is said in one language is said in each, with the same things filled in."""

from collections.abc import Iterator
from datetime import timedelta
import json
import string
from typing import Any

from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.camera_look import async_look
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.destroying import DeletionReceipt
from custom_components.camera_smart_alerts.explain import async_sentence
from custom_components.camera_smart_alerts.message import async_message, async_words
from custom_components.camera_smart_alerts.unenroll import UnenrollReceipt, _async_show
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.delivery_kit import alert, camera_settings
from tests.sources import PACKAGE

LANGUAGES = ("de", "es", "fr", "nl")
FOLDER = PACKAGE / "translations"


def texts(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text())
    return loaded


def flat(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its path."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_is_looked_at() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_everything(language: str) -> None:
    assert dict(flat(texts(language))).keys() == dict(flat(texts("en"))).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_fills_in_the_same_as_english(
    language: str,
) -> None:
    english = dict(flat(texts("en")))
    for path, text in flat(texts(language)):
        assert text, path
        assert placeholders(text) == placeholders(english[path]), path


def test_the_amounts_of_everything_have_their_words() -> None:
    amounts = {*Kind, *(f"{kind}_many" for kind in Kind)}
    words = texts("en")["selector"]["what"]["options"]
    assert set(words) == amounts | {"and", "hours", "minutes", "seconds"}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "2 people and 1 animal: Haus, also at Hof, left after 3 min"),
        ("de", "2 Personen und 1 Tier: Haus, auch bei Hof, nach 3 Min. wieder weg"),
        ("es", "2 personas y 1 animal: Haus, también en Hof, se fue tras 3 min"),
        ("fr", "2 personnes et 1 animal: Haus, aussi à Hof, parti après 3 min"),
        ("nl", "2 personen en 1 dier: Haus, ook bij Hof, weg na 3 min"),
    ],
)
async def test_an_alert_is_said_in_the_language_of_the_home(
    hass: HomeAssistant, language: str, sentence: str
) -> None:
    hass.config.language = language
    told = alert(
        camera="Haus",
        others=("Hof",),
        kinds={Kind.PERSON: 2, Kind.ANIMAL: 1},
        lasted=timedelta(minutes=3),
    )
    words = await async_words(hass)
    assert async_message(hass, camera_settings(), told, words) == sentence


@pytest.mark.parametrize("region", ["es", "es-419"])
async def test_a_region_is_spoken_to_in_its_language(hass: HomeAssistant, region: str) -> None:
    hass.config.language = region
    spanish = {group: one["options"] for group, one in texts("es")["selector"].items()}
    words = await async_words(hass)
    assert words.kind(Kind.PERSON) == spanish["kind"]["person"]
    look = await async_look(hass, MockConfigEntry(domain=DOMAIN), None, {})
    assert look.failure == spanish["failure"]["not_loaded"]
    no_motion = spanish["explanation"]["no_motion"]
    assert await async_sentence(hass, "Casa", None) == no_motion.format(camera="Casa")
    destroyed = DeletionReceipt(at=dt_util.utcnow(), what="everything")
    await _async_show(hass, UnenrollReceipt(1, destroyed))
    (shown,) = _async_get_or_create_notifications(hass).values()
    assert shown["title"] == spanish["receipt"]["title"]
