"""Forgetting goes in small steps, and takes everything along that belonged to what is forgotten."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import itertools
from pathlib import Path
from sqlite3 import Connection
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts import database as database_module
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.forgetting import STEP, ClockWatch
from custom_components.camera_smart_alerts.history import HistoryFile
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.database_kit import HOUR, NOW, history_in, opened, tell, visit, visits_of
from tests.vault_kit import SHOT, living, rows

pytestmark = pytest.mark.usefixtures("real_storage")


async def test_others_have_their_turn_while_much_is_forgotten(
    hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    history_in(hass, tmp_path)
    async with opened(hass) as database:
        for number in range(6 * STEP):
            await database.async_keep(visits_of(), visit(number, at=NOW - 200 * HOUR))
        seen = []

        async def look() -> None:
            while not seen or seen[-1]:
                ((left,),) = await database.async_read("SELECT count(*) FROM visits")
                seen.append(left)

        await asyncio.gather(database.async_forget(NOW, ["front"]), look())
    between = set(seen) - {6 * STEP, 0}
    assert between, "somebody was let in while there was more to do"
    assert all(left % STEP == 0 for left in between)


async def test_pictures_go_until_there_are_few_enough(
    hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    folder = history_in(hass, tmp_path)
    number = STEP + 10
    async with living(hass) as home:
        for one in range(number):
            await home.see(one, at=NOW - one * HOUR / 2)
    async with living(hass, most=2 * len(SHOT)) as home:
        await home.vault.async_tidy()
        assert await home.kept() == ["secret-0-1", "secret-1-1"]
    assert rows(folder, "SELECT count(*) FROM visits") == [(number,)]


async def test_a_visit_takes_its_pictures_and_tellings_along_whichever_camera_they_are_of(
    hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    folder = history_in(hass, tmp_path)
    async with living(hass, ("front", "back")) as home:
        await home.see(camera="front")
        told = replace(visit(), seen={"back": {Kind.PERSON: 1}})
        await tell(home.database, told)
        receipt = await home.vault.async_delete_camera("back")
        assert (receipt.visits, receipt.pictures) == (1, 1)
    for table in ("visits", "pictures", "tellings", "visit_index"):
        assert rows(folder, f"SELECT * FROM {table}") == [], table  # noqa: S608


async def test_a_copy_put_back_opens_nothing_of_a_camera_that_was_deleted(
    hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    folder = history_in(hass, tmp_path)
    async with living(hass, ("front", "back")) as home:
        of_front, of_back = await home.see(1), await home.see(2, camera="back")
        await home.database.async_scrub()
        copy = (folder / FILE).read_bytes()
        await home.vault.async_delete_camera("front")
        await home.vault.async_delete_picture(of_back)
    (folder / FILE).write_bytes(copy)
    async with living(hass, ("front", "back")) as home:
        assert await home.data(of_front) is None
        assert home.vault.lost == {"front"}
        # What was only deleted as such is in the copy; ``docs/privacy.md`` says so.
        assert await home.data(of_back) == SHOT


async def test_a_long_log_is_brought_into_the_file_behind_the_back_of_whoever_writes(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    log = history_in(hass, tmp_path) / f"{FILE}-wal"
    async with opened(hass) as database:

        def write(connection: Connection) -> None:
            text = "x" * 1_000_000
            connection.execute("REPLACE INTO facts VALUES (?, ?)", (str(len(sizes)), text))

        sizes: list[int] = []
        for _ in range(10):
            await database.async_write(write)
            await database.async_read("SELECT 1")
            sizes.append(log.stat().st_size)
        assert max(sizes) < 6_000_000
        assert 0 in sizes, "it was emptied"
        assert len(await database.async_read("SELECT 1 FROM facts")) == 10


async def test_a_log_that_a_reader_holds_is_not_tried_again_at_every_write(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    history_in(hass, tmp_path)
    async with opened(hass) as database:
        with patch.object(HistoryFile, "scrub", autospec=True, return_value=False) as scrub:
            for number in range(10):
                await database.async_write(
                    lambda one, key=number: one.execute(
                        "REPLACE INTO facts VALUES (?, ?)", (str(key), "x" * 1_000_000)
                    )
                )
            await database.async_read("SELECT 1")
        # With 5 and with 10 MB in it, not at each of the writes between.
        assert scrub.call_count == 2


@pytest.mark.parametrize(
    ("looks", "doubts"),
    [
        pytest.param([(0, 0, 0), (600, 600, 0)], [False, False], id="right"),
        pytest.param([(0, 0, 0), (-9e6, 600, 0), (600, 1200, 0)], [False, True, False], id="back"),
        pytest.param([(0, 0, 0), (9e6, 600, 0), (9e6, 1200, 0)], [False, True, False], id="stays"),
        pytest.param([(0, 0, 9e6), (600, 600, 9e6)], [True, False], id="started-in-the-past"),
        pytest.param([(0, 0, 200), (600, 600, 200)], [False, False], id="put-right-by-seconds"),
        pytest.param(
            [(number % 2 * 9e6, number * 600, 0) for number in range(5)],
            [False, True, False, True, False],
            id="jumps-all-the-time",
        ),
    ],
)
def test_a_clock_that_has_just_jumped_is_doubted_once(
    looks: list[tuple[float, float, float]], doubts: list[bool]
) -> None:
    clock = ClockWatch()
    assert [clock.doubts(*look) for look in looks] == doubts


@pytest.mark.parametrize("days", [-365, 365])
async def test_a_clock_that_is_wrong_for_ten_minutes_costs_nothing(
    hass: HomeAssistant, folder: Path, freezer: FrozenDateTimeFactory, days: int
) -> None:
    with patch.object(database_module, "monotonic", itertools.count(0, 600).__next__):
        async with living(hass) as home:
            picture_id = await home.see()
            await home.vault.async_tidy()
            freezer.move_to(NOW + timedelta(days=days, minutes=10))
            await home.vault.async_tidy()
            freezer.move_to(NOW + timedelta(minutes=20))
            await home.vault.async_tidy()
            await home.vault.async_tidy()
            assert await home.kept() == [picture_id]
            assert rows(folder, "SELECT what FROM ledger") == [("kept",)]
