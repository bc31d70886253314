"""Lists of visits for people who look back: pages, days, one visit by its public id.

What a reader would get wrong: every question is one stretch of ``visit_index`` per camera. A list
that asked ``visits`` itself would read all of them to find those of one camera.
"""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import json
import math
from sqlite3 import Connection
from typing import Any, Final, Self

from homeassistant.util import dt as dt_util

from .alerts import visit_id as public_id
from .database import Database
from .destroying import ONLY_OF
from .vision.datatypes import Kind
from .visit import most
from .visits import MOST_DELETED

ANY_KIND: Final = "*"
_BEFORE: Final = timedelta(days=1)
"""A motion of a visit began no longer before its end than this."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last visit of a page; the next page begins after it."""

    last_at: float
    """Seconds UTC."""
    visit_id: str
    """Public."""

    def __str__(self) -> str:
        """Return it as text that ``parse`` reads."""
        return f"{self.last_at!r}_{self.visit_id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote.

        Raises:
            ValueError: It is something else.
        """
        last_at, _, visit_id = text.partition("_")
        return cls(float(last_at), visit_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which visits somebody wants to see."""

    cameras: Collection[str]
    """Subentry ids; a visit is meant if any of them saw it."""
    kind: str = ANY_KIND
    after: float = 0.0
    """Seconds UTC, of when it was last seen, like ``before``."""
    before: float = math.inf
    cursor: Cursor | None = None
    limit: int = 50

    def statement(self, oldest: float) -> tuple[str, tuple[Any, ...]]:
        """Return the question and its values; one visit more than wanted tells of a next page."""
        most = self.limit + 1
        cursor = self.cursor or Cursor(math.inf, "")
        arm = (
            "SELECT * FROM (SELECT last_at, public_id, visit_id FROM visit_index "
            "WHERE camera = ? AND kind = ? AND last_at BETWEEN ? AND ? "
            "AND (last_at, public_id) < (?, ?) ORDER BY last_at DESC, public_id DESC LIMIT ?)"
        )
        values = [
            value
            for camera in self.cameras
            for value in (
                camera,
                self.kind,
                max(self.after, oldest),
                min(self.before, cursor.last_at),
                cursor.last_at,
                cursor.visit_id,
                most,
            )
        ]
        page = " UNION ".join([arm] * len(self.cameras))
        statement = (
            f"SELECT data, ended_at, page.last_at FROM ({page}) AS page "  # noqa: S608 - ours
            "CROSS JOIN visits ON visits.id = page.visit_id "
            "ORDER BY page.last_at DESC, page.public_id DESC LIMIT ?"
        )
        return statement, (*values, most)


@dataclass(frozen=True, slots=True)
class Page:
    """Some visits, the newest first."""

    visits: list[dict[str, Any]]
    """As ``visit_facts`` gives them, of all cameras: ``within`` leaves out the others."""
    cursor: Cursor | None
    """Where it goes on; None where it does not."""


def within(visit: Mapping[str, Any], cameras: Container[str]) -> dict[str, Any]:
    """Return a visit as some of its cameras saw it: with ``cameras`` and ``kinds``, of these alone.

    Args:
        visit: As ``visit_facts`` or ``state.visit_event`` gives it.
        cameras: As it names them.
    """
    seen = {key: kinds for key, kinds in visit["seen"].items() if key in cameras}
    facts = {key: value for key, value in visit.items() if key != "seen"}
    return {**facts, "cameras": list(seen), "kinds": most(seen.values())}


async def async_page(database: Database, wanted: Wanted) -> Page:
    """Return one page of visits."""
    if not wanted.cameras:
        return Page([], None)
    rows = await database.async_read(*wanted.statement(database.oldest()))
    visits = [visit_facts(json.loads(data), ended_at) for data, ended_at, _ in rows[: wanted.limit]]
    if len(rows) <= wanted.limit:
        return Page(visits, None)
    return Page(visits, Cursor(rows[wanted.limit - 1][2], visits[-1]["visit_id"]))


async def async_days(database: Database, camera: str) -> list[date]:
    """Return the local days with visits of a camera, the newest first."""
    days: list[date] = []
    before = math.inf
    # One step for every day that had a visit, each of them a look at the end of a stretch.
    while True:
        ((last_at,),) = await database.async_read(
            "SELECT max(last_at) FROM visit_index "
            "WHERE camera = ? AND kind = ? AND last_at >= ? AND last_at < ?",
            (camera, ANY_KIND, database.oldest(), before),
        ) or [(None,)]
        if last_at is None:
            return days
        newest = dt_util.as_local(dt_util.utc_from_timestamp(last_at))
        days.append(newest.date())
        before = dt_util.start_of_local_day(newest.date()).timestamp()


async def async_count(database: Database, camera: str, after: float, before: float) -> int:
    """Return how many visits a camera had in a time, in seconds UTC."""
    rows = await database.async_read(
        "SELECT count(*) FROM visit_index "
        "WHERE camera = ? AND kind = ? AND last_at BETWEEN ? AND ?",
        (camera, ANY_KIND, max(after, database.oldest()), before),
    )
    return sum(count for (count,) in rows)


@dataclass(frozen=True, slots=True)
class Seen:
    """What cameras saw in a time, in sum."""

    kinds: dict[Kind, int]
    """How many of each kind; who comes twice counts twice."""
    cameras: list[str]
    """Subentry ids, the one that saw something last first."""
    last_at: datetime
    """UTC."""


