"""One motion: frames in, a verdict out."""

import asyncio
from dataclasses import replace
import logging

import pytest

from vision.datatypes import (
    Box,
    Detection,
    Kind,
    Observation,
    Verdict,
)
from vision.errors import ModelError
from vision.look import TakeFrame
from vision.session import ResultReason, analyze

from .sessions import (
    ENDED,
    SETTINGS,
    START,
    STEP_S,
    Camera,
    Heard,
    person,
    run,
    walk,
)


async def test_a_person_is_told_at_once_with_the_very_frame_and_the_receipt() -> None:
    camera, heard = Camera(walk(40)), Heard()
    result = await run(camera, heard=heard)
    ((kind, told),) = heard.verdicts
    assert kind is Kind.PERSON
    assert told.frames == 3
    assert told.trigger is told.best is told.kinds[Kind.PERSON]
    assert told.trigger.frame.captured_at == pytest.approx(START + 3 * STEP_S)
    assert [one.box for one in told.trigger.detections] == [person(2).box]
    assert (result.verdict, result.reason, result.failure) == (
        Verdict.PERSON,
        ResultReason.CONFIRMED,
        None,
    )
    assert result.trigger is told.trigger
    assert (result.source, result.count, result.confidence) == ("scripted", 1, 0.8)
    receipt = result.timings
    assert receipt.motion_at < receipt.opened_at < receipt.first_frame_at
    assert receipt.first_frame_at < receipt.trigger_captured_at == receipt.verdict_at
    assert receipt.ended_at == pytest.approx(receipt.verdict_at + SETTINGS.settle_s, abs=STEP_S)
    assert result.inference_s == pytest.approx(0.01 * (result.frames + 1) / 2)


async def test_the_best_picture_is_the_largest_sharpest_and_surest_one() -> None:
    scene = walk(12)
    scene[4] = [person(4, 0.9, sharpness=1.0)]
    scene[6] = [person(6, 0.9, height=60, sharpness=9.0)]
    scene[8] = [person(8, 0.9, height=60, sharpness=3.0)]
    result = await run(Camera(scene, ENDED))
    assert result.best is not None
    assert result.best.frame.captured_at == pytest.approx(START + 7 * STEP_S)
    assert result.best is not result.trigger
    assert result.confidence == 0.9


async def test_people_are_counted_in_the_same_frame() -> None:
    far = Box(90, 10, 110, 50)
    scene = [[person(n), Detection(far, Kind.PERSON, 0.95)] for n in range(8)]
    result = await run(Camera(scene, ENDED))
    assert result.count == 2


async def test_an_empty_scene_is_nothing_after_the_whole_burst() -> None:
    heard = Heard()
    result = await run(Camera([[]] * 400), heard=heard)
    assert (result.verdict, result.reason) == (Verdict.NOTHING, ResultReason.NOTHING_FOUND)
    assert (result.trigger, result.best, dict(result.kinds)) == (None, None, {})
    assert result.timings.ended_at - START == pytest.approx(30, abs=2 * STEP_S)
    assert heard.verdicts == []
    assert len(heard.observations) == result.frames


async def test_the_burst_goes_on_while_the_motion_lasts_and_no_longer() -> None:
    camera = Camera([[]] * 400)
    result = await run(camera, is_moving=lambda: camera.now < START + 45)
    assert result.timings.ended_at - START == pytest.approx(45, abs=2 * STEP_S)


async def test_the_cap_ends_a_motion_that_never_ends() -> None:
    result = await run(Camera([[]] * 1000), is_moving=lambda: True)
    assert result.timings.ended_at - START == pytest.approx(120, abs=2 * STEP_S)


