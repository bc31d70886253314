"""Files of earlier versions, and what becomes of them."""

from contextlib import closing
import json
from pathlib import Path
import sqlite3
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts import schema
from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Visit
from custom_components.camera_smart_alerts.visits import Visits
from tests.database_kit import NOW, left_in, listed, opened, tell, visit, visits_in
from tests.vault_kit import SHOT, living, rows


def as_the_first_version_wrote(one: Visit) -> str:
    """Return a visit without what each of its cameras saw."""
    told = one.as_dict()
    del told["seen"]
    kinds = {"" if kind is None else str(kind): count for kind, count in one.kinds.items()}
    return json.dumps({**told, "cameras": one.cameras, "kinds": kinds})


async def first_version(hass: HomeAssistant, folder: Path) -> None:
    """Write a file as the first version did: by its own step alone."""
    with (
        patch.object(schema, "MIGRATIONS", schema.MIGRATIONS[:1]),
        patch.object(schema, "VERSION", 1),
    ):
        async with opened(hass) as database:
            await tell(database, visit())
            await database.async_write(
                lambda one: one.execute(
                    "UPDATE visits SET data = ?", (as_the_first_version_wrote(visit()),)
                )
            )
            await database.async_motion("front", NOW, {"reason": "confirmed"})
    assert rows(folder, "PRAGMA user_version") == [(1,)]
    assert {name for (name,) in rows(folder, "SELECT name FROM sqlite_schema")} >= {"visits"}
    assert rows(folder, "SELECT name FROM sqlite_schema WHERE name = 'pictures'") == []


async def test_a_file_of_the_first_version_keeps_all_it_has_and_takes_pictures(
    hass: HomeAssistant, folder: Path
) -> None:
    await first_version(hass, folder)
    async with living(hass) as home:
        assert await listed(home.database) == [visit_id("secret-1")]
        assert len(await left_in(home.database)) == 2
        assert len(await home.database.async_motions("front", NOW, NOW, 9)) == 1
        picture_id = await home.see()
        assert await home.data(picture_id) == SHOT
    assert rows(folder, "PRAGMA user_version") == [(schema.VERSION,)]


async def test_in_an_older_file_each_camera_of_a_visit_saw_all_of_it(
    hass: HomeAssistant, folder: Path
) -> None:
    await first_version(hass, folder)
    unreadable = ("nonsense", "{}", '{"cameras": ["front"]}', '{"kinds": {"person": 1}}')
    with closing(sqlite3.connect(folder / FILE)) as older, older:
        older.executemany("INSERT INTO visits VALUES (?, ?, 9e9, 9e9)", enumerate(unreadable))
    visits = Visits()
    async with opened(hass) as database:
        for camera in ("front", "gate"):
            (found,) = await visits_in(database, camera, kind="person")
            assert found["seen"] == {"front": {"person": 2}, "gate": {"person": 2}}
            assert await visits_in(database, camera, kind="vehicle") == []
        await database.async_load(visits)
        # It goes on.
        (going_on,) = visits.open.values()
        assert going_on.cameras == ["front", "gate"]
        assert going_on.kinds == {Kind.PERSON: 2, None: 1}
        going_on.seen["gate"][Kind.VEHICLE] = 1
        await database.async_keep(visits, going_on)
        assert await listed(database) == [visit_id("secret-1")]
        assert await visits_in(database, "front", kind="vehicle") == []
        assert len(await visits_in(database, "gate", kind="vehicle")) == 1
    assert rows(folder, "SELECT data FROM visits WHERE id <> 'secret-1' ORDER BY id") == [
        (one,) for one in unreadable
    ]


async def test_a_step_that_fails_leaves_the_file_as_it_was(
    hass: HomeAssistant, folder: Path
) -> None:
    await first_version(hass, folder)
    broken = (*schema.MIGRATIONS, "CREATE TABLE half (a); SELECT nonsense FROM nowhere;")
    connection = sqlite3.connect(folder / FILE)
    with (
        patch.object(schema, "MIGRATIONS", broken),
        patch.object(schema, "VERSION", len(broken)),
        pytest.raises(sqlite3.OperationalError, match="nowhere"),
    ):
        schema.migrate(connection)
    connection.close()
    assert rows(folder, "PRAGMA user_version") == [(schema.VERSION,)]
    assert rows(folder, "SELECT name FROM sqlite_schema WHERE name = 'half'") == []
    async with living(hass) as home:
        assert await listed(home.database) == [visit_id("secret-1")]


def test_everything_is_taken_over_into_another_file() -> None:
    source, target = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    for connection in (source, target):
        schema.migrate(connection)
        schema.migrate(connection)
        connection.execute(
            "INSERT INTO motions (at, subentry_id, data) VALUES (?, 'front', '{}')",
            (1.0 if connection is source else 2.0,),
        )
    source.execute("INSERT INTO facts VALUES ('a', 'new')")
    target.execute("INSERT INTO facts VALUES ('a', 'old')")
    schema.copy(source, target)
    assert target.execute("SELECT at FROM motions ORDER BY at").fetchall() == [(1.0,), (2.0,)]
    assert target.execute("SELECT value FROM facts").fetchall() == [("new",)]
    source.close()
    target.close()
