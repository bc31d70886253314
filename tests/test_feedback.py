"""What people say of visits, by command and by action: noted, learned from, taken back."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.learning import MotionExamples
from custom_components.camera_smart_alerts.vision.lessons import Teaching
from custom_components.camera_smart_alerts.visit_list import async_visit
from tests.access_house import House
from tests.camera_actions import ask
from tests.enrolled import record, words
from tests.lessons_kit import example, remember
from tests.looking_back import Talk, saw
from tests.people import ADMIN, NO_CAMERA, ONE_STEP, READ_ONLY

pytest_plugins = ("tests.access_house_fixtures",)


async def said_of(camera: CameraCoordinator) -> list[str]:
    """Return what people said of the motions in the history."""
    database, now = camera.config_entry.runtime_data.database, dt_util.utcnow()
    day = timedelta(days=1)
    return [
        one["feedback"]
        for one in await database.async_motions(camera.settings.subentry_id, now - day, now, 9)
    ]


async def test_not_right_is_taken_back_and_learned_from_and_the_lesson_taken_back_again(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    camera, talk, me = house.camera, Talk(house.hass, hass_ws_client), house.people[ONE_STEP]
    visit = await saw(camera)
    remember(camera, visit.id)
    motion = record(at=visit.started_at, alert_ids=(visit.id,))
    camera.records.append(motion)
    camera.log.async_note(motion)
    say = {"verdict": "not_right", "visit_id": house.kept.visit_id, "understood": True}
    answer = await talk.ask(me, f"{DOMAIN}/feedback", **say)
    assert answer["result"] == {"lessons": 1}
    await house.hass.async_block_till_done()
    assert await said_of(camera) == ["not_right"]
    assert camera.records[-1].feedback == "not_right"

    answer = await talk.ask(me, f"{DOMAIN}/feedback/list", entity_id=house.source)
    (lesson,) = answer["result"]["lessons"]
    assert (lesson["kind"], lesson["verdict"]) == ("person", "false_alarm")
    forget = {"entity_id": house.source, "lesson_id": lesson["lesson_id"]}
    answer = await talk.ask(me, f"{DOMAIN}/feedback/forget", **forget)
    assert answer["result"] == {"forgotten": 1}
    assert camera.learning.lessons == ()


async def test_right_is_noted_also_of_what_is_no_longer_in_memory(
    hass: HomeAssistant, house: House
) -> None:
    visit = await saw(house.camera)
    house.camera.log.async_note(record(at=visit.started_at, alert_ids=(visit.id,)))
    await hass.async_block_till_done()
    said = await ask(
        hass, "feedback", verdict="right", visit_id=house.kept.visit_id, understood=True
    )
    assert said == {"lessons": 0}
    assert await said_of(house.camera) == ["right"]


async def test_a_miss_teaches_the_camera_and_all_is_forgotten_when_asked(
    hass: HomeAssistant, house: House
) -> None:
    remember(house.camera)
    now = dt_util.now()
    miss: dict[str, Any] = {"verdict": "missed", "entity_id": house.source, "understood": True}
    assert await ask(hass, "feedback", **miss, at=now - timedelta(hours=1)) == {"lessons": 0}
    assert await ask(hass, "feedback", **miss, at=now) == {"lessons": 1}
    assert await ask(hass, "forget_feedback", entity_id=house.source) == {"forgotten": 1}
    assert await ask(hass, "feedback", **miss) == {"lessons": 0}


def candidate(
    at: datetime, confidence: float, look: int, *alert_ids: str
) -> tuple[MotionExamples, ...]:
    """Return the one motion of a camera that was not believed."""
    unsure = example(confidence, look)
    return (MotionExamples(str(look), at, alert_ids, (), unsure),)


async def test_of_a_visit_that_missed_somebody_only_the_surest_camera_learns(
    hass: HomeAssistant, house: House
) -> None:
    front, back = house.camera.config_entry.runtime_data.cameras.values()
    visit = await saw(front, back)
    front.learning.motions = candidate(visit.started_at, 0.4, 1, visit.id)
    back.learning.motions = candidate(visit.started_at, 0.5, 2)
    # A time is about a camera; with a visit it is the visit that counts, not the camera either.
    miss: dict[str, Any] = {"verdict": "missed", "visit_id": house.kept.visit_id}
    of_camera = {"entity_id": house.source, "at": dt_util.now() - timedelta(hours=1)}
    assert await ask(hass, "feedback", **miss, **of_camera, understood=True) == {"lessons": 1}
    assert front.learning.lessons == ()
    (lesson,) = back.learning.lessons
    assert (lesson.verdict, int(lesson.look.argmax())) == (Teaching.MISSED, 2)


async def test_a_camera_that_did_not_see_the_visit_learns_nothing_from_what_it_missed(
    hass: HomeAssistant, house: House
) -> None:
    front, back = house.camera.config_entry.runtime_data.cameras.values()
    visit = await saw(front)
    back.learning.motions = candidate(visit.started_at, 0.5, 2)
    miss = {"verdict": "missed", "visit_id": house.kept.visit_id, "understood": True}
    assert await ask(hass, "feedback", **miss) == {"lessons": 0}
    front.learning.motions = candidate(visit.started_at, 0.4, 1)
    assert await ask(hass, "feedback", **miss) == {"lessons": 1}
    assert (len(front.learning.lessons), len(back.learning.lessons)) == (1, 0)


async def test_what_is_not_said_of_anything_is_told_what_it_may_be_about(
    hass: HomeAssistant, house: House
) -> None:
    for verdict, field in (("missed", "visit_id / entity_id"), ("right", "visit_id")):
        with pytest.raises(ServiceValidationError) as caught:
            await ask(hass, "feedback", verdict=verdict, understood=True)
        assert await words(hass, caught.value) == f'To say "{verdict}", give {field}.'


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"verdict": "right"}, "feedback_incomplete"),
        ({"verdict": "right", "entity_id": "camera.front"}, "feedback_incomplete"),
        ({"verdict": "missed"}, "feedback_incomplete"),
        ({"verdict": "missed", "visit_id": "a"}, "visit_unknown"),
        ({"verdict": "right", "visit_id": "a"}, "visit_unknown"),
        ({"verdict": "missed", "entity_id": "camera.nowhere"}, "camera_not_enrolled"),
    ],
)
async def test_what_is_said_of_nothing_is_refused(
    hass: HomeAssistant, house: House, said: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await ask(hass, "feedback", **said, understood=True)
    assert caught.value.translation_key == key


async def test_of_a_visit_whose_cameras_are_gone_administrators_say_what_it_was(
    hass: HomeAssistant, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    await saw(house.camera)
    runtime = house.camera.config_entry.runtime_data
    talk, visit_id = Talk(hass, hass_ws_client), house.kept.visit_id
    say = {"verdict": "right", "visit_id": visit_id, "understood": True}
    with patch.dict(runtime.cameras):
        del runtime.cameras[house.camera.settings.subentry_id]
        for who, may in ((NO_CAMERA, False), (READ_ONLY, False), (ADMIN, True)):
            answer = await talk.ask(house.people[who], f"{DOMAIN}/feedback", **say)
            assert answer["success"] is may, who
            visit = await async_visit(runtime.database, visit_id)
            assert visit is not None
            assert visit["feedback"] == ("right" if may else "")
        assert await ask(hass, "feedback", **say | {"verdict": "missed"}) == {"lessons": 0}


async def test_who_may_use_one_camera_of_a_visit_only_teaches_none(
    hass: HomeAssistant, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    front, back = house.camera.config_entry.runtime_data.cameras.values()
    visit = await saw(back, front)
    remember(back, visit.id)
    talk, stranger = Talk(hass, hass_ws_client), house.people[NO_CAMERA]
    say = {"verdict": "not_right", "visit_id": house.kept.visit_id, "understood": True}
    for verdict in ("not_right", "missed"):
        answer = await talk.ask(stranger, f"{DOMAIN}/feedback", **say | {"verdict": verdict})
        assert answer["error"]["code"] == "unauthorized"
    assert back.learning.lessons == ()
    await hass.config_entries.async_unload(front.config_entry.entry_id)
    with pytest.raises((HomeAssistantError, Unauthorized)):
        await ask(hass, "feedback", **say)
    assert (await talk.ask(house.people[ADMIN], f"{DOMAIN}/feedback", **say))["success"] is False
