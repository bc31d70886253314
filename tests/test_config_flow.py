"""Setting up the hub and its cameras, through the flow managers and the HTTP API people use."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
import json
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    SubentryFlowContext,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData, section
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts import config_flow
from custom_components.camera_smart_alerts.alerts import Alert
from custom_components.camera_smart_alerts.camera_check import SAMPLE
from custom_components.camera_smart_alerts.const import DOMAIN, SUBENTRY_CAMERA
from custom_components.camera_smart_alerts.message import Words, _variables
from custom_components.camera_smart_alerts.pictures import PICTURES_PER_CAMERA
from custom_components.camera_smart_alerts.vision.datatypes import Box, Detection, Kind, Sensitivity
from custom_components.camera_smart_alerts.vision.errors import (
    ImageError,
    ModelError,
    SourceError,
    SourceFailure,
)
from custom_components.camera_smart_alerts.vision.session import SessionSettings
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector, camera_settings, enrol, subentry

CAMERA = "camera.still"
MOTION = "binary_sensor.still_motion"
LOOK = "custom_components.camera_smart_alerts.camera_look"

type Result = dict[str, Any]


@pytest.fixture
async def hub(hass: HomeAssistant, network: WhiteSquareDetector) -> MockConfigEntry:
    """Return the loaded hub, without cameras."""
    return await enrol(hass)


@pytest.fixture
def motion(hass: HomeAssistant, still_camera: PeerCamera) -> str:
    """Return the registry id of a motion sensor on the device of the still camera."""
    camera = er.async_get(hass).async_get(CAMERA)
    assert camera is not None
    return _register(hass, MOTION, device_id=camera.device_id, original_device_class="motion")


def _register(hass: HomeAssistant, entity_id: str, platform: str = "peer", **info: Any) -> str:
    """Register an entity, give it a state, and return its registry id."""
    domain, _, name = entity_id.partition(".")
    entry = er.async_get(hass).async_get_or_create(
        domain, platform, entity_id, suggested_object_id=name, **info
    )
    hass.states.async_set(entity_id, "off", {"friendly_name": name.replace("_", " ").title()})
    return entry.id


def _device(hass: HomeAssistant, integration: str, name: str) -> str:
    entry = MockConfigEntry(domain=integration)
    entry.add_to_hass(hass)
    return (
        dr.async_get(hass)
        .async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(integration, name)}, name=name
        )
        .id
    )


class Dialog:
    """A person in the dialog of one camera."""

    def __init__(self, hass: HomeAssistant, hub: MockConfigEntry) -> None:
        self._hass = hass
        self._hub = hub
        self.result: Result = {}

    async def add(self) -> Result:
        """Click "Add camera"."""
        return await self._start(SubentryFlowContext(source=SOURCE_USER))

    async def change(self) -> Result:
        """Click "Change camera" of the only camera."""
        (subentry_id,) = self._hub.subentries
        return await self._start(
            SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)
        )

    async def _start(self, context: SubentryFlowContext) -> Result:
        self.result = dict(
            await self._hass.config_entries.subentries.async_init(
                (self._hub.entry_id, SUBENTRY_CAMERA), context=context
            )
        )
        return self.result

    async def submit(self, **answers: Any) -> Result:
        """Submit what the form suggests, with these changes; None empties a field."""
        self.result = dict(
            await self._hass.config_entries.subentries.async_configure(
                self.result["flow_id"], _filled(self.result["data_schema"].schema, answers)
            )
        )
        return self.result

    async def choose(self, step: str) -> Result:
        """Choose from the menu."""
        self.result = dict(
            await self._hass.config_entries.subentries.async_configure(
                self.result["flow_id"], {"next_step_id": step}
            )
        )
        return self.result

    async def watch(self) -> Result:
        """Wait for the progress to end, as the frontend does."""
        assert self.result["type"] is FlowResultType.SHOW_PROGRESS
        await self._hass.async_block_till_done()
        self.result = dict(
            await self._hass.config_entries.subentries.async_configure(self.result["flow_id"])
        )
        return self.result

    def suggested(self) -> Result:
        """Return the values the form is prefilled with, without its sections."""
        values = _filled(self.result["data_schema"].schema, {})
        flat = {key: value for key, value in values.items() if not isinstance(value, dict)}
        for value in values.values():
            flat |= value if isinstance(value, dict) else {}
        return flat

    def open_sections(self) -> set[str]:
        """Return the sections that are open."""
        return {
            str(key)
            for key, value in self.result["data_schema"].schema.items()
            if isinstance(value, section) and not value.options["collapsed"]
        }


def _filled(schema: dict[Any, Any], answers: dict[str, Any]) -> Result:
    """Return what the frontend would send."""
    values: Result = {}
    for marker, field in schema.items():
        key = str(marker)
        if isinstance(field, section):
            values[key] = _filled(field.schema.schema, answers)
        elif key in answers:
            if answers[key] is not None:
                values[key] = answers[key]
        elif marker.description is not None:
            values[key] = marker.description["suggested_value"]
    return values


@pytest.fixture
def dialog(hass: HomeAssistant, hub: MockConfigEntry, motion: str) -> Dialog:
    """Return a person who may add the still camera."""
    return Dialog(hass, hub)


@pytest.fixture
async def form(dialog: Dialog) -> Dialog:
    """Return a person in front of the settings of the still camera."""
    await dialog.add()
    result = await dialog.submit(camera=CAMERA)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "settings")
    return dialog


@pytest.fixture
def failing() -> Iterator[Callable[[Exception], None]]:
    """Return a function that makes every look through a camera fail with an error."""
    with patch(f"{LOOK}.async_look_once") as look:

        def fail(error: Exception) -> None:
            look.side_effect = error

        yield fail


# The hub


async def test_the_hub_explains_itself_and_goes_on_with_the_first_camera(
    hass: HomeAssistant, network: WhiteSquareDetector, motion: str
) -> None:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    assert not hass.config_entries.async_entries(DOMAIN)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Camera Smart Alerts"
    kind, flow_id = result["next_flow"]
    assert kind == "config_subentries_flow"
    assert hass.config_entries.subentries.async_get(flow_id)["step_id"] == "user"


async def test_the_hub_is_set_up_where_there_is_no_camera_yet(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in result
    assert result["result"].state is ConfigEntryState.LOADED


async def test_there_is_one_hub_only(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (result["type"], result["reason"]) == (
        FlowResultType.ABORT,
        "single_instance_allowed",
    )


async def test_options_are_stored_as_whole_numbers_and_take_effect(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    result = await hass.config_entries.options.async_init(hub.entry_id)
    assert result["data_schema"]({}) == {"frames_per_second": 5, "threads": 2}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"frames_per_second": 3.0, "threads": 1.0}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert hub.options == {"frames_per_second": 3, "threads": 1}
    assert hub.runtime_data.hub.threads == 1


@pytest.mark.parametrize("options", [{"frames_per_second": 11}, {"threads": 0}])
async def test_options_out_of_range_are_refused(
    hass: HomeAssistant, hub: MockConfigEntry, options: dict[str, int]
) -> None:
    result = await hass.config_entries.options.async_init(hub.entry_id)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(result["flow_id"], options)


# Adding a camera


async def test_a_camera_is_added_after_it_was_looked_through(
    hass: HomeAssistant, hub: MockConfigEntry, form: Dialog, motion: str
) -> None:
    assert form.suggested() == {
        "motion": [MOTION],
        "kinds": ["person"],
        "sensitivity": "balanced",
        "message": "{{ kind_name }}: {{ camera }}",
        "cooldown": 120,
        "hold": 60,
        "verify_tls": False,
    }
    assert form.open_sections() == {"phone"}
    result = await form.submit(kinds=["person", "animal"])
    assert (result["progress_action"], result["step_id"]) == ("look", "test")
    result = await form.watch()
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "seen")
    assert result["description_placeholders"]["seen"] == "1 person (90 %)"
    result = await form.submit(next="save")
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (camera,) = hub.subentries.values()
    entry = er.async_get(hass).async_get(CAMERA)
    assert entry is not None
    assert (camera.title, camera.unique_id) == ("Still", entry.id)
    assert camera.data == {
        "camera": entry.id,
        "motion": [motion],
        "kinds": ["person", "animal"],
        "sensitivity": "balanced",
        "message": "{{ kind_name }}: {{ camera }}",
        "cooldown": 120,
        "hold": 60,
        "verify_tls": False,
    }
    assert set(hub.runtime_data.cameras) == {camera.subentry_id}


async def test_the_picture_and_what_was_seen_are_served_over_http(
    hass: HomeAssistant, hub: MockConfigEntry, motion: str, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "config", {})
    client = await hass_client()
    url = "/api/config/config_entries/subentries/flow"

    async def post(path: str, answers: Any) -> Result:
        response = await client.post(path, json=answers)
        assert response.status == HTTPStatus.OK, await response.text()
        return dict(await response.json())

    result = await post(url, {"handler": [hub.entry_id, SUBENTRY_CAMERA]})
    step = f"{url}/{result['flow_id']}"
    result = await post(step, {"camera": CAMERA})
    fields = {field["name"]: field for field in result["data_schema"]}
    assert fields["speech"]["type"] == "expandable"
    assert fields["motion"]["description"] == {"suggested_value": [MOTION]}
    result = await post(step, {"motion": [MOTION], "kinds": ["person"], "sensitivity": "low"})
    assert result["type"] == "progress"
    await hass.async_block_till_done()
    result = dict(await (await client.get(step)).json())
    assert result["step_id"] == "seen"
    seen = result["description_placeholders"]
    assert re.fullmatch(r"\d+\.\d", seen["seconds"])
    picture = await client.get(seen["picture"])
    assert picture.status == HTTPStatus.OK
    assert picture.content_type == "image/jpeg"
    result = await post(step, {"next": "save"})
    assert result["type"] == "create_entry"
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("white", "sentence"),
    [
        pytest.param([], "Nobody in view right now; that is fine.", id="nobody"),
        pytest.param(
            [(Kind.VEHICLE, 0.9), (Kind.PERSON, 0.8), (Kind.PERSON, 0.91), (Kind.ANIMAL, 0.01)],
            "2 people (91 %, 80 %), 1 vehicle (90 %)",
            id="many",
        ),
    ],
)
async def test_what_was_seen_is_put_into_words(
    hass: HomeAssistant,
    network: WhiteSquareDetector,
    form: Dialog,
    white: list[tuple[Kind, float]],
    sentence: str,
) -> None:
    def look(*_args: Any) -> list[Detection]:
        return [Detection(Box(10, 10, 60, 60), kind, sure) for kind, sure in white]

    with patch.object(network, "look", look):
        await form.submit()
        result = await form.watch()
    assert result["description_placeholders"]["seen"] == sentence


async def test_another_picture_and_another_answer_can_be_had(form: Dialog) -> None:
    await form.submit(message="Ding {{ camera }}")
    first = await form.watch()
    await form.submit(next="again")
    second = await form.watch()
    assert second["step_id"] == "seen"
    pictures = [one["description_placeholders"]["picture"] for one in (first, second)]
    assert pictures[0] != pictures[1]
    result = await form.submit(next="change")
    assert result["step_id"] == "settings"
    assert form.suggested()["message"] == "Ding {{ camera }}"


async def test_asking_again_while_the_camera_is_looked_through_changes_nothing(
    hass: HomeAssistant, form: Dialog, still_camera: PeerCamera
) -> None:
    await form.submit()
    flow_id = form.result["flow_id"]
    for _ in range(2):
        result = await hass.config_entries.subentries.async_configure(flow_id)
        assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert (await form.watch())["step_id"] == "seen"


async def test_closing_the_dialog_closes_the_camera(
    hass: HomeAssistant, form: Dialog, still_camera: PeerCamera
) -> None:
    still_camera.fault = "still_hangs"
    await form.submit()
    hass.config_entries.subentries.async_abort(form.result["flow_id"])
    await hass.async_block_till_done()
    assert not hass.config_entries.subentries.async_progress()


async def test_cameras_of_ours_and_enrolled_ones_are_not_offered(
    hass: HomeAssistant, network: WhiteSquareDetector, motion: str
) -> None:
    _register(hass, "camera.smart_view", DOMAIN)
    hub = await enrol(hass, subentry("camera.loose", MOTION))
    hass.states.async_set("camera.loose", "idle")
    result = await Dialog(hass, hub).add()
    hidden = result["data_schema"].schema["camera"].config["exclude_entities"]
    assert {"camera.smart_view", "camera.loose"} <= set(hidden)
    assert CAMERA not in hidden


async def test_without_any_camera_to_add_the_dialog_says_so(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    _register(hass, "camera.smart_view", DOMAIN)
    result = await Dialog(hass, hub).add()
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_cameras")


@pytest.mark.parametrize("picked", ["camera.nowhere", "binary_sensor.still_motion"])
async def test_what_is_no_camera_is_refused(dialog: Dialog, picked: str) -> None:
    await dialog.add()
    result = await dialog.submit(camera=picked)
    assert result["errors"] == {"camera": "unknown_camera"}
    assert (await dialog.submit(camera=CAMERA))["step_id"] == "settings"


async def test_two_dialogs_cannot_add_the_same_camera(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    late, later = dialog, Dialog(hass, hub)
    await late.add()
    await later.add()
    await later.submit(camera=CAMERA)
    await later.submit()
    await later.watch()
    await later.submit(next="save")
    await hass.async_block_till_done()
    result = await late.submit(camera=CAMERA)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_camera_without_registry_entry_is_known_by_its_entity_id(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog, failing: Callable[..., None]
) -> None:
    failing(SourceError(SourceFailure.TIMEOUT))
    hass.states.async_set("camera.loose", "idle", {"friendly_name": "Loose"})
    hass.states.async_set("event.loose", "unknown")
    await dialog.add()
    await dialog.submit(camera="camera.loose")
    await dialog.submit(motion=["event.loose"])
    await dialog.watch()
    await dialog.choose("add_anyway")
    await hass.async_block_till_done()
    (camera,) = hub.subentries.values()
    assert (camera.title, camera.unique_id) == ("Loose", "camera.loose")
    assert camera.data["camera"] == "camera.loose"
    assert camera.data["motion"] == ["event.loose"]


@pytest.mark.parametrize(
    ("name", "title"), [("Named by hand", "Named by hand"), (None, "camera.asleep")]
)
async def test_a_camera_whose_integration_sleeps_is_named_by_the_registry(
    hass: HomeAssistant, dialog: Dialog, name: str | None, title: str
) -> None:
    _register(hass, "camera.asleep", original_name=name)
    hass.states.async_remove("camera.asleep")
    await dialog.add()
    result = await dialog.submit(camera="camera.asleep")
    assert result["description_placeholders"]["camera"] == title


# The form


async def test_the_only_phone_and_the_first_voice_are_suggested(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    phone = _device(hass, "mobile_app", "Phone")
    hass.states.async_set("tts.piper", "unknown")
    hass.states.async_set("tts.cloud", "unknown")
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    assert dialog.suggested()["phones"] == [phone]
    assert dialog.suggested()["tts_engine"] == "tts.cloud"


async def test_of_two_phones_none_is_suggested(hass: HomeAssistant, dialog: Dialog) -> None:
    _device(hass, "mobile_app", "Hers")
    _device(hass, "mobile_app", "His")
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    assert "phones" not in dialog.suggested()


@pytest.mark.parametrize(
    ("near", "hint"),
    [
        pytest.param(False, "Choose any motion sensor that watches the same place.", id="none"),
        pytest.param(True, "In the same area there are: Pir", id="in the area"),
    ],
)
async def test_a_camera_without_motion_sensor_gets_a_hint(
    hass: HomeAssistant, hub: MockConfigEntry, still_camera: PeerCamera, near: bool, hint: str
) -> None:
    if near:
        area = ar.async_get(hass).async_create("Yard").id
        camera = er.async_get(hass).async_get(CAMERA)
        assert camera is not None
        yard = _device(hass, "zigbee", "Yard")
        for device in (camera.device_id, yard):
            dr.async_get(hass).async_update_device(device, area_id=area)
        for name in ("binary_sensor.pir", "binary_sensor.asleep"):
            _register(hass, name, device_id=yard, original_device_class="motion")
        hass.states.async_remove("binary_sensor.asleep")
    dialog = Dialog(hass, hub)
    await dialog.add()
    result = await dialog.submit(camera=CAMERA)
    assert result["description_placeholders"]["hint"].endswith(hint)
    assert dialog.suggested()["motion"] == []


async def test_everything_that_can_be_chosen_is_stored_flat(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    phone = _device(hass, "mobile_app", "Phone")
    echo = _device(hass, "alexa_devices", "Echo Show")
    for entity_id in ("tts.piper", "media_player.hub", "notify.echo", "assist_satellite.hall"):
        _register(hass, entity_id)
    answers = {
        "speakers": ["media_player.hub", "notify.echo", "assist_satellite.hall"],
        "tts_engine": "tts.piper",
        "displays": ["media_player.hub"],
        "echo_shows": [echo],
        "message": "{{ count }} {{ kind }} {{ area }} {{ time }}",
        "cooldown": 0.0,
        "hold": 30.0,
        "verify_tls": True,
    }
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    await dialog.submit(**answers, dashboard="/lovelace/cameras/")
    await dialog.watch()
    await dialog.submit(next="save")
    await hass.async_block_till_done()
    (camera,) = hub.subentries.values()
    expected = {**answers, "dashboard": "lovelace/cameras", "phones": [phone]}
    assert {key: camera.data[key] for key in expected} == expected
    assert isinstance(camera.data["hold"], int)
    # All of it comes back when the camera is changed, with its sections open.
    await dialog.change()
    assert {key: dialog.suggested()[key] for key in expected} == expected
    assert dialog.open_sections() == {"phone", "speech", "display"}


async def test_a_voice_nobody_speaks_with_is_not_stored(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    _register(hass, "tts.piper")
    _register(hass, "notify.echo")
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    await dialog.submit(speakers=["notify.echo"], displays=[], dashboard=None)
    await dialog.watch()
    await dialog.submit(next="save")
    await hass.async_block_till_done()
    (camera,) = hub.subentries.values()
    assert not {"tts_engine", "displays", "dashboard"} & set(camera.data)
    await dialog.change()
    assert dialog.suggested()["tts_engine"] == "tts.piper"


@pytest.mark.parametrize(
    ("answers", "errors", "detail"),
    [
        pytest.param({"motion": []}, {"motion": "no_motion"}, "", id="no motion"),
        pytest.param({"kinds": []}, {"kinds": "no_kinds"}, "", id="no kinds"),
        pytest.param(
            {"motion": ["binary_sensor.gone"]},
            {"motion": "unknown_target"},
            "binary_sensor.gone",
            id="motion gone",
        ),
        pytest.param(
            {"motion": ["light.hall"]},
            {"motion": "unknown_target"},
            "light.hall",
            id="motion of a light",
        ),
        pytest.param(
            {"speakers": ["media_player.hub"]},
            {"speech": "tts_engine_missing"},
            "",
            id="no voice",
        ),
        pytest.param(
            {"speakers": ["media_player.hub"], "tts_engine": "tts.gone"},
            {"speech": "unknown_target"},
            "tts.gone",
            id="voice gone",
        ),
        pytest.param(
            {"speakers": ["notify.off"]}, {"speech": "unknown_target"}, "notify.off", id="disabled"
        ),
        pytest.param(
            {"displays": ["camera.still"]},
            {"display": "unknown_target"},
            "camera.still",
            id="display of a camera",
        ),
        pytest.param(
            {"dashboard": "http://x/y"}, {"display": "dashboard_invalid"}, "", id="dashboard"
        ),
        pytest.param({"phones": ["gone"]}, {"phone": "unknown_target"}, "gone", id="phone gone"),
        pytest.param(
            {"message": "{{ wrong }}"},
            {"advanced": "message_invalid"},
            "UndefinedError: 'wrong' is undefined",
            id="unknown variable",
        ),
        pytest.param(
            {"message": "{{ camera"},
            {"advanced": "message_invalid"},
            "unexpected end of template",
            id="syntax",
        ),
        pytest.param(
            {"message": "{{ '' }}"}, {"advanced": "message_empty"}, "", id="empty message"
        ),
        pytest.param(
            {"motion": ["binary_sensor.gone"], "phones": ["gone"], "kinds": []},
            {"motion": "unknown_target", "kinds": "no_kinds"},
            "binary_sensor.gone",
            id="one detail at a time",
        ),
    ],
)
async def test_mistakes_are_explained_and_nothing_entered_is_lost(
    hass: HomeAssistant,
    form: Dialog,
    answers: dict[str, Any],
    errors: dict[str, str],
    detail: str,
) -> None:
    for entity_id in ("light.hall", "media_player.hub"):
        _register(hass, entity_id)
    _register(hass, "notify.off", disabled_by=er.RegistryEntryDisabler.USER)
    hass.states.async_remove("notify.off")
    result = await form.submit(**{"cooldown": 77, **answers})
    assert (result["step_id"], result["errors"]) == ("settings", errors)
    assert detail in result["description_placeholders"]["detail"]
    assert bool(detail) is bool(result["description_placeholders"]["detail"])
    entered = form.suggested()
    assert {key: entered[key] for key in ("cooldown", *answers)} == {"cooldown": 77, **answers}
    assert set(errors) & {"phone", "speech", "display", "advanced"} <= form.open_sections()


async def test_a_form_without_sections_is_accepted(hass: HomeAssistant, form: Dialog) -> None:
    result = await hass.config_entries.subentries.async_configure(
        form.result["flow_id"], {"motion": [MOTION], "kinds": ["animal"], "sensitivity": "high"}
    )
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    hass.config_entries.subentries.async_abort(result["flow_id"])


# A camera that gives no picture


@pytest.mark.parametrize(
    ("error", "words"),
    [
        *(pytest.param(SourceError(failure), "", id=failure) for failure in SourceFailure),
        pytest.param(SourceError(SourceFailure.TIMEOUT), "in time", id="words of timeout"),
        pytest.param(ImageError("x"), "not readable video", id="picture"),
        pytest.param(ModelError("x"), "Repairs", id="network"),
        pytest.param(RuntimeError("x"), "unexpected", id="anything else"),
    ],
)
async def test_a_camera_without_picture_is_explained(
    form: Dialog, failing: Callable[..., None], error: Exception, words: str
) -> None:
    failing(error)
    await form.submit()
    result = await form.watch()
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "failed")
    assert result["menu_options"] == ["test", "settings", "add_anyway"]
    assert result["description_placeholders"]["reason"]
    assert words in result["description_placeholders"]["reason"]


async def test_a_real_camera_that_is_off_is_explained_and_can_be_tried_again(
    hass: HomeAssistant, form: Dialog, still_camera: PeerCamera
) -> None:
    still_camera.turn(on=False)
    await form.submit(message="Ding")
    result = await form.watch()
    assert "switched off" in result["description_placeholders"]["reason"]
    result = await form.choose("settings")
    assert result["step_id"] == "settings"
    assert form.suggested()["message"] == "Ding"
    await form.submit()
    assert (await form.watch())["step_id"] == "failed"
    still_camera.turn(on=True)
    await form.choose("test")
    assert (await form.watch())["step_id"] == "seen"


async def test_a_camera_without_picture_can_be_added_all_the_same(
    hass: HomeAssistant, hub: MockConfigEntry, form: Dialog, failing: Callable[..., None]
) -> None:
    failing(SourceError(SourceFailure.CAMERA_UNAVAILABLE))
    await form.submit()
    await form.watch()
    result = await form.choose("add_anyway")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert len(hub.subentries) == 1


# The hub is not there


async def test_a_hub_that_is_not_loaded_adds_and_changes_no_camera(
    hass: HomeAssistant, network: WhiteSquareDetector, motion: str
) -> None:
    hub = await enrol(hass, subentry(CAMERA, MOTION))
    await hass.config_entries.async_unload(hub.entry_id)
    dialog = Dialog(hass, hub)
    for result in (await dialog.add(), await dialog.change()):
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_a_hub_that_stops_during_the_dialog_loses_no_answers(
    hass: HomeAssistant, hub: MockConfigEntry, form: Dialog
) -> None:
    await hass.config_entries.async_unload(hub.entry_id)
    await form.submit(message="Ding")
    result = await form.watch()
    assert "restarted" in result["description_placeholders"]["reason"]
    await hass.config_entries.async_setup(hub.entry_id)
    await form.choose("settings")
    assert form.suggested()["message"] == "Ding"


# Changing a camera


async def test_a_camera_is_changed_and_looked_through_again(
    hass: HomeAssistant, network: WhiteSquareDetector, motion: str
) -> None:
    camera = er.async_get(hass).async_get(CAMERA)
    assert camera is not None
    hub = await enrol(hass, subentry(camera.id, motion, title="My name", cooldown=5))
    dialog = Dialog(hass, hub)
    result = await dialog.change()
    assert result["step_id"] == "settings"
    assert result["description_placeholders"]["camera"] == "My name"
    assert dialog.suggested()["motion"] == [MOTION]
    assert dialog.suggested()["cooldown"] == 5
    await dialog.submit(kinds=["vehicle"], sensitivity="low", cooldown=None)
    await dialog.watch()
    result = await dialog.submit(next="save")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await hass.async_block_till_done()
    (changed,) = hub.subentries.values()
    assert changed.title == "My name"
    assert changed.data["kinds"] == ["vehicle"]
    assert changed.data["motion"] == [motion]
    assert changed.data["camera"] == camera.id
    assert "cooldown" not in changed.data
    (coordinator,) = hub.runtime_data.cameras.values()
    assert coordinator.settings.kinds == {Kind.VEHICLE}


async def test_what_is_gone_for_good_is_left_out_when_a_camera_is_changed(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    gone = subentry("f" * 32, "e" * 32, phones=["gone"], speakers=["media_player.gone"])
    hub = await enrol(hass, gone)
    dialog = Dialog(hass, hub)
    result = await dialog.change()
    assert result["description_placeholders"]["hint"] == ""
    suggested = dialog.suggested()
    assert (suggested["motion"], suggested["phones"]) == ([], [])
    assert suggested["speakers"] == ["media_player.gone"]
    hass.states.async_set("event.other", "unknown")
    await dialog.submit(
        motion=["event.other"], speakers=[], kinds=["person"], sensitivity="balanced"
    )
    result = await dialog.watch()
    assert "no longer exists" in result["description_placeholders"]["reason"]
    result = await dialog.choose("add_anyway")
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()


# Words


def _texts(translations: Result, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in translations.items():
        where = f"{path}.{key}"
        if isinstance(value, dict):
            yield from _texts(value, where)
        else:
            yield where, value


@pytest.fixture(scope="module")
def translations() -> Result:
    """Return our English texts."""
    path = Path(config_flow.__file__).parent / "translations" / "en.json"
    return dict(json.loads(path.read_text("utf-8")))


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


async def test_every_field_of_every_form_has_a_name_and_an_explanation(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog, translations: Result
) -> None:
    texts = translations["config_subentries"]["camera"]["step"]

    def check(schema: Result, words: Result) -> None:
        for marker, field in schema.items():
            if isinstance(field, section):
                check(field.schema.schema, words["sections"][marker])
            else:
                assert words["data"][marker]
                assert words["data_description"][marker]

    result = await dialog.add()
    check(result["data_schema"].schema, texts["user"])
    result = await dialog.submit(camera=CAMERA)
    check(result["data_schema"].schema, texts["settings"])
    await dialog.submit()
    result = await dialog.watch()
    check(result["data_schema"].schema, texts["seen"])
    result = await hass.config_entries.options.async_init(hub.entry_id)
    check(result["data_schema"].schema, translations["options"]["step"]["init"])


def test_every_failure_of_a_camera_has_words(translations: Result) -> None:
    assert set(SourceFailure) < set(translations["selector"]["failure"]["options"])


def test_texts_only_ask_for_what_the_steps_fill_in(translations: Result) -> None:
    filled = {"camera", "detail", "hint", "picture", "reason", "seconds", "seen", "variables"}
    ours = {key: translations[key] for key in ("config", "options", "config_subentries")}
    for where, text in _texts(ours):
        assert set(re.findall(r"{(.*?)}", text)) <= filled, where
        # The frontend would read this as markup of its message format.
        assert "<" not in text, where


def test_what_the_hub_promises_is_what_the_code_does(translations: Result) -> None:
    promises = translations["config"]["step"]["user"]["description"]
    assert (PICTURES_PER_CAMERA, "last ten alert pictures" in promises) == (10, True)
    longest = SessionSettings(frozenset(Kind), Sensitivity.BALANCED).cap_s
    assert (longest, "at most two minutes" in promises) == (120, True)
