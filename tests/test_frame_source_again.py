"""The ladder of frame sources, against real cameras: the rung that won breaks off."""

import asyncio
import math
import threading
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts import camera_rung, frame_source, still_source
from custom_components.camera_smart_alerts.camera_rung import Rung
from custom_components.camera_smart_alerts.frame_source import CLIMBS_AGAIN, CameraFrames
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from tests.camera_peer import NativePeerCamera, PeerCamera
from tests.frames_viewer import NO_SOURCE, all_rungs, end_of, ladder, next_frame

BRIEF = 5
"""Frames after which a stream hangs up."""


def hang_up_early(camera: PeerCamera) -> None:
    """Make a stream hang up after a few frames, again and again."""
    assert camera.live is not None
    camera.live.frames = BRIEF


def viewers(camera: PeerCamera) -> int:
    assert camera.live is not None
    return camera.live.viewers


async def frames_by(frames: CameraFrames, rung: str, count: int = 3) -> list[float]:
    """Return when the frames were taken, up to so many of a rung."""
    taken: list[float] = []
    shown = 0
    while shown < count:
        taken.append((await next_frame(frames)).captured_at)
        shown += frames.name == rung
    return taken


async def lose_patience(frames: CameraFrames) -> None:
    async with asyncio.timeout(0.05):
        while True:
            await next_frame(frames)


async def test_stills_go_on_where_the_stream_hangs_up(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    hang_up_early(stream_camera)
    stream_camera.stills = True
    stream_camera.still_delay = 0.5
    async with ladder(hass, stream_camera.entity_id) as frames:
        taken = await frames_by(frames, "stream", 1)
        opened_at = frames.opened_at
        stream_camera.still_delay = 0.0
        taken += await frames_by(frames, "still", 4)

        assert taken == sorted(taken)
        assert frames.failures == {"webrtc": NO_SOURCE, "stream": SourceFailure.ENDED}
        assert frames.opened_at == opened_at is not None
        assert frames.patience_s == math.inf
        assert stream_camera.sources_asked == 1
        assert viewers(stream_camera) == 0


async def test_the_stream_goes_on_where_a_webrtc_peer_hangs_up(
    hass: HomeAssistant, native_camera: NativePeerCamera, stream_camera: PeerCamera
) -> None:
    camera = await all_rungs(native_camera, stream_camera)
    camera.stills = False
    assert stream_camera.live is not None
    stream_camera.live.delay = 30
    async with ladder(hass, camera.entity_id) as frames:
        await frames_by(frames, "webrtc", 1)
        stream_camera.live.delay = 0
        (peer,) = native_camera.peers.values()
        await peer.close()
        await frames_by(frames, "stream")

        # One that works is there before what has just broken off is tried again.
        assert len(native_camera.offers) == len(native_camera.closed) == 1
        assert native_camera.peers == {}
        assert frames.failures["webrtc"] is SourceFailure.ENDED
        assert viewers(stream_camera) == 1
    assert viewers(stream_camera) == 0


async def test_what_alone_works_is_opened_again_twice_and_no_more(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    hang_up_early(stream_camera)
    async with ladder(hass, stream_camera.entity_id) as frames:
        assert (await end_of(frames)).failure is SourceFailure.ENDED
        assert stream_camera.sources_asked == 1 + CLIMBS_AGAIN
        assert frames.name == "stream"
        assert viewers(stream_camera) == 0
        with pytest.raises(SourceError):
            await frames.wait()
        assert stream_camera.sources_asked == 1 + CLIMBS_AGAIN


async def test_where_nothing_works_any_more_the_first_reason_is_told_and_all_are_noted(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    hang_up_early(stream_camera)
    assert stream_camera.live is not None
    async with ladder(hass, stream_camera.entity_id) as frames:
        await next_frame(frames)
        stream_camera.live.status = 404

        assert (await end_of(frames)).failure is SourceFailure.ENDED
        assert frames.failures == {
            "webrtc": NO_SOURCE,
            "stream": SourceFailure.REFUSED,
            "still": SourceFailure.REFUSED,
        }
        assert stream_camera.sources_asked == 2


async def test_what_broke_off_need_not_wait_for_others_that_hang(
    hass: HomeAssistant, stream_camera: PeerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_source, "HEAD_START_S", 0.3)
    hang_up_early(stream_camera)
    stream_camera.stills = True
    stream_camera.fault = "still_hangs"
    async with ladder(hass, stream_camera.entity_id) as frames:
        await next_frame(frames)
        while stream_camera.stills_asked < 2:
            # Whoever waits may lose patience meanwhile, and come back.
            with pytest.raises(TimeoutError):
                await lose_patience(frames)
        await next_frame(frames)
        assert frames.name == "stream"
        assert stream_camera.sources_asked == 2


async def test_a_still_that_stopped_changing_is_not_taken_for_a_new_one(
    hass: HomeAssistant, stream_camera: PeerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(still_source, "FROZEN_S", 0.5)
    stream_camera.stills = True
    assert stream_camera.live is not None
    stream_camera.live.delay = 30
    async with ladder(hass, stream_camera.entity_id) as frames:
        await frames_by(frames, "still", 1)
        stream_camera.fault = "still_frozen"
        stream_camera.live.delay = 0
        await frames_by(frames, "stream")
        asked = stream_camera.stills_asked
        await frames_by(frames, "stream")

        assert stream_camera.stills_asked == asked
        assert frames.failures["still"] is SourceFailure.FROZEN


async def test_a_rung_that_falls_silent_has_broken_off_as_well(
    hass: HomeAssistant, stream_camera: PeerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_rung, "STALL_S", 0.3)
    monkeypatch.setattr(camera_rung, "SAYS_WHY_S", 0.1)
    stream_camera.stills = True
    assert stream_camera.live is not None
    stream_camera.live.delay = 30
    async with ladder(hass, stream_camera.entity_id) as frames:
        await frames_by(frames, "still", 1)
        stream_camera.fault = "still_hangs"
        stream_camera.live.delay = 0
        await frames_by(frames, "stream")

        assert frames.failures["still"] is SourceFailure.TIMEOUT


async def test_a_camera_that_is_gone_meanwhile_is_not_asked_again(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    hang_up_early(stream_camera)
    async with ladder(hass, stream_camera.entity_id) as frames:
        await next_frame(frames)
        stream_camera.reach(available=False)

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_UNAVAILABLE
        assert stream_camera.sources_asked == 1


@pytest.mark.parametrize("stills", [1, 2], ids=["before", "after"])
async def test_everything_is_closed_when_it_ends_while_rungs_start_again(
    hass: HomeAssistant, stream_camera: PeerCamera, stills: int
) -> None:
    hang_up_early(stream_camera)
    stream_camera.stills = True
    stream_camera.fault = "still_hangs"
    again = asyncio.Event()
    break_off = CameraFrames._break_off

    def noted(frames: CameraFrames, winner: Rung, failure: SourceFailure) -> None:
        break_off(frames, winner, failure)
        again.set()

    async def session() -> None:
        async with ladder(hass, stream_camera.entity_id) as frames:
            while True:
                await next_frame(frames)

    with patch.object(CameraFrames, "_break_off", noted):
        task = asyncio.create_task(session())
        await again.wait()
        await stream_camera.asked(stills)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await hass.async_block_till_done()

    assert not [thread for thread in threading.enumerate() if "decoder" in thread.name]
    assert viewers(stream_camera) == 0
