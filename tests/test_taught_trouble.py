"""What cameras were taught, when keys are lost or disks fail: nothing is lost in silence."""

from pathlib import Path
import sqlite3
import threading
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.history_thread import ISSUE_UNWRITABLE
from custom_components.camera_smart_alerts.sealing import ISSUE_KEYS
from custom_components.camera_smart_alerts.taught import Taught
from custom_components.camera_smart_alerts.vision.lessons import Lesson
from tests.database_kit import HOUR, NOW, history_in
from tests.lessons_kit import SECOND, TAUGHT, example, ids, learning_of, result, teach
from tests.vault_kit import issue, key_file, living, on_disk, rows

pytestmark = pytest.mark.usefixtures("real_storage")


def take_away(folder: Path) -> None:
    """Let the disk be gone, with all that lies on it."""
    folder.rename(folder.with_name("away"))
    folder.touch()


def bring_back(folder: Path) -> None:
    folder.unlink()
    folder.with_name("away").rename(folder)


def spoil(path: Path) -> None:
    """Break all pages of a file but the first."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))


async def test_lost_keys_keep_lessons_shut_and_are_not_replaced_until_they_are_back(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with living(hass) as home:
        (old,) = await teach(hass, home)
    backup = key_file(hass).read_bytes()
    key_file(hass).unlink()
    async with living(hass) as home:
        assert issue(hass, ISSUE_KEYS) is not None
        assert ids(home) == []
        (new,) = await teach(hass, home, 2)
        await home.vault.async_tidy()
        assert not key_file(hass).exists()
        assert rows(folder, TAUGHT) == [("examples", 1), ("lesson", 1)]
        assert ids(home) == [new.id], "it is heeded meanwhile"
        key_file(hass).write_bytes(backup)
        assert await home.vault.async_recheck()
        assert ids(home) == [old.id, new.id]
        assert issue(hass, ISSUE_KEYS) is None
    assert "cannot be opened" not in caplog.text, "the issue says it"
    async with living(hass) as home:
        assert ids(home) == [old.id, new.id]


async def test_whoever_starts_over_loses_the_lessons_that_nobody_can_open(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        await teach(hass, home)
        query = "SELECT wrapped_key FROM taught ORDER BY what"
        wrapped = rows(folder, query)
    key_file(hass).unlink()
    async with living(hass) as home:
        (new,) = await teach(hass, home, 2)
        receipt = await home.vault.async_start_over()
        assert (receipt.what, receipt.lessons, receipt.keys) == ("unreadable", 1, 2)
        assert issue(hass, ISSUE_KEYS) is None
        for (one,) in wrapped:
            assert one not in on_disk(folder)
    async with living(hass) as home:
        assert ids(home) == [new.id], "what was taught meanwhile is kept from now on"


async def test_also_lessons_that_cannot_be_opened_can_be_taken_back(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        await teach(hass, home, 1)
    key_file(hass).unlink()
    async with living(hass) as home:
        await teach(hass, home, 2)
        assert await home.cameras["front"].taught.async_forget(None) == 2
        assert rows(folder, TAUGHT) == []
        await home.vault.async_tidy()
        assert issue(hass, ISSUE_KEYS) is None


@pytest.mark.parametrize(
    "damage",
    ["sealed = zeroblob(100)", "wrapped_key = x'00'", "what = 'examples'", "id = 'another'"],
)
async def test_a_row_that_is_damaged_is_passed_over_with_one_warning(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    async with living(hass) as home:
        (one,), (other,) = await teach(hass, home, 1), await teach(hass, home, 2)
    connection = sqlite3.connect(folder / FILE)
    connection.execute(f"UPDATE taught SET {damage} WHERE id = ?", (one.id,))  # noqa: S608
    connection.commit()
    connection.close()
    async with living(hass) as home:
        await home.vault.async_tidy()
        assert ids(home) == [other.id]
    assert caplog.text.count("cannot be opened and were passed over") == 1


async def test_a_row_of_something_else_is_passed_over(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with living(hass) as home:
        with patch.object(Lesson, "as_dict", return_value={"id": 7}):
            await teach(hass, home)
    async with living(hass) as home:
        assert ids(home) == []
    assert caplog.text.count("cannot be opened and were passed over") == 1


async def test_without_a_disk_lessons_wait_in_memory_and_reach_it_when_it_returns(
    hass: HomeAssistant, folder: Path, tmp_path: Path
) -> None:
    async with living(hass) as home:
        (old,) = await teach(hass, home, 1)
    take_away(folder)
    async with living(hass) as home:
        assert issue(hass, ISSUE_UNWRITABLE) is not None
        (new,), (wrong,) = await teach(hass, home, 2), await teach(hass, home, 3)
        assert await home.cameras["front"].taught.async_forget(wrong.id) == 1
        assert ids(home) == [new.id]
        bring_back(folder)
        await home.vault.async_tidy()
        assert ids(home) == [old.id, new.id]
    async with living(hass) as home:
        assert ids(home) == [old.id, new.id]


async def test_what_is_taken_back_without_a_disk_is_destroyed_when_it_returns(
    hass: HomeAssistant, folder: Path, tmp_path: Path
) -> None:
    async with living(hass) as home:
        await teach(hass, home, 1)
    take_away(folder)
    async with living(hass) as home:
        with pytest.raises(HomeAssistantError) as caught:
            await home.cameras["front"].taught.async_forget(None)
        assert caught.value.translation_key == "history_unwritable"
        bring_back(folder)
        await home.vault.async_tidy()
        assert ids(home) == []
        assert rows(folder, TAUGHT) == []


async def test_what_cannot_be_written_is_tried_again_and_nothing_is_lost(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        (one,) = await teach(hass, home, 1)
        other = sqlite3.connect(folder / FILE, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        (new,) = await teach(hass, home, 2)
        assert issue(hass, ISSUE_UNWRITABLE) is not None
        with pytest.raises(HomeAssistantError):
            await home.cameras["front"].taught.async_forget(one.id)
        assert ids(home) == [new.id], "out of use all the same"
        other.execute("ROLLBACK")
        other.close()
        await home.vault.async_tidy()
        assert issue(hass, ISSUE_UNWRITABLE) is None
        assert rows(folder, "SELECT id FROM taught WHERE what = 'lesson'") == [(new.id,)]


async def test_what_was_taken_back_does_not_return_with_a_file_that_is_opened_again(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        (one,), (other,) = await teach(hass, home, 1), await teach(hass, home, 2)
        with (
            patch.object(home.database, "async_write", return_value=False),
            pytest.raises(HomeAssistantError),
        ):
            await home.cameras["front"].taught.async_forget(one.id)
        for job in (home.database._file.close, home.database._file.open):
            await home.database.async_run(job)
        await home.vault.async_tidy()
        assert ids(home) == [other.id]
        assert rows(folder, "SELECT id FROM taught WHERE what = 'lesson'") == [(other.id,)]


async def test_a_file_that_cannot_be_read_at_the_start_is_read_later(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        (lesson,) = await teach(hass, home, 1)
        late = Taught(hass, home.database, home.vault, "front")
        with patch.object(home.database, "async_write", return_value=False):
            await late.async_sync()
        assert late.learning.lessons == ()
        await late.async_sync()
        assert [one.id for one in late.learning.lessons] == [lesson.id]
        await late.async_stop()


async def test_lessons_outlive_a_file_that_turns_out_to_be_damaged(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        (one,) = await teach(hass, home, 1)
        for number in range(30):
            await home.see(number)
        await home.database.async_scrub()
        spoil(folder / FILE)
        home.database._file._connection.execute("PRAGMA cache_size = 0")
        (other,) = await teach(hass, home, 2)
        await home.vault.async_tidy()
        assert (folder / "history.damaged").exists()
    async with living(hass) as home:
        assert ids(home) == [one.id, other.id]


async def test_a_disk_that_hangs_holds_nobody_up_and_gets_it_all_later(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history_in(hass, tmp_path)
    go_on = threading.Event()
    async with living(hass) as home:
        hangs = home.database._async_start(go_on.wait, 20)
        learning = learning_of(home)
        for number in range(9):
            learning.async_note(NOW + number * SECOND, ("a",), result(example(look=number)))
            learning.async_false_alarm("a")
        taught = home.cameras["front"].taught
        waiting = [one for one in taught._tasks._running if not one.done()]
        assert len(waiting) <= 2, "not one for every change"
        with patch("custom_components.camera_smart_alerts.taught._STOP_WAIT_S", 0.05):
            await taught.async_stop()
        assert not taught._tasks._running, "not even at the end"
        assert "may be lost" in caplog.text
        go_on.set()
        await hangs
        learning.async_note(NOW + HOUR, (), result())
        await hass.async_block_till_done()
        kept = ids(home)
        assert len(kept) == 9
    async with living(hass) as home:
        assert ids(home) == kept


async def test_a_key_that_cannot_be_written_costs_no_lesson(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        with patch.object(home.vault._ring, "async_new", return_value=None):
            (lesson,) = await teach(hass, home)
            assert rows(folder, TAUGHT) == []
        await home.vault.async_tidy()
        assert rows(folder, TAUGHT) == [("examples", 1), ("lesson", 1)]
    async with living(hass) as home:
        assert ids(home) == [lesson.id]
