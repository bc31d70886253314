"""The section "When" of a camera's form."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.const import CONF_GROUP
from custom_components.camera_smart_alerts.modes import Mode
from custom_components.camera_smart_alerts.settings import CameraSettings
from custom_components.camera_smart_alerts.when_form import when_fields
from tests.camera_dialog import CAMERA, Dialog
from tests.common import WhiteSquareDetector, enrol, subentry

pytest_plugins = ("tests.camera_dialog_fixtures",)

ANSWERS = {"mode_home": "off", "mode_away": "detect", "important": True, "group": "Garden"}


async def test_what_is_chosen_is_stored_and_comes_back_with_its_section_open(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    first = {key: dialog.suggested().get(key) for key in ANSWERS}
    assert first == {"mode_home": "alert", "mode_away": "alert", "important": False, "group": None}
    assert "when" not in dialog.open_sections()
    await dialog.submit(**ANSWERS)
    await dialog.watch()
    await dialog.submit(next="save")
    await hass.async_block_till_done()
    (camera,) = hub.subentries.values()
    settings = CameraSettings.from_subentry(camera)
    assert (settings.mode_home, settings.mode_away) == (Mode.OFF, Mode.DETECT)
    assert (settings.important, settings.group) == (True, "Garden")
    await dialog.change()
    assert {key: dialog.suggested()[key] for key in ANSWERS} == ANSWERS
    assert "when" in dialog.open_sections()


@pytest.mark.parametrize("answer", ANSWERS.items(), ids=ANSWERS)
async def test_anything_unusual_opens_the_section(
    hub: MockConfigEntry, dialog: Dialog, answer: tuple[str, str | bool]
) -> None:
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    # A form that is shown again because something else is wrong.
    await dialog.submit(**dict([answer]), kinds=[])
    assert "when" in dialog.open_sections()


async def test_the_groups_of_other_cameras_are_offered_once_and_in_order(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    groups = ("Street", " Garden ", "Street", "")
    cameras = [
        subentry(f"camera.{number}", "binary_sensor.motion", **{CONF_GROUP: group})
        for number, group in enumerate(groups)
    ]
    await enrol(hass, *cameras, subentry("camera.alone", "binary_sensor.motion"))
    (field,) = (field for key, field in when_fields(hass).items() if str(key) == CONF_GROUP)
    assert field.config["options"] == ["Garden", "Street"]
    assert field.config["custom_value"]
