"""Pictures that are kept: three of a visit, sealed, for as long as was promised."""

from datetime import timedelta
from pathlib import Path
import sqlite3

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.kept_picture import NewPicture, Role
from custom_components.camera_smart_alerts.pictures import GIF, Picture
from tests.database_kit import HOUR, NOW, listed
from tests.vault_kit import MOVING, SHOT, living, on_disk, rows

pytestmark = pytest.mark.usefixtures("real_storage")
DAY = timedelta(days=1)


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
        # The first time it may be the clock that is wrong now.
        for _ in range(2):
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


async def test_after_the_end_nothing_is_read_or_written_any_more(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        picture_id = await home.see()
        await home.database.async_close()
        await home.vault.async_tidy()
        assert await home.data(picture_id) is None
        assert await home.kept() == []
