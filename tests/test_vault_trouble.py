"""Disks that hang, are away, full, locked or damaged cost no alert and no more than they must."""

import asyncio
from pathlib import Path
import sqlite3
import threading
import time
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts import vault as vault_module
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.history_thread import ISSUE_UNWRITABLE
from tests.database_kit import history_in
from tests.vault_kit import SHOT, issue, living, rows

pytestmark = pytest.mark.usefixtures("real_storage")


async def test_a_disk_that_hangs_holds_no_alert_up_and_gets_the_picture_later(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    history_in(hass, tmp_path)
    go_on = threading.Event()
    async with living(hass) as home:
        with (
            patch("custom_components.camera_smart_alerts.history_thread.PATIENCE_S", 0.05),
            patch.object(vault_module, "PATIENCE_S", 0.05),
            patch.object(vault_module, "_MOST_WAITING", 2),
        ):
            hangs = asyncio.ensure_future(home.database.async_run(go_on.wait, 20))
            began = time.perf_counter()
            for number in (1, 2, 3):
                await home.see(number, at=dt_util.utcnow())
            assert time.perf_counter() - began < 2
        go_on.set()
        await hangs
        await home.vault.async_stop()
        assert sorted(await home.kept()) == ["secret-1-1", "secret-2-1"], "not more than can wait"


def blocked(folder: Path) -> None:
    """Let a file lie where the folder should."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.touch()


def unblocked(folder: Path) -> None:
    folder.unlink()


async def test_without_a_disk_no_picture_is_kept_and_the_history_returns_when_the_disk_does(
    hass: HomeAssistant, folder: Path
) -> None:
    blocked(folder)
    async with living(hass) as home:
        shown = issue(hass, ISSUE_UNWRITABLE)
        assert shown is not None
        await home.see(1)
        assert await home.kept() == []
        await home.vault.async_tidy()
        assert not home.database.is_on_disk
        unblocked(folder)
        await home.vault.async_tidy()
        assert home.database.is_on_disk
        assert home.database.is_durable
        assert issue(hass, ISSUE_UNWRITABLE) is None
        assert rows(folder, "SELECT id FROM visits") == [("secret-1",)], "what was in memory"
        picture_id = await home.see(2)
        assert await home.data(picture_id) == SHOT


def in_the_pictures(path: Path) -> None:
    """Break pages in the middle of the file."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 3 // 4096 * 4096)
        file.write(b"\xa5" * (size // 2))


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "before the start"])
async def test_a_file_that_turns_out_to_be_damaged_is_set_aside_and_a_new_one_begun(
    hass: HomeAssistant, folder: Path, *, running: bool
) -> None:
    async with living(hass) as home:
        for number in range(30):
            await home.see(number, data=SHOT * 20)
        await home.database.async_scrub()
        if running:
            in_the_pictures(folder / FILE)
            home.database._file._connection.execute("PRAGMA cache_size = 0")
            for number in range(30):
                await home.data(f"secret-{number}-1")
            picture_id = await home.see(99)
            assert await home.data(picture_id) == SHOT
            assert home.database.is_durable
    if not running:
        in_the_pictures(folder / FILE)
        async with living(hass) as home:
            for number in range(30):
                await home.data(f"secret-{number}-1")
            picture_id = await home.see(99)
            assert await home.data(picture_id) == SHOT
    aside = folder / "history.damaged"
    assert aside.exists()
    async with living(hass) as home:
        assert await home.data(picture_id) == SHOT
        await home.vault.async_delete_everything()
    assert not aside.exists()


async def test_while_somebody_else_locks_the_file_alerts_go_on_and_it_is_said(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        await home.see(1)
        other = sqlite3.connect(folder / FILE, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with patch("custom_components.camera_smart_alerts.history_thread.PATIENCE_S", 5):
            await home.see(2)
        assert issue(hass, ISSUE_UNWRITABLE) is not None
        assert await home.data("secret-1-1") == SHOT
        other.execute("ROLLBACK")
        other.close()
        await home.vault.async_tidy()
        assert issue(hass, ISSUE_UNWRITABLE) is None
        picture_id = await home.see(3)
        assert await home.data(picture_id) == SHOT


async def test_a_key_that_cannot_be_written_keeps_no_picture(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        with patch.object(home.vault._ring, "async_new", return_value=None):
            await home.see()
        assert rows(folder, "SELECT id FROM pictures") == []
