"""Lists of visits: whole, in order, of the right cameras, and never by reading all of them."""

from collections.abc import AsyncIterator
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit_list import (
    ANY_KIND,
    Cursor,
    Wanted,
    async_count,
    async_days,
    async_note_feedback,
    async_own_id,
    async_page,
    async_seen,
    async_visit,
)
from tests.database_kit import HOUR, NOW, forget_at, history_in, opened, visit, visits_of

MANY = 2000


@pytest.fixture
async def database(
    hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Database]:
    """Open an empty history at noon."""
    freezer.move_to(NOW)
    history_in(hass, tmp_path)
    async with opened(hass) as database:
        yield database


async def see(database: Database, number: int, hours: float = 0, **changes: Any) -> str:
    """Keep a visit; return its public id."""
    one = visit(number, at=NOW + hours * HOUR, **changes)
    await database.async_keep(visits_of(), one)
    return visit_id(one.id)


async def ids(database: Database, **wanted: Any) -> list[str]:
    """Return the public ids of a page."""
    page = await async_page(database, Wanted(**wanted))
    return [one["visit_id"] for one in page.visits]


async def test_pages_follow_one_another_without_a_gap_also_at_the_same_moment(
    database: Database,
) -> None:
    made = {await see(database, number, -(number // 3)) for number in range(10)}
    listed, cursor = [], None
    for _ in range(4):
        page = await async_page(database, Wanted(cameras=("front", "gate"), limit=3, cursor=cursor))
        listed += [one["visit_id"] for one in page.visits]
        cursor = page.cursor and Cursor.parse(str(page.cursor))
    assert cursor is None
    assert len(listed) == 10
    assert set(listed) == made


async def test_a_list_is_of_cameras_kinds_and_times(database: Database) -> None:
    front, back = await see(database, 1, -1), await see(database, 2, camera="back")
    assert await ids(database, cameras=("front",)) == [front]
    assert await ids(database, cameras=("back",)) == [back]
    assert await ids(database, cameras=("gate",), kind="person") == [back, front]
    assert await ids(database, cameras=("gate",), kind="animal") == []
    assert await ids(database, cameras=("gate",), kind="") == [], "only the others saw that"
    assert await ids(database, cameras=("front", "gate"), kind="") == [front]
    assert await ids(database, cameras=()) == []
    half = (NOW - 0.5 * HOUR).timestamp()
    assert await ids(database, cameras=("gate",), after=half) == [back]
    assert await ids(database, cameras=("gate",), before=half) == [front]
    assert await async_count(database, "gate", 0, half) == 1


async def test_what_is_too_old_or_gone_is_in_no_list(database: Database) -> None:
    old = await see(database, 1, -24 * 8)
    new = await see(database, 2)
    assert await ids(database, cameras=("front",)) == [new]
    assert await async_visit(database, old) is None
    assert await async_own_id(database, old) is None
    assert await async_own_id(database, new) == "secret-2"
    found = await async_visit(database, new)
    assert found is not None
    assert found["visit_id"] == new
    await database.async_forget(NOW, ["nobody"])
    assert await async_visit(database, new) is None
    assert await database.async_read("SELECT * FROM visit_index") == []


async def test_a_visit_that_goes_on_is_listed_once_where_it_is_now(database: Database) -> None:
    first = await see(database, 1, -2)
    second = await see(database, 2, -1)
    assert await see(database, 1) == first
    assert await ids(database, cameras=("front",)) == [first, second]


async def test_a_visit_from_when_the_clock_was_wrong_comes_down_to_now(database: Database) -> None:
    ahead = await see(database, 1, 5)
    await forget_at(database, NOW, "front")
    assert await ids(database, cameras=("front",), before=NOW.timestamp()) == [ahead]


async def test_unreadable_visits_are_in_no_list_and_stop_nothing(database: Database) -> None:
    await database.async_write(
        lambda one: one.execute("INSERT INTO visits VALUES ('a', 'nonsense', 9e9, NULL)")
    )
    new = await see(database, 2)
    assert await ids(database, cameras=("front",)) == [new]


async def test_the_days_of_a_camera_are_local_ones(hass: HomeAssistant, database: Database) -> None:
    await hass.config.async_set_time_zone("Pacific/Auckland")
    for number, hours in enumerate((0, -0.5, -2, -60, -24 * 20)):
        await see(database, number, hours)
    here = dt_util.as_local(NOW)
    days = await async_days(database, "front")
    assert days == sorted({(here + hours * HOUR).date() for hours in (0, -0.5, -2, -60)})[::-1]
    assert await async_days(database, "nobody") == []


async def test_what_people_said_is_written_to_a_visit_and_to_its_motions(
    database: Database,
) -> None:
    said = await see(database, 1)
    for number, ids_of in enumerate(([said], ["another"])):
        at = NOW + timedelta(seconds=number)
        await database.async_motion("front", at, {"visit_ids": ids_of, "trigger": str(number)})
    await async_note_feedback(database, said, "right")
    await async_note_feedback(database, "another", "missed")
    found = await async_visit(database, said)
    assert found is not None
    assert found["feedback"] == "right"
    motions = await database.async_motions("front", NOW - HOUR, NOW + HOUR, 9)
    assert [one.get("feedback") for one in motions] == [None, "right"]


@pytest.mark.parametrize("text", ["", "nonsense", "x_y"])
def test_a_cursor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        Cursor.parse(text)


async def test_no_list_reads_all_visits(database: Database) -> None:
    """Of ten thousand or a hundred thousand visits a page costs the same."""
    row = json.dumps(visit().as_dict())
    await database.async_write(
        lambda one: one.executemany(
            "INSERT INTO visits VALUES (?, ?, ?, NULL)",
            ((str(number), row, NOW.timestamp() - number) for number in range(MANY)),
        )
    )
    wanted = Wanted(cameras=("front", "gate"), kind="person", cursor=Cursor(NOW.timestamp(), "f"))
    statement, values = wanted.statement(database.oldest())
    plan = await database.async_read(f"EXPLAIN QUERY PLAN {statement}", values)
    steps = [step for *_, step in plan]
    assert any("visit_index USING PRIMARY KEY" in step for step in steps)
    assert any("SEARCH visits USING PRIMARY KEY" in step for step in steps)
    tables = ("visits", "visit_index", "pictures")
    assert not [step for step in steps for table in tables if f"SCAN {table}" in step]
    assert len((await async_page(database, wanted)).visits) == 50


async def test_what_cameras_saw_is_summed_up_and_a_visit_of_two_counts_once(
    database: Database,
) -> None:
    await see(database, 1, -3)
    await see(database, 2, -2, camera="back")
    await see(database, 3, -30)
    after, before = (NOW - 24 * HOUR).timestamp(), NOW.timestamp()
    seen = await async_seen(database, ["front", "back", "gate"], ANY_KIND, after, before)
    assert seen is not None
    assert seen.kinds == {Kind.PERSON: 4}, "of each visit two, and what was no kind is none"
    assert seen.cameras in (["back", "gate", "front"], ["gate", "back", "front"])
    assert seen.last_at == NOW - 2 * HOUR
    seen = await async_seen(database, ["gate"], Kind.PERSON, after, before)
    assert seen is not None
    assert seen.kinds == {Kind.PERSON: 2}, "one of each visit, whatever the others saw"
    assert await async_seen(database, ["front"], Kind.ANIMAL, after, before) is None
    assert await async_seen(database, ["front"], Kind.PERSON, before, before) is None
