"""The picture of the last alert."""

from unittest.mock import patch

from homeassistant.components.image import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.data import async_find_picture
from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.vision.annotate import decode_image
from custom_components.camera_smart_alerts.visit_list import Wanted, async_page
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector, only_camera
from tests.enrolled import enrolled, entity_id, state


async def test_before_the_first_alert_there_is_no_picture_and_no_time(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    assert state(hass, coordinator, "image", "last_alert").state == "unknown"
    with pytest.raises(HomeAssistantError, match="Unable to get image"):
        await async_get_image(hass, entity_id(hass, coordinator, "image", "last_alert"))


async def test_the_picture_is_the_one_of_the_alert_and_so_is_its_time(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera)
    await motions.run()
    alert = coordinator.data.last_alert
    assert alert is not None
    shown = state(hass, coordinator, "image", "last_alert")
    assert shown.state == alert.at.isoformat()
    picture = await async_get_image(hass, shown.entity_id)
    assert picture.content_type == "image/jpeg"
    assert picture.content == coordinator.last_picture
    assert decode_image(picture.content).shape == (240, 320, 3)


async def test_after_a_restart_it_shows_the_picture_from_before(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera)
    await motions.run()
    alert, before = coordinator.data.last_alert, coordinator.last_picture
    assert alert is not None
    entry = coordinator.config_entry
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    (again,) = entry.runtime_data.cameras.values()
    shown = state(hass, again, "image", "last_alert")
    assert shown.state == alert.at.isoformat()
    assert (await async_get_image(hass, shown.entity_id)).content == before
    assert again.last_picture is None, "the live view shows what is now"

    await entry.runtime_data.vault.async_delete_everything()
    with pytest.raises(HomeAssistantError, match="Unable to get image"):
        await async_get_image(hass, shown.entity_id)


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


async def test_pictures_that_could_not_be_destroyed_are_so_at_the_next_start(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera)
    await motions.run()
    with patch.object(Database, "async_write", return_value=False):
        again = await change(hass, coordinator, picture_style="none")
    assert await again.config_entry.runtime_data.vault.async_list()

    assert await hass.config_entries.async_reload(again.config_entry.entry_id)
    assert await again.config_entry.runtime_data.vault.async_list() == []


async def test_pictures_of_a_camera_that_shows_more_by_now_stay(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera, picture_style="blurred")
    await motions.run()
    again = await change(hass, coordinator, picture_style="full")
    assert await again.config_entry.runtime_data.vault.async_list()
