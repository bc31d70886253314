"""Every text the code asks for is there, and no text is there that nobody asks for."""

import ast
from fnmatch import fnmatch
from importlib import import_module
from types import ModuleType

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts import PLATFORMS
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.camera_modes import When
from custom_components.camera_smart_alerts.feedback import Opinion
from custom_components.camera_smart_alerts.kept_picture import Role
from custom_components.camera_smart_alerts.motion_session import DELETED
from custom_components.camera_smart_alerts.sentences import _FORMS, _SPANS
from custom_components.camera_smart_alerts.system_health import _async_info
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from custom_components.camera_smart_alerts.vision.style import PictureStyle
from tests.sources import constants, modules, told, uses
from tests.texts import FIXABLE, TREES, Texts, placeholders, wanted

pytest_plugins = ("tests.camera_dialog_fixtures", "tests.texts_fixtures")

SOURCES = ast.Module([tree for _, tree in modules()], [])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("function", "category", "parts"),
    [
        ("async_create_issue", "issues", {"title", "description"}),
        ("Error", "exceptions", {"message"}),
    ],
    ids=["repair issues", "exceptions"],
)
def test_what_is_raised_has_its_words_and_fills_them_in(
    english: Texts, function: str, category: str, parts: set[str]
) -> None:
    found, texts = uses(function), english[category]
    assert found
    assert wanted(use.key for use in found) == set(texts)
    for key, words in texts.items():
        assert set(words) == ({"title", "fix_flow"} if key == FIXABLE else parts), key
        for use in found:
            if fnmatch(key, use.key):
                assert placeholders(words) == use.placeholders, f"{use.where}: {key}"


def descriptions(module: ModuleType) -> list[EntityDescription]:
    """Return the entities a platform may make."""
    found: list[EntityDescription] = []
    for value in vars(module).values():
        members = value if isinstance(value, tuple) else (value,)
        # Home Assistant makes the classes of some descriptions at run time.
        found += [one for one in members if type(one).__name__.endswith("Description")]
    return found


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_entity_has_a_name_and_an_icon(english: Texts, icons: Texts, platform: str) -> None:
    module = import_module(f"custom_components.camera_smart_alerts.{platform}")
    made = {one.translation_key: one for one in descriptions(module)}
    names, pictures = english["entity"][platform], icons["entity"][platform]
    assert made
    assert set(names) == set(pictures) == set(made)
    for key, description in made.items():
        assert names[key]["name"]
        assert pictures[key]["default"].startswith("mdi:")
        options = set(getattr(description, "options", None) or ())
        states = set(names[key].get("state", {}))
        assert states == (options or ({"on", "off"} if platform == "binary_sensor" else set()))
        assert set(pictures[key].get("state", {})) <= (options or {"on", "off"})
        attributes = names[key].get("state_attributes", {})
        if types := getattr(description, "event_types", None):
            assert set(attributes.pop("event_type")["state"]) == set(types)
        # What is told of a motion is counted where it is analysed.
        assert set(attributes) <= constants(SOURCES) | {"event_type"}


def test_only_platforms_that_exist_have_texts(english: Texts, icons: Texts) -> None:
    assert set(english["entity"]) == set(icons["entity"]) == set(PLATFORMS)


def test_the_device_has_a_name(english: Texts) -> None:
    assert {use.key for use in uses("DeviceInfo")} == set(english["device"])


def test_words_that_stand_alone_are_all_used_and_all_there(english: Texts) -> None:
    groups = {name: set(group["options"]) for name, group in english["selector"].items()}
    look = TREES["camera_look"]
    asked = {
        node.slice.value
        for node in ast.walk(look)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    }
    fallback = {
        node.value.value
        for node in ast.walk(look)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "failure"
        and isinstance(node.value, ast.Constant)
    }
    failures = set(SourceFailure) | fallback | {"not_loaded", DELETED}
    seen = {"nothing"} | set(Kind) | {f"{kind}_many" for kind in Kind}
    assert groups["failure"] == failures
    assert groups["seen"] == seen
    assert asked == {"not_loaded", "nothing"} | groups["motion_hint"]
    notification = told("message", "notification") | told("display", "notification")
    phone = told("phone", "text") | told("phone_question", "text")
    assert groups["notification"] == notification | phone
    assert groups["explanation"] == set(Outcome) | {"no_motion", "something"}
    assert groups["when"] == set(When)
    assert groups["picture_style"] == set(PictureStyle)
    assert groups["receipt"] == {"title", "text"}
    assert groups["role"] == set(Role)
    assert groups["feedback"] == set(Opinion)
    assert groups["asked"] == {*_FORMS, *_SPANS, *Kind, "thing", "door"}
    assert groups["answer"] == {
        *(f"no_{kind}" for kind in (*Kind, "thing")),
        *_SPANS,
        *("at", "at_yesterday", "at_days", "cameras", "seen_one", "seen_many"),
        *("forgotten", "no_camera", "unknown"),
    }
    assert set(groups) == {
        *("answer", "asked"),
        *("engine", "explanation", "failure", "feedback", "kind", "mode", "motion_hint"),
        *("next", "notification", "picture_style", "receipt", "report_pictures", "role", "seen"),
        *("sensitivity", "what", "when"),
    }


async def test_every_line_of_the_system_information_has_its_words(
    hass: HomeAssistant, hub: MockConfigEntry, english: Texts
) -> None:
    assert set(await _async_info(hass)) == set(english["system_health"]["info"])


def test_every_category_of_texts_is_one_that_home_assistant_reads(english: Texts) -> None:
    assert set(english) == {
        *("conditions", "config", "config_panel", "config_subentries", "device", "entity"),
        *("exceptions", "issues", "options", "selector", "services", "system_health", "triggers"),
    }
    assert set(english["config_subentries"]) == {"camera"}
    words = english["config_subentries"]["camera"]
    assert set(words["initiate_flow"]) == {"user", "reconfigure"}
    assert words["entry_type"]
