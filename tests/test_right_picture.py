"""The picture on the phone is the frame that made the verdict, or a later one of the same visit.

Every frame carries its number, which is read back from the JPEG that the phone fetches. Cameras,
Home Assistant's web server and the push service are real and on loopback.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
import itertools
import time
from typing import Any
from unittest.mock import patch

from homeassistant.setup import async_setup_component
import pytest

from custom_components.camera_smart_alerts import motion_session
from custom_components.camera_smart_alerts.const import CONF_COOLDOWN, CONF_PHONES, DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.session import AnalysisResult
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector, enrol_only, let_visits_end
from tests.fake_phones import Phones, PushService
from tests.numbered import NumberedPictures, number_of, number_of_jpeg

_TIMEOUT_S = 20
_HTTP_MS = 60
"""For the push over loopback, on a busy machine."""


class Home:
    """One camera with numbered frames, and one phone."""

    def __init__(self, camera: CameraCoordinator, push: PushService, client: Any) -> None:
        self.camera = camera
        self._push = push
        self._client = client

    async def alert(self, motions: Motions) -> tuple[dict[str, Any], float, float]:
        """Return what a motion brings to the phone, and when each was (monotonic seconds)."""
        self._push.pushed.clear()
        known = len(self._push.received)
        moved_at = time.monotonic()
        run = asyncio.ensure_future(motions.run())
        async with asyncio.timeout(_TIMEOUT_S):
            await self._push.pushed.wait()
        pushed_at = time.monotonic()
        await run
        return self._push.received[known], moved_at, pushed_at

    @property
    def pushes(self) -> list[dict[str, Any]]:
        return self._push.received

    async def number(self, push: dict[str, Any]) -> int:
        """Return the number of the frame that a phone shows."""
        answer = await self._client.get(push["data"]["image"])
        assert answer.status == 200
        return number_of_jpeg(await answer.read())


@pytest.fixture
def triggers() -> Iterator[list[int]]:
    """Return the numbers of the frames that made a verdict, as the sessions say."""
    found: list[int] = []
    original = motion_session.analyze

    def analyze(*args: Any, on_verdict: Callable[..., None], **kwargs: Any) -> Any:
        def verdict(kind: Kind, result: AnalysisResult) -> None:
            found.append(number_of(result.kinds[kind].frame.image))
            on_verdict(kind, result)

        return original(*args, on_verdict=verdict, **kwargs)

    with patch.object(motion_session, "analyze", analyze):
        yield found


@pytest.fixture(params=["native_camera", "stream_camera", "still_camera"])
def peer(request: pytest.FixtureRequest) -> PeerCamera:
    """Return a camera of each rung of the frame ladder: WebRTC, stream, stills."""
    camera: PeerCamera = request.getfixturevalue(request.param)
    camera.pictures = NumberedPictures()
    return camera


@pytest.fixture
async def push(socket_enabled: None) -> AsyncIterator[PushService]:
    """Return a push service that listens."""
    push = PushService()
    await push.server.start_server()
    yield push
    await push.server.close()


@pytest.fixture
async def home(
    hass_client: Any, push: PushService, network: WhiteSquareDetector, peer: PeerCamera
) -> Home:
    """Enrol the camera, and register a phone."""
    hass = peer.hass
    # Before the web server begins, as at a start.
    for component in ("repairs", "image", "notify", "mobile_app", DOMAIN):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()
    client = await hass_client()
    phone = await Phones(hass, client, push).register("Alex")
    camera = await enrol_only(hass, peer, **{CONF_PHONES: [phone], CONF_COOLDOWN: 0})
    return Home(camera, push, client)


async def test_the_phone_shows_the_frame_that_made_the_verdict(
    home: Home, motions: Motions, triggers: list[int]
) -> None:
    push, _moved_at, _pushed_at = await home.alert(motions)

    assert await home.number(push) == triggers[0]


async def test_the_picture_of_a_visit_is_never_of_an_earlier_one(
    home: Home, peer: PeerCamera, motions: Motions, triggers: list[int]
) -> None:
    assert isinstance(peer.pictures, NumberedPictures)
    first, *_times = await home.alert(motions)
    shown = await home.number(first)
    await let_visits_end(peer.hass, home.camera)
    before = peer.pictures.newest

    second, *_times = await home.alert(motions)

    assert second["data"]["tag"] != first["data"]["tag"]
    assert await home.number(second) == triggers[-1] > before >= shown
    # What was told of the first visit still shows the first visit.
    of_the_first = [one for one in home.pushes if one["data"]["tag"] == first["data"]["tag"]]
    for push in of_the_first:
        assert shown <= await home.number(push) <= before


async def test_the_receipt_runs_from_the_motion_to_the_push(home: Home, motions: Motions) -> None:
    _push, moved_at, pushed_at = await home.alert(motions)

    alert = home.camera.data.last_alert
    assert alert is not None
    steps = ["source", "first_frame", "trigger", "verdict", "stored", "picture", "handed"]
    assert [step for step in alert.hops_ms if step in steps] == steps
    at = [alert.hops_ms[step] for step in steps]
    assert all(one <= other for one, other in itertools.pairwise(at))
    # The phone has it before Home Assistant hears so: an HTTP answer lies between.
    assert -20 <= alert.hops_ms["handed"] - 1000 * (pushed_at - moved_at) <= _HTTP_MS
