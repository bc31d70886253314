"""What is written of visits, tellings and motions, and what a start or a question finds."""

from datetime import timedelta
import json
from pathlib import Path
import shutil
import sqlite3
from typing import NamedTuple

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import Alert, Outcome, visit_id
from custom_components.camera_smart_alerts.channel import Channel
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.telling import Telling, TellingState
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visits import Visits
from tests.database_kit import (
    HOUR,
    NOW,
    PHONE,
    SPEAKER,
    history_in,
    left_in,
    opened,
    tell,
    visit,
    visits_in,
    visits_of,
)
from tests.enrolled import record

KEPT = timedelta(days=7)


async def test_visits_cooldowns_and_tellings_are_there_after_a_restart(
    hass: HomeAssistant, folder: Path
) -> None:
    one = visit()
    async with opened(hass) as database:
        told = await tell(database, one)
        assert database.is_durable
    async with opened(hass) as database:
        restored = Visits()
        left = await database.async_load(restored)
    assert restored.open == {one.id: one}
    assert restored.delivered == visits_of().delivered
    assert sorted(left, key=lambda telling: telling.target) == [
        Telling("front", target, Alert.from_dict(told.as_dict()), TellingState.SENDING, NOW)
        for target in (PHONE, SPEAKER)
    ]
    assert {telling.channel for telling in left} == {Channel.PHONE, Channel.SPEAKER}


async def test_a_kill_loses_nothing_that_was_on_its_way(
    hass: HomeAssistant, folder: Path, tmp_path: Path
) -> None:
    async with opened(hass) as database:
        told = await tell(database, visit(1))
        await database.async_result(told, PHONE, TellingState.WAITING, "unavailable")
        shutil.copytree(folder, history_in(hass, tmp_path / "killed"))
        assert (tmp_path / "killed" / DOMAIN / f"{FILE}-wal").exists()
    async with opened(hass) as database:
        restored = Visits()
        left = {one.target: one.state for one in await database.async_load(restored)}
    assert left == {PHONE: TellingState.WAITING, SPEAKER: TellingState.SENDING}
    assert list(restored.open) == ["secret-1"]


@pytest.mark.parametrize("state", [TellingState.DONE, TellingState.GAVE_UP])
async def test_what_is_over_at_a_target_is_not_taken_up_again(
    hass: HomeAssistant, folder: Path, state: TellingState
) -> None:
    async with opened(hass) as database:
        told = await tell(database, visit())
        await database.async_result(told, PHONE, state)
        assert list(await left_in(database)) == [SPEAKER]


async def test_a_newer_telling_takes_the_place_of_an_older_one(
    hass: HomeAssistant, folder: Path
) -> None:
    one = visit()
    async with opened(hass) as database:
        old = await tell(database, one)
        await database.async_result(old, PHONE, TellingState.DONE)
        one.revision = 2
        new = await tell(database, one, NOW + timedelta(seconds=15))
        left = await left_in(database)
        assert (left[PHONE].alert.revision, left[PHONE].state) == (2, TellingState.SENDING)

        await database.async_result(old, PHONE, TellingState.DONE)
        assert PHONE in await left_in(database), "the old one came late, and says nothing"

        await database.async_result(new, PHONE, TellingState.DONE)
        assert PHONE not in await left_in(database)


async def test_a_visit_that_ended_is_listed_and_does_not_go_on(
    hass: HomeAssistant, folder: Path
) -> None:
    one, going_on = visit(1), visit(2, at=NOW + HOUR)
    async with opened(hass) as database:
        await database.async_keep(visits_of(), one, ended=True)
        await database.async_keep(visits_of(going_on), going_on)
        restored = Visits()
        await database.async_load(restored)
        newer, older = await visits_in(database)
    assert list(restored.open) == ["secret-2"]
    assert newer["lasted_s"] is None
    assert older == {
        "visit_id": visit_id("secret-1"),
        "seen": {"front": {"person": 2}, "gate": {"person": 1}},
        "told": True,
        "tellings": 1,
        "started_at": one.started_at.isoformat(),
        "lasted_s": 40,
        "feedback": "",
    }


async def test_a_visit_that_waits_to_be_told_counts_as_not_told(
    hass: HomeAssistant, folder: Path
) -> None:
    one = visit()
    one.told = {Kind.PERSON: 0}
    async with opened(hass) as database:
        await database.async_keep(visits_of(one), one)
        (found,) = await visits_in(database)
    assert found["told"] is False


class Query(NamedTuple):
    """What is asked for."""

    camera: str | None
    after: float
    """Hours, like ``before``."""
    before: float
    limit: int


