"""What the history forgets, by itself and when it is told to, and the receipt for that.

Blocking statements for the thread of ``database.py``, each within a transaction of its caller. What
a reader would get wrong: a time may lie in the future, from when the clock was wrong. It counts as
now from when that is noticed, or what was kept then would stay for longer than was promised.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
import json
from sqlite3 import Connection
from typing import Any, Final

RUNNING: Final = "running"
"""Reason of a motion that has not ended yet; the history does not show it."""
LEDGER_S: Final = 30 * 86_400.0
"""How long the ledger remembers, however long pictures are kept, and also of removed cameras."""
_FUTURE_S: Final = 300.0
"""Times that are further ahead are wrong; clocks are put right by seconds all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionReceipt:
    """What was destroyed."""

    at: datetime
    """UTC."""
    what: str
    """``picture``, ``visit``, ``camera``, ``unreadable`` or ``everything``."""
    pictures: int = 0
    visits: int = 0
    size: int = 0
    """Bytes of all pictures."""
    keys: int = 0
    """Of pictures, each of which had its own, and of cameras."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "at": self.at.isoformat(),
            "what": self.what,
            "pictures": self.pictures,
            "visits": self.visits,
            "bytes": self.size,
            "keys": self.keys,
        }


@dataclass(slots=True)
class Destroyed:
    """Counts what is destroyed, while it is."""

    pictures: int = 0
    visits: int = 0
    size: int = 0

    def pictures_where(self, connection: Connection, where: str, *values: object) -> None:
        """Destroy the pictures that a condition names."""
        rows = connection.execute(
            f"DELETE FROM pictures WHERE {where} RETURNING size",  # noqa: S608 - ours
            values,
        ).fetchall()
        self.pictures += len(rows)
        self.size += sum(size for (size,) in rows)

    def visits_where(self, connection: Connection, where: str, *values: object) -> None:
        """Delete the visits that a condition names, and what was to be told of them."""
        rows = connection.execute(
            f"DELETE FROM visits WHERE {where}",  # noqa: S608 - ours
            values,
        )
        self.visits += rows.rowcount
        connection.execute("DELETE FROM tellings WHERE visit_id NOT IN (SELECT id FROM visits)")


def destroy_picture(connection: Connection, done: Destroyed, picture_id: str) -> None:
    """Destroy one picture."""
    done.pictures_where(connection, "id = ?", picture_id)


def destroy_visit(connection: Connection, done: Destroyed, public_id: str, own_id: str) -> None:
    """Destroy one visit with its pictures.

    Args:
        connection: To the history.
        done: Counts.
        public_id: What it is called in public.
        own_id: What we call it, if it is still known.
    """
    done.pictures_where(connection, "public_id = ?", public_id)
    done.visits_where(connection, "id = ?", own_id)


def destroy_camera(connection: Connection, done: Destroyed, camera: str) -> None:
    """Destroy all pictures of a camera, and the visits that no other camera saw."""
    done.pictures_where(connection, "subentry_id = ?", camera)
    done.visits_where(
        connection,
        "EXISTS (SELECT 1 FROM json_each(data, '$.cameras') WHERE value = ?1) AND NOT EXISTS "
        "(SELECT 1 FROM json_each(data, '$.cameras') WHERE value <> ?1)",
        camera,
    )
    connection.execute("DELETE FROM picture_keys WHERE subentry_id = ?", (camera,))


def destroy_unreadable(connection: Connection, done: Destroyed, camera: str) -> None:
    """Destroy the pictures of a camera whose key is lost."""
    done.pictures_where(connection, "subentry_id = ?", camera)
    connection.execute("DELETE FROM picture_keys WHERE subentry_id = ?", (camera,))


def destroy_everything(connection: Connection, done: Destroyed) -> None:
    """Destroy all pictures, visits and motions."""
    done.pictures_where(connection, "1")
    done.visits_where(connection, "1")
    connection.execute("DELETE FROM picture_keys")
    connection.execute("DELETE FROM motions")


def forget(
    connection: Connection, now: float, retention_s: float, most: int, cameras: Collection[str]
) -> None:
    """Delete what is too old or too much, and what no camera stands behind any more.

    Args:
        connection: To the history.
        now: Seconds UTC.
        retention_s: How long things are kept.
        most: How many bytes all pictures together may have; the oldest visits lose theirs first.
        cameras: Subentry ids of the cameras there are.
    """
    before, known = now - retention_s, json.dumps(list(cameras))
    unknown = "NOT IN (SELECT value FROM json_each(?))"
    for table, column, which in (
        ("pictures", "taken_at", "1"),
        ("visits", "last_at", "1"),
        ("ledger", "at", "1"),
        # One that runs is known by its time.
        ("motions", "at", f"json_extract(data, '$.reason') IS NOT '{RUNNING}'"),
    ):
        connection.execute(
            f"UPDATE {table} SET {column} = ? WHERE {column} > ? AND {which}",  # noqa: S608 - ours
            (now, now + _FUTURE_S),
        )
    connection.execute(
        f"DELETE FROM motions WHERE at < ? OR subentry_id {unknown}",  # noqa: S608 - ours
        (before, known),
    )
    done = Destroyed()
    done.visits_where(
        connection,
        "last_at < ? OR NOT EXISTS (SELECT 1 FROM json_each(data, '$.cameras') "
        "WHERE value IN (SELECT value FROM json_each(?)))",
        before,
        known,
    )
    done.pictures_where(
        connection,
        f"subentry_id {unknown} OR taken_at < ? "  # noqa: S608 - ours
        "OR visit_id NOT IN (SELECT id FROM visits)",
        known,
        before,
    )
    evict(connection, most)
    connection.execute("DELETE FROM ledger WHERE at < ?", (now - LEDGER_S,))
    # Without a picture there is nothing a lost key could open: the next picture may have a new one.
    connection.execute(
        "DELETE FROM picture_keys WHERE subentry_id NOT IN (SELECT subentry_id FROM pictures)"
    )


def evict(connection: Connection, most: int) -> bool:
    """Destroy the pictures of the oldest visits until the rest has ``most`` bytes at most.

    Returns:
        Whether any had to go.
    """
    (total,) = connection.execute("SELECT total(size) FROM pictures").fetchone()
    if total <= most:
        return False
    rows = connection.execute(
        "SELECT visit_id, sum(size) FROM pictures GROUP BY visit_id ORDER BY max(taken_at)"
    ).fetchall()
    for visit_id, size in rows:
        if total > most:
            connection.execute("DELETE FROM pictures WHERE visit_id = ?", (visit_id,))
            total -= size
    return True
