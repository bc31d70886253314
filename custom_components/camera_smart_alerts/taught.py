"""What one camera was taught, on the disk: in the history, sealed like its pictures.

What a reader would get wrong: memory (``learning.py``) counts, and the file follows it. Whatever
could not be written or destroyed yet is tried again with the next change and by the upkeep, also
when another file has taken the place of this one, or a lost key is back.
"""

import asyncio
from datetime import UTC, datetime
import json
import logging
from sqlite3 import Connection
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from .alerts import visit_id
from .const import DOMAIN
from .crypto import Sealed, UnsealError, seal, unseal
from .database import Database
from .destroying import EXAMPLES, LESSON
from .learning import Learning, MotionExamples
from .sealing import Sealing, note_key, unwritten
from .tasks import Tasks
from .vision.lessons import Lesson

_LOGGER = logging.getLogger(__name__)

_STOP_WAIT_S: Final = 5.0

type Kept = Lesson | MotionExamples


class Taught:
    """What one camera was taught, in memory and in the history."""

    def __init__(
        self, hass: HomeAssistant, database: Database, sealing: Sealing, subentry_id: str
    ) -> None:
        """Prepare; ``async_sync`` reads what there is.

        Args:
            hass: Home Assistant.
            database: Where it is kept.
            sealing: The keys it is kept under.
            subentry_id: Of the camera.
        """
        self.learning = Learning(
            self.async_changed, lambda: datetime.fromtimestamp(database.oldest(), UTC)
        )
        self._database = database
        self._sealing = sealing
        self._camera = subentry_id
        self._tasks = Tasks(hass, f"{DOMAIN} lessons")
        self._is_due = False
        """Whether a change waits for its turn to be written."""
        self._source: tuple[int, bytes | None] | None = None
        """Which file was read, with which key."""
        self._written: dict[str, Kept] = {}
        """What lies in it, by row id."""
        self._unread = 0
        """Lessons in it that cannot be opened."""
        self._is_wiping = False
        """Whether everything in it is to be destroyed first."""

    @callback
    def async_changed(self) -> None:
        """Have the change written at once; nobody waits for it."""
        if not self._is_due:
            self._is_due = True
            self._tasks.async_run(self.async_sync())

    @callback
    def async_destroyed(self) -> None:
        """Forget everything: the history has destroyed it."""
        self.learning.async_forget()
        self.async_written_off()

    @callback
    def async_written_off(self) -> None:
        """Take in that nothing is left in the history; what is in memory is written anew."""
        self._source, self._written, self._unread, self._is_wiping = None, {}, 0, False

    async def async_stop(self) -> None:
        """Let what was taught reach the disk."""
        try:
            async with asyncio.timeout(_STOP_WAIT_S):
                await self.async_sync()
        except TimeoutError:
            _LOGGER.warning("The disk hangs: what a camera was taught last may be lost")
        await self._tasks.async_stop()

    async def async_forget(self, lesson_id: str | None) -> int:
        """Take back one lesson, or all and the examples; return how many lessons that were.

        Raises:
            HomeAssistantError: They are out of use, but not destroyed on the disk yet.
        """
        forgotten = self.learning.async_forget(lesson_id)
        if lesson_id is None:
            forgotten += self._unread
            self._is_wiping = True
        if not await self.async_sync():
            raise unwritten()
        return forgotten

    async def async_sync(self) -> bool:
        """Read a file or a key that is new here; then let the file follow what is in memory.

        Returns:
            Whether nothing is left on the disk of what was taken back.
        """
        async with self._sealing.lock:
            self._is_due = False
            if self._database.is_on_disk:
                await self._async_read()
                return await self._async_write()
            return not (self._is_wiping or self._written.keys() - self._current())

    def _current(self) -> dict[str, Kept]:
        self.learning.async_tidy()
        kept: list[Kept] = [*self.learning.lessons, *self.learning.motions]
        return {one.id: one for one in kept}

    async def _async_read(self) -> None:
        """Take in what lies in another file, or opens with another key, than what was read."""
        source = self._database.file_number, self._sealing.key_of(self._camera)
        if source == self._source or self._is_wiping:
            return
        key, found, unread = source[1], dict[str, Kept](), list[str]()

        def read(connection: Connection) -> None:
            found.clear()
            unread.clear()
            for row in connection.execute(
                "SELECT id, what, at, wrapped_key, sealed FROM taught "
                "WHERE subentry_id = ? AND (what <> ? OR at >= ?) ORDER BY rowid",
                (self._camera, EXAMPLES, self._database.oldest()),
            ):
                row_id, what = row[:2]
                one = None if key is None else _opened(row, key, self._camera)
                if one is None:
                    unread.append(what)
                else:
                    found[row_id] = one

        # As a job to write: where the file cannot be read it must not pass for an empty one.
        if not await self._database.async_write(read):
            return
        if key is not None and unread:
            _LOGGER.warning(
                "%d of the things that a camera was taught cannot be opened and were passed over",
                len(unread),
            )
        current = self._current()
        new = [
            one
            for row_id, one in found.items()
            if row_id not in current and row_id not in self._written
        ]
        self.learning.async_adopt(
            [one for one in new if isinstance(one, Lesson)],
            [one for one in new if isinstance(one, MotionExamples)],
        )
        self._source, self._unread = source, unread.count(LESSON)
        if key is not None:
            # A lesson never changes: one that is known need not be written again.
            lessons = {one.id: one for one in self.learning.lessons}
            self._written = {row_id: lessons.get(row_id, one) for row_id, one in found.items()}

    async def _async_write(self) -> bool:
        """Write what is new and destroy what is gone, in one transaction."""
        current, wiping = self._current(), self._is_wiping
        written = {} if wiping else self._written
        new = [one for row_id, one in current.items() if written.get(row_id) is not one]
        gone = {row_id: one for row_id, one in written.items() if row_id not in current}
        key = await self._sealing.async_key(self._camera) if new else None
        if key is None:
            new = []
        if not (new or gone or wiping):
            return True

        def write(connection: Connection) -> None:
            connection.executemany(
                "DELETE FROM taught WHERE subentry_id = ? AND id = coalesce(?, id)",
                [(self._camera, row_id) for row_id in ([None] if wiping else gone)],
            )
            if key is not None:
                for one in new:
                    _put(connection, one, key, self._camera)
                note_key(connection, key, self._camera)

        if not await self._database.async_write(write):
            return False
        kept = {row_id: one for row_id, one in written.items() if row_id in current}
        self._written = kept | {one.id: one for one in new}
        if wiping:
            self._is_wiping, self._unread = False, 0
        # What was taken back leaves the log, too. Examples that made room for newer ones leave it
        # with the next upkeep: nothing of a motion is to wait for the disk.
        if wiping or any(isinstance(one, Lesson) for one in gone.values()):
            await self._database.async_scrub()
        return True


