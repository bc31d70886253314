"""Looking through a camera while it is set up, and what follows when it shows nothing."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.vision.datatypes import Box, Detection, Kind
from custom_components.camera_smart_alerts.vision.errors import (
    ImageError,
    ModelError,
    SourceError,
    SourceFailure,
)
from tests.camera_dialog import Dialog
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector

pytest_plugins = ("tests.camera_dialog_fixtures",)


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

    with patch.object(network, "examine", look):
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
