"""What cameras were taught, on the disk: sealed, there after a kill, destroyed when asked."""

import base64
from collections.abc import Callable
from datetime import timedelta
import json
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.learning import MOST_MOTIONS
from custom_components.camera_smart_alerts.vision.lessons import MOST_LESSONS, Lesson, Teaching
from tests.database_kit import HOUR, NOW
from tests.lessons_kit import SECOND, TAUGHT, ids, learning_of, teach
from tests.vault_kit import living, on_disk, rows

pytestmark = pytest.mark.usefixtures("real_storage")


def spellings(lesson: Lesson) -> list[bytes]:
    """Return how a lesson, or its look, would lie on the disk if it lay there in the open."""
    stored = lesson.as_dict()
    looks = [lesson.look.tobytes(), lesson.look.astype(np.float64).tobytes()]
    return [
        *(json.dumps(stored[part])[1:-1].encode() for part in ("look", "box")),
        *looks,
        *map(base64.b64encode, looks),
        base64.b64decode(stored["look"]),
        b"false_alarm",
    ]


def kill(folder: Path) -> Path:
    """Return a folder with what lies on the disk at this moment."""
    shutil.copytree(folder, killed := folder.with_name("killed"))
    return killed


def start_from(killed: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    killed.rename(folder)


async def test_a_lesson_is_there_after_a_restart_and_nobody_else_can_read_it(
    hass: HomeAssistant, folder: Path, tmp_path: Path
) -> None:
    async with living(hass) as home:
        (lesson,) = await teach(hass, home)
    async with living(hass) as home:
        (back,) = learning_of(home).lessons
        (motion,) = learning_of(home).motions
    assert (back.id, back.verdict, back.kind) == (lesson.id, Teaching.FALSE_ALARM, lesson.kind)
    assert back.is_like(lesson.kind, lesson.box, lesson.look)
    assert (motion.alert_ids, motion.at) == (("secret-1",), NOW - timedelta(minutes=20) + SECOND)
    assert [one.confidence for one in motion.believed] == [0.6]
    assert motion.candidate is not None
    everywhere = on_disk(tmp_path) + on_disk(Path(hass.config.path(".storage")))
    assert rows(folder, TAUGHT) == [("examples", 1), ("lesson", 1)]
    for spelling in spellings(lesson):
        assert spelling not in everywhere
    assert b"secret-1" not in everywhere, "nor what answers the alert"


async def test_what_was_taught_is_on_the_disk_as_soon_as_it_can_be(
    hass: HomeAssistant, folder: Path, tmp_path: Path
) -> None:
    async with living(hass) as home:
        (lesson,) = await teach(hass, home)
        killed = kill(folder)
    start_from(killed, folder)
    async with living(hass) as home:
        assert ids(home) == [lesson.id]


async def test_a_lesson_that_is_taken_back_leaves_neither_row_nor_key(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        (one,), (other,) = await teach(hass, home, 1), await teach(hass, home, 2)
        query = f"SELECT wrapped_key FROM taught WHERE id = '{one.id}'"  # noqa: S608
        ((wrapped,),) = rows(folder, query)
        taught = home.cameras["front"].taught
        assert await taught.async_forget("unknown") == 0
        assert wrapped in on_disk(folder)
        assert await taught.async_forget(one.id) == 1
        assert wrapped not in on_disk(folder), "also not in the log"
        assert rows(folder, TAUGHT) == [("examples", 2), ("lesson", 1)]
    async with living(hass) as home:
        assert ids(home) == [other.id]


async def test_all_that_a_camera_was_taught_is_taken_back_at_once_with_the_examples(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass, ("front", "back")) as home:
        await teach(hass, home, 1)
        await teach(hass, home, 2)
        await teach(hass, home, 3, "back")
        wrapped = rows(folder, "SELECT wrapped_key FROM taught WHERE subentry_id = 'front'")
        assert await home.cameras["front"].taught.async_forget(None) == 2
        assert rows(folder, "SELECT DISTINCT subentry_id FROM taught") == [("back",)]
        for (one,) in wrapped:
            assert one not in on_disk(folder)
        (lesson,) = await teach(hass, home, 4)
        assert ids(home) == [lesson.id], "it goes on"


async def test_no_more_is_kept_than_the_newest_of_each(hass: HomeAssistant, folder: Path) -> None:
    async with living(hass) as home:
        for number in range(MOST_LESSONS + 5):
            await teach(hass, home, number)
        kept = ids(home)
        assert rows(folder, TAUGHT) == [("examples", MOST_MOTIONS), ("lesson", MOST_LESSONS)]
    async with living(hass) as home:
        assert ids(home) == kept
        newest = learning_of(home).motions[-1]
        assert newest.alert_ids == (f"secret-{MOST_LESSONS + 4}",)


async def test_examples_go_with_the_retention_and_lessons_stay(
    hass: HomeAssistant, folder: Path, freezer: FrozenDateTimeFactory
) -> None:
    async with living(hass, retention=HOUR) as home:
        (lesson,) = await teach(hass, home)
        query = "SELECT wrapped_key FROM taught WHERE what = 'examples'"
        ((wrapped,),) = rows(folder, query)
        freezer.tick(HOUR)
        await home.vault.async_tidy()
        assert learning_of(home).motions == ()
        assert ids(home) == [lesson.id]
        assert rows(folder, TAUGHT) == [("lesson", 1)]
        assert wrapped not in on_disk(folder)
        assert rows(folder, "SELECT subentry_id FROM picture_keys") == [("front",)]
        freezer.tick(timedelta(days=400))
        await home.vault.async_tidy()
    async with living(hass, retention=HOUR) as home:
        assert ids(home) == [lesson.id]


async def test_an_example_that_is_too_old_is_not_taken_in_from_an_old_file(
    hass: HomeAssistant, folder: Path, freezer: FrozenDateTimeFactory
) -> None:
    async with living(hass) as home:
        await teach(hass, home)
    freezer.tick(timedelta(days=8))
    async with living(hass) as home:
        assert learning_of(home).motions == ()
        assert len(ids(home)) == 1


async def test_a_camera_that_was_removed_leaves_nothing_that_it_was_taught(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass, ("front", "back")) as home:
        await teach(hass, home, 1)
        await teach(hass, home, 2, "back")
    async with living(hass, ("back",)) as home:
        await home.vault.async_tidy()
        assert rows(folder, "SELECT DISTINCT subentry_id FROM taught") == [("back",)]


DELETIONS: dict[str, tuple[Callable[[Any], Any], tuple[int, int, int], int]] = {
    "visit": (lambda vault: vault.async_delete_visit(visit_id("secret-1")), (1, 0, 2), 2),
    "camera": (lambda vault: vault.async_delete_camera("front"), (2, 2, 7), 1),
    "everything": (lambda vault: vault.async_delete_everything(), (3, 3, 11), 0),
}
"""How, what the receipt says (visits, lessons, keys), and how many motions can be learned from."""


@pytest.mark.parametrize("what", DELETIONS)
async def test_whoever_deletes_destroys_what_was_taught_too_and_gets_a_receipt_for_it(
    hass: HomeAssistant, folder: Path, what: str
) -> None:
    delete, (visits, lessons, keys), motions = DELETIONS[what]
    async with living(hass, ("front", "back")) as home:
        for number, camera in ((1, "front"), (2, "front"), (3, "back")):
            await home.see(number, camera=camera)
            await teach(hass, home, number, camera)
        before = dict(rows(folder, "SELECT id, wrapped_key FROM taught"))
        receipt = await delete(home.vault)
        assert (receipt.visits, receipt.lessons, receipt.keys) == (visits, lessons, keys)
        assert receipt.as_dict()["lessons"] == lessons
        await hass.async_block_till_done()
        kept = {one for (one,) in rows(folder, "SELECT id FROM taught")}
        everywhere = on_disk(folder)
        for one, key in before.items():
            assert (key in everywhere) is (one in kept)
        known = [learning_of(home, one) for one in home.cameras]
        assert sum(len(one.lessons) for one in known) == 3 - lessons
        assert sum(len(one.motions) for one in known) == motions
        assert len(kept) == 3 - lessons + motions
        # Nor does anything write it again.
        await home.vault.async_tidy()
        assert {one for (one,) in rows(folder, "SELECT id FROM taught")} == kept
        (lesson,) = await teach(hass, home, 4)
        assert lesson.id in ids(home), "it goes on"
