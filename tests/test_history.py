"""The history on a real disk: what is damaged, what cannot be written, what is left behind."""

from collections.abc import Callable
import logging
import os
from pathlib import Path
import sqlite3

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.visits import Visits
from tests.database_kit import HOUR, NOW, history_in, left_in, listed, opened, tell, visit


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return where the file of this test lies."""
    return history_in(hass, tmp_path)


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
    connection.execute("PRAGMA user_version = 2")
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
        ((pages,),) = await database._async_run(read, "PRAGMA page_count")
        await database._async_run(read, f"PRAGMA max_page_count = {pages}")
        long = visit(2)
        long.told_to |= {f"phone:{number:0>500}": "front" for number in range(50)}
        await tell(database, long)
        await database.async_motion("front", NOW, {"reason": "long" * 5000})
        durable.append(database.is_durable)
        assert await listed(database) == [visit_id("secret-1")]
        assert {one.alert.id for one in await database.async_load(Visits())} == {"secret-1"}
        assert caplog.text.count("cannot be written") == 1

        await database._async_run(read, f"PRAGMA max_page_count = {pages + 100}")
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
