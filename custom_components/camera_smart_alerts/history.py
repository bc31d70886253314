"""The file of the history: opened, set aside where it is of no use, written in transactions.

Everything here blocks and belongs in the thread of ``database.py``. What a reader would get wrong:
beside the file lies its log. One that is left behind beside a new file would be written into it.
"""

from collections.abc import Callable
import logging
from pathlib import Path
import sqlite3
from typing import Any, Final

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1
_SCHEMA: Final = f"""
CREATE TABLE visits (id TEXT PRIMARY KEY, data TEXT NOT NULL, last_at REAL NOT NULL,
    ended_at REAL) WITHOUT ROWID;
CREATE TABLE tellings (visit_id TEXT NOT NULL, target TEXT NOT NULL, subentry_id TEXT NOT NULL,
    alert TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (visit_id, target)) WITHOUT ROWID;
CREATE TABLE motions (id INTEGER PRIMARY KEY, at REAL NOT NULL, subentry_id TEXT NOT NULL,
    data TEXT NOT NULL);
CREATE INDEX motions_at ON motions (at);
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
_PARTS: Final = ("", "-wal", "-shm")
"""What SQLite adds to the name of the file, and to those of its log."""


class _NewerError(Exception):
    """A later version of ours wrote the file."""


class HistoryFile:
    """One SQLite file, or memory where there is no disk to write to."""

    def __init__(self, path: Path) -> None:
        """Prepare; ``open`` opens or creates the file."""
        self._path = path
        self._connection: sqlite3.Connection
        self._is_memory = False
        self.is_durable = True
        """Whether what is written survives a restart."""

    def open(self) -> None:
        """Open the file, or a new one in place of one that is of no use."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._opened()
        except (OSError, sqlite3.Error) as err:
            _LOGGER.warning("The history cannot be kept over a restart: %s", err)
            self._is_memory, self.is_durable = True, False
            self._connection = _connect(":memory:")

    def close(self) -> None:
        """Write everything."""
        self._connection.close()

    def remove(self) -> None:
        """Delete the file and whatever was set aside."""
        for path in self._path.parent.glob(f"{self._path.stem}.*"):
            path.unlink(missing_ok=True)

    def read(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """Return the rows that a statement finds."""
        return self._connection.execute(statement, values).fetchall()

    def write(self, write: Callable[[sqlite3.Connection], object]) -> None:
        """Write all of it or nothing; say if it cannot be done: an alert goes out all the same."""
        try:
            with self._connection:
                write(self._connection)
        except sqlite3.Error as err:
            if self.is_durable:
                _LOGGER.warning("The history cannot be written: %s", err)
            self.is_durable = False
        else:
            if not self.is_durable and not self._is_memory:
                _LOGGER.warning("The history is written again")
            self.is_durable = not self._is_memory

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connect(self._path)
        except _NewerError:
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


def _connect(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise _NewerError
    (health,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if health != "ok":
        raise sqlite3.DatabaseError(health)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")
    # A lost power supply, not a killed process, may cost the last transactions.
    connection.execute("PRAGMA synchronous = NORMAL")
    if version == 0:
        connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
