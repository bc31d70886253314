"""Pictures that are kept: three of a visit, sealed, for as long as was promised."""

import asyncio
from datetime import timedelta
from pathlib import Path
import sqlite3
import threading
import time
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts import vault as vault_module
from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.forgetting import DeletionReceipt
from custom_components.camera_smart_alerts.history_thread import ISSUE_UNWRITABLE
from custom_components.camera_smart_alerts.kept_picture import NewPicture, Role
from custom_components.camera_smart_alerts.pictures import GIF, Picture, async_pictures
from tests.database_kit import HOUR, NOW, history_in, listed
from tests.vault_kit import MOVING, SHOT, issue, living, on_disk, rows

pytestmark = pytest.mark.usefixtures("real_storage")
DAY = timedelta(days=1)


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory) -> Path:
    """Return where the file of this test lies; it is noon."""
    freezer.move_to(NOW)
    return history_in(hass, tmp_path)


async def test_a_picture_is_there_after_a_restart_and_nobody_else_can_read_it(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        picture_id = await home.see()
    async with living(hass) as home:
        opened = await home.vault.async_open(picture_id)
        (kept,) = await home.vault.async_list()
    assert opened == Picture(SHOT, "camera.front")
    assert (kept.role, kept.size, kept.taken_at) == (Role.TRIGGER, len(SHOT), NOW)
    assert (kept.visit_id, kept.subentry_id) == (visit_id("secret-1"), "front")
    assert b"somebody" not in on_disk(folder)


async def test_of_a_visit_the_first_picture_the_last_one_and_the_last_preview_are_kept(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        for revision in (1, 2, 3):
            at = NOW + timedelta(seconds=revision)
            await home.see(revision=revision, at=at, data=SHOT + bytes([revision]))
            await home.see(revision=revision, at=at, data=MOVING, content_type=GIF)
            if revision == 2:
                (old,) = rows(folder, "SELECT wrapped_key FROM pictures WHERE id = 'secret-1-2'")
        kept = {one.role: one.id for one in await home.vault.async_list()}
        assert kept == {
            Role.TRIGGER: "secret-1-1",
            Role.BEST: "secret-1-3",
            Role.PREVIEW: "secret-1-3-preview",
        }
        assert old[0] not in on_disk(folder), "also not in the log"
        newest = await home.vault.async_newest(own_visit_id="secret-1")
        assert newest is not None
        assert newest.id == "secret-1-3"
        assert await home.data("secret-1-3-preview") == MOVING
        # Told once more, it stays what it was.
        await home.see(revision=1, data=b"again")
        assert len(await home.kept()) == 3
        assert await home.data("secret-1-1") == b"again"


async def test_pictures_are_found_by_camera_and_by_visit(hass: HomeAssistant, folder: Path) -> None:
    async with living(hass, ("front", "back")) as home:
        front = await home.see(1, at=NOW)
        back = await home.see(2, camera="back", at=NOW + timedelta(seconds=1))
        assert await home.kept() == [back, front]
        assert await home.kept(limit=1) == [back]
        assert await home.kept(subentry_id="front") == [front]
        assert await home.kept(visit_id=visit_id("secret-2")) == [back]
        assert await home.vault.async_newest(subentry_id="nobody") is None


@pytest.mark.parametrize("retention", [HOUR, 7 * DAY, 30 * DAY], ids=str)
async def test_nothing_older_than_the_retention_is_shown_and_then_it_is_gone(
    hass: HomeAssistant, folder: Path, freezer: FrozenDateTimeFactory, retention: timedelta
) -> None:
    async with living(hass, retention=retention) as home:
        picture_id = await home.see()
        await home.database.async_motion("front", NOW, {"reason": "", "visit_ids": []})
        freezer.move_to(NOW + retention)
        assert await home.data(picture_id) == SHOT
        assert await listed(home.database)
        freezer.move_to(NOW + retention + timedelta(seconds=1))
        assert await home.data(picture_id) is None
        assert await home.kept() == []
        assert await listed(home.database) == []
        assert await home.database.async_motions("front", NOW, NOW + HOUR, 9) == []
        ((wrapped,),) = rows(folder, "SELECT wrapped_key FROM pictures")
        await home.vault.async_tidy()
        assert wrapped not in on_disk(folder)
        for table in ("pictures", "visits", "tellings", "motions", "picture_keys"):
            assert rows(folder, f"SELECT * FROM {table}") == []  # noqa: S608


async def test_what_comes_from_the_future_is_kept_no_longer_than_the_rest(
    hass: HomeAssistant, folder: Path, freezer: FrozenDateTimeFactory
) -> None:
    async with living(hass) as home:
        picture_id = await home.see(at=NOW + 100 * DAY)
        await home.database.async_motion("front", NOW + 100 * DAY, {"reason": ""})
        await home.database.async_motion("front", NOW + 100 * DAY, {"reason": "running"})
        soon = await home.see(2, at=NOW + timedelta(minutes=4))
        await home.vault.async_tidy()
        found = {one.id: one.taken_at for one in await home.vault.async_list()}
        assert found == {picture_id: NOW, soon: NOW + timedelta(minutes=4)}
        assert rows(folder, "SELECT at FROM motions ORDER BY at") == [
            (NOW.timestamp(),),
            ((NOW + 100 * DAY).timestamp(),),
        ]
        freezer.move_to(NOW + 7 * DAY + timedelta(seconds=1))
        await home.vault.async_tidy()
        assert await home.kept() == [soon]
        assert await listed(home.database) == [visit_id("secret-2")]


async def test_a_restored_file_shows_nothing_that_is_too_old(
    hass: HomeAssistant, folder: Path, freezer: FrozenDateTimeFactory
) -> None:
    async with living(hass) as home:
        picture_id = await home.see()
    old = (folder / FILE).read_bytes()
    (folder / FILE).unlink()
    freezer.move_to(NOW + 8 * DAY)
    (folder / FILE).write_bytes(old)
    async with living(hass) as home:
        assert await home.data(picture_id) is None
        assert await home.kept() == []


async def test_when_there_is_no_room_the_oldest_visits_lose_their_pictures(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass, most=3 * len(SHOT)) as home:
        for number in (1, 2, 3):
            await home.see(number, at=NOW + number * timedelta(minutes=1))
        assert len(await home.kept()) == 3
        await home.see(2, revision=2, at=NOW + timedelta(minutes=4))
        assert await home.kept() == ["secret-2-2", "secret-3-1", "secret-2-1"]
        assert len(await listed(home.database)) == 3, "the visits themselves stay"


async def test_no_picture_is_kept_without_its_visit_or_its_camera(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        await home.see(camera="removed")
        alone = NewPicture(
            id="alone",
            visit_id="nobody",
            subentry_id="front",
            picture=Picture(SHOT, "camera.front"),
            taken_at=NOW,
        )
        await home.vault.async_keep(alone)
        assert rows(folder, "SELECT id FROM pictures") == []


async def test_a_camera_that_was_removed_leaves_neither_picture_nor_key(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass, ("front", "back")) as home:
        front, back = await home.see(1), await home.see(2, camera="back")
        key = home.vault._ring.keys["front"]
    async with living(hass, ("back",)) as home:
        assert await home.data(front) is None
        assert await home.kept() == [back]
        await home.vault.async_tidy()
        assert rows(folder, "SELECT DISTINCT subentry_id FROM pictures") == [("back",)]
        assert rows(folder, "SELECT subentry_id FROM picture_keys") == [("back",)]
        assert list(home.vault._ring.keys) == ["back"]
    async with living(hass, ("front", "back")) as home:
        await home.see(3)
        assert home.vault._ring.keys["front"] != key


DELETIONS = {
    "picture": (lambda vault: vault.async_delete_picture("secret-1-1"), (1, 0, 1), [1, 2, 3]),
    "visit": (lambda vault: vault.async_delete_visit(visit_id("secret-1")), (2, 1, 2), [2, 3]),
    "camera": (lambda vault: vault.async_delete_camera("front"), (3, 2, 4), [3]),
    "everything": (lambda vault: vault.async_delete_everything(), (4, 3, 6), []),
    "nothing": (lambda vault: vault.async_delete_visit("unknown"), (0, 0, 0), [1, 2, 3]),
}


@pytest.mark.parametrize("what", DELETIONS)
async def test_whoever_deletes_gets_a_receipt_and_nothing_is_left(
    hass: HomeAssistant, folder: Path, what: str
) -> None:
    delete, (pictures, visits, keys), left = DELETIONS[what]
    async with living(hass, ("front", "back")) as home:
        shelf = async_pictures(hass)
        for number, camera in ((1, "front"), (2, "front"), (3, "back")):
            picture_id = await home.see(number, camera=camera)
            shelf.put(picture_id, SHOT, f"camera.{camera}")
        await home.see(1, revision=2)
        before = dict(rows(folder, "SELECT id, wrapped_key FROM pictures"))
        receipt = await delete(home.vault)
        assert receipt == DeletionReceipt(
            at=NOW,
            what="visit" if what == "nothing" else what,
            pictures=pictures,
            visits=visits,
            size=pictures * len(SHOT),
            keys=keys,
        )
        assert receipt.as_dict()["bytes"] == receipt.size
        kept = set(await home.kept())
        assert len(kept) == 4 - pictures
        assert sorted(await listed(home.database)) == sorted(
            visit_id(f"secret-{number}") for number in left
        )
        everywhere = on_disk(folder)
        for picture_id, wrapped in before.items():
            assert (wrapped in everywhere) is (picture_id in kept)
            if picture_id not in kept:
                assert await home.data(picture_id) is None
                assert shelf.get(picture_id) is None
        new = await home.see(4)
        assert await home.data(new) == SHOT, "it goes on"


async def test_of_a_removed_camera_nothing_is_left_to_forget_in_memory(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        receipt = await home.vault.async_delete_camera("removed")
    assert (receipt.pictures, receipt.keys) == (0, 0)


async def test_a_deletion_that_cannot_be_written_is_no_deletion(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        picture_id = await home.see()
        with (
            patch.object(home.database, "async_write", return_value=False),
            pytest.raises(HomeAssistantError) as caught,
        ):
            await home.vault.async_delete_everything()
        assert caught.value.translation_key == "history_unwritable"
        assert await home.data(picture_id) == SHOT


async def test_a_picture_that_was_damaged_or_exchanged_is_not_shown(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with living(hass) as home:
        one, other = await home.see(1), await home.see(2)
    connection = sqlite3.connect(folder / FILE)
    connection.execute("UPDATE pictures SET sealed = zeroblob(100) WHERE id = ?", (one,))
    connection.execute(
        "INSERT INTO pictures SELECT 'mine', 'secret-2', public_id, subentry_id, 'best', taken_at, "
        "content_type, size, wrapped_key, sealed FROM pictures WHERE id = ?",
        (other,),
    )
    connection.commit()
    connection.close()
    async with living(hass) as home:
        assert await home.data(one) is None
        assert await home.data("mine") is None
        assert await home.data(other) == SHOT
    assert caplog.text.count("cannot be opened") == 2


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


async def test_after_the_end_nothing_is_read_or_written_any_more(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        picture_id = await home.see()
        await home.database.async_close()
        await home.vault.async_tidy()
        assert await home.data(picture_id) is None
        assert await home.kept() == []


async def test_a_key_that_cannot_be_written_keeps_no_picture(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        with patch.object(home.vault._ring, "async_new", return_value=None):
            await home.see()
        assert rows(folder, "SELECT id FROM pictures") == []