async def async_seen(
    database: Database, cameras: Collection[str], kind: str, after: float, before: float
) -> Seen | None:
    """Return what cameras saw; None where it was nothing.

    Args:
        database: Holds the visits.
        cameras: Subentry ids.
        kind: A ``Kind``, or ``ANY_KIND``.
        after: Seconds UTC, of when a visit was last seen, like ``before``.
        before: Not itself.
    """
    where = (
        "WHERE camera IN (SELECT value FROM json_each(?)) AND kind = ? "
        "AND last_at >= ? AND last_at < ?"
    )
    values = (json.dumps(list(cameras)), kind, max(after, database.oldest()), before)
    by_camera = await database.async_read(
        f"SELECT camera, max(last_at) FROM visit_index {where} "  # noqa: S608 - ours
        "GROUP BY camera ORDER BY 2 DESC",
        values,
    )
    # Whoever two of the cameras saw in one visit counts once.
    sums = await database.async_read(
        f"SELECT kind, sum(count) FROM (SELECT kinds.key AS kind, max(kinds.value) AS count "  # noqa: S608 - ours
        f"FROM (SELECT DISTINCT visit_id FROM visit_index {where}) AS meant "
        "CROSS JOIN visits ON visits.id = meant.visit_id, "
        "json_each(data, '$.seen') AS seen, json_each(seen.value) AS kinds "
        "WHERE seen.key IN (SELECT value FROM json_each(?)) GROUP BY visits.id, kinds.key) "
        "GROUP BY kind",
        (*values, values[0]),
    )
    counted = dict(sums)
    kinds = {one: counted[one] for one in Kind if one in counted and kind in (one, ANY_KIND)}
    # The one question may have found what the other no longer did.
    if not kinds or not by_camera:
        return None
    last_at = dt_util.utc_from_timestamp(by_camera[0][1])
    return Seen(kinds, [camera for camera, _ in by_camera], last_at)


async def async_own_id(database: Database, visit_id: str) -> str | None:
    """Return what we call a visit ourselves; None where it is forgotten."""
    rows = await database.async_read(
        "SELECT visit_id FROM visit_index WHERE public_id = ? AND last_at >= ? LIMIT 1",
        (visit_id, database.oldest()),
    )
    return next((own for (own,) in rows), None)


async def async_newest_own_ids(database: Database, only_of: str | None = None) -> list[str]:
    """Return what we call the newest visits ourselves, the newest first.

    Args:
        database: Holds them.
        only_of: A camera: visits that no other saw.
    """
    where, values = ("1", ()) if only_of is None else (ONLY_OF, (only_of,))
    rows = await database.async_read(
        f"SELECT id FROM visits WHERE {where} "  # noqa: S608 - ours
        f"ORDER BY last_at DESC LIMIT {MOST_DELETED}",
        values,
    )
    return [own for (own,) in rows]


async def async_visit(database: Database, visit_id: str) -> dict[str, Any] | None:
    """Return one visit by its public id; None where it is forgotten."""
    rows = await database.async_read(
        "SELECT data, ended_at FROM visits WHERE last_at >= ? AND id = "
        "(SELECT visit_id FROM visit_index WHERE public_id = ?)",
        (database.oldest(), visit_id),
    )
    return next((visit_facts(json.loads(data), ended_at) for data, ended_at in rows), None)


async def async_note_feedback(database: Database, visit_id: str, feedback: str) -> list[str]:
    """Write what people said of a visit to it and to all of its motions, also those of long ago.

    Args:
        database: Holds them.
        visit_id: Public; of a visit that is forgotten, nothing is written.
        feedback: ``right``, ``not_right`` or ``missed``.

    Returns:
        The cameras that saw it (subentry ids); none where nothing was written.
    """
    cameras: list[str] = []

    def note(connection: Connection) -> None:
        # Looked up only here: what was to be written of the visit before is there by now.
        found = connection.execute(
            "UPDATE visits SET data = json_set(data, '$.feedback', ?) "
            "WHERE id = (SELECT visit_id FROM visit_index WHERE public_id = ?) "
            "RETURNING data ->> '$.started_at', data ->> '$.seen'",
            (feedback, visit_id),
        ).fetchall()
        for started_at, seen in found:
            cameras[:] = json.loads(seen)
            since = datetime.fromisoformat(started_at) - _BEFORE
            connection.execute(
                "UPDATE motions SET data = json_set(data, '$.feedback', ?) "
                "WHERE at BETWEEN ? AND ? "
                "AND ? IN (SELECT value FROM json_each(data, '$.visit_ids'))",
                (feedback, since.timestamp(), (since + 2 * _BEFORE).timestamp(), visit_id),
            )

    return cameras if await database.async_write(note) else []


def visit_facts(visit: Mapping[str, Any], ended_at: float | None) -> dict[str, Any]:
    """Return what may be known of a visit, by camera (``within``), without its own id.

    Whoever knows that one may answer its notification.
    """
    started_at = datetime.fromisoformat(visit["started_at"])
    return {
        "visit_id": public_id(visit["id"]),
        "seen": {
            camera: {kind: count for kind, count in kinds.items() if kind}
            for camera, kinds in visit["seen"].items()
        },
        "told": any(visit["told"].values()),
        "tellings": visit["revision"],
        "started_at": visit["started_at"],
        "lasted_s": None if ended_at is None else round(ended_at - started_at.timestamp()),
        # Rows from before it was kept lack it.
        "feedback": visit.get("feedback", ""),
    }
