"""What assistants may know of visits."""

from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext, ToolInput
from homeassistant.setup import async_setup_component
import pytest

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.llm import VisitsTool, async_get_tools
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.access_house import House
from tests.looking_back import saw
from tests.people import NO_CAMERA, READ_ONLY

pytest_plugins = ("tests.access_house_fixtures",)

ASSISTANT = "conversation"


def context(user_id: str | None = None) -> LLMContext:
    return LLMContext("test", Context(user_id=user_id), "en", ASSISTANT, None)


async def answer(hass: HomeAssistant, user_id: str | None = None, **asked: Any) -> Any:
    """Return what an assistant is told."""
    tool = VisitsTool()
    said = await tool.async_call(hass, ToolInput(tool.name, asked), context(user_id))
    return said.data


@pytest.fixture
async def exposed(hass: HomeAssistant, house: House) -> House:
    """Return the house, with one of its cameras exposed."""
    assert await async_setup_component(hass, "homeassistant", {})
    async_expose_entity(hass, ASSISTANT, house.source, should_expose=True)
    async_expose_entity(hass, ASSISTANT, "camera.back", should_expose=False)
    return house


async def test_who_was_there_is_answered_without_pictures_or_secrets(
    hass: HomeAssistant, exposed: House
) -> None:
    cameras = exposed.camera.config_entry.runtime_data.cameras.values()
    await saw(*cameras, number=2, kinds={Kind.ANIMAL: 2})
    told = await answer(hass)
    assert told["cameras"] == ["Front door"], "the other one is not exposed"
    assert [one["cameras"] for one in told["visits"]] == [["Front door"]] * 2
    (cat,) = (await answer(hass, camera="front", kind="animal", hours=1))["visits"]
    assert cat["seen"] == {"animal": 2}
    assert "secret" not in str(told)
    assert (await answer(hass, camera="garage"))["visits"] == []


async def test_a_known_user_hears_only_of_cameras_within_rights(
    hass: HomeAssistant, exposed: House
) -> None:
    assert (await answer(hass, exposed.people[READ_ONLY].user.id))["visits"]
    for user_id in (exposed.people[NO_CAMERA].user.id, "gone"):
        assert "visits" not in await answer(hass, user_id)


async def test_there_is_a_tool_only_where_a_camera_is_exposed_to_assist(
    hass: HomeAssistant, exposed: House
) -> None:
    found = async_get_tools(hass, context(), LLM_API_ASSIST)
    assert found is not None
    (tool,) = found.tools
    assert tool.name == f"{DOMAIN}__get_visits"
    assert tool.annotations.read_only
    assert async_get_tools(hass, context(), "other") is None
    async_expose_entity(hass, ASSISTANT, exposed.source, should_expose=False)
    assert async_get_tools(hass, context(), LLM_API_ASSIST) is None
    await hass.config_entries.async_unload(exposed.camera.config_entry.entry_id)
    assert async_get_tools(hass, context(), LLM_API_ASSIST) is None
    assert "visits" not in await answer(hass)
