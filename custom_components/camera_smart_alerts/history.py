"""The file of the history: opened, set aside where it is of no use, written in transactions.

Everything here blocks and belongs in the thread of ``database.py``. What a reader would get wrong:
beside the file lies its log. One that is left behind beside a new file would be written into it.
"""

from collections.abc import Callable
from contextlib import suppress
import logging
import os
from pathlib import Path
import sqlite3
from typing import Any, Final

from .schema import NewerError, copy, damage_in, migrate, version_of

_LOGGER = logging.getLogger(__name__)

_PARTS: Final = ("", "-wal", "-shm")
"""What SQLite adds to the name of the file, and to those of its log."""
_LOCKED_S: Final = 1.0
"""How long to wait for whoever else has locked the file."""
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LONG_LOG: Final = 4_000_000
"""Bytes. A log that is longer is brought into the file."""
_PROBE: Final = 65536
"""Bytes. What a nearly full disk still takes is no good."""


class HistoryFile:
    """One SQLite file, or memory where there is no disk to write to."""

    def __init__(self, path: Path) -> None:
        """Prepare; ``open`` opens or creates the file."""
        self._path = path
        self._connection: sqlite3.Connection
        self._long_log = _LONG_LOG
        self.number = 0
        """Counts the files, and memories, that were opened: each may hold something else."""
        self.is_memory = False
        """Whether there is no file, only memory."""
        self.problem: str | None = None
        """Why what is written does not survive a restart."""

    def open(self) -> None:
        """Open the file, or a new one in place of one that is of no use."""
        self.number += 1
        try:
            self._connection = self._opened()
        except (OSError, sqlite3.Error) as err:
            _LOGGER.warning("The history cannot be kept over a restart: %s", err)
            self.is_memory, self.problem = True, str(err)
            self._connection = _connect(":memory:")

    def close(self) -> None:
        """Write everything."""
        self._connection.close()

    def remove(self) -> None:
        """Delete the file and whatever was set aside."""
        for path in self._path.parent.glob(f"{self._path.stem}.*"):
            path.unlink(missing_ok=True)

    def recover(self) -> None:
        """Write to the disk again, if that has become possible."""
        if self.is_memory:
            self._return_to_disk()
        elif self.problem is not None:
            self.write(_probe)

    def read(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any] | None:
        """Return the rows that a statement finds, None where the file cannot be read."""
        found: list[Any] | None = None

        def fetch(connection: sqlite3.Connection) -> None:
            nonlocal found
            found = connection.execute(statement, values).fetchall()

        self._try(fetch, "read")
        return found

    def write(self, write: Callable[[sqlite3.Connection], object]) -> bool:
        """Write all of it or nothing; return whether it could be done, also in memory.

        An alert goes out all the same.
        """
        changed = False

        def transact(connection: sqlite3.Connection) -> None:
            nonlocal changed
            before = connection.total_changes
            with connection:
                write(connection)
            changed = connection.total_changes > before

        done = self._try(transact, "written")
        # What had nothing to write proves nothing.
        if done and changed and self.problem is not None and not self.is_memory:
            _LOGGER.warning("The history is written again")
            self.problem = None
        return done

    def scrub(self) -> bool:
        """Leave nothing in the log of what was deleted from the file.

        Returns:
            Whether that could be done: whoever else reads the file, such as a backup, hinders it.
        """
        is_busy = 1

        def truncate(connection: sqlite3.Connection) -> None:
            nonlocal is_busy
            is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

        return self._try(truncate, "written") and not is_busy

    def relieve(self) -> None:
        """Bring what is in the log into the file, if that is much: nobody should wait for it.

        Where a reader hinders it, only once the log has grown as much again.
        """
        with suppress(OSError):
            size = self._path.with_name(f"{self._path.name}-wal").stat().st_size
            if size > self._long_log:
                self._long_log = _LONG_LOG + (0 if self.scrub() else size)

    def tidy(self, before: float, now: float) -> None:
        """Delete files that were set aside and last written before a time, both seconds UTC."""
        live = {self._path.name + part for part in _PARTS}
        for path in self._path.parent.glob(f"{self._path.stem}.*"):
            with suppress(OSError):
                written_at = path.stat().st_mtime
                if path.name in live:
                    continue
                if written_at < before:
                    path.unlink()
                elif written_at > now:
                    # The clock was wrong then. What is old must not stay for longer by that.
                    os.utime(path, (now, now))

    def _try(self, job: Callable[[sqlite3.Connection], object], what: str) -> bool:
        """Do something with the file; if it turns out to be damaged, with a new one."""
        try:
            try:
                job(self._connection)
            except sqlite3.DatabaseError as err:
                if not _is_damage(err) or self.is_memory:
                    raise
                self._start_anew(err)
                job(self._connection)
        except sqlite3.Error as err:
            if self.problem is None:
                _LOGGER.warning("The history cannot be %s: %s", what, err)
                self.problem = str(err)
            return False
        return True

    def _start_anew(self, why: sqlite3.Error) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
        try:
            self._set_aside("damaged", f"is damaged ({why})")
        except OSError as err:
            _LOGGER.warning("The history cannot be set aside: %s", err.strerror)
        self.open()

    def _return_to_disk(self) -> None:
        memory = self._connection
        try:
            connection = self._opened()
        except (OSError, sqlite3.Error) as err:
            self.problem = str(err)
            return
        try:
            with connection:
                copy(memory, connection)
        except sqlite3.Error as err:
            connection.close()
            self.problem = str(err)
            return
        memory.close()
        self._connection, self.is_memory, self.problem = connection, False, None
        self.number += 1
        _LOGGER.warning("The history is written again")

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(self._path)
        except NewerError:
            self._set_aside("newer", "was written by a later version")
        except sqlite3.OperationalError:
            # The file may be fine; the disk is not.
            raise
        except sqlite3.DatabaseError as err:
            self._set_aside("damaged", f"is damaged ({err})")
        return _connect(self._path)

    def _set_aside(self, name: str, why: str) -> None:
        aside = self._path.with_suffix(f".{name}")
        _LOGGER.warning("The history %s and was set aside as %s", why, aside.name)
        for part in _PARTS:
            path = self._path.with_name(self._path.name + part)
            if path.exists():
                path.replace(aside.with_name(aside.name + part))


def _is_damage(err: sqlite3.DatabaseError) -> bool:
    # The lowest byte is the reason, the others say more about it.
    return getattr(err, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _probe(connection: sqlite3.Connection) -> None:
    connection.execute("REPLACE INTO facts VALUES ('probe', hex(zeroblob(?)))", (_PROBE // 2,))
    connection.execute("DELETE FROM facts WHERE key = 'probe'")


def _connect(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LOCKED_S, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    version_of(connection)
    if (damage := damage_in(connection)) is not None:
        raise sqlite3.DatabaseError(damage)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")
    # By itself it would let one write of many wait for the disk: see ``relieve``.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    # A lost power supply, not a killed process, may cost the last transactions.
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection)