async def test_a_less_important_kind_does_not_end_the_search_for_people() -> None:
    def car(frame: int) -> Detection:
        return Detection(Box(20 * frame, 0, 20 * frame + 30, 20), Kind.VEHICLE, 0.9)

    scene: list[list[Detection]] = [[car(n)] for n in range(10)]
    scene += [[]] * 40 + [[person(n)] for n in range(20)]
    heard = Heard()
    settings = replace(SETTINGS, kinds=frozenset({Kind.PERSON, Kind.VEHICLE}))
    result = await run(Camera(scene), settings, heard=heard)
    (first, car_told), (second, person_told) = heard.verdicts
    assert (first, car_told.verdict) == (Kind.VEHICLE, Verdict.VEHICLE)
    assert (second, person_told.verdict) == (Kind.PERSON, Verdict.PERSON)
    assert list(result.kinds) == [Kind.VEHICLE, Kind.PERSON]
    assert result.verdict is Verdict.PERSON
    assert result.trigger is result.kinds[Kind.PERSON]
    assert result.timings.verdict_at == person_told.timings.verdict_at
    assert car_told.timings.verdict_at < person_told.timings.verdict_at


async def test_a_kind_confirmed_while_settling_is_told_with_its_own_frame() -> None:
    scene = [
        [person(n), *([Detection(Box(80, 10, 100, 30), Kind.ANIMAL, 0.95)] if n > 2 else [])]
        for n in range(12)
    ]
    heard = Heard()
    result = await run(Camera(scene, ENDED), replace(SETTINGS, kinds=frozenset(Kind)), heard=heard)
    (_, first), (kind, second) = heard.verdicts
    assert kind is Kind.ANIMAL
    assert second.verdict is Verdict.ANIMAL
    assert second.trigger is result.kinds[Kind.ANIMAL]
    assert first.trigger is result.trigger is not second.trigger


async def test_only_what_is_suspected_is_shown_and_kept() -> None:
    clutter = Detection(Box(100, 60, 104, 68), Kind.PERSON, 0.2, moved=0.0)
    heard = Heard()
    result = await run(Camera([[*one, clutter] for one in walk(6)], ENDED), heard=heard)
    assert [len(observation.detections) for observation, _ in heard.observations] == [2] * 6
    assert [len(shown) for _, shown in heard.observations] == [0, 1, 1, 1, 1, 1]
    assert result.trigger is not None
    assert clutter not in result.trigger.detections


async def test_nobody_needs_to_listen_to_observations() -> None:
    camera, heard = Camera(walk(5), ENDED), Heard()
    result = await analyze(
        camera,
        camera.look,
        SETTINGS,
        motion_at=START,
        is_moving=lambda: False,
        on_verdict=heard.verdict,
        clock=camera.clock,
    )
    assert result.verdict is Verdict.PERSON


@pytest.mark.parametrize("error", [ModelError("inference failed"), ZeroDivisionError()])
async def test_a_detector_that_fails_ends_the_session_and_is_logged_once(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    result = await run(Camera([[], error, []]))
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, ResultReason.DETECTOR_FAILED)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_look_that_never_ends_is_a_failed_detector(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vision.session.LOOK_TIMEOUT_S", 0.01)
    camera = Camera([[]])

    async def stuck(take: TakeFrame) -> Observation | None:
        await asyncio.Event().wait()
        return None

    camera.look = stuck  # type: ignore[method-assign]
    assert (await run(camera)).reason is ResultReason.DETECTOR_FAILED


async def test_a_session_can_be_cancelled_while_it_waits() -> None:
    task = asyncio.create_task(run(Camera([[]] * 3)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_burst_that_ends_while_the_camera_is_silent_ends_quietly() -> None:
    camera = Camera([[]] * 5, step_s=0.0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    result = await analyze(
        camera,
        camera.look,
        replace(SETTINGS, burst_s=0.05),
        motion_at=START,
        is_moving=lambda: False,
        on_verdict=Heard().verdict,
        clock=lambda: START + loop.time() - began,
    )
    assert (result.verdict, result.frames) == (Verdict.NOTHING, 5)
