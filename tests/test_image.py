"""The picture of the last alert."""

from homeassistant.components.image import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.camera_smart_alerts.vision.annotate import decode_image
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
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
