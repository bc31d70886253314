"""Adding and changing a camera."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.errors import (
    SourceError,
    SourceFailure,
)
from tests.camera_dialog import CAMERA, MOTION, Dialog, register
from tests.common import WhiteSquareDetector, enrol, subentry

pytest_plugins = ("tests.camera_dialog_fixtures",)


async def test_a_camera_is_added_after_it_was_looked_through(
    hass: HomeAssistant, hub: MockConfigEntry, form: Dialog, motion: str
) -> None:
    suggested = form.suggested()
    assert (suggested["motion"], suggested["kinds"]) == ([MOTION], ["person"])
    assert (suggested["mode_home"], suggested["mode_away"]) == ("alert", "alert")
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
    chosen = {"camera": entry.id, "motion": [motion], "kinds": ["person", "animal"]}
    assert camera.data == {**suggested, **chosen}, "the rest as it was suggested"
    assert set(hub.runtime_data.cameras) == {camera.subentry_id}


async def test_cameras_of_ours_and_enrolled_ones_are_not_offered(
    hass: HomeAssistant, network: WhiteSquareDetector, motion: str
) -> None:
    register(hass, "camera.smart_view", DOMAIN)
    hub = await enrol(hass, subentry("camera.loose", MOTION))
    hass.states.async_set("camera.loose", "idle")
    result = await Dialog(hass, hub).add()
    hidden = result["data_schema"].schema["camera"].config["exclude_entities"]
    assert {"camera.smart_view", "camera.loose"} <= set(hidden)
    assert CAMERA not in hidden


async def test_without_any_camera_to_add_the_dialog_says_so(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    register(hass, "camera.smart_view", DOMAIN)
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
    register(hass, "camera.asleep", original_name=name)
    hass.states.async_remove("camera.asleep")
    await dialog.add()
    result = await dialog.submit(camera="camera.asleep")
    assert result["description_placeholders"]["camera"] == title


async def test_a_hub_that_is_not_loaded_adds_and_changes_no_camera(
    hass: HomeAssistant, network: WhiteSquareDetector, motion: str
) -> None:
    hub = await enrol(hass, subentry(CAMERA, MOTION))
    await hass.config_entries.async_unload(hub.entry_id)
    dialog = Dialog(hass, hub)
    for result in (await dialog.add(), await dialog.change()):
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


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
