"""The ladder of frame sources, against real cameras: how it fails and how it ends."""

import asyncio
import logging
import threading
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.camera_smart_alerts import camera_rung
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from tests.camera_peer import AddCamera, NativePeerCamera, PeerCamera
from tests.frames_viewer import NO_SOURCE, all_rungs, end_of, failure_of, ladder, next_frame, soon  # noqa: F401


async def test_a_camera_that_is_missing_off_or_unavailable_is_not_asked_for_anything(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    assert await failure_of(hass, "camera.nowhere") is SourceFailure.CAMERA_MISSING
    still_camera.turn(on=False)
    assert await failure_of(hass, still_camera.entity_id) is SourceFailure.CAMERA_OFF
    still_camera.reach(available=False)
    assert await failure_of(hass, still_camera.entity_id) is SourceFailure.CAMERA_UNAVAILABLE

    assert (still_camera.stills_asked, still_camera.sources_asked) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "failures", "told"),
    [
        (
            "source_raises",
            {"webrtc": NO_SOURCE, "stream": SourceFailure.REFUSED, "still": SourceFailure.REFUSED},
            SourceFailure.REFUSED,
        ),
        (
            "source_hangs",
            {"webrtc": NO_SOURCE, "stream": SourceFailure.TIMEOUT, "still": SourceFailure.REFUSED},
            SourceFailure.REFUSED,
        ),
        (
            "still_hangs",
            {"webrtc": NO_SOURCE, "stream": NO_SOURCE, "still": SourceFailure.TIMEOUT},
            SourceFailure.TIMEOUT,
        ),
        (
            "still_garbage",
            {"webrtc": NO_SOURCE, "stream": NO_SOURCE, "still": SourceFailure.UNREADABLE},
            SourceFailure.UNREADABLE,
        ),
    ],
)
@pytest.mark.usefixtures("soon")
async def test_when_every_rung_fails_the_most_telling_reason_is_given(
    hass: HomeAssistant,
    add_camera: AddCamera,
    caplog: pytest.LogCaptureFixture,
    *,
    fault: str,
    failures: dict[str, SourceFailure],
    told: SourceFailure,
) -> None:
    caplog.set_level(logging.DEBUG)
    camera = await add_camera(PeerCamera())
    camera.fault = fault
    async with ladder(hass, camera.entity_id) as frames:
        with pytest.raises(SourceError) as caught:
            await next_frame(frames)
        assert frames.failures == failures

    assert caught.value.failure is told
    assert "secret" not in str(caught.value)
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("fault", "status", "failure"),
    [
        ("stream_silent", 200, SourceFailure.TIMEOUT),
        ("stream_garbage", 200, SourceFailure.UNREADABLE),
        (None, 404, SourceFailure.REFUSED),
    ],
)
async def test_a_stream_that_does_not_deliver_is_given_up_with_its_reason(
    hass: HomeAssistant,
    stream_camera: PeerCamera,
    monkeypatch: pytest.MonkeyPatch,
    *,
    fault: str | None,
    status: int,
    failure: SourceFailure,
) -> None:
    monkeypatch.setattr(camera_rung, "FIRST_FRAME_S", 2.0)
    stream_camera.fault = fault
    assert stream_camera.live is not None
    stream_camera.live.status = status
    async with ladder(hass, stream_camera.entity_id) as frames:
        # A still that it refuses as well does not hide what is wrong with its stream.
        assert (await end_of(frames)).failure is failure
        assert frames.failures["stream"] is failure
        assert frames.failures["still"] is SourceFailure.REFUSED


async def test_switching_the_camera_off_ends_the_frames(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with ladder(hass, native_camera.entity_id) as frames:
        await next_frame(frames)
        native_camera.turn(on=False)

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_OFF


async def test_removing_the_camera_ends_the_frames(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    async with ladder(hass, stream_camera.entity_id) as frames:
        await next_frame(frames)
        er.async_get(hass).async_remove(stream_camera.entity_id)
        await hass.async_block_till_done()

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_MISSING


async def test_unloading_the_cameras_integration_ends_the_frames(
    hass: HomeAssistant, stream_camera: PeerCamera
) -> None:
    async with ladder(hass, stream_camera.entity_id) as frames:
        await next_frame(frames)
        (entry,) = hass.config_entries.async_entries("peer1")
        assert await hass.config_entries.async_unload(entry.entry_id)

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_UNAVAILABLE


async def test_a_native_camera_that_is_reloaded_in_the_middle_is_closed_properly(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with ladder(hass, native_camera.entity_id) as frames:
        await next_frame(frames)
        (entry,) = hass.config_entries.async_entries("peer1")
        assert await hass.config_entries.async_unload(entry.entry_id)

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_UNAVAILABLE
    assert len(native_camera.closed) == 1


async def test_stopping_home_assistant_closes_what_a_session_had_open(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    watching = asyncio.Event()

    async def session() -> None:
        async with ladder(hass, native_camera.entity_id) as frames:
            while True:
                await next_frame(frames)
                watching.set()

    task = hass.async_create_background_task(session(), "session")
    await watching.wait()
    await hass.async_stop(force=True)
    await asyncio.wait([task])

    assert task.cancelled()
    assert len(native_camera.closed) == 1


async def test_frames_go_on_while_the_camera_calls_itself_unavailable(
    hass: HomeAssistant, native_camera: NativePeerCamera
) -> None:
    async with ladder(hass, native_camera.entity_id) as frames:
        await next_frame(frames)
        native_camera.reach(available=False)
        await next_frame(frames)
        await next_frame(frames)
        (peer,) = native_camera.peers.values()
        await peer.close()

        assert (await end_of(frames)).failure is SourceFailure.CAMERA_UNAVAILABLE


async def test_a_bug_in_a_rung_is_logged_and_fails_that_rung_only(
    hass: HomeAssistant, native_camera: NativePeerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    native_camera.stills = True
    with patch.object(camera_rung, "WebRTCSource", side_effect=RuntimeError("bug")):
        async with ladder(hass, native_camera.entity_id) as frames:
            await next_frame(frames)

    assert "camera.native: webrtc: failed unexpectedly" in caplog.text
    assert frames.failures["webrtc"] is SourceFailure.REFUSED


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.05, 0.1, 0.2, 0.4])
async def test_whenever_the_session_is_cancelled_everything_is_closed(
    hass: HomeAssistant, native_camera: NativePeerCamera, stream_camera: PeerCamera, delay: float
) -> None:
    camera = await all_rungs(native_camera, stream_camera)

    async def session() -> None:
        async with ladder(hass, camera.entity_id) as frames:
            while True:
                await next_frame(frames)

    task = asyncio.create_task(session())
    await asyncio.sleep(delay)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await hass.async_block_till_done()

    assert not native_camera.peers
    assert not [thread for thread in threading.enumerate() if "decoder" in thread.name]
