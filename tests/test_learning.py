"""From an answer on the phone to the next motion: what a camera is taught, and takes back."""

from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.const import CONF_COOLDOWN
from custom_components.camera_smart_alerts.learning import (
    LATELY,
    MOST_MOTIONS,
    NEAR,
    Learning,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.lessons import Teaching
from tests.camera_peer import PeerCamera
from tests.common import (
    Motions,
    WhiteSquareDetector,
    answer,
    enrol,
    enrol_only,
    only_camera,
    subentry,
)
from tests.lessons_kit import SECOND, coat, example, result, swaying

NOW = dt_util.utcnow()


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

    # Nor does a restart make it forget.
    entry = coordinator.config_entry
    assert await hass.config_entries.async_reload(entry.entry_id)
    coordinator = only_camera(entry)
    assert [one.id for one in coordinator.learning.lessons] == [lesson.id]
    coordinator.memory.things = ()
    again = await motions.run()
    assert (again["verdict"], again["outcome"]) == ("nothing", "learned")

    still_camera.pictures = walking
    assert (await motions.run())["verdict"] == "person"

    still_camera.pictures = swaying
    coordinator.memory.things = ()
    assert await coordinator.taught.async_forget(lesson.id) == 1
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


class Changes:
    """Counts how often there is something to write."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def learning(changes: Changes) -> Learning:
    return Learning(changes, lambda: NOW - timedelta(days=7))


def test_everything_an_alert_was_about_is_learned(learning: Learning, changes: Changes) -> None:
    learning.async_note(NOW, ("visit",), result(example(), example(look=2, left=0.7)))
    learning.async_note(NOW + timedelta(minutes=1), ("other",), result(example(look=3)))
    assert len(learning.async_false_alarm("visit")) == 2
    assert [int(one.look.argmax()) for one in learning.lessons] == [1, 2]
    assert changes.count == 3, "one answer is written at once, or not at all"
    assert learning.async_false_alarm("unknown") == ()


def test_an_answer_may_come_before_the_session_is_over(learning: Learning) -> None:
    learning.async_false_alarm("visit")
    assert learning.lessons == ()
    learning.async_note(NOW, ("visit",), result(example()))
    assert len(learning.lessons) == 1
    # At its end the motion is noted again; what is said again is kept once.
    learning.async_note(NOW, ("visit",), result(example()))
    assert len(learning.lessons) == 1


def test_what_was_called_wrong_by_mistake_teaches_nothing_more(learning: Learning) -> None:
    learning.async_trust("visit")
    learning.async_false_alarm("visit")
    learning.async_trust("visit")
    learning.async_note(NOW, ("visit",), result(example()))
    assert learning.lessons == ()


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


@pytest.mark.parametrize(
    ("ago", "alert_ids", "began", "counts"),
    [
        pytest.param(LATELY, ("visit",), NOW, True, id="of the visit, long after it began"),
        pytest.param(LATELY, ("visit",), None, True, id="of a visit that is not known"),
        pytest.param(NEAR, (), NOW, True, id="near its beginning"),
        pytest.param(-NEAR, ("other",), NOW, True, id="near its beginning, of another one, too"),
        pytest.param(NEAR + SECOND, ("other",), NOW, False, id="of another one"),
        pytest.param(timedelta(0), (), None, False, id="of none, and it is not known when"),
    ],
)
def test_a_miss_during_a_visit_is_about_its_motions_and_those_near_its_beginning(
    learning: Learning,
    ago: timedelta,
    alert_ids: tuple[str, ...],
    began: datetime | None,
    *,
    counts: bool,
) -> None:
    learning.async_note(NOW - 2 * LATELY, ("other",), result(candidate=example(0.9, 9)))
    for more, candidate in enumerate((None, example(0.3, 1), example(0.5, 2), example(0.4, 3))):
        at = NOW - ago + timedelta(microseconds=-more if ago < timedelta(0) else more)
        learning.async_note(at, alert_ids, result(candidate=candidate))
    found = learning.async_surest_of("visit", began)
    assert (None if found is None else int(found.look.argmax())) == (2 if counts else None)
    assert learning.lessons == (), "that is decided among all cameras"


def test_without_any_motion_there_is_nothing_to_have_missed(learning: Learning) -> None:
    assert learning.async_missed() is None


def test_lessons_are_taken_back_one_by_one_or_all(learning: Learning) -> None:
    learning.async_note(NOW, ("visit",), result(example(), example(look=2, left=0.7)))
    first, second = learning.async_false_alarm("visit")
    assert learning.async_forget("unknown") == 0
    assert learning.async_forget(first.id) == 1
    assert learning.lessons == (second,)
    assert learning.motions
    assert learning.async_forget() == 1
    assert (learning.lessons, learning.motions) == ((), ())
    # Nor does the answer live on.
    learning.async_note(NOW, ("visit",), result(example()))
    assert learning.lessons == ()


def test_only_the_newest_motions_can_be_learned_from(learning: Learning) -> None:
    for number in range(MOST_MOTIONS + 3):
        learning.async_note(NOW + timedelta(minutes=number), (str(number),), result())
    assert [one.alert_ids for one in learning.motions] == [
        (str(number),) for number in range(3, MOST_MOTIONS + 3)
    ]


def test_a_motion_that_is_too_old_teaches_nothing_any_more(
    learning: Learning, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    learning.async_note(NOW - timedelta(days=7), ("old",), result(example(), candidate=example()))
    assert len(learning.async_false_alarm("old")) == 1
    learning.async_note(NOW - timedelta(days=7, seconds=1), ("older",), result(candidate=example()))
    learning.motions = learning.motions[1:]
    assert learning.async_false_alarm("older") == ()
    assert learning.async_missed(NOW - timedelta(days=7)) is None
    assert learning.motions == ()


def test_a_motion_from_when_the_clock_was_wrong_counts_as_one_of_now(
    learning: Learning, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    learning.async_note(NOW + timedelta(days=99), (), result(candidate=example()))
    learning.async_tidy()
    (motion,) = learning.motions
    assert motion.at == NOW


def test_of_a_visit_that_is_deleted_nothing_can_be_learned_any_more(learning: Learning) -> None:
    learning.async_note(NOW, ("visit", "another"), result(example()))
    learning.async_note(NOW + timedelta(minutes=1), ("other",), result(example(look=2)))
    learning.async_forget_visit(visit_id("visit"))
    assert learning.async_false_alarm("visit") == ()
    assert learning.async_false_alarm("another") == ()
    assert len(learning.async_false_alarm("other")) == 1
