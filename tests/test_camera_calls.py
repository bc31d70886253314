"""Calls to other people's cameras, and closing that nobody can interrupt."""

import asyncio
from contextlib import suppress

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.camera_calls import (
    async_ask,
    async_camera_problem,
    async_find_camera,
    async_finish,
)
from custom_components.camera_smart_alerts.vision.errors import SourceError, SourceFailure
from tests.camera_peer import PeerCamera


def test_a_camera_is_missing_where_there_are_no_cameras(hass: HomeAssistant) -> None:
    assert async_find_camera(hass, "camera.none") is None
    assert async_camera_problem(hass, "camera.none") is SourceFailure.CAMERA_MISSING


def test_a_state_without_a_camera_behind_it_is_a_missing_camera(hass: HomeAssistant) -> None:
    hass.states.async_set("camera.made_up", "idle")

    assert async_camera_problem(hass, "camera.made_up") is SourceFailure.CAMERA_MISSING


def test_tells_off_from_unavailable_from_fine(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    assert async_camera_problem(hass, "camera.still") is None
    assert async_find_camera(hass, "camera.still") is still_camera

    still_camera.turn(on=False)
    assert async_camera_problem(hass, "camera.still") is SourceFailure.CAMERA_OFF

    still_camera.reach(available=False)
    assert async_camera_problem(hass, "camera.still") is SourceFailure.CAMERA_UNAVAILABLE


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("rtsp://user:secret@camera"), "refused: ValueError"),
        (TimeoutError("rtsp://user:secret@camera"), "timeout: the camera did not answer"),
    ],
)
async def test_what_a_camera_raises_becomes_a_reason_without_its_words(
    error: Exception, text: str
) -> None:
    async def call() -> None:
        raise error

    with pytest.raises(SourceError) as caught:
        await async_ask(call())

    assert str(caught.value) == text


@pytest.mark.parametrize("error", [None, ValueError])
async def test_a_cancellation_that_a_camera_swallows_still_counts(
    error: type[Exception] | None,
) -> None:
    asked = asyncio.Event()

    async def call() -> str:
        asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        if error is not None:
            raise error
        return "an answer"

    task = asyncio.create_task(async_ask(call()))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_that_must_be_finished_is_finished_however_often_it_is_cancelled() -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    task = asyncio.create_task(async_finish(work()))
    await begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_an_error_of_work_that_must_be_finished_is_raised() -> None:
    async def work() -> None:
        raise SourceError(SourceFailure.ENDED)

    with pytest.raises(SourceError):
        await async_finish(work())
