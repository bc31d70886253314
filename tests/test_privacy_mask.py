"""No pixel of a masked area leaves the place where frames enter."""

from collections.abc import Iterator
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.components.camera import async_get_image
from homeassistant.core import HomeAssistant
import numpy as np
from numpy.typing import NDArray
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import CONF_MASKS, CONF_ZONES
from custom_components.camera_smart_alerts.frame_source import CameraFrames
from custom_components.camera_smart_alerts.pictures import async_pictures
from custom_components.camera_smart_alerts.test_alert import async_test_alert
from custom_components.camera_smart_alerts.vision.annotate import decode_image
from custom_components.camera_smart_alerts.vision.datatypes import Frame, Observation
from custom_components.camera_smart_alerts.vision.mask import PrivacyMask
from tests.camera_dialog import Dialog
from tests.camera_media import frames_of, moving_square
from tests.camera_peer import NativePeerCamera, PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.enrolled import analyze, enrolled, smart_view
from tests.frames_viewer import next_frame
from tests.watched_home import WatchedHome

pytest_plugins = ("tests.camera_dialog_fixtures",)

HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
NEIGHBOR = {CONF_MASKS: "Neighbor: 50,0 100,0 100,100 50,100"}
EVERYTHING = {CONF_MASKS: "All: 0,0 100,0 100,100 0,100"}

type Image = NDArray[np.uint8]


def street(index: int, width: int = 320, height: int = 240) -> Image:
    """Return a white square that walks on the left, and the bright window of a neighbor."""
    image = np.full((height, width, 3), 70, np.uint8)
    x = 10 + index * 7 % (width // 2 - 60)
    image[80:120, x : x + 40] = 255
    image[:, width // 2 + 4 :] = (250, 180, 90)
    return image


def masked_half(image: Image) -> Image:
    return image[:, image.shape[1] // 2 :]


def assert_hidden(jpeg: bytes) -> None:
    """Check that of a drawn picture only the left half shows the camera."""
    image = decode_image(jpeg)
    # JPEG rings a little beside the edge.
    assert masked_half(image)[:, 16:].max() < 16
    assert image[:, : image.shape[1] // 2].max() > 200


class Watched(PrivacyMask):
    """Notes in which threads pixels were touched."""

    threads: set[int]

    def apply(self, frame: Frame) -> Frame:
        self.threads.add(threading.get_ident())
        return super().apply(frame)


@pytest.fixture
def mask() -> Iterator[Watched]:
    """Return a mask that must not be applied in the thread of the event loop."""
    watched = Watched([HALF])
    watched.threads = set()
    yield watched
    assert watched.threads
    assert threading.get_ident() not in watched.threads


async def watch(hass: HomeAssistant, camera: PeerCamera, mask: PrivacyMask, rung: str) -> set[int]:
    """Return the widths of the frames that were seen, all of them masked."""
    widths = set()
    async with CameraFrames(
        hass, camera.entity_id, fps=10, max_side=640, verify_tls=False, mask=mask
    ) as frames:
        for _ in range(4):
            image = (await next_frame(frames)).image
            assert frames.name == rung
            assert not masked_half(image).any()
            assert image.any()
            widths.add(image.shape[1])
    return widths


async def test_webrtc_is_masked(
    hass: HomeAssistant, native_camera: NativePeerCamera, mask: Watched
) -> None:
    await watch(hass, native_camera, mask, "webrtc")


async def test_a_stream_is_masked(
    hass: HomeAssistant, stream_camera: PeerCamera, mask: Watched
) -> None:
    await watch(hass, stream_camera, mask, "stream")


async def test_stills_are_masked_also_when_they_change_their_size(
    hass: HomeAssistant, still_camera: PeerCamera, mask: Watched
) -> None:
    still_camera.pictures = lambda index: moving_square(index, width=320 if index % 2 else 200)
    assert await watch(hass, still_camera, mask, "still") == {320, 200}


async def test_nothing_of_a_masked_area_is_looked_at_or_shown(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = street
    coordinator = await enrolled(hass, still_camera, **NEIGHBOR)
    seen: list[Observation] = []
    with patch(
        "custom_components.camera_smart_alerts.vision.session.Findings.weigh",
        lambda _self, observation, _now: (seen.append(observation), ([], ()))[1],
    ):
        await motions.run()
    assert seen
    assert not any(masked_half(one.frame.image).any() for one in seen)
    await motions.run()
    assert coordinator.last_picture is not None
    assert_hidden(coordinator.last_picture)
    view = smart_view(hass, coordinator).entity_id
    assert_hidden((await async_get_image(hass, view)).content)


async def test_nothing_of_a_masked_area_is_pushed_or_kept(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    motions: Motions,
    hass_client: ClientSessionGenerator,
) -> None:
    client = await hass_client()
    still_camera.pictures = street
    await home.enrol(still_camera, **NEIGHBOR)
    await motions.run()
    await home.wait()
    pushed = [await (await client.get(one["data"]["image"])).read() for one in home.pushes]
    vault = home.entry.runtime_data.vault
    opened = [await vault.async_open(one.id) for one in await vault.async_list()]
    kept = [one.data for one in opened if one is not None]
    for pictures in (pushed, kept):
        assert any(one.startswith(b"GIF89a") for one in pictures), "the moving preview"
        assert any(one.startswith(b"\xff\xd8") for one in pictures)
        for picture in pictures:
            for frame in frames_of(picture):
                assert masked_half(frame)[:, 16:].max() < 16
                assert frame[:, : frame.shape[1] // 2].max() > 200


async def test_the_idle_smart_view_is_masked(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    still_camera.pictures = street
    view = smart_view(hass, await enrolled(hass, still_camera, **NEIGHBOR)).entity_id
    assert_hidden((await async_get_image(hass, view)).content)


async def test_a_test_alert_and_an_analysis_are_masked(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera, **EVERYTHING)
    assert (await analyze(hass, entity_id=still_camera.entity_id))["detections"] == []
    with patch.object(coordinator.alerting, "async_try_out", return_value=[]) as told:
        await async_test_alert(coordinator)
    observations = [one for one in told.call_args.args if isinstance(one, Observation)]
    assert [one.frame.image.any() for one in observations] == [False]


async def test_the_camera_test_shows_masks_black_and_zones_drawn(
    hass: HomeAssistant, form: Dialog, still_camera: PeerCamera
) -> None:
    still_camera.pictures = street
    shelf = async_pictures(hass)
    with patch.object(shelf, "put", wraps=shelf.put) as put:
        await form.submit(**{**NEIGHBOR, CONF_ZONES: "not Path: 5,60 45,60 45,90"})
        assert (await form.watch())["step_id"] == "seen"
    jpeg: Any = put.call_args.args[1]
    assert_hidden(jpeg)
    red = decode_image(jpeg).astype(int)
    assert ((red[..., 0] - red[..., 1]) > 80).sum() > 50
