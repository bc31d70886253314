"""The smart view: annotated stills; coming and going with its camera."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any
from unittest.mock import patch

from homeassistant.auth.models import User
from homeassistant.components.camera import (
    CameraEntityFeature,
    async_get_image,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.camera import NativeSmartView, SmartView
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.vision.annotate import decode_image
from tests.camera_peer import AddCamera, NativePeerCamera, PeerCamera, jpeg
from tests.common import MOTION, Motions, WhiteSquareDetector, enrol, only_camera, subentry
from tests.enrolled import (
    black,
    camera_entity,
    enrolled,
    entity_id,
    observation,
    show,
    smart_view,
    state,
)

DRAW = "custom_components.camera_smart_alerts.camera.async_draw"


# Stills


async def test_without_an_alert_it_shows_the_still_of_the_camera(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    still_camera.pictures = lambda _index: black()
    image = await async_get_image(hass, smart_view(hass, coordinator).entity_id)
    assert image.content_type == "image/jpeg"
    assert image.content == jpeg(black())


async def test_however_often_it_is_asked_it_asks_the_camera_every_two_seconds_only(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    view = smart_view(hass, await enrolled(hass, still_camera))
    before = still_camera.stills_asked
    with patch("custom_components.camera_smart_alerts.camera.time.monotonic") as clock:
        for clock.return_value in (100.0, 100.2, 101.9, 102.1):
            await view.async_camera_image()
    assert still_camera.stills_asked == before + 2


async def test_a_still_of_another_format_becomes_a_jpeg(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    view = smart_view(hass, await enrolled(hass, still_camera))
    png = BytesIO()
    Image.fromarray(black()).save(png, "PNG")
    still_camera.content_type = "image/png"
    with patch.object(still_camera, "async_camera_image", return_value=png.getvalue()):
        image = await async_get_image(hass, view.entity_id)
    assert image.content_type == "image/jpeg"
    assert decode_image(image.content).shape == (48, 64, 3)


@pytest.mark.parametrize("fault", ["still_raises", "still_none", "off", "not_a_png"])
async def test_a_camera_that_gives_no_still_is_no_crash_and_tells_no_secret(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    fault: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    view = smart_view(hass, await enrolled(hass, still_camera))
    still_camera.fault = fault
    if fault == "off":
        still_camera.turn(on=False)
    if fault == "not_a_png":
        still_camera.content_type = "image/png"
        still_camera.fault = "still_garbage"
    assert await view.async_camera_image() is None
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, view.entity_id)
    assert "boom" not in caplog.text


async def test_after_an_alert_it_shows_the_picture_of_the_alert(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera)
    await motions.run()
    assert coordinator.last_picture is not None
    image = await async_get_image(hass, smart_view(hass, coordinator).entity_id)
    assert image.content == coordinator.last_picture


async def test_during_a_session_everybody_sees_the_newest_analyzed_frame_drawn_once(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    view = smart_view(hass, coordinator)
    await show(hass, coordinator, analyzing=True)
    assert state(hass, coordinator, "camera", "smart_view").state == "streaming"
    coordinator.live_observation = observation(1)
    with patch(DRAW, side_effect=[b"first", b"second"]) as draw:
        seen = await asyncio.gather(*(view.async_camera_image() for _ in range(3)))
        assert seen == [b"first"] * 3
        # The state is written while the session goes on; that is no reason to draw again.
        await show(hass, coordinator, detections_today=1)
        assert await view.async_camera_image() == b"first"
        coordinator.live_observation = observation(2)
        assert await view.async_camera_image() == b"second"
    assert draw.call_count == 2
    coordinator.live_observation = None
    await show(hass, coordinator, analyzing=False)
    assert state(hass, coordinator, "camera", "smart_view").state == "idle"
    assert await view.async_camera_image() not in (b"first", b"second")


async def test_what_is_shown_during_a_session_has_the_boxes(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    coordinator.live_observation = seen = observation()
    image = await async_get_image(hass, smart_view(hass, coordinator).entity_id)
    drawn = decode_image(image.content)
    assert drawn.shape == seen.frame.image.shape
    assert abs(drawn[100, 20].astype(int) - seen.frame.image[100, 20]).max() > 40, "the box"


async def test_the_mjpeg_view_follows_a_session(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    hass_client: ClientSessionGenerator,
) -> None:
    coordinator = await enrolled(hass, still_camera)
    view = smart_view(hass, coordinator)
    client = await hass_client()
    pictures = [b"one", b"two", b"three"]
    coordinator.live_observation = observation()

    def drawn(*_what: object) -> bytes | None:
        picture = pictures.pop(0) if pictures else None
        coordinator.live_observation = observation() if picture else None
        return picture

    still_camera.stills = False
    with patch(DRAW, side_effect=drawn):
        response = await client.get(f"/api/camera_proxy_stream/{view.entity_id}")
        body = await response.content.read()
    assert [body.count(picture) > 0 for picture in (b"one", b"two", b"three")] == [True] * 3


async def test_the_mjpeg_view_ends_with_the_account_that_watches(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    hass_client: ClientSessionGenerator,
    hass_admin_user: User,
) -> None:
    coordinator = await enrolled(hass, still_camera)
    client = await hass_client()
    coordinator.live_observation = observation()

    def drawn(*_what: object) -> bytes:
        coordinator.live_observation = observation()
        hass_admin_user.is_active = False
        return b"one"

    with patch(DRAW, side_effect=drawn) as draw:
        view = smart_view(hass, coordinator).entity_id
        response = await client.get(f"/api/camera_proxy_stream/{view}")
        async with asyncio.timeout(20):
            await response.content.read()
    assert draw.call_count == 1


# Coming and going


async def test_it_is_the_live_view_while_it_is_there(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    assert coordinator.live_view == smart_view(hass, coordinator).entity_id
    await hass.config_entries.async_unload(coordinator.config_entry.entry_id)
    assert coordinator.live_view == still_camera.entity_id


@pytest.mark.parametrize(
    ("kind", "fitting"), [(PeerCamera, SmartView), (NativePeerCamera, NativeSmartView)]
)
async def test_a_camera_that_starts_after_us_gets_the_fitting_view_without_a_reload(
    hass: HomeAssistant,
    add_camera: AddCamera,
    network: WhiteSquareDetector,
    kind: Callable[[str], PeerCamera],
    fitting: type[SmartView],
) -> None:
    registry = er.async_get(hass)
    registry.async_get_or_create("camera", "late", "late", suggested_object_id="late")
    coordinator = only_camera(await enrol(hass, subentry("camera.late", MOTION)))
    assert registry.async_get_entity_id("camera", DOMAIN, view_id(coordinator)) is None
    hass.states.async_set("camera.late", STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    assert registry.async_get_entity_id("camera", DOMAIN, view_id(coordinator)) is None
    hass.states.async_remove("camera.late")
    await add_camera(kind("Late"), domain="late")
    await hass.async_block_till_done()
    assert type(smart_view(hass, coordinator)) is fitting
    assert only_camera(coordinator.config_entry) is coordinator, "no reload"


def view_id(coordinator: Any) -> str:
    """Return the unique id of a smart view."""
    return f"{coordinator.settings.subentry_id}_smart_view"


async def test_a_camera_that_comes_back_as_another_kind_gets_the_fitting_view(
    hass: HomeAssistant, add_camera: AddCamera, network: WhiteSquareDetector
) -> None:
    first = await add_camera(PeerCamera("Front"), domain="moody")
    coordinator = await enrolled(hass, first)
    entry = coordinator.config_entry
    assert type(smart_view(hass, coordinator)) is SmartView
    # The same entity in another shape, as after an update of its integration.
    first.__class__ = type("Grown", (NativePeerCamera,), {})
    first.reach(available=False)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    again = only_camera(entry)
    assert again is not coordinator
    assert type(smart_view(hass, again)) is NativeSmartView
    first.__class__ = PeerCamera


async def test_a_camera_whose_entity_is_gone_has_no_view(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    entry = await enrol(hass, subentry("0123456789abcdef0123456789abcdef", MOTION))
    coordinator = only_camera(entry)
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("camera", DOMAIN, view_id(coordinator)) is None


async def test_the_state_follows_what_the_camera_can_do(
    hass: HomeAssistant, stream_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, stream_camera)
    view = entity_id(hass, coordinator, "camera", "smart_view")
    stream_camera._attr_supported_features = CameraEntityFeature(0)
    stream_camera.async_write_ha_state()
    await hass.async_block_till_done()
    assert state(hass, coordinator, "camera", "smart_view").attributes["supported_features"] == 0
    assert camera_entity(hass, view).camera_capabilities.frontend_stream_types == set()
