"""The history on a real disk: what is damaged, what cannot be written, what is left behind."""

from collections.abc import Callable
from contextlib import closing
import logging
import os
from pathlib import Path
import sqlite3
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.history import HistoryFile
from custom_components.camera_smart_alerts.visits import Visits
from tests.database_kit import HOUR, NOW, left_in, listed, opened, tell, visit


def names(folder: Path) -> list[str]:
    """Return the names of all files."""
    return [path.name for path in folder.iterdir()]


def rubbish(path: Path) -> None:
    """Put something else in place of the file."""
    path.write_bytes(b"no database " * 1000)


def broken_page(path: Path) -> None:
    """Break a page behind the first, which alone is read when a file is opened."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 8192)


def from_the_future(path: Path) -> None:
    """Let a later version have written the file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "aside"),
    [
        pytest.param(rubbish, "history.damaged", id="no database"),
        pytest.param(broken_page, "history.damaged", id="one page broken"),
        pytest.param(from_the_future, "history.newer", id="written by a later version"),
    ],
)
async def test_a_file_that_is_of_no_use_is_set_aside_as_it_is(
    hass: HomeAssistant,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], None],
    aside: str,
) -> None:
    async with opened(hass) as database:
        await tell(database, visit())
    path = folder / FILE
    spoil(path)
    (folder / f"{FILE}-wal").write_bytes(b"log")
    before = path.read_bytes()
    async with opened(hass) as database:
        assert await listed(database) == []
        assert await left_in(database) == {}
        await tell(database, visit(2))
        assert database.is_durable
    assert (folder / aside).read_bytes() == before
    assert caplog.text.count(f"was set aside as {aside}") == 1
    async with opened(hass) as database:
        assert await listed(database) == [visit_id("secret-2")]


