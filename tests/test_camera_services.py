"""The actions about enrolled cameras."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import probatio
import pytest

from custom_components.camera_smart_alerts.alerts import Outcome, visit_id
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.modes import Mode
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visits import Visit
from tests.camera_peer import AddCamera, PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, subentry
from tests.enrolled import record, show, smart_view, words

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def cameras(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    add_camera: AddCamera,
    network: WhiteSquareDetector,
    freezer: FrozenDateTimeFactory,
) -> list[CameraCoordinator]:
    """Return the cameras at the front door and in the garden, at noon."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(NOON)
    garden = await add_camera(PeerCamera("Garden"))
    entry = await enrol(
        hass,
        subentry(still_camera.entity_id, MOTION),
        subentry(garden.entity_id, "binary_sensor.garden_motion", title="Garden"),
    )
    return list(entry.runtime_data.cameras.values())


@pytest.fixture
def front(cameras: list[CameraCoordinator]) -> CameraCoordinator:
    return cameras[0]


async def call(
    hass: HomeAssistant, action: str, context: Context | None = None, **data: Any
) -> None:
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)


async def ask(hass: HomeAssistant, action: str, context: Context | None = None, **data: Any) -> Any:
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )


def silent(cameras: list[CameraCoordinator]) -> list[bool]:
    """Return for each camera whether it is silenced for half an hour."""
    until = NOON + timedelta(minutes=30)
    return [camera.memory.policy.silenced_until == until for camera in cameras]


# Silence


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("nothing", [True, True]),
        ("camera", [True, False]),
        ("smart view", [True, False]),
        ("device", [True, False]),
        ("area", [True, False]),
    ],
)
async def test_silence_goes_to_the_cameras_that_are_meant(
    hass: HomeAssistant, cameras: list[CameraCoordinator], target: str, meant: list[bool]
) -> None:
    front = cameras[0]
    assert front.device_id
    dr.async_get(hass).async_update_device(front.device_id, area_id="porch")
    targets: dict[str, Any] = {
        "nothing": {},
        "camera": {"entity_id": front.camera_entity_id},
        "smart view": {"entity_id": [smart_view(hass, front).entity_id]},
        "device": {"device_id": front.device_id},
        "area": {"area_id": "porch"},
    }
    await call(hass, "silence", duration="00:30:00", **targets[target])
    assert silent(cameras) == meant


async def test_a_camera_that_is_unavailable_can_be_silenced(
    hass: HomeAssistant, cameras: list[CameraCoordinator]
) -> None:
    await show(hass, cameras[0], available=False)
    await call(
        hass, "silence", entity_id=smart_view(hass, cameras[0]).entity_id, duration={"minutes": 30}
    )
    assert silent(cameras) == [True, False]


async def test_silence_until_home_ends_when_somebody_comes_home(
    hass: HomeAssistant, cameras: list[CameraCoordinator], front: CameraCoordinator
) -> None:
    policy = front.memory.policy
    await call(hass, "silence", until_home=True)
    assert [one.memory.policy.silenced_until_home for one in cameras] == [True, True]
    front.home.async_set_guests(guests=True)
    assert [one.memory.policy.silenced_until_home for one in cameras] == [False, False]
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "silence", until_home=True)
    assert "Somebody is home already" in await words(hass, caught.value)
    assert not policy.silenced_until_home


async def test_silence_can_be_ended(
    hass: HomeAssistant, cameras: list[CameraCoordinator], front: CameraCoordinator
) -> None:
    await call(hass, "silence", duration=1800)
    await call(hass, "resume", entity_id=front.camera_entity_id)
    assert silent(cameras) == [False, True]
    await call(hass, "silence", until_home=True)
    await call(hass, "resume")
    assert [one.memory.policy.silenced_until_home for one in cameras] == [False, False]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"duration": 60, "until_home": True},
        {"until_home": False},
        {"duration": {"days": 8}},
        {"duration": -1},
    ],
    ids=["no end", "two ends", "never", "too long", "in the past"],
)
async def test_silence_needs_one_sensible_end(hass: HomeAssistant, data: Any) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(probatio.Invalid):
        await call(hass, "silence", **data)


async def test_a_target_without_our_cameras_is_explained(
    hass: HomeAssistant, front: CameraCoordinator
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "resume", entity_id="camera.elsewhere")
    assert "None of the cameras" in await words(hass, caught.value)


# Modes


@pytest.mark.parametrize(
    ("when", "home", "away"),
    [
        ({}, Mode.OFF, Mode.OFF),
        ({"when": "home"}, Mode.OFF, Mode.ALERT),
        ({"when": ["away"]}, Mode.ALERT, Mode.OFF),
    ],
)
async def test_modes_are_set(
    hass: HomeAssistant, front: CameraCoordinator, when: Any, home: Mode, away: Mode
) -> None:
    await call(hass, "set_mode", device_id=front.device_id, mode="off", **when)
    assert front.mode is away
    front.home.async_set_home(home=True)
    assert front.mode is home


# Explain


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
        cameras=[front.settings.subentry_id, "removed"],
        started_at=at,
        last_at=at,
        kinds={Kind.PERSON: 2},
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


async def test_visits_of_a_time_that_ends_before_it_starts_are_refused(
    hass: HomeAssistant, front: CameraCoordinator
) -> None:
    times = {"after": "2026-11-22 12:00:00", "before": "2026-11-22 10:00:00"}
    with pytest.raises(ServiceValidationError) as caught:
        await ask(hass, "get_visits", **times)
    assert "lies before" in await words(hass, caught.value)


# Permissions


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("silence", {"duration": 60}),
        ("resume", {}),
        ("set_mode", {"mode": "off"}),
        ("get_visits", {}),
        ("explain", {"entity_id": "camera.still"}),
    ],
)
@pytest.mark.usefixtures("front")
async def test_people_only_reach_cameras_they_may_use(
    hass: HomeAssistant,
    hass_read_only_user: User,
    hass_admin_user: User,
    action: str,
    data: Any,
) -> None:
    hass_read_only_user.mock_policy({})
    run = ask if action in ("get_visits", "explain") else call
    with pytest.raises(Unauthorized):
        await run(hass, action, Context(user_id=hass_read_only_user.id), **data)
    with pytest.raises(UnknownUser):
        await run(hass, action, Context(user_id="nobody"), **data)
    await run(hass, action, Context(user_id=hass_admin_user.id), **data)


async def test_while_we_are_not_loaded_it_says_so(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(ServiceValidationError):
        await call(hass, "resume")
