"""What the form of a camera suggests, accepts and stores."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.camera_dialog import CAMERA, MOTION, Dialog, add_device, register
from tests.camera_peer import PeerCamera

pytest_plugins = ("tests.camera_dialog_fixtures",)


async def test_the_only_phone_and_the_first_voice_are_suggested(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    phone = add_device(hass, "mobile_app", "Phone")
    hass.states.async_set("tts.piper", "unknown")
    hass.states.async_set("tts.cloud", "unknown")
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    assert dialog.suggested()["phones"] == [phone]
    assert dialog.suggested()["tts_engine"] == "tts.cloud"


async def test_of_two_phones_none_is_suggested(hass: HomeAssistant, dialog: Dialog) -> None:
    add_device(hass, "mobile_app", "Hers")
    add_device(hass, "mobile_app", "His")
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
        yard = add_device(hass, "zigbee", "Yard")
        for device in (camera.device_id, yard):
            dr.async_get(hass).async_update_device(device, area_id=area)
        for name in ("binary_sensor.pir", "binary_sensor.asleep"):
            register(hass, name, device_id=yard, original_device_class="motion")
        hass.states.async_remove("binary_sensor.asleep")
    dialog = Dialog(hass, hub)
    await dialog.add()
    result = await dialog.submit(camera=CAMERA)
    assert result["description_placeholders"]["hint"].endswith(hint)
    assert dialog.suggested()["motion"] == []


async def test_everything_that_can_be_chosen_is_stored_flat(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    phone = add_device(hass, "mobile_app", "Phone")
    echo = add_device(hass, "alexa_devices", "Echo Show")
    keys = {
        entity_id: register(hass, entity_id)
        for entity_id in ("tts.piper", "media_player.hub", "notify.echo", "assist_satellite.hall")
    }
    # One without registry entry is stored as it is.
    hass.states.async_set("notify.plain", "unknown")
    keys["notify.plain"] = "notify.plain"
    answers = {
        "speakers": ["media_player.hub", "notify.echo", "assist_satellite.hall", "notify.plain"],
        "tts_engine": "tts.piper",
        "critical": True,
        "critical_start": "7:05",
        "critical_end": "06:00:00",
        "no_text": True,
        "volume": 60.0,
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
    stored = {
        "critical_start": "07:05:00",
        "speakers": [keys[one] for one in answers["speakers"]],
        "tts_engine": keys["tts.piper"],
        "displays": [keys["media_player.hub"]],
    }
    assert {key: camera.data[key] for key in expected} == expected | stored
    assert isinstance(camera.data["hold"], int)
    # All of it comes back when the camera is changed, with its sections open.
    await dialog.change()
    shown = expected | {"critical_start": "07:05:00"}
    assert {key: dialog.suggested()[key] for key in shown} == shown
    assert dialog.open_sections() == {"phone", "speech", "display"}
    # Entities by their present names; what is gone is left out.
    er.async_get(hass).async_update_entity("media_player.hub", new_entity_id="media_player.wall")
    er.async_get(hass).async_remove("tts.piper")
    await hass.async_block_till_done()
    await dialog.change()
    assert dialog.suggested()["speakers"] == ["media_player.wall", *answers["speakers"][1:]]
    assert dialog.suggested()["displays"] == ["media_player.wall"]
    assert "tts_engine" not in dialog.suggested()


async def test_a_voice_nobody_speaks_with_is_not_stored(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    register(hass, "tts.piper")
    register(hass, "notify.echo")
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
        pytest.param(
            {"critical_start": "22:00:00"},
            {"phone": "critical_hours_incomplete"},
            "",
            id="one critical time alone",
        ),
        pytest.param(
            {"critical_start": "22:00:00", "critical_end": "22:00:00"},
            {"phone": "critical_hours_empty"},
            "",
            id="no critical hours",
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
        register(hass, entity_id)
    register(hass, "notify.off", disabled_by=er.RegistryEntryDisabler.USER)
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