async def test_a_row_that_is_unreadable_keeps_no_camera_from_starting(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(hass) as database:
        await tell(database, visit(1))
        await tell(database, visit(2))
    connection = sqlite3.connect(folder / FILE)
    connection.execute("UPDATE visits SET data = '{}' WHERE id = 'secret-1'")
    connection.execute("UPDATE tellings SET alert = 'x' WHERE visit_id = 'secret-1'")
    connection.commit()
    connection.close()
    async with opened(hass) as database:
        restored = Visits()
        left = await database.async_load(restored)
    assert list(restored.open) == ["secret-2"]
    assert {one.alert.id for one in left} == {"secret-2"}
    assert "A row of the history is unreadable" in caplog.text


def no_folder(folder: Path) -> None:
    """Let a file lie where the folder should."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.touch()


def no_file(folder: Path) -> None:
    """Let a folder lie where the file should."""
    (folder / FILE).mkdir(parents=True)


def not_aside(folder: Path) -> None:
    """Let a damaged file find its place aside taken by something that stays."""
    (folder / "history.damaged").mkdir(parents=True)
    rubbish(folder / FILE)


def read_only(folder: Path) -> None:
    """Let the folder be read-only."""
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    folder.mkdir(parents=True)
    folder.chmod(0o555)


@pytest.mark.parametrize("spoil", [no_folder, no_file, not_aside, read_only])
async def test_without_a_disk_the_history_is_kept_until_the_restart(
    hass: HomeAssistant,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], None],
) -> None:
    spoil(folder)
    async with opened(hass) as database:
        for number in (1, 2):
            await tell(database, visit(number, at=NOW + number * HOUR))
            assert not database.is_durable
        assert await listed(database) == [visit_id("secret-2"), visit_id("secret-1")]
        assert len(await database.async_load(Visits())) == 4
    said = [one for one in caplog.records if one.name.startswith("custom_components")]
    said = [one for one in said if "set aside" not in one.message]
    assert [one.levelno for one in said] == [logging.WARNING]
    assert "cannot be kept over a restart" in said[0].message


async def test_on_a_full_disk_nothing_is_half_written_and_it_is_said_once(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(hass) as database:
        read = database._file.read
        await tell(database, visit(1))
        durable = [database.is_durable]
        ((pages,),) = await database.async_run(read, "PRAGMA page_count")
        await database.async_run(read, f"PRAGMA max_page_count = {pages}")
        long = visit(2)
        long.told_to |= {f"phone:{number:0>500}": "front" for number in range(50)}
        await tell(database, long)
        await database.async_motion("front", NOW, {"reason": "long" * 5000})
        durable.append(database.is_durable)
        assert await listed(database) == [visit_id("secret-1")]
        assert {one.alert.id for one in await database.async_load(Visits())} == {"secret-1"}
        assert caplog.text.count("cannot be written") == 1

        await database.async_run(read, f"PRAGMA max_page_count = {pages + 100}")
        await tell(database, long)
        durable.append(database.is_durable)
        assert len(await listed(database)) == 2
        assert caplog.text.count("is written again") == 1
        await database.async_motion("front", NOW, {"reason": "short"})
        assert caplog.text.count("is written again") == 1
    assert durable == [True, False, True]


async def test_what_comes_after_the_end_is_lost_without_a_word(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(hass) as database:
        await database.async_close()
        await database.async_close()
        await database.async_motion("front", NOW, {})
    assert "history" not in caplog.text
    assert not (folder / f"{FILE}-wal").exists()


async def test_who_removes_the_integration_keeps_nothing_of_it(
    hass: HomeAssistant, folder: Path
) -> None:
    async with opened(hass):
        pass
    rubbish(folder / FILE)
    async with opened(hass):
        pass
    from_the_future(folder / FILE)
    async with opened(hass) as database:
        assert len(names(folder)) > 2
    await database.async_remove()
    assert names(folder) == []


def history_file(folder: Path) -> HistoryFile:
    """Return the file itself, opened."""
    file = HistoryFile(folder / FILE)
    file.open()
    return file


def test_files_that_were_set_aside_go_when_what_is_in_them_is_too_old(folder: Path) -> None:
    file = history_file(folder)
    for name, age in (("history.damaged", 10), ("history.newer", 1), ("history.newer-wal", -9)):
        (folder / name).touch()
        os.utime(folder / name, (1000 - age, 1000 - age))
    os.utime(folder / FILE, (0, 0))
    file.tidy(995, 1000)
    assert sorted(names(folder)) == [
        *("history.db", "history.db-shm", "history.db-wal", "history.newer", "history.newer-wal"),
    ]
    assert (folder / "history.newer-wal").stat().st_mtime == 1000, "the clock was wrong"
    file.close()


def test_a_disk_that_is_full_is_tried_again_with_something_large(folder: Path) -> None:
    file = history_file(folder)
    ((pages,),) = file.read("PRAGMA page_count")
    file.read(f"PRAGMA max_page_count = {pages}")
    assert not file.write(lambda one: one.execute("INSERT INTO facts VALUES ('a', zeroblob(9999))"))
    assert file.problem == "database or disk is full"
    file.write(lambda one: one.execute("DELETE FROM facts"))
    file.recover()
    assert file.problem is not None
    file.read(f"PRAGMA max_page_count = {pages + 100}")
    file.recover()
    assert file.problem is None
    assert file.read("SELECT * FROM facts") == []
    file.recover()
    file.close()


def test_what_cannot_be_read_does_not_pass_for_nothing(folder: Path) -> None:
    file = history_file(folder)
    assert file.read("SELECT * FROM nowhere") is None
    assert file.problem == "no such table: nowhere"
    file.close()


def test_memory_is_taken_to_the_disk_when_it_can_be(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.touch()
    file = history_file(folder)
    file.write(lambda one: one.execute("INSERT INTO facts VALUES ('a', 'b')"))
    folder.unlink()
    with patch("custom_components.camera_smart_alerts.history.copy", side_effect=sqlite3.Error):
        file.recover()
    assert file.is_memory
    file.recover()
    assert not file.is_memory
    assert file.read("SELECT value FROM facts") == [("b",)]
    file.close()


def test_a_damaged_file_that_cannot_be_set_aside_is_left_where_it_is(folder: Path) -> None:
    file = history_file(folder)
    (folder / "history.damaged").mkdir()
    with closing(sqlite3.connect(folder / FILE)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rubbish(folder / FILE)
    file._connection.close()
    file._connection = sqlite3.connect(folder / FILE, check_same_thread=False)
    assert file.write(lambda one: one.execute("INSERT INTO facts VALUES ('a', 'b')"))
    assert file.is_memory
    assert (folder / FILE).read_bytes().startswith(b"no database")
    file.recover()
    assert file.is_memory
    file.close()


def test_a_file_with_a_broken_page_deep_inside_is_not_trusted(folder: Path) -> None:
    file = history_file(folder)
    many = [(float(number), "front", "x" * 500) for number in range(200)]
    insert = "INSERT INTO motions (at, subentry_id, data) VALUES (?, ?, ?)"
    file.write(lambda one: one.executemany(insert, many))
    file.close()
    with (folder / FILE).open("r+b") as broken:
        broken.seek((folder / FILE).stat().st_size // 2 // 4096 * 4096)
        broken.write(b"\xa5" * 4096)
    file = history_file(folder)
    assert file.read("SELECT * FROM motions") == []
    assert (folder / "history.damaged").exists()
    file.close()
