"""Why people were told of a motion, or were not; and the visits of a day."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.camera_smart_alerts.alerts import Outcome, visit_id
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Visit
from tests.camera_actions import NOON, ask
from tests.enrolled import record, smart_view, words

pytest_plugins = ("tests.camera_actions_fixtures",)


async def motion(camera: CameraCoordinator, at: datetime, outcome: Outcome, **changes: Any) -> None:
    """Put a motion into the history."""
    changes = {"reason": "", "alert_ids": (), **changes}
    motion = record(at=at, outcome=outcome, **changes).as_dict()
    await camera.config_entry.runtime_data.database.async_motion(
        camera.settings.subentry_id, at, motion | {"camera": camera.name}
    )


async def a_day(front: CameraCoordinator, garden: CameraCoordinator) -> None:
    """Put a day into the history."""
    at = NOON - timedelta(hours=2)
    await motion(front, at, Outcome.ALERTED, alert_ids=("secret",), count=2)
    await motion(front, at + timedelta(minutes=3), Outcome.NOTHING_FOUND, verdict="nothing")
    await motion(front, at + timedelta(hours=1), Outcome.UPDATED, verdict="animal")
    await motion(front, at + timedelta(minutes=63), Outcome.NOTHING_FOUND, verdict="nothing")
    unreachable = {"verdict": "", "count": 0, "reason": "camera_off"}
    await motion(front, NOON, Outcome.CAMERA_UNREACHABLE, **unreachable)
    await motion(garden, NOON, Outcome.ALERTED)
    # At 22:59 UTC it is still yesterday in Berlin.
    await motion(front, datetime(2026, 11, 21, 22, 59, tzinfo=UTC), Outcome.ALERTED)
    visit = Visit(
        id="secret",
        group="",
        started_at=at,
        last_at=at,
        seen_at=at,
        seen={key: {Kind.PERSON: 2} for key in [front.settings.subentry_id, "removed"]},
    )
    runtime = front.config_entry.runtime_data
    await runtime.database.async_keep(runtime.keeper._visits, visit, ended=True)


async def test_every_motion_of_a_day_is_accounted_for(
    hass: HomeAssistant, cameras: list[CameraCoordinator], front: CameraCoordinator
) -> None:
    await a_day(*cameras)
    answer = await ask(hass, "explain", entity_id=front.camera_entity_id)
    day = answer["day"]
    assert day == {
        "motions": 5,
        "sent": 2,
        "suppressed": {"nothing_found": 2, "camera_unreachable": 1},
    }
    assert day["motions"] == day["sent"] + sum(day["suppressed"].values())


@pytest.mark.parametrize(
    ("at", "outcome", "sentence"),
    [
        pytest.param(
            "11:01:00", "alerted", "Front door saw 2 people, and people were told.", id="alert"
        ),
        pytest.param(
            "11:02:00",
            "nothing_found",
            "There was motion at Front door, but nothing to tell: none of the kinds it looks for.",
            id="nearer to the next",
        ),
        pytest.param(
            "2026-11-22T11:00:00+00:00",
            "updated",
            "Front door saw 1 animal. That was part of a visit people had been told of.",
            id="with its time zone",
        ),
        pytest.param(
            None,
            "camera_unreachable",
            "There was motion at Front door, but it gave no picture: "
            "The camera is switched off. Switch it on, then try again.",
            id="the last one",
        ),
    ],
)
async def test_a_motion_is_explained_in_a_sentence(
    hass: HomeAssistant,
    cameras: list[CameraCoordinator],
    at: str | None,
    outcome: str,
    sentence: str,
) -> None:
    await a_day(*cameras)
    when = {} if at is None else {"at": at if "T" in at else f"2026-11-22 {at}"}
    answer = await ask(hass, "explain", entity_id=cameras[0].camera_entity_id, **when)
    assert answer["sentence"] == sentence
    assert answer["camera"] == "Front door"
    assert answer["motion"]["outcome"] == outcome
    assert answer["motion"]["hops_ms"] == {"first_frame": 100, "verdict": 300}
    assert "secret" not in str(answer), "whoever knows it may answer the alert"
    visits = [one["visit_id"] for one in answer["visits"]]
    assert visits == ([visit_id("secret")] if outcome == "alerted" else [])


async def test_a_time_without_motion_is_explained(
    hass: HomeAssistant, front: CameraCoordinator
) -> None:
    for at in ({}, {"at": "2026-11-22 03:00:00"}):
        answer = await ask(hass, "explain", entity_id=smart_view(hass, front).entity_id, **at)
        assert answer["sentence"] == "Front door reported no motion around that time."
        assert (answer["motion"], answer["visits"]) == (None, [])
        assert answer["day"] == {"motions": 0, "sent": 0, "suppressed": {}}


@pytest.mark.parametrize("outcome", Outcome)
async def test_every_outcome_is_explained(
    hass: HomeAssistant, front: CameraCoordinator, outcome: Outcome
) -> None:
    await motion(front, NOON, outcome, verdict="inconclusive", reason="no_frames")
    answer = await ask(hass, "explain", entity_id=front.camera_entity_id)
    assert "Front door" in answer["sentence"]
    assert "{" not in answer["sentence"]


async def test_a_camera_that_is_not_ours_cannot_be_explained(
    hass: HomeAssistant, front: CameraCoordinator
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await ask(hass, "explain", entity_id="camera.elsewhere")
    message = "camera.elsewhere is not one of the cameras with smart alerts."
    assert await words(hass, caught.value) == message


# Visits


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ({}, 1),
        ({"entity_id": "camera.still"}, 1),
        ({"entity_id": "camera.garden"}, 0),
        ({"after": "2026-11-22 12:00:00"}, 0),
        ({"before": "2026-11-22 10:00:00"}, 0),
    ],
    ids=["all", "its camera", "another camera", "before it", "after it"],
)
async def test_visits_are_listed(
    hass: HomeAssistant, cameras: list[CameraCoordinator], data: Any, number: int
) -> None:
    await a_day(*cameras)
    visits = (await ask(hass, "get_visits", **data))["visits"]
    assert len(visits) == number
    for visit in visits:
        assert visit["visit_id"] == visit_id("secret")
        assert visit["cameras"] == ["camera.still"]
        assert visit["kinds"] == {"person": 2}


@pytest.mark.parametrize("camera", ["camera.still", "camera.garden"])
async def test_without_a_camera_people_get_the_visits_of_those_they_may_see(
    hass: HomeAssistant, cameras: list[CameraCoordinator], hass_read_only_user: User, camera: str
) -> None:
    await a_day(*cameras)
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {camera: {"read": True}}}})
    answer = await ask(hass, "get_visits", Context(user_id=hass_read_only_user.id))
    assert [one["cameras"] for one in answer["visits"]] == [["camera.still"]] * (
        camera == "camera.still"
    )


async def test_visits_of_a_time_that_ends_before_it_starts_are_refused(
    hass: HomeAssistant, front: CameraCoordinator
) -> None:
    times = {"after": "2026-11-22 12:00:00", "before": "2026-11-22 10:00:00"}
    with pytest.raises(ServiceValidationError) as caught:
        await ask(hass, "get_visits", **times)
    assert "lies before" in await words(hass, caught.value)
