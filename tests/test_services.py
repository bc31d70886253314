"""The actions ``analyze`` and ``test_alert``."""

from pathlib import Path
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import translation
from homeassistant.setup import async_setup_component
import probatio
import pytest

from custom_components.camera_smart_alerts.const import CONF_SENSITIVITY, CONF_SPEAKERS, DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.vision.datatypes import Sensitivity
from custom_components.camera_smart_alerts.vision.errors import ModelError, SourceFailure
from tests.camera_peer import AddCamera, PeerCamera, jpeg
from tests.common import WhiteSquareDetector
from tests.enrolled import analyze, black, enrolled, smart_view, words

# A camera


async def test_a_camera_is_looked_through_once_and_the_answer_says_what_is_there(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    answer = await analyze(hass, entity_id=still_camera.entity_id)
    assert answer["verdict"] == "person"
    (detection,) = answer["detections"]
    assert detection["kind"] == "person"
    assert detection["confidence"] == 0.9
    x1, y1, x2, y2 = detection["box"]
    assert 0 <= x1 < x2 <= 320
    assert 0 <= y1 < y2 <= 240
    assert (answer["width"], answer["height"]) == (320, 240)
    assert answer["source"] == "still"
    assert answer["took_ms"] >= answer["inference_ms"] >= 0
    assert coordinator.data.last_alert is None
    assert coordinator.data.present == frozenset()


async def test_through_the_smart_view_it_looks_at_the_camera_and_not_at_our_boxes(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    view = smart_view(hass, await enrolled(hass, still_camera))
    asked = still_camera.stills_asked
    view.async_camera_image = None  # type: ignore[method-assign,assignment]
    assert (await analyze(hass, entity_id=view.entity_id))["verdict"] == "person"
    assert still_camera.stills_asked > asked


async def test_any_camera_may_be_analyzed_also_one_that_is_not_enrolled(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    add_camera: AddCamera,
    network: WhiteSquareDetector,
) -> None:
    await enrolled(hass, still_camera)
    other = PeerCamera("Other")
    other.stills = True
    other.pictures = lambda index: black() + index % 200
    await add_camera(other)
    answer = await analyze(hass, entity_id=other.entity_id)
    assert answer["verdict"] == "nothing"
    assert answer["detections"] == []


@pytest.mark.parametrize(
    ("sensitivity", "verdict"), [(Sensitivity.LOW, "nothing"), (Sensitivity.HIGH, "person")]
)
async def test_a_camera_judges_with_its_own_sensitivity(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    sensitivity: Sensitivity,
    verdict: str,
) -> None:
    coordinator = await enrolled(hass, still_camera, **{CONF_SENSITIVITY: sensitivity})
    network.confidence = 0.5
    answer = await analyze(hass, entity_id=still_camera.entity_id)
    assert answer["verdict"] == verdict
    assert not coordinator.records, "no motion, no record"


async def test_what_the_network_hardly_believes_is_not_told(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    await enrolled(hass, still_camera)
    network.confidence = 0.1
    assert (await analyze(hass, entity_id=still_camera.entity_id))["detections"] == []


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        ("camera.nowhere", "There is no camera camera.nowhere."),
        ("camera.still", "The camera camera.still is off."),
    ],
)
async def test_a_camera_that_gives_no_picture_is_explained(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    camera: str,
    message: str,
) -> None:
    await enrolled(hass, still_camera)
    still_camera.turn(on=False)
    with pytest.raises(HomeAssistantError) as caught:
        await analyze(hass, entity_id=camera)
    assert await words(hass, caught.value) == message


async def test_every_reason_for_no_picture_has_words(hass: HomeAssistant) -> None:
    found = await translation.async_get_translations(hass, "en", "exceptions", {DOMAIN})
    for failure in SourceFailure:
        assert f"component.{DOMAIN}.exceptions.no_picture_{failure}.message" in found


async def test_without_a_network_it_says_so(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, tmp_path: Path
) -> None:
    await enrolled(hass, still_camera)
    network.error = ModelError("broken")
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    (tmp_path / "a.jpg").write_bytes(jpeg(black()))
    for data in ({"entity_id": still_camera.entity_id}, {"path": str(tmp_path / "a.jpg")}):
        with pytest.raises(HomeAssistantError) as caught:
            await analyze(hass, **data)
        assert "network could not be loaded" in await words(hass, caught.value)


async def test_people_look_only_through_cameras_they_may_use(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    hass_read_only_user: User,
    hass_admin_user: User,
) -> None:
    await enrolled(hass, still_camera)
    with pytest.raises(Unauthorized):
        await analyze(
            hass, Context(user_id=hass_read_only_user.id), entity_id=still_camera.entity_id
        )
    with pytest.raises(UnknownUser):
        await analyze(hass, Context(user_id="nobody"), entity_id=still_camera.entity_id)
    admin = Context(user_id=hass_admin_user.id)
    assert (await analyze(hass, admin, entity_id=still_camera.entity_id))["verdict"] == "person"


async def test_while_we_are_not_loaded_it_says_so(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(ServiceValidationError) as caught:
        await analyze(hass, path="/media/a.jpg")
    assert caught.value.translation_key == "service_found_no_config_entry_for_domain"


@pytest.mark.parametrize(
    "data", [{"entity_id": "camera.a", "path": "/a.jpg"}, {"entity_id": "light.a"}]
)
async def test_it_wants_either_a_camera_or_a_file(
    hass: HomeAssistant, data: dict[str, Any]
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(probatio.Invalid):
        await analyze(hass, **data)


# A test alert


async def send_test(hass: HomeAssistant, **target: Any) -> Any:
    """Send a test alert and return its response."""
    return await hass.services.async_call(
        DOMAIN, "test_alert", target, blocking=True, return_response=True
    )


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> CameraCoordinator:
    """Return a camera with a speaker that does not exist."""
    return await enrolled(hass, still_camera, **{CONF_SPEAKERS: ["notify.gone"]})


async def test_a_test_alert_says_what_became_of_every_target(
    hass: HomeAssistant, coordinator: CameraCoordinator
) -> None:
    view = smart_view(hass, coordinator)
    answer = await send_test(hass, entity_id=view.entity_id)
    (target,) = answer[view.entity_id]["targets"]
    assert target["channel"] == "speaker"
    assert target["ok"] is False
    assert target["error"]
    assert coordinator.data.last_alert is None, "nobody was seen"


async def test_a_test_alert_may_be_aimed_at_the_device(
    hass: HomeAssistant, coordinator: CameraCoordinator
) -> None:
    view = smart_view(hass, coordinator)
    assert view.registry_entry is not None
    answer = await send_test(hass, device_id=view.registry_entry.device_id)
    assert list(answer) == [view.entity_id]


async def test_a_test_alert_without_a_picture_is_explained(
    hass: HomeAssistant, coordinator: CameraCoordinator, still_camera: PeerCamera
) -> None:
    view = smart_view(hass, coordinator)
    still_camera._attr_is_on = False
    with pytest.raises(HomeAssistantError) as caught:
        await send_test(hass, entity_id=view.entity_id)
    assert await words(hass, caught.value) == "The camera Front door is off."
