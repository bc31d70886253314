"""From an answer on the phone to the next motion: what a camera is taught, and takes back."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.camera_smart_alerts.const import CONF_COOLDOWN
from custom_components.camera_smart_alerts.learning import (
    LATELY,
    MOST_MOTIONS,
    Learning,
    MotionExamples,
    read_motions,
)
from custom_components.camera_smart_alerts.store import CameraMemory
from custom_components.camera_smart_alerts.vision.datatypes import Box, Kind, Verdict
from custom_components.camera_smart_alerts.vision.lessons import Example, Teaching
from custom_components.camera_smart_alerts.vision.session import (
    AnalysisResult,
    ResultReason,
    Timings,
)
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector, answer, enrol, enrol_only, subentry

NOW = dt_util.utcnow()


def coat(index: int) -> NDArray[np.uint8]:
    """Return a striped white coat; a pixel far away tells the pictures apart."""
    image = np.full((240, 320, 3), 90, np.uint8)
    image[60:180, 100:160] = 255
    image[63:177:9, 103:157] = 20
    image[66:172, 103:157:27] = 20
    image[:8, :8] = index % 200
    return image


def swaying(index: int) -> NDArray[np.uint8]:
    """Return the coat, shaken by the wind."""
    return np.roll(coat(index), (0, 12, 24, 30, 24, 12)[index % 6], axis=1)


def walking(index: int) -> NDArray[np.uint8]:
    """Return somebody in white who walks to and fro, through the coat's spot."""
    image = np.full((240, 320, 3), 90, np.uint8)
    left = 10 + 20 * abs(index % 24 - 12)
    image[60:180, left : left + 50] = 255
    image[75:100, left + 10 + index % 3 * 10 : left + 25 + index % 3 * 10] = 20
    return image


