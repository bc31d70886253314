"""The words of dialogs: all there, all used, and true."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectSelector
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts import report_flow
from custom_components.camera_smart_alerts.alerts import Alert
from custom_components.camera_smart_alerts.camera_check import SAMPLE
from custom_components.camera_smart_alerts.forgetting import LEDGER_S
from custom_components.camera_smart_alerts.kept_picture import Role
from custom_components.camera_smart_alerts.message import Words, _variables
from custom_components.camera_smart_alerts.settings import HubSettings
from custom_components.camera_smart_alerts.vision.datatypes import Kind, Sensitivity
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from custom_components.camera_smart_alerts.vision.session import SessionSettings
from custom_components.camera_smart_alerts.vision.static import FORGET_AFTER_S
from tests.camera_dialog import CAMERA, Dialog
from tests.camera_peer import PeerCamera, jpeg
from tests.common import camera_settings
from tests.enrolled import black, enrolled
from tests.looking_back import keep
from tests.report_kit import moved
from tests.sources import argument, calls, constants
from tests.texts import FIXABLE, TREES, Texts, placeholders, wanted

pytest_plugins = ("tests.camera_dialog_fixtures", "tests.texts_fixtures")


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


def _texts(english: Texts, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in english.items():
        where = f"{path}.{key}"
        if isinstance(value, dict):
            yield from _texts(value, where)
        else:
            yield where, value


def test_a_message_may_speak_of_all_that_an_alert_knows(hass: HomeAssistant) -> None:
    alert = Alert(
        id="a",
        subentry_id="front",
        camera="Front door",
        kind=Kind.PERSON,
        count=1,
        confidence=0.9,
        at=dt_util.utcnow(),
        motion_at=0.0,
    )
    assert set(_variables(hass, camera_settings(), alert, Words({}))) == set(SAMPLE)


def test_no_text_of_a_dialog_holds_what_the_frontend_reads_as_markup(english: Texts) -> None:
    ours = {key: english[key] for key in ("config", "options", "config_subentries")}
    for where, text in _texts(ours):
        assert "<" not in text, where


def test_what_the_hub_promises_is_what_the_code_does(english: Texts) -> None:
    promises = english["config"]["step"]["user"]["description"]
    assert (len(Role), "up to three pictures" in promises) == (3, True)
    assert (HubSettings.from_options({}).retention.days, "for seven days" in promises) == (7, True)
    assert (FORGET_AFTER_S / 86_400, "For two weeks" in promises) == (14, True)
    assert (LEDGER_S / 86_400, "For 30 days" in promises) == (30, True)
    longest = SessionSettings(frozenset(Kind), Sensitivity.BALANCED).cap_s
    assert (longest, "at most two minutes" in promises) == (120, True)
