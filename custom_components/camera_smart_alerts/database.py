"""What must not get lost: visits, tellings on their way, and how every motion ended.

One SQLite file outside Home Assistant's backups, one connection in one thread. Pictures and what
people taught lie in it, too, but only sealed: see ``sealing.py``. What a reader would get wrong: a
telling is written *before* it is sent, in the same transaction as its visit; a row that says
``sending`` after a restart may or may not have arrived.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
from sqlite3 import Connection
from time import monotonic
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .alerts import Alert, Outcome, visit_id
from .const import DOMAIN
from .forgetting import NEWEST, RUNNING, ClockWatch, forget
from .history_thread import HistoryThread
from .settings import HubSettings
from .telling import UNFINISHED, Telling, TellingState
from .visit import Visit
from .visits import Visits

_LOGGER = logging.getLogger(__name__)

FILE: Final = "history.db"
_MOTIONS: Final = (
    "FROM motions WHERE subentry_id = ? AND at BETWEEN ? AND ? "
    "AND json_extract(data, '$.reason') IS NOT ?"
)
_INTERRUPTED: Final = "interrupted"
"""Reason of one that never ended, as Home Assistant was killed."""
# What people said of a visit stays with it: one that is over may still be written by a telling on
# its way, which does not know of it.
_KEEP_VISIT: Final = (
    "REPLACE INTO visits VALUES (?1, json_set(?2, '$.feedback', coalesce("
    "(SELECT nullif(data ->> '$.feedback', '') FROM visits WHERE id = ?1), "
    "?2 ->> '$.feedback')), ?3, ?4)"
)


class Database(HistoryThread):
    """Visits, tellings and motions in the file."""

    def __init__(self, hass: HomeAssistant, hub: HubSettings | None = None) -> None:
        """Prepare; ``async_open`` opens or creates the file.

        Args:
            hass: Home Assistant.
            hub: How long things are kept, and how much of them.
        """
        super().__init__(hass, Path(hass.config.cache_path(DOMAIN, FILE)))
        self._hub = hub or HubSettings.from_options({})
        self._clock = ClockWatch()

    @property
    def retention(self) -> timedelta:
        """How long things are kept."""
        return self._hub.retention

    @property
    def most_bytes(self) -> int:
        """How much all pictures together may have."""
        return self._hub.history_bytes

    def oldest(self) -> float:
        """Return the time, in seconds UTC, before which there is nothing for anybody to read."""
        return (dt_util.utcnow() - self.retention).timestamp()

    async def async_load(self, visits: Visits) -> list[Telling]:
        """Restore the visits; return the tellings that were on their way.

        What ran when Home Assistant was killed is interrupted: no motion disappears.
        """
        await self._async_execute(
            "UPDATE motions SET data = json_replace(data, '$.reason', ?) "
            "WHERE json_extract(data, '$.reason') = ?",
            (_INTERRUPTED, RUNNING),
        )
        facts, kept, rows = await self.async_run(self._load)
        visits.restore(facts, _readable(_visit, kept))
        return _readable(_telling, rows)

    async def async_tell(
        self,
        visits: Visits,
        visit: Visit,
        alert: Alert,
        owners: Mapping[str, str],
        now: datetime,
        *,
        heard: Collection[str] = (),
        planned: Iterable[Telling] = (),
    ) -> None:
        """Write a visit and what is about to be told of it, in one transaction.

        Args:
            visits: For the cooldowns.
            visit: As it is after this telling.
            alert: What is told.
            owners: Who is told: target to the subentry id of the camera whose settings name it.
            now: UTC.
            heard: Who has taken a telling of this visit before: no sound.
            planned: Who is told later, unless somebody confirms.
        """
        texts = [json.dumps(replace(alert, is_update=one).as_dict()) for one in (False, True)]
        sending = TellingState.SENDING
        tellings = [Telling(one, target, alert, sending, now) for target, one in owners.items()]
        rows = [
            (alert.id, one.target, one.subentry_id, texts[one.target in heard], one.state, at)
            for one in (*tellings, *planned)
            if (at := one.at.timestamp())
        ]
        # A visit that is over stays over, also where its end is still on its way at a kill.
        ended = visit.id not in visits.open
        await self._async_keep(visits, visit, ended, rows)

    async def async_keep(self, visits: Visits, visit: Visit, *, ended: bool = False) -> None:
        """Write a visit as it is now; one that was deleted stays so."""
        await self._async_keep(visits, visit, ended, [])

    async def async_result(
        self, alert: Alert, target: str, state: TellingState, error: str = ""
    ) -> None:
        """Note what became of a telling, unless it was replaced, or given up and not done."""
        row = alert.id, target, alert.revision
        await self._async_execute(
            "UPDATE tellings SET state = ?, error = ? "
            "WHERE visit_id = ? AND target = ? AND json_extract(alert, '$.revision') = ? "
            "AND (state <> ? OR ? = ?)",
            (state, error, *row, TellingState.GAVE_UP, state, TellingState.DONE),
        )

    async def async_drop(
        self, visit_ids: Iterable[str], why: str, target: str | None = None
    ) -> None:
        """Note that nothing of visits is to arrive any more, at one target or at all."""
        await self._async_execute(
            "UPDATE tellings SET state = ?, error = ? "
            "WHERE visit_id IN (SELECT value FROM json_each(?)) "
            "AND target = coalesce(?, target) AND state IN (?, ?, ?)",
            (TellingState.GAVE_UP, why, json.dumps([*visit_ids]), target, *UNFINISHED),
        )

    async def async_motion(self, subentry_id: str, at: datetime, motion: Mapping[str, Any]) -> None:
        """Note that a motion runs, how it ended, or what people said about it."""
        key = (at.timestamp(), subentry_id)

        def note(connection: Connection) -> None:
            connection.execute(
                "DELETE FROM motions WHERE at = ? AND subentry_id = ? "
                "AND json_extract(data, '$.trigger') = ?",
                (*key, motion.get("trigger")),
            )
            connection.execute(
                "INSERT INTO motions (at, subentry_id, data) VALUES (?, ?, ?)",
                (*key, json.dumps(motion)),
            )

        await self._async_write(note)

    async def async_reached(self, alert_id: str, now: datetime) -> None:
        """Note that somebody was reached after all, for a motion from before a restart."""
        await self._async_execute(
            "UPDATE motions SET data = json_set(data, '$.outcome', ?, "
            "'$.hops_ms.handed', CAST(1000 * (? - at) AS INTEGER)) "
            "WHERE at >= ? AND json_extract(data, '$.outcome') = ? "
            "AND ? IN (SELECT value FROM json_each(data, '$.visit_ids'))",
            (
                Outcome.ALERTED,
                now.timestamp(),
                (now - timedelta(days=1)).timestamp(),
                Outcome.DELIVERY_FAILED,
                visit_id(alert_id),
            ),
        )

    async def async_motions(
        self, subentry_id: str, after: datetime, before: datetime, limit: int
    ) -> list[dict[str, Any]]:
        """Return how the motions of a camera ended, the newest first."""
        rows = await self.async_read(
            f"SELECT data {_MOTIONS} ORDER BY at DESC LIMIT ?",
            (*self._motions(subentry_id, after, before), limit),
        )
        return [json.loads(data) for (data,) in rows]

    async def async_outcomes(
        self, subentry_id: str, after: datetime, before: datetime
    ) -> dict[str, int]:
        """Return how many motions of a camera ended in which way, the most frequent first."""
        rows = await self.async_read(
            f"SELECT json_extract(data, '$.outcome') AS outcome, count(*) {_MOTIONS} "
            "GROUP BY outcome ORDER BY count(*) DESC",
            self._motions(subentry_id, after, before),
        )
        return dict(rows)

    async def async_forget(self, now: datetime, cameras: Collection[str]) -> None:
        """Delete what is too old or too much, and what no camera of these ids stands behind.

        Writes to the disk again, if that has become possible. It goes in small steps, between which
        others have their turn. Where the clock may be wrong, it waits for the next time.
        """
        if self._is_closed:
            return
        await self.async_recover()
        at, kept_s = now.timestamp(), self.retention.total_seconds()
        ((newest,),) = await self.async_read(NEWEST) or [(0.0,)]
        more = not self._clock.doubts(at, monotonic(), newest)

        def step(connection: Connection) -> None:
            nonlocal more
            more = forget(connection, at, kept_s, self.most_bytes, cameras)

        if more:
            await self.async_run(self._file.tidy, at - kept_s, at)
        while more and await self.async_write(step):
            pass
        await self.async_scrub()

    def _motions(self, subentry_id: str, after: datetime, before: datetime) -> tuple[Any, ...]:
        """Return the values of ``_MOTIONS``."""
        return subentry_id, max(after.timestamp(), self.oldest()), before.timestamp(), RUNNING

    async def _async_keep(
        self, visits: Visits, visit: Visit, ended: bool, tellings: Sequence[tuple[Any, ...]]
    ) -> None:
        if visits.is_deleted(visit.id):
            return
        row, cooldowns = _visit_row(visit, ended=ended), json.dumps(visits.as_dict())

        def keep(connection: Connection) -> None:
            connection.execute(_KEEP_VISIT, row)
            connection.execute("REPLACE INTO facts VALUES ('cooldowns', ?)", (cooldowns,))
            connection.executemany("REPLACE INTO tellings VALUES (?, ?, ?, ?, ?, ?, '')", tellings)

        await self._async_write(keep)

    async def _async_execute(self, statement: str, values: tuple[Any, ...]) -> None:
        await self._async_write(lambda one: one.execute(statement, values))

    def _load(self) -> tuple[dict[str, Any], list[tuple[str]], list[tuple[Any, ...]]]:
        facts = self._file.read("SELECT value FROM facts WHERE key = 'cooldowns'")
        visits = self._file.read(
            "SELECT data FROM visits WHERE ended_at IS NULL AND last_at >= ?", (self.oldest(),)
        )
        tellings = self._file.read(
            "SELECT subentry_id, target, alert, state, at FROM tellings WHERE state IN (?, ?, ?)",
            UNFINISHED,
        )
        found = (_readable(json.loads, facts[0]) if facts else [{}])[0]
        return found, visits or [], tellings or []


def _visit_row(visit: Visit, *, ended: bool = False) -> tuple[Any, ...]:
    last_at = visit.last_at.timestamp()
    return visit.id, json.dumps(visit.as_dict()), last_at, last_at if ended else None


def _readable[Row, T](parse: Callable[[Row], T], rows: Sequence[Row]) -> list[T]:
    """Return what the rows hold; one that is unreadable must not keep the cameras from starting."""
    found = []
    for row in rows:
        try:
            found.append(parse(row))
        except LookupError, TypeError, ValueError:
            _LOGGER.warning("A row of the history is unreadable and was passed over")
    return found


def _visit(row: tuple[str]) -> Visit:
    return Visit.from_dict(json.loads(row[0]))


def _telling(row: tuple[Any, ...]) -> Telling:
    subentry_id, target, alert, state, at = row
    return Telling(
        subentry_id,
        target,
        Alert.from_dict(json.loads(alert)),
        TellingState(state),
        datetime.fromtimestamp(at, UTC),
    )