async def test_a_tapped_false_alarm_stays_silent_and_whoever_walks_there_does_not(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = swaying
    coordinator = await enrol_only(hass, still_camera, **{CONF_COOLDOWN: 0})
    assert (await motions.run())["verdict"] == "person"
    await answer(hass, "not_right", coordinator.data.last_alert.id)
    (lesson,) = coordinator.learning.lessons
    assert (lesson.kind, lesson.verdict) == (Kind.PERSON, Teaching.FALSE_ALARM)
    # What stood still there is not what keeps it silent.
    coordinator.memory.things = ()
    again = await motions.run()
    assert (again["verdict"], again["outcome"]) == ("nothing", "learned")

    still_camera.pictures = walking
    assert (await motions.run())["verdict"] == "person"

    still_camera.pictures = swaying
    coordinator.memory.things = ()
    assert coordinator.learning.async_forget(lesson.id) == 1
    assert (await motions.run())["verdict"] == "person"


async def test_a_miss_is_learned_from_the_latest_motion(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = coat
    network.confidence = 0.5
    coordinator = await enrol_only(hass, still_camera, **{CONF_COOLDOWN: 0})
    assert (await motions.run())["verdict"] == "nothing"
    for _ in range(2):
        lesson = coordinator.learning.async_missed()
        assert lesson is not None
        assert lesson.verdict is Teaching.MISSED
    assert (await motions.run())["verdict"] == "person"


async def test_only_cameras_of_the_visit_learn_from_an_answer(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = swaying
    entry = await enrol(
        hass,
        subentry(still_camera.entity_id, "binary_sensor.front_motion", **{CONF_COOLDOWN: 0}),
        subentry("camera.other", "binary_sensor.other", title="Other"),
    )
    front, other = entry.runtime_data.cameras.values()
    other.learning.async_note(NOW, ("another",), result(example()))
    await motions.run()
    await answer(hass, "not_right", front.data.last_alert.id)
    assert len(front.learning.lessons) == 1
    assert other.learning.lessons == ()


def example(confidence: float = 0.6, look: int = 1, left: float = 0.1) -> Example:
    values = np.zeros(128, np.float32)
    values[look] = 1
    return Example(Kind.PERSON, Box(left, 0.1, left + 0.1, 0.5), values, confidence)


def result(*believed: Example, candidate: Example | None = None) -> AnalysisResult:
    return AnalysisResult(
        verdict=Verdict.NOTHING,
        reason=ResultReason.NOTHING_FOUND,
        failure=None,
        kinds={},
        count=0,
        confidence=0.0,
        trigger=None,
        best=None,
        frames=5,
        source="still",
        timings=Timings(0.0, None, None, None, None, 1.0),
        inference_s=0.0,
        examples=believed,
        candidate=candidate,
    )


class Changes:
    """Counts how often a memory is written."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def memory() -> CameraMemory:
    return CameraMemory()


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def learning(memory: CameraMemory, changes: Changes) -> Learning:
    return Learning(memory, changes)


def test_everything_an_alert_was_about_is_learned(learning: Learning, changes: Changes) -> None:
    learning.async_note(NOW, ("visit",), result(example(), example(look=2, left=0.7)))
    learning.async_note(NOW + timedelta(minutes=1), ("other",), result(example(look=3)))
    assert len(learning.async_false_alarm("visit")) == 2
    assert [int(one.look.argmax()) for one in learning.lessons] == [1, 2]
    assert learning.async_false_alarm("unknown") == ()
    assert changes.count == 4


def test_an_answer_may_come_before_the_session_is_over(learning: Learning) -> None:
    learning.async_false_alarm("visit")
    assert learning.lessons == ()
    learning.async_note(NOW, ("visit",), result(example()))
    assert len(learning.lessons) == 1
    # At its end the motion is noted again; what is said again is kept once.
    learning.async_note(NOW, ("visit",), result(example()))
    assert len(learning.lessons) == 1


@pytest.mark.parametrize(
    ("at", "look"),
    [
        pytest.param(None, 2, id="the surest of the latest"),
        pytest.param(NOW - LATELY - timedelta(minutes=6), 1, id="about a time"),
        pytest.param(NOW - timedelta(days=1), None, id="none about that time"),
    ],
)
def test_a_miss_is_about_the_surest_candidate_of_its_time(
    learning: Learning, at: datetime | None, look: int | None
) -> None:
    for ago, candidate in (
        (LATELY + timedelta(minutes=5), example(0.9, 1)),
        (timedelta(minutes=5), example(0.5, 2)),
        (timedelta(minutes=1), example(0.3, 3)),
        (timedelta(0), None),
    ):
        learning.async_note(NOW - ago, (), result(candidate=candidate))
    lesson = learning.async_missed(at)
    assert (None if lesson is None else int(lesson.look.argmax())) == look
    assert learning.lessons == (() if lesson is None else (lesson,))


def test_without_any_motion_there_is_nothing_to_have_missed(learning: Learning) -> None:
    assert learning.async_missed() is None


def test_lessons_are_taken_back_one_by_one_or_all(learning: Learning, memory: CameraMemory) -> None:
    learning.async_note(NOW, ("visit",), result(example(), example(look=2, left=0.7)))
    first, second = learning.async_false_alarm("visit")
    assert learning.async_forget("unknown") == 0
    assert learning.async_forget(first.id) == 1
    assert learning.lessons == (second,)
    assert memory.motions
    assert learning.async_forget() == 1
    assert (learning.lessons, memory.motions) == ((), ())
    # Nor does the answer live on.
    learning.async_note(NOW, ("visit",), result(example()))
    assert learning.lessons == ()


def test_only_the_newest_motions_can_be_learned_from(
    learning: Learning, memory: CameraMemory
) -> None:
    for number in range(MOST_MOTIONS + 3):
        learning.async_note(NOW + timedelta(minutes=number), (str(number),), result())
    assert [one.alert_ids for one in memory.motions] == [
        (str(number),) for number in range(3, MOST_MOTIONS + 3)
    ]


def test_what_was_learned_survives_a_restart_and_holds_no_picture(
    learning: Learning, memory: CameraMemory
) -> None:
    learning.async_note(NOW, ("visit",), result(example(), candidate=example(0.3, 2)))
    learning.async_note(NOW + timedelta(minutes=1), (), result())
    learning.async_false_alarm("visit")
    stored = memory.as_dict()
    again = CameraMemory.from_dict(stored)
    (lesson,) = again.lessons
    assert (lesson.id, lesson.verdict) == (memory.lessons[0].id, Teaching.FALSE_ALARM)
    first, second = again.motions
    assert (first.at, first.alert_ids, len(first.believed)) == (NOW, ("visit",), 1)
    assert first.candidate is not None
    assert second.candidate is None
    assert len(str(stored["motions"])) < 1500
    older: dict[str, Any] = {
        key: value for key, value in stored.items() if key not in ("lessons", "motions")
    }
    assert CameraMemory.from_dict(older).lessons == ()
    assert CameraMemory.from_dict(stored | {"motions": "?", "lessons": 7}).motions == ()


def test_an_unreadable_motion_is_left_out() -> None:
    good = MotionExamples(NOW, (), (), None).as_dict()
    assert len(read_motions([good, {}, good | {"at": "yesterday"}, good | {"candidate": 7}])) == 1
