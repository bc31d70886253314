"""What a session could not see: it says so, and never that there was nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
import math

import pytest

from vision.datatypes import (
    Detection,
    Verdict,
)
from vision.errors import EndOfRecording, ImageError, SourceError, SourceFailure
from vision.session import MAX_HOLE_S, ResultReason

from .sessions import (
    ENDED,
    QUICK,
    SETTINGS,
    STEP_S,
    Camera,
    Heard,
    person,
    run,
    walk,
)


@pytest.mark.parametrize(
    ("camera", "reason", "failure"),
    [
        pytest.param(Camera([]), ResultReason.NO_FRAMES, SourceFailure.TIMEOUT, id="silent"),
        pytest.param(Camera([], ENDED), ResultReason.NO_FRAMES, SourceFailure.ENDED, id="empty"),
        pytest.param(
            Camera([], SourceError(SourceFailure.REFUSED)),
            ResultReason.SOURCE_FAILED,
            SourceFailure.REFUSED,
            id="refused",
        ),
        pytest.param(
            Camera([], SourceError(SourceFailure.UNREADABLE)),
            ResultReason.FRAMES_UNREADABLE,
            SourceFailure.UNREADABLE,
            id="garbage",
        ),
        pytest.param(
            Camera([[]] * 20), ResultReason.SOURCE_FAILED, SourceFailure.TIMEOUT, id="stalls"
        ),
        pytest.param(
            Camera([[]] * 20, SourceError(SourceFailure.CAMERA_OFF)),
            ResultReason.SOURCE_FAILED,
            SourceFailure.CAMERA_OFF,
            id="switched-off-meanwhile",
        ),
        pytest.param(
            Camera([[]] * 2, EndOfRecording()), ResultReason.TOO_FEW_FRAMES, None, id="too-short"
        ),
        pytest.param(
            Camera([[]] * 10, ENDED), ResultReason.SOURCE_FAILED, SourceFailure.ENDED, id="hung-up"
        ),
        pytest.param(
            Camera([[]] * 9, step_s=4.0),
            ResultReason.TOO_FEW_FRAMES,
            None,
            id="a-frame-now-and-then",
        ),
        pytest.param(
            Camera([[]] * 20, EndOfRecording(), hole=(10, MAX_HOLE_S + 1)),
            ResultReason.TOO_FEW_FRAMES,
            None,
            id="gone-for-a-while-in-the-middle",
        ),
        pytest.param(
            Camera([ImageError("no picture")] * 9, ENDED),
            ResultReason.FRAMES_UNREADABLE,
            SourceFailure.ENDED,
            id="no-frame-is-a-picture",
        ),
    ],
)
async def test_what_could_not_be_watched_is_inconclusive_and_says_why(
    camera: Camera, reason: ResultReason, failure: SourceFailure | None
) -> None:
    camera = replace(camera)
    result = await run(camera, QUICK)
    assert (result.verdict, result.reason, result.failure) == (
        Verdict.INCONCLUSIVE,
        reason,
        failure,
    )


async def test_a_gap_that_the_source_announces_is_no_stall() -> None:
    class InSegments(Camera):
        """All of a segment at once, nothing, and the next: here, after three stalls' time."""

        async def wait(self) -> None:
            if self.taken == 5:
                await asyncio.sleep(3 * QUICK.stall_timeout_s)
            await super().wait()

    patient = await run(InSegments([[]] * 10, EndOfRecording(), patience_s=30), QUICK)
    assert (patient.verdict, patient.frames) == (Verdict.NOTHING, 10)
    usual = await run(InSegments([[]] * 10, EndOfRecording()), QUICK)
    assert (usual.failure, usual.frames) == (SourceFailure.TIMEOUT, 5)


async def test_what_a_source_shows_after_a_hole_is_weighed_with_what_it_showed_before() -> None:
    empty: list[list[Detection]] = [[]] * 10
    heard = Heard()
    result = await run(Camera(empty + walk(20), hole=(10, MAX_HOLE_S + 1)), heard=heard)
    assert (result.verdict, result.reason) == (Verdict.PERSON, ResultReason.CONFIRMED)
    assert len(heard.verdicts) == 1


async def test_a_burst_that_ends_while_the_source_opens_again_did_not_see_its_end() -> None:
    camera = Camera([[]] * 20, patience_s=math.inf)
    settings = replace(SETTINGS, burst_s=20 * STEP_S + 0.01)

    def still_moving() -> bool:
        # The clock of the script stands still while nothing comes.
        camera.now += MAX_HOLE_S + 1 if camera.taken == 20 else 0.0
        return False

    result = await run(camera, settings, is_moving=still_moving)
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, ResultReason.TOO_FEW_FRAMES)


async def test_a_recording_that_ends_after_enough_frames_holds_nothing() -> None:
    result = await run(Camera([[]] * 10, EndOfRecording()))
    assert (result.verdict, result.failure) == (Verdict.NOTHING, None)


async def test_a_source_that_fails_after_the_verdict_does_not_take_it_back() -> None:
    result = await run(Camera(walk(5), SourceError(SourceFailure.REFUSED)))
    assert (result.verdict, result.reason, result.failure) == (
        Verdict.PERSON,
        ResultReason.CONFIRMED,
        None,
    )


async def test_frames_that_are_gone_or_no_pictures_are_passed_over() -> None:
    scene: list[Sequence[Detection] | Exception | None] = []
    for number in range(5):
        scene += [[person(number)], None, ImageError("torn")]
    result = await run(Camera(scene, ENDED))
    assert result.verdict is Verdict.PERSON
    assert result.frames == 5
