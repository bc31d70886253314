"""What the history forgets, by itself and when it is told to, and the receipt for that.

Blocking statements for the thread of ``database.py``, each within a transaction of its caller, and
few rows at a time: whoever has an alert to write waits for the same thread. What a reader would get
wrong: a time may lie in the future, from when the clock was wrong. It counts as now from when that
is noticed, or what was kept then would stay for longer than was promised.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
import json
from sqlite3 import Connection
from typing import Any, Final

RUNNING: Final = "running"
"""Reason of a motion that has not ended yet; the history does not show it."""
LESSON: Final = "lesson"
"""Taught by a person: stays until that is taken back."""
EXAMPLES: Final = "examples"
"""Of one motion, that somebody could teach about: kept as long as its visits."""
LEDGER_S: Final = 30 * 86_400.0
"""How long the ledger remembers, however long pictures are kept, and also of removed cameras."""
STEP: Final = 20
"""Rows of a table that go in one transaction."""
_AMONG: Final = "IN (SELECT value FROM json_each(?))"
ONLY_OF: Final = (
    "EXISTS (SELECT 1 FROM json_each(data, '$.seen') WHERE key = ?1) "
    "AND NOT EXISTS (SELECT 1 FROM json_each(data, '$.seen') WHERE key <> ?1)"
)
"""Of a visit: no other camera than this saw it."""
_FUTURE_S: Final = 300.0
"""Times that are further ahead are wrong; clocks are put right by seconds all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionReceipt:
    """What was destroyed."""

    at: datetime
    """UTC."""
    what: str
    """``picture``, ``pictures``, ``visit``, ``camera``, ``unreadable`` or ``everything``."""
    pictures: int = 0
    visits: int = 0
    lessons: int = 0
    """That people had taught."""
    size: int = 0
    """Bytes of all pictures."""
    keys: int = 0
    """Of cameras, and of everything that was sealed: each had its own."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "at": self.at.isoformat(),
            "what": self.what,
            "pictures": self.pictures,
            "visits": self.visits,
            "lessons": self.lessons,
            "bytes": self.size,
            "keys": self.keys,
        }


@dataclass(slots=True)
class Destroyed:
    """Counts what is destroyed, while it is."""

    pictures: int = 0
    visits: int = 0
    lessons: int = 0
    size: int = 0
    keys: int = 0
    """Of rows."""

    def pictures_where(self, connection: Connection, where: str, *values: object) -> None:
        """Destroy the pictures that a condition names."""
        rows = connection.execute(
            f"DELETE FROM pictures WHERE {where} RETURNING size",  # noqa: S608 - ours
            values,
        ).fetchall()
        self.pictures += len(rows)
        self.keys += len(rows)
        self.size += sum(size for (size,) in rows)

    def taught_where(self, connection: Connection, where: str, *values: object) -> None:
        """Destroy what was taught, or could be, and a condition names."""
        rows = connection.execute(
            f"DELETE FROM taught WHERE {where} RETURNING what",  # noqa: S608 - ours
            values,
        ).fetchall()
        self.lessons += sum(what == LESSON for (what,) in rows)
        self.keys += len(rows)

    def visits_where(self, connection: Connection, where: str, *values: object) -> None:
        """Delete the visits that a condition names, their pictures, and what was told of them."""
        rows = connection.execute(
            f"DELETE FROM visits WHERE {where} RETURNING id",  # noqa: S608 - ours
            values,
        ).fetchall()
        self.visits += len(rows)
        gone, theirs = json.dumps([own for (own,) in rows]), f"visit_id {_AMONG}"
        self.pictures_where(connection, theirs, gone)
        connection.execute(f"DELETE FROM tellings WHERE {theirs}", (gone,))  # noqa: S608 - ours


def destroy_picture(connection: Connection, done: Destroyed, picture_id: str) -> None:
    """Destroy one picture."""
    done.pictures_where(connection, "id = ?", picture_id)


def destroy_visit(connection: Connection, done: Destroyed, public_id: str, own_id: str) -> None:
    """Destroy one visit with its pictures, its motions and their examples.

    A motion that belongs to another visit, too, stays for that one, with what it found.

    Args:
        connection: To the history.
        done: Counts.
        public_id: What it is called in public.
        own_id: What we call it, if it is still known.
    """
    done.pictures_where(connection, "public_id = ?", public_id)
    done.taught_where(connection, "? IN (SELECT value FROM json_each(visit_ids))", public_id)
    done.visits_where(connection, "id = ?", own_id)
    # Looked for as text first: to read every motion as JSON would take a while.
    mentions = "instr(data, ?1) AND ?1 IN (SELECT value FROM json_each(data, '$.visit_ids'))"
    connection.execute(
        f"DELETE FROM motions WHERE {mentions} "  # noqa: S608 - ours
        "AND json_array_length(data, '$.visit_ids') = 1",
        (public_id,),
    )
    connection.execute(
        f"UPDATE motions SET data = json_set(data, '$.visit_ids', {_without('visit_ids')}) "  # noqa: S608
        f"WHERE {mentions}",
        (public_id,),
    )


def destroy_camera(connection: Connection, done: Destroyed, camera: str) -> None:
    """Destroy all that a camera has sealed, its motions and visits, and its part in others."""
    destroy_sealed(connection, done, camera)
    done.visits_where(connection, ONLY_OF, camera)
    connection.execute("DELETE FROM motions WHERE subentry_id = ?", (camera,))
    connection.execute(
        "DELETE FROM tellings WHERE subentry_id = ?1 OR alert ->> 'subentry_id' = ?1", (camera,)
    )
    # Written anew, so that it leaves the lists of this camera.
    connection.execute(
        "REPLACE INTO visits SELECT id, json_set(json_remove(data, '$.seen.\"' || ?1 || '\"'), "  # noqa: S608
        f"'$.told_by', {_without('told_by')}, '$.told_to', {_without('told_to', of='object')}), "
        "last_at, ended_at FROM visits "
        "WHERE ?1 IN (SELECT key FROM json_each(data, '$.seen'))",
        (camera,),
    )
    _keep_cooldowns(connection, "<> ?", camera)


def destroy_sealed(connection: Connection, done: Destroyed, camera: str) -> None:
    """Destroy the pictures of a camera and all that it was taught."""
    done.pictures_where(connection, "subentry_id = ?", camera)
    done.taught_where(connection, "subentry_id = ?", camera)
    connection.execute("DELETE FROM picture_keys WHERE subentry_id = ?", (camera,))


def destroy_everything(connection: Connection, done: Destroyed) -> None:
    """Destroy all pictures, lessons, visits, motions, and when people were last told of what."""
    done.pictures_where(connection, "1")
    done.taught_where(connection, "1")
    done.visits_where(connection, "1")
    for table in ("picture_keys", "motions", "facts"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - ours


def _keep_cooldowns(connection: Connection, which: str, value: str) -> None:
    """Forget when people were last told, but by the cameras that a condition names."""
    connection.execute(
        "UPDATE facts SET value = json_object('delivered', "  # noqa: S608 - ours
        "(SELECT json_group_array(json(one.value)) FROM json_each(facts.value, '$.delivered') "
        f"AS one WHERE one.value ->> 0 {which})) WHERE key = 'cooldowns'",
        (value,),
    )


def _without(name: str, of: str = "array") -> str:
    """Return, as SQL, a JSON array or object of ``data`` without the values that are ``?1``."""
    collected = "json_group_array(value)" if of == "array" else "json_group_object(key, value)"
    return f"json((SELECT {collected} FROM json_each(data, '$.{name}') WHERE value <> ?1))"  # noqa: S608


def forget(
    connection: Connection, now: float, retention_s: float, most: int, cameras: Collection[str]
) -> bool:
    """Delete some of what is too old or too much, or has no camera behind it any more.

    Args:
        connection: To the history.
        now: Seconds UTC.
        retention_s: How long things are kept.
        most: How many bytes all pictures together may have; the oldest visits lose theirs first.
        cameras: Subentry ids of the cameras there are.

    Returns:
        Whether there may be more.
    """
    for table, column, which in (
        ("pictures", "taken_at", "1"),
        ("visits", "last_at", "1"),
        ("ledger", "at", "1"),
        # One that runs is known by its time.
        ("motions", "at", f"json_extract(data, '$.reason') IS NOT '{RUNNING}'"),
        ("taught", "at", f"what = '{EXAMPLES}'"),
    ):
        connection.execute(
            f"UPDATE {table} SET {column} = ? WHERE {column} > ? AND {which}",  # noqa: S608 - ours
            (now, now + _FUTURE_S),
        )
    before, few = now - retention_s, _Few(connection, cameras)
    for visits in (few.old("visits", "last_at", before), *few.of_nobody()):
        few.done.visits_where(connection, f"id {_AMONG}", visits)
    for pictures in (
        few.old("pictures", "taken_at", before),
        *few.of_strangers("pictures", "subentry_id"),
    ):
        few.done.pictures_where(connection, f"id {_AMONG}", pictures)
    for motions in (few.old("motions", "at", before), *few.of_strangers("motions", "subentry_id")):
        connection.execute(f"DELETE FROM motions WHERE id {_AMONG}", (motions,))  # noqa: S608
    entries = few.old("ledger", "at", now - LEDGER_S)
    connection.execute(f"DELETE FROM ledger WHERE id {_AMONG}", (entries,))  # noqa: S608 - ours
    # Of what was taught there are few rows.
    few.done.taught_where(connection, "what = ? AND at < ?", EXAMPLES, before)
    few.done.taught_where(connection, f"subentry_id NOT {_AMONG}", json.dumps(list(cameras)))
    _keep_cooldowns(connection, _AMONG, json.dumps(list(cameras)))
    # Where nothing is sealed there is nothing a lost key could open: what comes may have a new one.
    connection.execute(
        "DELETE FROM picture_keys WHERE NOT EXISTS "
        "(SELECT 1 FROM pictures WHERE pictures.subentry_id = picture_keys.subentry_id) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM taught WHERE taught.subentry_id = picture_keys.subentry_id)"
    )
    return few.may_be_more or evict(connection, most) > most


class _Few:
    """Finds what is to go, a few rows at a time, as JSON of their ids."""

    def __init__(self, connection: Connection, cameras: Collection[str]) -> None:
        """Begin; no more than ``STEP`` rows are found by any question."""
        self._connection = connection
        self._known = json.dumps(list(cameras))
        self.done = Destroyed()
        self.may_be_more = False

    def old(self, table: str, column: str, before: float) -> str:
        """Return what is too old."""
        return self._ids(table, f"{column} < ?", before)

    def of_strangers(self, table: str, column: str) -> list[str]:
        """Return what belongs to cameras that there are not, of each of them."""
        return [self._ids(table, f"{column} = ?", one) for one in self._strangers(table, column)]

    def of_nobody(self) -> list[str]:
        """Return visits that no camera saw that there is."""
        where = (
            "id IN (SELECT visit_id FROM visit_index WHERE camera = ?) AND NOT EXISTS "  # noqa: S608
            f"(SELECT 1 FROM json_each(data, '$.seen') WHERE key {_AMONG})"
        )
        strangers = self._strangers("visit_index", "camera")
        return [self._ids("visits", where, one, self._known) for one in strangers]

    def _ids(self, table: str, where: str, *values: object) -> str:
        rows = self._connection.execute(
            f"SELECT id FROM {table} WHERE {where} LIMIT {STEP}",  # noqa: S608 - ours
            values,
        ).fetchall()
        self.may_be_more |= len(rows) == STEP
        return json.dumps([row for (row,) in rows])

    def _strangers(self, table: str, column: str) -> list[str]:
        """Return the cameras in a table that are not known, by a look at one row of each."""
        rows = self._connection.execute(
            f"WITH RECURSIVE found(one) AS (SELECT min({column}) FROM {table} "  # noqa: S608 - ours
            f"UNION ALL SELECT (SELECT min({column}) FROM {table} WHERE {column} > one) "
            f"FROM found WHERE one IS NOT NULL) SELECT one FROM found WHERE one NOT {_AMONG}",
            (self._known,),
        )
        return [one for (one,) in rows]


def evict(connection: Connection, most: int) -> int:
    """Destroy the pictures of the oldest visits until the rest has ``most`` bytes at most.

    Returns:
        How many bytes are left. More than ``most`` if there was too much to do at once.
    """
    (left,) = connection.execute("SELECT CAST(total(size) AS INTEGER) FROM pictures").fetchone()
    done = Destroyed()
    for _ in range(STEP):
        if left <= most:
            break
        (oldest,) = connection.execute(
            "SELECT visit_id FROM pictures ORDER BY taken_at LIMIT 1"
        ).fetchone()
        before = done.size
        done.pictures_where(connection, "visit_id = ?", oldest)
        left -= done.size - before
    return int(left)
