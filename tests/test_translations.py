"""Every text the code asks for is there, and no text is there that nobody asks for."""

import ast
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatch
from importlib import import_module
import json
import string
from types import ModuleType
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.selector import SelectSelector
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts import PLATFORMS, report_flow
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.camera_modes import When
from custom_components.camera_smart_alerts.channel import Failure
from custom_components.camera_smart_alerts.feedback import Opinion
from custom_components.camera_smart_alerts.kept_picture import Role
from custom_components.camera_smart_alerts.modes import HoursFault
from custom_components.camera_smart_alerts.motion_session import DELETED
from custom_components.camera_smart_alerts.sentences import _FORMS, _SPANS
from custom_components.camera_smart_alerts.system_health import _async_info
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from custom_components.camera_smart_alerts.vision.style import PictureStyle
from tests.camera_dialog import CAMERA, Dialog
from tests.camera_peer import PeerCamera, jpeg
from tests.enrolled import black, enrolled
from tests.looking_back import keep
from tests.report_kit import moved
from tests.sources import PACKAGE, argument, calls, constants, modules, told, uses

pytest_plugins = ("tests.camera_dialog_fixtures",)

type Texts = Any

FAMILIES: Mapping[str, Iterable[StrEnum]] = {
    "delivery_failed_*": set(Failure) - {Failure.STOPPED},
    "no_picture_*": SourceFailure,
    "critical_hours_*": HoursFault,
    "quiet_hours_*": HoursFault,
}
"""What the open end of a key may be."""
FIXABLE = "keys_lost"
"""The one repair issue with a dialog."""
TREES = dict(modules())
SOURCES = ast.Module([tree for _, tree in modules()], [])  # type: ignore[misc]


@pytest.fixture(scope="module")
def english() -> Texts:
    return json.loads((PACKAGE / "translations" / "en.json").read_text())


@pytest.fixture(scope="module")
def icons() -> Texts:
    return json.loads((PACKAGE / "icons.json").read_text())


def placeholders(texts: Texts) -> set[str]:
    """Return what any of the texts wants filled in."""
    if isinstance(texts, dict):
        return {name for text in texts.values() for name in placeholders(text)}
    return {name for _, name, _, _ in string.Formatter().parse(texts) if name is not None}


def wanted(keys: Iterable[str]) -> set[str]:
    """Return keys without open ends."""
    return {
        key.replace("*", end) for key in keys for end in (FAMILIES[key] if "*" in key else [""])
    }


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


FLOWS = {
    "config": {"SmartAlertsConfigFlow": "config_flow"},
    "options": {"SmartAlertsOptionsFlow": "config_flow", "ReportFlow": "report_flow"},
    "camera": {"CameraSubentryFlow": "camera_flow"},
}


def flow_of(name: str) -> ast.Module:
    """Return the classes of a flow."""
    classes = FLOWS[name]
    found = [
        node
        for class_name, stem in classes.items()
        for node in ast.walk(TREES[stem])
        if isinstance(node, ast.ClassDef) and node.name == class_name
    ]
    assert len(found) == len(classes)
    return ast.Module([*found], [])


def test_every_step_of_the_repair_has_its_words(english: Texts) -> None:
    tree, texts = TREES["repairs"], english["issues"][FIXABLE]["fix_flow"]

    def said(function: str, parameter: str) -> set[str]:
        return {
            text for call in calls(tree, function) for text in constants(argument(call, parameter))
        }

    assert said("", "step_id") == set(texts["step"])
    assert said("async_abort", "reason") == set(texts["abort"])
    assert set(texts["error"]) <= constants(tree)
    init = texts["step"]["init"]
    options = said("async_show_menu", "menu_options")
    assert options == set(init["menu_options"]) == set(init["menu_option_descriptions"])


def texts_of(english: Texts, name: str) -> Texts:
    return english["config_subentries"][name] if name == "camera" else english[name]


@pytest.mark.parametrize("name", FLOWS)
def test_every_step_abort_error_and_progress_of_a_flow_has_its_words(
    english: Texts, name: str
) -> None:
    flow, texts = flow_of(name), texts_of(english, name)

    def said(function: str, parameter: str) -> set[str]:
        given = (argument(call, parameter) for call in calls(flow, function))
        return {text for value in given for text in constants(value)}

    assert said("", "step_id") == set(texts["step"])
    assert said("async_abort", "reason") == set(texts.get("abort", {}))
    assert said("async_show_progress", "progress_action") == set(texts.get("progress", {}))
    for menu in calls(flow, "async_show_menu"):
        words = texts["step"][next(iter(constants(argument(menu, "step_id"))))]
        options = constants(argument(menu, "menu_options"))
        assert options == set(words["menu_options"]) == set(words["menu_option_descriptions"])
    errors = {
        text
        for node in ast.walk(flow)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]).startswith("errors['base']")
        for text in constants(node.value)
    }
    if name == "camera":
        problems = [call.args[0] for call in calls(TREES["camera_check"], "Problem") if call.args]
        errors = {text for problem in problems for text in constants(problem)}
        shown = argument(next(calls(flow, "async_show_form")), "errors")
        assert isinstance(shown, ast.IfExp)
        assert isinstance(shown.orelse, ast.Dict)
        errors |= {text for value in shown.orelse.values for text in constants(value)}
    assert wanted(errors) == set(texts.get("error", {}))


