"""Enrolling a camera over REST, while the hub may be starting over."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from demo.api import Api
from demo.enroll import HomeError, add_camera, open_picker
from demo.home import DemoCamera
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector, enrol


class Rest(Api):
    """The connection of somebody who is logged in."""

    def __init__(self, client: TestClient[Any, Any], token: str) -> None:
        super().__init__(str(client.make_url("")).rstrip("/"))
        self._token = token


async def test_a_hub_that_starts_over_is_waited_for(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    hass_client: ClientSessionGenerator,
    hass_access_token: str,
) -> None:
    for component in ("http", "config", DOMAIN):
        assert await async_setup_component(hass, component, {})
    entry = await enrol(hass)
    api = Rest(await hass_client(), hass_access_token)
    await hass.config_entries.async_unload(entry.entry_id)
    opening = asyncio.create_task(open_picker(api, entry.entry_id))
    asked = asyncio.create_task(
        api.post(
            "/api/config/config_entries/subentries/flow", {"handler": [entry.entry_id, "camera"]}
        )
    )
    refused = await asked
    assert (refused["type"], refused["reason"]) == ("abort", "not_loaded")
    assert refused["flow_id"], "it names a flow that is no more"
    assert not opening.done()
    await hass.config_entries.async_setup(entry.entry_id)
    assert (await opening)["type"] == "form"
    await api.close()


async def test_a_flow_that_has_ended_is_not_gone_on_with(
    hass: HomeAssistant,
    network: WhiteSquareDetector,
    hass_client: ClientSessionGenerator,
    hass_access_token: str,
) -> None:
    for component in ("http", "config", DOMAIN):
        assert await async_setup_component(hass, component, {})
    entry = await enrol(hass)
    api = Rest(await hass_client(), hass_access_token)
    # Without any camera there is none to pick.
    with pytest.raises(HomeError, match="no_cameras"):
        await add_camera(api, entry.entry_id, DemoCamera("Door", Path(), ()), {})
    await api.close()
