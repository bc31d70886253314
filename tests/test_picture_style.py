"""Picture styles from the form to the phone: what is hidden leaves no camera."""

from typing import Any

from homeassistant.components.image import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.camera_smart_alerts.alerting import Seen
from custom_components.camera_smart_alerts.const import (
    CONF_COOLDOWN,
    CONF_PHONES,
    CONF_PICTURE_STYLE,
    CONF_ZONES,
    DOMAIN,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.pictures import async_pictures
from custom_components.camera_smart_alerts.settings import WhatCounts
from custom_components.camera_smart_alerts.vision.annotate import decode_image
from custom_components.camera_smart_alerts.vision.style import PictureStyle
from tests.camera_dialog import Dialog
from tests.camera_media import frames_of
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.enrolled import alert, enrolled, observation, show, smart_view
from tests.fake_phones import Phones, PushService

pytest_plugins = ("tests.camera_dialog_fixtures",)

type Pixels = NDArray[np.uint8]
TOP, BOTTOM, LEFT, RIGHT = 60, 180, 100, 180
INSIDE = np.s_[TOP + 14 : BOTTOM - 14, LEFT + 14 : RIGHT - 14]
"""Of the person, without the line that is drawn around them."""


def street(index: int) -> Pixels:
    """Return a striped street with somebody in a finely striped coat."""
    image = np.full((240, 320, 3), 90, np.uint8)
    image[:, ::8] = 150
    image[TOP:BOTTOM, LEFT:RIGHT] = 255
    image[TOP + 3 : BOTTOM - 3, LEFT + 3 : RIGHT - 3 : 4] = 30
    image[:8, :8] = index % 200
    return image


def steps(part: Pixels) -> float:
    """Return the mean step between neighbours in a row, grey levels."""
    return float(np.abs(np.diff(part.astype(int), axis=1)).mean())


def assert_hidden(picture: Pixels) -> None:
    assert steps(picture[INSIDE]) < 0.1 * steps(street(0)[INSIDE])


@pytest.fixture
async def client(hass: HomeAssistant, hass_client: Any) -> Any:
    """Return who fetches pictures; set up before the web server begins, as at a start."""
    for component in ("repairs", "image", "notify", "mobile_app", DOMAIN):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()
    return await hass_client()


@pytest.fixture
async def told(
    request: pytest.FixtureRequest,
    client: Any,
    push: PushService,
    still_camera: PeerCamera,
    motions: Motions,
) -> tuple[CameraCoordinator, list[dict[str, Any]], Any]:
    """Return a camera of a style after one motion, what its phone got, and the phone's client."""
    hass = still_camera.hass
    request.getfixturevalue("network")
    phone = await Phones(hass, client, push).register("Alex")
    still_camera.pictures = street
    chosen = {CONF_PHONES: [phone], CONF_COOLDOWN: 0, CONF_PICTURE_STYLE: request.param}
    coordinator = await enrolled(hass, still_camera, **chosen)
    assert (await motions.run())["verdict"] == "person"
    await push.until(1)
    return coordinator, [one["data"] for one in push.received], client


@pytest.mark.parametrize("told", ["blurred"], indirect=True)
async def test_nothing_the_phone_fetches_of_a_blurred_camera_shows_the_person(
    hass: HomeAssistant, told: tuple[CameraCoordinator, list[dict[str, Any]], Any]
) -> None:
    coordinator, pushes, client = told
    fetched = [await (await client.get(one["image"])).read() for one in pushes]
    first = decode_image(fetched[0])
    assert_hidden(first)
    # The street is as it was, but for what a JPEG does.
    outside = np.s_[100:, 230:]
    assert np.abs(first[outside].astype(int) - street(0)[outside]).mean() < 6
    assert steps(first[outside]) > 0.8 * steps(street(0)[outside])
    for data in fetched[1:]:
        for frame in frames_of(data):
            assert_hidden(frame)
    assert coordinator.last_picture is not None
    assert_hidden(decode_image(coordinator.last_picture))
    (entity_id,) = hass.states.async_entity_ids("image")
    assert_hidden(decode_image((await async_get_image(hass, entity_id)).content))


@pytest.mark.parametrize("told", ["silhouette"], indirect=True)
async def test_of_a_scene_only_silhouettes_are_left(
    told: tuple[CameraCoordinator, list[dict[str, Any]], Any],
) -> None:
    coordinator, pushes, client = told
    picture = decode_image(await (await client.get(pushes[0]["image"])).read())
    outside = picture[100:, 230:]
    assert steps(outside) < 3 < steps(street(0)[100:, 230:])
    assert picture[130, 140].max() < 90
    assert coordinator.last_picture is not None


@pytest.mark.parametrize("told", ["none"], indirect=True)
async def test_an_alert_without_a_picture_is_told_and_nothing_is_kept(
    hass: HomeAssistant, told: tuple[CameraCoordinator, list[dict[str, Any]], Any]
) -> None:
    coordinator, pushes, _client = told
    assert pushes
    assert not any("image" in one or "attachment" in one for one in pushes)
    assert coordinator.data.last_alert is not None
    assert coordinator.last_picture is None
    assert not async_pictures(hass)._pictures
    again = Seen(None)
    assert await coordinator.alerting.async_picture(coordinator.data.last_alert, again) is None


@pytest.mark.parametrize(("style", "is_hidden"), [("blurred", True), ("none", False)])
async def test_the_smart_view_draws_what_is_looked_at_in_the_style_of_the_camera(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    style: str,
    is_hidden: bool,
) -> None:
    coordinator = await enrolled(hass, still_camera, **{CONF_PICTURE_STYLE: style})
    still_camera.pictures = street
    coordinator.live_observation = observation()
    await show(hass, coordinator, analyzing=True)
    content = await smart_view(hass, coordinator).async_camera_image()
    assert content is not None
    # Without a picture of its own, the view shows the camera's still, like its live video.
    assert (steps(decode_image(content)[INSIDE]) < 8) is is_hidden


async def test_a_test_alert_keeps_to_the_style(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    still_camera.pictures = street
    coordinator = await enrolled(hass, still_camera, **{CONF_PICTURE_STYLE: "blurred"})
    seen = await coordinator.inference.async_examine(_frame())
    path = await coordinator.alerting.async_picture(alert(is_test=True), Seen(seen))
    assert path is not None
    picture = async_pictures(hass).get("secret-alert-id-1")
    assert picture is not None
    assert_hidden(decode_image(picture.data))


def _frame() -> Any:
    return type(observation().frame)(street(0), 0.0)


@pytest.mark.parametrize("style", ["blurred", "none"])
async def test_the_camera_test_shows_the_style_and_still_the_zones(
    hass: HomeAssistant, form: Dialog, still_camera: PeerCamera, style: str
) -> None:
    still_camera.pictures = street
    shelf = async_pictures(hass)
    await form.submit(**{CONF_PICTURE_STYLE: style, CONF_ZONES: "Path: 5,60 25,60 25,90"})
    assert (await form.watch())["step_id"] == "seen"
    (picture,) = shelf._pictures.values()
    shown = decode_image(picture.data)
    assert_hidden(shown)
    green = shown.astype(int)
    assert ((green[..., 1] - green[..., 0]) > 40).sum() > 50


def test_what_a_picture_shows_is_everything_unless_chosen_otherwise() -> None:
    assert WhatCounts.from_data({}).style is PictureStyle.FULL
    assert WhatCounts.from_data({CONF_PICTURE_STYLE: ""}).style is PictureStyle.FULL
    assert WhatCounts.from_data({CONF_PICTURE_STYLE: "none"}).style is PictureStyle.NONE


async def test_the_section_is_open_where_a_style_was_chosen(form: Dialog) -> None:
    assert form.suggested()[CONF_PICTURE_STYLE] == "full"
    assert "counts" not in form.open_sections()
    await form.submit(**{CONF_PICTURE_STYLE: "silhouette", CONF_ZONES: "?"})
    assert form.suggested()[CONF_PICTURE_STYLE] == "silhouette"
    assert "counts" in form.open_sections()
