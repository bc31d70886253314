"""The house of ``access_house``, as a fixture."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts.pictures import async_pictures
from tests.access_house import PICTURE, House
from tests.camera_peer import AddCamera, PeerCamera, jpeg
from tests.common import MOTION, WhiteSquareDetector, enrol, subentry
from tests.delivery_kit import alert
from tests.enrolled import black, entity_id, show, smart_view
from tests.looking_back import keep
from tests.people import people


@pytest.fixture
async def house(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    add_camera: AddCamera,
    network: WhiteSquareDetector,
    tmp_path: Path,
) -> House:
    assert await async_setup_component(hass, "http", {})
    back = await add_camera(PeerCamera("Back"))
    entry = await enrol(
        hass,
        subentry(still_camera.entity_id, MOTION),
        subentry(back.entity_id, MOTION, title="Back"),
    )
    camera, _ = entry.runtime_data.cameras.values()
    async_pictures(hass).put("known", PICTURE, still_camera.entity_id)
    async_pictures(hass).put("other", b"\xff\xd8 another", still_camera.entity_id)
    camera.alerting._last_id = "known"
    await show(hass, camera, last_alert=alert(at=dt_util.utcnow()))
    file = tmp_path / "a.jpg"
    file.write_bytes(jpeg(black()))
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    ours = (entity_id(hass, camera, "image", "last_alert"), smart_view(hass, camera).entity_id)
    everybody = await people(hass, back.entity_id, *ours)
    return House(hass, camera, everybody, str(file), await keep(camera, PICTURE))
