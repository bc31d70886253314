"""What the history forgets by itself: what is too old, too much, or of cameras that are gone.

Blocking statements for the thread of ``database.py``, each within a transaction of its caller, and
few rows at a time: whoever has an alert to write waits for the same thread. What a reader would get
wrong: a time may lie in the future, from when the clock was wrong. It counts as now from when that
is noticed, or what was kept then would stay for longer than was promised. Whether the clock is
wrong now, ``database.py`` asks first.
"""

from collections.abc import Collection
import json
from sqlite3 import Connection
from typing import Final

from .destroying import AMONG, EXAMPLES, Destroyed, keep_cooldowns

RUNNING: Final = "running"
"""Reason of a motion that has not ended yet; the history does not show it."""
LEDGER_S: Final = 30 * 86_400.0
"""How long the ledger remembers, however long pictures are kept, and also of removed cameras."""
STEP: Final = 20
"""Rows of a table that go in one transaction."""
_FUTURE_S: Final = 300.0
"""Times that are further ahead are wrong; clocks are put right by seconds all the time."""
NEWEST: Final = (
    "SELECT coalesce(max(at), 0) FROM "
    "(SELECT max(last_at) AS at FROM visits UNION ALL SELECT max(taken_at) FROM pictures)"
)
"""When something was seen last."""


class ClockWatch:
    """Notices that the clock jumps, before all is forgotten by a wrong one.

    Machines without a clock of their own start in the past, until the network tells the time.
    Nobody is shown what is too old meanwhile.
    """

    def __init__(self) -> None:
        """Begin."""
        self._ahead_by: float | None = None
        """How far the clock was ahead of the monotonic one."""
        self._doubted = False

    def doubts(self, now: float, monotonic: float, newest: float) -> bool:
        """Return whether to wait for the next time; twice in a row there is no doubt.

        Args:
            now: Seconds UTC.
            monotonic: Seconds on a clock that does not jump.
            newest: When something was seen last, which says what the clock was before a start.
        """
        before, self._ahead_by = self._ahead_by, now - monotonic
        if before is None:
            has_jumped = newest > now + _FUTURE_S
        else:
            has_jumped = abs(self._ahead_by - before) > _FUTURE_S
        self._doubted = has_jumped and not self._doubted
        return self._doubted


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
        few.done.visits_where(connection, f"id {AMONG}", visits)
    for pictures in (
        few.old("pictures", "taken_at", before),
        *few.of_strangers("pictures", "subentry_id"),
    ):
        few.done.pictures_where(connection, f"id {AMONG}", pictures)
    for motions in (few.old("motions", "at", before), *few.of_strangers("motions", "subentry_id")):
        connection.execute(f"DELETE FROM motions WHERE id {AMONG}", (motions,))  # noqa: S608
    entries = few.old("ledger", "at", now - LEDGER_S)
    connection.execute(f"DELETE FROM ledger WHERE id {AMONG}", (entries,))  # noqa: S608 - ours
    # Of what was taught there are few rows.
    few.done.taught_where(connection, "what = ? AND at < ?", EXAMPLES, before)
    few.done.taught_where(connection, f"subentry_id NOT {AMONG}", json.dumps(list(cameras)))
    keep_cooldowns(connection, AMONG, json.dumps(list(cameras)))
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
            f"(SELECT 1 FROM json_each(data, '$.seen') WHERE key {AMONG})"
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
            f"FROM found WHERE one IS NOT NULL) SELECT one FROM found WHERE one NOT {AMONG}",
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