QUERIES = [
    pytest.param(Query(None, -3, 3, 10), [3, 2, 1], id="all, the newest first"),
    pytest.param(Query("front", -3, 3, 10), [3, 1], id="of one camera"),
    pytest.param(Query("nobody", -3, 3, 10), [], id="of a camera that saw nothing"),
    pytest.param(Query(None, -3, 3, 2), [3, 2], id="the newest two"),
    pytest.param(Query(None, 0, 1, 10), [2, 1], id="both ends belong to it"),
    pytest.param(Query(None, 0.5, 0.9, 10), [], id="between two"),
    pytest.param(Query("front", 0.5, 3, 10), [3], id="of one camera after a time"),
]
CAMERAS = {1: "front", 2: "back", 3: "front"}
"""Of the visit and the motion of each number; they are one hour apart."""


@pytest.mark.parametrize(("query", "expected"), QUERIES)
async def test_visits_are_found_by_camera_and_time(
    hass: HomeAssistant,
    folder: Path,
    query: Query,
    expected: list[int],
) -> None:
    async with opened(hass) as database:
        for number, name in CAMERAS.items():
            one = visit(number, camera=name, at=NOW + (number - 1) * HOUR)
            await database.async_keep(visits_of(one), one)
        found = await visits_in(
            database,
            *[query.camera] * (query.camera is not None),
            after=(NOW + query.after * HOUR).timestamp(),
            before=(NOW + query.before * HOUR).timestamp(),
            limit=query.limit,
        )
    assert [one["visit_id"] for one in found] == [visit_id(f"secret-{one}") for one in expected]
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(Query("front", -3, 3, 10), [3, 1], id="all, the newest first"),
        pytest.param(Query("nobody", -3, 3, 10), [], id="of a camera that saw nothing"),
        pytest.param(Query("front", -3, 3, 1), [3], id="the newest one"),
        pytest.param(Query("front", 0, 2, 10), [3, 1], id="both ends belong to it"),
        pytest.param(Query("front", 0.5, 1.9, 10), [], id="between two"),
    ],
)
async def test_motions_are_found_by_camera_and_time(
    hass: HomeAssistant,
    folder: Path,
    query: Query,
    expected: list[int],
) -> None:
    async with opened(hass) as database:
        for number, name in CAMERAS.items():
            motion = record(at=NOW + (number - 1) * HOUR, count=number, alert_ids=("secret-1",))
            await database.async_motion(name, motion.at, motion.as_dict())
        found = await database.async_motions(
            query.camera, NOW + query.after * HOUR, NOW + query.before * HOUR, query.limit
        )
    assert [one["count"] for one in found] == expected
    assert "secret" not in json.dumps(found)


async def test_a_motion_comes_back_as_it_ended(hass: HomeAssistant, folder: Path) -> None:
    motion = record(at=NOW, outcome=Outcome.STATIC, failures={"webrtc": "refused"}).as_dict()
    async with opened(hass) as database:
        await database.async_motion("front", NOW, motion)
    async with opened(hass) as database:
        (found,) = await database.async_motions("front", NOW, NOW, 1)
    assert found == motion


async def test_after_a_week_a_visit_is_forgotten_with_all_that_was_told_of_it(
    hass: HomeAssistant, folder: Path
) -> None:
    old, new = visit(1, at=NOW - KEPT - timedelta(seconds=1)), visit(2, at=NOW - KEPT)
    async with opened(hass) as database:
        for one in (old, new):
            # The end of a visit is told after it was last seen.
            await tell(database, one, one.last_at + timedelta(seconds=130))
            await database.async_motion("front", one.last_at, {"of": one.id})
        await database.async_forget(NOW, ["front"])
    connection = sqlite3.connect(folder / FILE)
    rows = [
        connection.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()  # noqa: S608
        for table, column in (
            ("visits", "id"),
            ("tellings", "visit_id"),
            ("motions", "data ->> '$.of'"),
        )
    ]
    connection.close()
    assert rows == [[("secret-2",)]] * 3
    assert b"secret-1" not in (folder / FILE).read_bytes()


async def test_a_camera_that_was_removed_is_forgotten_with_all_it_saw(
    hass: HomeAssistant, folder: Path
) -> None:
    async with opened(hass) as database:
        await tell(database, visit(1), NOW)
        for camera in ("front", "yard"):
            await database.async_motion(camera, NOW, {"of": camera})
        await database.async_forget(NOW, ["yard"])
        assert await visits_in(database) == []
        (motion,) = await database.async_motions("yard", NOW, NOW, 9)
        assert await database.async_motions("front", NOW, NOW, 9) == []
    assert motion == {"of": "yard"}
    connection = sqlite3.connect(folder / FILE)
    assert connection.execute("SELECT * FROM tellings").fetchall() == []
    connection.close()
