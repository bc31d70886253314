"""Whoever deletes pictures gets a receipt, and what it says is gone is gone."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
import sqlite3
from unittest.mock import Mock, patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.camera_smart_alerts import destroying
from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.destroying import DeletionReceipt
from custom_components.camera_smart_alerts.pictures import async_pictures
from tests.database_kit import NOW, listed
from tests.vault_kit import SHOT, key_file, living, on_disk, rows

pytestmark = pytest.mark.usefixtures("real_storage")


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


@contextmanager
def disk_away(folder: Path) -> Iterator[None]:
    """Let the folder be where nothing can be written, and give it back with all it held."""
    away = folder.with_name("away")
    folder.rename(away)
    folder.touch()
    yield
    folder.unlink()
    away.rename(folder)


async def test_where_everything_is_in_memory_nothing_can_be_deleted(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        picture_id = await home.see()
    with ExitStack() as stack:
        stack.enter_context(disk_away(folder))
        async with living(hass) as home:
            assert not home.database.is_on_disk
            with pytest.raises(HomeAssistantError) as caught:
                await home.vault.async_delete_everything()
            assert caught.value.translation_key == "history_unwritable"

            stack.close()
            # The disk is asked again, without waiting for anything.
            receipt = await home.vault.async_delete_everything()
            assert (receipt.pictures, receipt.visits) == (1, 1)
            assert await home.data(picture_id) is None
            assert home.vault.lost == set()


async def test_a_deletion_that_a_reader_of_the_file_hinders_is_not_said_to_be_done(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        picture_id = await home.see()
        ((wrapped,),) = rows(folder, "SELECT wrapped_key FROM pictures")
        with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM visits").fetchall()
            with pytest.raises(HomeAssistantError):
                await home.vault.async_delete_picture(picture_id)
        assert await home.data(picture_id) is None
        assert wrapped in on_disk(folder), "in the log, as the reader may yet ask for it"
        await home.vault.async_tidy()
        assert wrapped not in on_disk(folder)


async def test_a_file_that_turns_out_to_be_damaged_goes_with_what_was_to_be_deleted_from_it(
    hass: HomeAssistant, folder: Path
) -> None:
    destroy, damage = destroying.destroy_visit, sqlite3.DatabaseError("malformed")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    async with living(hass) as home:
        await home.see()
        ((wrapped,),) = rows(folder, "SELECT wrapped_key FROM pictures")

        with patch.object(destroying, "destroy_visit", Mock(side_effect=[damage, destroy])):
            await home.vault.async_delete_visit(visit_id("secret-1"))

        assert wrapped not in on_disk(folder)
        assert await home.data(await home.see(2)) == SHOT, "it goes on"


@pytest.mark.parametrize("broken", ["cut off", "one key"])
async def test_keys_that_cannot_be_read_are_destroyed_with_everything(
    hass: HomeAssistant, folder: Path, broken: str
) -> None:
    async with living(hass, ("front", "back")) as home:
        await home.see()
        await home.see(2, camera="back")
    keys = key_file(hass)
    text = keys.read_text()
    good = base64.b64encode(home.vault._ring.keys["front"]).decode()
    at = text.index('"back": "') + len('"back": "')
    keys.write_text(text[:-3] if broken == "cut off" else f"{text[:at]}!{text[at + 1 :]}")

    # As when all cameras are taken out: none is known any more.
    async with living(hass, ()) as home:
        await home.vault.async_delete_everything()

    assert good not in on_disk(keys.parent).decode()