def _put(connection: Connection, one: Kept, key: bytes, camera: str) -> None:
    """Seal something and write it; it takes the place of what had its id."""
    if isinstance(one, Lesson):
        what, at, visits = LESSON, one.learned_at, list[str]()
    else:
        what, at, visits = EXAMPLES, one.at.timestamp(), [visit_id(i) for i in one.alert_ids]
    data = json.dumps(one.as_dict()).encode()
    sealed = seal(data, key, what=what, row_id=one.id, camera=camera)
    connection.execute(
        "REPLACE INTO taught VALUES (?, ?, ?, ?, ?, ?, ?)",
        (one.id, camera, what, at, json.dumps(visits), sealed.wrapped_key, sealed.data),
    )


def _opened(row: tuple[Any, ...], key: bytes, camera: str) -> Kept | None:
    """Return what a row holds, None where that is not to be known."""
    row_id, what, at, wrapped_key, sealed = row
    try:
        found = unseal(Sealed(wrapped_key, sealed), key, what=what, row_id=row_id, camera=camera)
        data = json.loads(found)
        if what == LESSON:
            return Lesson.from_dict(data)
        return MotionExamples.from_dict(row_id, datetime.fromtimestamp(at, UTC), data)
    except UnsealError, LookupError, TypeError, ValueError:
        return None