class Reader:
    """Reads a dialog with its texts beside it."""

    def __init__(self, english: Texts) -> None:
        self.options: dict[str, set[str]] = {}
        """Of every choice with words of its own."""
        self._english = english

    def form(self, result: Mapping[str, Any], words: Texts, errors: Texts = "") -> None:
        """Compare a form with its texts."""
        filled = set(result["description_placeholders"] or ())
        assert placeholders(words) | placeholders(errors) <= filled, result["step_id"]
        self._fields(result["data_schema"].schema, words)

    def _fields(self, schema: Mapping[Any, Any], words: Texts) -> None:
        sections = {str(key): one for key, one in schema.items() if isinstance(one, section)}
        plain = {str(key): one for key, one in schema.items() if str(key) not in sections}
        assert set(words.get("data", {})) == set(words.get("data_description", {})) == set(plain)
        assert set(words.get("sections", {})) == set(sections)
        for key, one in sections.items():
            assert words["sections"][key]["name"]
            self._fields(one.schema.schema, words["sections"][key])
        for field in plain.values():
            # What people name themselves, such as groups, needs no words, nor what has a label.
            if isinstance(field, SelectSelector) and not field.config["custom_value"]:
                options = field.config["options"]
                if not all(isinstance(option, dict) for option in options):
                    key = str(field.config["translation_key"])
                    self.options[key] = {str(option) for option in options}


async def test_every_field_of_every_form_and_every_choice_has_its_words(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog, english: Texts
) -> None:
    camera = english["config_subentries"]["camera"]
    steps, reader = camera["step"], Reader(english)
    reader.form(await dialog.add(), steps["user"])
    reader.form(await dialog.submit(camera=CAMERA), steps["settings"], camera["error"])
    result = await dialog.submit()
    wait = camera["progress"] | steps["test"]
    assert placeholders(wait) <= set(result["description_placeholders"])
    reader.form(await dialog.watch(), steps["seen"])
    menu = await hass.config_entries.options.async_init(hub.entry_id)
    options = await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": "settings"}
    )
    reader.form(options, english["options"]["step"]["settings"])
    assert set(reader.options) == {
        *("engine", "kind", "mode", "sensitivity", "next", "picture_style"),
    }
    for key, values in reader.options.items():
        assert set(english["selector"][key]["options"]) == values


@pytest.mark.usefixtures("network")
async def test_every_form_about_a_bug_report_has_its_words(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    english: Texts,
    hass_admin_user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_flow, "async_asking_user", lambda: hass_admin_user)
    monkeypatch.setattr(report_flow, "async_asking_login", lambda: "login")
    camera = await enrolled(hass, still_camera)
    await keep(camera, jpeg(black()))
    await moved(camera, alert_ids=("secret1",))
    options, steps = hass.config_entries.options, english["options"]["step"]
    reader = Reader(english)
    result = await options.async_init(camera.config_entry.entry_id)
    for step, answers in {
        "report": {"next_step_id": "report"},
        "report_preview": {"about": "0", "report_pictures": "covered"},
        "report_done": {},
    }.items():
        result = await options.async_configure(result["flow_id"], answers)
        assert result["step_id"] == step
        reader.form(result, steps[step], english["options"]["error"])
    assert reader.options == {
        "report_pictures": set(english["selector"]["report_pictures"]["options"])
    }


async def test_the_menu_without_a_picture_is_filled_in(
    dialog: Dialog, failing: Any, english: Texts
) -> None:
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    failing(SourceError(SourceFailure.TIMEOUT))
    await dialog.submit()
    result = await dialog.watch()
    words = english["config_subentries"]["camera"]["step"]["failed"]
    assert placeholders(words) == set(result["description_placeholders"])


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
        *("conditions", "config", "config_subentries", "device", "entity", "exceptions"),
        *("issues", "options", "selector", "services", "system_health", "triggers"),
    }
    assert set(english["config_subentries"]) == {"camera"}
    words = english["config_subentries"]["camera"]
    assert set(words["initiate_flow"]) == {"user", "reconfigure"}
    assert words["entry_type"]
