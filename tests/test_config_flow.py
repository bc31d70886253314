"""Setting up the hub, through the flow manager and the HTTP API people use; and all its texts."""

from datetime import time, timedelta
from http import HTTPStatus
import re
from typing import Any

from homeassistant.auth.models import User
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN, SUBENTRY_CAMERA
from custom_components.camera_smart_alerts.modes import QuietHours
from custom_components.camera_smart_alerts.vision.runtime import Engine
from tests.camera_dialog import CAMERA, MOTION, Result, register
from tests.common import WhiteSquareDetector
from tests.people import turn_on_two_step

pytest_plugins = ("tests.camera_dialog_fixtures",)

FOR_ALL_WHO_SEE_THE_CAMERA = {"pictures_admins_only": False, "pictures_two_step_only": False}


async def settings(hass: HomeAssistant, hub: MockConfigEntry) -> Result:
    """Click "Configure", and choose the settings."""
    menu = await hass.config_entries.options.async_init(hub.entry_id)
    assert (menu["type"], menu["menu_options"]) == (FlowResultType.MENU, ["settings", "report"])
    chosen = {"next_step_id": "settings"}
    return dict(await hass.config_entries.options.async_configure(menu["flow_id"], chosen))


async def test_the_hub_explains_itself_and_goes_on_with_the_first_camera(
    hass: HomeAssistant, network: WhiteSquareDetector, motion: str
) -> None:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    assert not hass.config_entries.async_entries(DOMAIN)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "two_step")
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"continue_without": True}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Camera Smart Alerts"
    kind, flow_id = result["next_flow"]
    assert kind == "config_subentries_flow"
    assert hass.config_entries.subentries.async_get(flow_id)["step_id"] == "user"


async def test_the_hub_is_set_up_where_there_is_no_camera_yet(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    await hass.config_entries.flow.async_configure(result["flow_id"], {})
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"continue_without": True}
    )
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
    result = await settings(hass, hub)
    first = {
        "frames_per_second": 5,
        "latency_limit": 5,
        "threads": 2,
        "engine": "automatic",
        **FOR_ALL_WHO_SEE_THE_CAMERA,
        "retention": 168,
        "history_max_mb": 500,
    }
    assert result["data_schema"]({}) == first
    result = await hass.config_entries.options.async_configure(
        result["flow_id"],
        {
            "frames_per_second": 3.0,
            "latency_limit": 2.0,
            "threads": 1.0,
            "engine": "ncnn",
            "retention": 1.0,
            "history_max_mb": 50.0,
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert hub.options == {
        "frames_per_second": 3,
        "latency_limit": 2,
        "threads": 1,
        "engine": "ncnn",
        **FOR_ALL_WHO_SEE_THE_CAMERA,
        "retention": 1,
        "history_max_mb": 50,
    }
    hub_settings = hub.runtime_data.hub
    assert hub_settings.threads == 1
    assert hub_settings.engine is Engine.NCNN
    assert hub_settings.retention == timedelta(hours=1)
    assert hub_settings.history_bytes == 50_000_000


async def test_who_is_home_is_stored_so_that_a_rename_does_not_matter(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    key = register(hass, "person.ann")
    hass.states.async_set("zone.home", "0")
    result = await settings(hass, hub)
    await hass.config_entries.options.async_configure(
        result["flow_id"],
        {
            "presence": ["person.ann", "zone.home"],
            "quiet_start": "22:00:00",
            "quiet_end": "06:30:00",
        },
    )
    await hass.async_block_till_done()
    assert hub.options["presence"] == [key, "zone.home"]
    quiet = hub.runtime_data.hub.quiet_hours
    assert quiet == QuietHours(time(22), time(6, 30))
    er.async_get(hass).async_update_entity("person.ann", new_entity_id="person.anna")
    await hass.async_block_till_done()
    result = await settings(hass, hub)
    suggested = {
        str(marker): marker.description["suggested_value"]
        for marker in result["data_schema"].schema
        if marker.description
    }
    assert suggested == {**hub.options, "presence": ["person.anna", "zone.home"]}
    result = await hass.config_entries.options.async_configure(result["flow_id"], {"presence": []})
    assert result["data"] == {
        "frames_per_second": 5,
        "latency_limit": 5,
        "threads": 2,
        "engine": "automatic",
        **FOR_ALL_WHO_SEE_THE_CAMERA,
        "retention": 168,
        "history_max_mb": 500,
    }
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("quiet", "error"),
    [
        ({"quiet_start": "22:00:00"}, "quiet_hours_incomplete"),
        ({"quiet_end": "22:00:00"}, "quiet_hours_incomplete"),
        ({"quiet_start": "22:00:00", "quiet_end": "22:00:00"}, "quiet_hours_empty"),
        ({"quiet_start": "7:05", "quiet_end": "07:05:00"}, "quiet_hours_empty"),
    ],
)
async def test_quiet_hours_need_both_ends_and_what_was_entered_stays(
    hass: HomeAssistant, hub: MockConfigEntry, quiet: dict[str, str], error: str
) -> None:
    result = await settings(hass, hub)
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {**quiet, "threads": 3}
    )
    assert result["errors"] == {"base": error}
    suggested = {
        str(marker): marker.description["suggested_value"]
        for marker in result["data_schema"].schema
        if marker.description
    }
    assert suggested.items() >= {**quiet, "threads": 3}.items()


async def test_times_without_zeros_do_not_stop_the_integration(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    result = await settings(hass, hub)
    await hass.config_entries.options.async_configure(
        result["flow_id"], {"quiet_start": "7:05", "quiet_end": "9:5:3"}
    )
    await hass.async_block_till_done()
    assert hub.state is ConfigEntryState.LOADED
    assert hub.runtime_data.hub.quiet_hours == QuietHours(time(7, 5), time(9, 5, 3))
    # As the frontend writes them, or it could not show them.
    assert hub.options.items() >= {"quiet_start": "07:05:00", "quiet_end": "09:05:03"}.items()


@pytest.mark.parametrize(
    "options",
    [
        {"frames_per_second": 11},
        {"threads": 0},
        {"engine": "tensorflow"},
        {"retention": 721},
        {"retention": 0},
        {"history_max_mb": 49},
    ],
)
async def test_options_out_of_range_are_refused(
    hass: HomeAssistant, hub: MockConfigEntry, options: dict[str, int]
) -> None:
    result = await settings(hass, hub)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(result["flow_id"], options)


@pytest.mark.parametrize("two_step_only", [False, True])
@pytest.mark.usefixtures("motion")
async def test_the_picture_and_what_was_seen_are_served_over_http(
    hass: HomeAssistant,
    hub: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_admin_user: User,
    two_step_only: bool,
) -> None:
    assert await async_setup_component(hass, "config", {})
    await turn_on_two_step(hass, hass_admin_user)
    options = {"pictures_two_step_only": two_step_only}
    hass.config_entries.async_update_entry(hub, options=options)
    await hass.async_block_till_done()
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
