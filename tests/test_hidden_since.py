"""What a camera's settings hide by now is not shown any more, whenever it was seen."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.data import async_find_picture
from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.history import HistoryFile
from custom_components.camera_smart_alerts.visit_list import Wanted, async_page
from tests.camera_actions import ask
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector, only_camera
from tests.enrolled import enrolled, entity_id, state
from tests.vault_kit import rows

HIDING = (
    {"masks": "Door: 0,0 50,0 50,50 0,50"},
    {"picture_style": "blurred"},
    {"picture_style": "silhouette"},
    {"picture_style": "none"},
)


async def change(hass: HomeAssistant, camera: CameraCoordinator, **data: str) -> CameraCoordinator:
    """Change the settings of a camera; return it as it is afterwards."""
    entry = camera.config_entry
    subentry = entry.subentries[camera.settings.subentry_id]
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, **data})
    await hass.async_block_till_done()
    return only_camera(entry)


@pytest.mark.parametrize("hides", HIDING, ids=lambda one: next(iter(one.values()))[:8])
async def test_pictures_that_show_what_is_hidden_since_are_destroyed(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    hides: dict[str, str],
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera)
    await motions.run()
    vault = coordinator.config_entry.runtime_data.vault
    (kept,) = await vault.async_list()

    again = await change(hass, coordinator, sensitivity="high")
    vault = again.config_entry.runtime_data.vault
    assert await vault.async_list() == [kept], "that hides nothing"

    again = await change(hass, again, **hides)
    runtime = again.config_entry.runtime_data
    assert await runtime.vault.async_list() == []
    assert await async_find_picture(hass, kept.id) is None
    assert state(hass, again, "image", "last_alert").state == "unknown"
    visits = await async_page(runtime.database, Wanted(cameras=[again.settings.subentry_id]))
    assert [one["visit_id"] for one in visits.visits] == [kept.visit_id], "the visit stays"


def pictures_in_file(hass: HomeAssistant) -> int:
    ((count,),) = rows(Path(hass.config.cache_path(DOMAIN)), "SELECT count(*) FROM pictures")
    return int(count)


def cannot_write() -> AbstractContextManager[Any]:
    return patch.object(Database, "async_write", return_value=False)


def cannot_open() -> AbstractContextManager[Any]:
    return patch.object(HistoryFile, "_opened", side_effect=OSError("no disk"))


@pytest.mark.parametrize("trouble", [cannot_write, cannot_open])
async def test_pictures_that_cannot_be_destroyed_are_shown_no_more_and_destroyed_when_they_can_be(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    trouble: Callable[[], AbstractContextManager[Any]],
) -> None:
    camera = await enrolled(hass, still_camera)
    await motions.run()
    (kept,) = await camera.config_entry.runtime_data.vault.async_list()
    with trouble():
        again = await change(hass, camera, picture_style="blurred")
    assert pictures_in_file(hass) == 1
    runtime = again.config_entry.runtime_data
    # What is back on the disk is not shown before it is destroyed, either.
    await runtime.database.async_recover()
    assert await runtime.vault.async_list() == []
    assert await async_find_picture(hass, kept.id) is None
    await runtime.vault.async_tidy()
    assert pictures_in_file(hass) == 0


@pytest.mark.parametrize("view", [("camera", "smart_view"), ("image", "last_alert")])
@pytest.mark.parametrize("what", ["masked", "taken out"])
async def test_a_moving_view_that_was_opened_before_ends(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    hass_client: ClientSessionGenerator,
    *,
    view: tuple[str, str],
    what: str,
) -> None:
    camera = await enrolled(hass, still_camera)
    await motions.run()
    domain, key = view
    client = await hass_client()
    address = f"/api/{domain}_proxy_stream/{entity_id(hass, camera, domain, key)}"
    response = await client.get(address)
    assert b"image/jpeg" in await response.content.readuntil(b"image/jpeg")
    if what == "masked":
        await change(hass, camera, masks="Door: 0,0 50,0 50,50 0,50")
    else:
        await ask(hass, "unenroll_all")
    async with asyncio.timeout(20):
        await response.content.read()
    asked = still_camera.stills_asked
    await hass.async_block_till_done(wait_background_tasks=True)
    assert still_camera.stills_asked == asked


async def test_pictures_of_a_camera_that_shows_more_by_now_stay(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera, picture_style="blurred")
    await motions.run()
    again = await change(hass, coordinator, picture_style="full")
    assert await again.config_entry.runtime_data.vault.async_list()
