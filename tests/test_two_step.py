"""Setting up the hub asks for two-step verification, and writes down what came of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from homeassistant.auth.models import User
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from tests.common import WhiteSquareDetector
from tests.people import turn_on_two_step

type Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Submits the form that is shown, over HTTP, and returns what comes next."""


@pytest.fixture
async def answer(
    hass: HomeAssistant, network: WhiteSquareDetector, hass_client: ClientSessionGenerator
) -> Answer:
    assert await async_setup_component(hass, "config", {})
    assert await async_setup_component(hass, "diagnostics", {})
    # Its views must be there before the server is.
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_client()
    path = "/api/config/config_entries/flow"
    form = await (await client.post(path, json={"handler": DOMAIN})).json()

    async def submit(answers: dict[str, Any]) -> dict[str, Any]:
        response = await client.post(f"{path}/{form['flow_id']}", json=answers)
        assert response.status == HTTPStatus.OK, await response.text()
        return dict(await response.json())

    return submit


def record(hass: HomeAssistant) -> dict[str, Any]:
    """Return what was written down just now, without the time."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    written = dict(entry.data["two_step"])
    at = datetime.fromisoformat(written.pop("at"))
    assert at.tzinfo is UTC
    assert timedelta(0) <= dt_util.utcnow() - at < timedelta(minutes=1)
    return written


async def test_with_two_step_verification_there_is_nothing_more_to_ask(
    hass: HomeAssistant, answer: Answer, hass_admin_user: User
) -> None:
    await turn_on_two_step(hass, hass_admin_user)
    assert (await answer({}))["type"] == "create_entry"
    assert record(hass) == {"verified": True, "user_id": hass_admin_user.id}


async def test_who_turns_it_on_meanwhile_goes_on_as_verified(
    hass: HomeAssistant, answer: Answer, hass_admin_user: User
) -> None:
    form = await answer({})
    assert (form["type"], form["step_id"], form["errors"]) == ("form", "two_step", {})
    form = await answer({"continue_without": False})
    assert (form["type"], form["errors"]) == ("form", {"base": "two_step_still_off"})
    assert not hass.config_entries.async_entries(DOMAIN)
    await turn_on_two_step(hass, hass_admin_user)
    assert (await answer({}))["type"] == "create_entry"
    assert record(hass)["verified"] is True


async def test_going_on_without_is_written_down_and_shown_without_who_it_was(
    hass: HomeAssistant,
    answer: Answer,
    hass_admin_user: User,
    hass_client: ClientSessionGenerator,
) -> None:
    await answer({})
    assert (await answer({"continue_without": True}))["type"] == "create_entry"
    assert record(hass) == {"verified": False, "user_id": hass_admin_user.id}
    await hass.async_block_till_done()
    entry: ConfigEntry[Any] = hass.config_entries.async_entries(DOMAIN)[0]
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["two_step"] == "continued_without"
    assert hass_admin_user.id not in str(found)


async def test_a_flow_that_nobody_known_started_counts_as_without(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    flow = hass.config_entries.flow
    result = await flow.async_init(DOMAIN, context={"source": SOURCE_USER}, data={})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "two_step")
    await flow.async_configure(result["flow_id"], {"continue_without": True})
    assert record(hass) == {"verified": False, "user_id": None}
