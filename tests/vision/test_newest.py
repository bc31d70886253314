"""The slot between a decoder thread and the loop."""

import asyncio
from threading import Thread

import numpy as np
import pytest

from vision.datatypes import Frame
from vision.errors import SourceError, SourceFailure
from vision.newest import NewestFrame


def frame(at: float) -> Frame:
    return Frame(np.zeros((2, 2, 3), np.uint8), at)


async def newest() -> NewestFrame:
    return NewestFrame(asyncio.get_running_loop())


async def test_an_empty_slot_gives_nothing() -> None:
    slot = await newest()
    assert slot.take() is None


async def test_the_newest_frame_replaces_the_one_nobody_took() -> None:
    slot = await newest()
    slot.put(frame(1.0))
    slot.put(frame(2.0))
    taken = slot.take()
    assert taken is not None
    assert taken.captured_at == 2.0
    assert slot.take() is None


async def test_a_frame_that_already_waits_is_reported_at_once() -> None:
    slot = await newest()
    slot.put(frame(1.0))
    await slot.wait()
    await slot.wait()
    assert slot.take() is not None


async def test_a_frame_from_another_thread_wakes_every_waiter() -> None:
    slot = await newest()
    waiters = [asyncio.create_task(slot.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    thread = Thread(target=slot.put, args=(frame(1.0),))
    thread.start()
    async with asyncio.timeout(20):
        await asyncio.gather(*waiters)
    thread.join()
    assert slot.take() is not None


async def test_waiting_goes_on_when_the_frame_was_taken_by_someone_faster() -> None:
    slot = await newest()
    waiter = asyncio.create_task(slot.wait())
    await asyncio.sleep(0)
    slot.put(frame(1.0))
    slot.take()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiter.done()
    slot.put(frame(2.0))
    async with asyncio.timeout(20):
        await waiter


async def test_the_last_frame_can_still_be_taken_after_the_end() -> None:
    slot = await newest()
    slot.put(frame(1.0))
    slot.fail(SourceError(SourceFailure.ENDED))
    await slot.wait()
    assert slot.take() is not None
    with pytest.raises(SourceError) as caught:
        await slot.wait()
    assert caught.value.failure is SourceFailure.ENDED


async def test_a_waiter_hears_of_a_failure_from_another_thread() -> None:
    slot = await newest()
    waiter = asyncio.create_task(slot.wait())
    await asyncio.sleep(0)
    thread = Thread(target=slot.fail, args=(SourceError(SourceFailure.TIMEOUT),))
    thread.start()
    with pytest.raises(SourceError) as caught:
        async with asyncio.timeout(20):
            await waiter
    thread.join()
    assert caught.value.failure is SourceFailure.TIMEOUT


async def test_the_first_reason_is_kept_and_later_frames_are_ignored() -> None:
    slot = await newest()
    slot.fail(SourceError(SourceFailure.REFUSED))
    slot.fail(SourceError(SourceFailure.ENDED))
    slot.put(frame(1.0))
    assert slot.take() is None
    with pytest.raises(SourceError) as caught:
        await slot.wait()
    assert caught.value.failure is SourceFailure.REFUSED


async def test_the_error_does_not_grow_when_it_is_raised_again_and_again() -> None:
    slot = await newest()
    slot.fail(SourceError(SourceFailure.ENDED))
    depths = []
    for _ in range(3):
        with pytest.raises(SourceError) as caught:
            await slot.wait()
        depths.append(len(caught.traceback))
    assert depths[0] == depths[2]


def test_a_decoder_that_outlives_the_loop_does_not_crash() -> None:
    loop = asyncio.new_event_loop()
    slot = NewestFrame(loop)
    loop.close()
    slot.put(frame(1.0))
    slot.fail(SourceError(SourceFailure.ENDED))
    assert slot.take() is not None
