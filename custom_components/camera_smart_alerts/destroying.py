"""What is destroyed when people say so, and the receipt for it.

Blocking statements for the thread of ``database.py``, each within a transaction of its caller. What
a reader would get wrong: only rows are destroyed here. Their keys go with ``sealing.py``, and what
is in memory with ``deletion.py``.
"""

from dataclasses import dataclass
from datetime import datetime
import json
from sqlite3 import Connection
from typing import Any, Final

LESSON: Final = "lesson"
"""Taught by a person: stays until that is taken back."""
EXAMPLES: Final = "examples"
"""Of one motion, that somebody could teach about: kept as long as its visits."""
AMONG: Final = "IN (SELECT value FROM json_each(?))"
"""For a list of values as JSON."""
ONLY_OF: Final = (
    "EXISTS (SELECT 1 FROM json_each(data, '$.seen') WHERE key = ?1) "
    "AND NOT EXISTS (SELECT 1 FROM json_each(data, '$.seen') WHERE key <> ?1)"
)
"""Of a visit: no other camera than this saw it."""


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
        gone, theirs = json.dumps([own for (own,) in rows]), f"visit_id {AMONG}"
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
    keep_cooldowns(connection, "<> ?", camera)


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


def keep_cooldowns(connection: Connection, which: str, value: str) -> None:
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
