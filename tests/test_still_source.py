"""Stills as a slow video, from a real camera entity."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import override

from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from custom_components.camera_smart_alerts import still_source
from custom_components.camera_smart_alerts.still_source import StillSource, has_live_stills
from custom_components.camera_smart_alerts.vision.datatypes import Frame
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from custom_components.camera_smart_alerts.vision.newest import NewestFrame
from tests.camera_peer import AddCamera, PeerCamera, moving_square


class Viewer:
    """A running ``StillSource`` and what came of it."""

    def __init__(self, hass: HomeAssistant, camera: PeerCamera, fps: float) -> None:
        self.newest = NewestFrame(hass.loop)
        self.proven = 0
        self.source = StillSource(
            hass, camera, self.newest, fps=fps, max_side=640, proven=self._prove
        )

    def _prove(self) -> None:
        self.proven += 1

    async def run(self) -> None:
        try:
            await self.source.run()
        except SourceError as err:
            self.newest.fail(err)

    async def frame(self) -> Frame:
        """Return the next frame."""
        async with asyncio.timeout(20):
            await self.newest.wait()
        frame = self.newest.take()
        assert frame is not None
        return frame


@asynccontextmanager
async def watching(
    hass: HomeAssistant, camera: PeerCamera, fps: float = 50
) -> AsyncIterator[Viewer]:
    viewer = Viewer(hass, camera, fps)
    task = asyncio.create_task(viewer.run())
    try:
        yield viewer
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_source, "RETRY_S", 0.01)


async def test_a_still_is_a_frame_and_a_second_one_proves_that_they_are_live(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    async with watching(hass, still_camera) as viewer:
        first = await viewer.frame()
        assert viewer.proven == 0
        second = await viewer.frame()
        assert viewer.proven >= 1

    assert np.abs(first.image.astype(int) - moving_square(0)).mean() < 5
    assert viewer.source.opened_at is not None
    assert viewer.source.opened_at <= first.captured_at < second.captured_at


async def test_asks_no_more_often_than_it_should(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    async with watching(hass, still_camera, fps=10) as viewer:
        stamps = [(await viewer.frame()).captured_at for _ in range(4)]

    assert stamps[-1] - stamps[0] > 0.25


async def test_the_same_still_again_is_no_frame_and_after_a_while_no_source(
    hass: HomeAssistant, still_camera: PeerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(still_source, "FROZEN_S", 0.2)
    still_camera.fault = "still_frozen"
    async with watching(hass, still_camera) as viewer:
        await viewer.frame()
        with pytest.raises(SourceError, match="does not change") as caught:
            await viewer.frame()

    assert caught.value.failure is SourceFailure.FROZEN
    assert viewer.proven == 0
    assert still_camera.stills_asked > 3


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("still_raises", SourceFailure.REFUSED),
        ("still_none", SourceFailure.REFUSED),
        ("still_garbage", SourceFailure.UNREADABLE),
    ],
)
async def test_a_camera_that_fails_three_times_is_given_up_with_its_reason(
    hass: HomeAssistant, still_camera: PeerCamera, fault: str, failure: SourceFailure
) -> None:
    still_camera.fault = fault
    async with watching(hass, still_camera) as viewer:
        with pytest.raises(SourceError) as caught:
            await viewer.frame()

    assert caught.value.failure is failure
    assert still_camera.stills_asked == 3


async def test_a_camera_that_fails_now_and_then_goes_on(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    still_camera.fault = "still_raises"
    async with watching(hass, still_camera) as viewer:
        await still_camera.asked(2)
        still_camera.fault = None
        await viewer.frame()
        still_camera.fault = "still_raises"
        asked = still_camera.stills_asked
        await still_camera.asked(asked + 2)
        still_camera.fault = None
        await viewer.frame()
        await viewer.frame()


async def test_ends_at_once_when_it_is_cancelled_though_home_assistant_swallows_that(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    still_camera.fault = "still_hangs"
    async with asyncio.timeout(20), watching(hass, still_camera):
        await still_camera.asked(1)


async def test_a_still_of_8k_is_scaled_down(hass: HomeAssistant, still_camera: PeerCamera) -> None:
    large = np.zeros((4320, 7680, 3), np.uint8)
    still_camera.pictures = lambda _: large
    async with watching(hass, still_camera) as viewer:
        assert (await viewer.frame()).image.shape == (360, 640, 3)


class _StillsFromStream(PeerCamera):
    @property
    @override
    def use_stream_for_stills(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("domain", "kind", "live"),
    [
        (None, PeerCamera, True),
        (None, _StillsFromStream, False),
        ("nest", PeerCamera, False),
        ("ring", PeerCamera, False),
        ("xthings_cloud", PeerCamera, False),
    ],
)
async def test_knows_which_stills_cannot_be_live(
    add_camera: AddCamera, domain: str | None, kind: type[PeerCamera], live: bool
) -> None:
    assert has_live_stills(await add_camera(kind(), domain)) is live
