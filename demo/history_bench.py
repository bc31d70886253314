"""``scripts/bench --history``: what the history costs once it holds 100,000 visits.

What a reader would get wrong: a duration is what somebody waits who asks in the event loop, so what
others do in the one thread of the history is in it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
import math
from pathlib import Path
import time
from typing import Any

from homeassistant.util import dt as dt_util

from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit_list import (
    ANY_KIND,
    Cursor,
    Wanted,
    async_days,
    async_page,
    async_seen,
)
from custom_components.camera_smart_alerts.visits import Visits

from .history_made import CAMERAS, DAYS, History, fill, history, picture_of, visit_at
from .paper import Paper

_USUAL = 60_000
"""Bytes of a picture as a camera gives it."""
_LOOK_S = 0.005
"""How often somebody looks whether the event loop still turns."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    visits: int
    writes: int
    pages: int


FULL = Amount(visits=100_000, writes=2000, pages=200)
QUICK = Amount(visits=2000, writes=100, pages=20)
_NO_TARGET = "answer about a day"
"""It adds up all visits of a day, of which nobody has so many."""
PAGE_MS = 50.0
WRITE_MS = 20.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in milliseconds."""

    median: float
    p95: float
    p99: float
    max: float

    @classmethod
    def of(cls, seconds: list[float]) -> Spread:
        """Return the spread of some durations."""
        ordered = sorted(1000 * one for one in seconds)
        at = [
            ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.95, 0.99)
        ]
        return cls(*(round(one, 2) for one in (*at, ordered[-1])))

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{self.median:7.2f}  p95 {self.p95:7.2f}  p99 {self.p99:7.2f}  max {self.max:7.2f} ms"
        )


async def timed(times: int, act: Callable[[int], Awaitable[object]]) -> Spread:
    """Do something many times, one after the other; return how long each took."""
    return Spread.of([await _took(act(number)) for number in range(times)])


async def measure_history(folder: Path, amount: Amount, paper: Paper) -> dict[str, Any]:
    """Fill a history and measure it; return the numbers, durations in milliseconds."""
    paper.title(f"A history of {amount.visits:,} visits")
    numbers: dict[str, Any] = {}
    async with history(folder, timedelta(days=DAYS + 1)) as home:
        await fill(home, amount.visits, paper)
        numbers["visits"] = await _count(home.database)
        numbers["file_mb"] = await asyncio.to_thread(_megabytes, folder)
        numbers["spreads"] = {
            **await _pages(home.database, amount.pages),
            **await _writes(home, amount.writes),
        }
        numbers["first_pass"] = await _forget(home)
        numbers["next_pass"] = await _forget(home)
    # Somebody wants to keep a day less: more to do at once than ever otherwise.
    async with history(folder, timedelta(days=DAYS - 1)) as home:
        numbers["a_day_less"] = await _forget(home)
    return numbers


async def _pages(database: Database, times: int) -> dict[str, Spread]:
    now = dt_util.utcnow().timestamp()
    end = Cursor(now - (DAYS * 86400 - 600), "")
    lists = {
        "page of all cameras": Wanted(cameras=CAMERAS),
        "page of one camera": Wanted(cameras=CAMERAS[:1]),
        "page of a kind": Wanted(cameras=CAMERAS, kind=Kind.ANIMAL),
        "page at the end": Wanted(cameras=CAMERAS, cursor=end),
    }
    found = {
        name: await timed(times, lambda _number, wanted=wanted: async_page(database, wanted))
        for name, wanted in lists.items()
    }
    day = Wanted(cameras=CAMERAS, after=now - 86400)
    return found | {
        "days of a camera": await timed(times, lambda _number: async_days(database, CAMERAS[0])),
        _NO_TARGET: await timed(
            times,
            lambda _number: async_seen(database, CAMERAS, ANY_KIND, day.after, math.inf),
        ),
    }


async def _writes(home: History, times: int) -> dict[str, Spread]:
    (database, vault, _), visits, now = home, Visits(), dt_util.utcnow()
    some = [visit_at(number, now) for number in range(times)]
    pictures = [picture_of(visit, _USUAL) for visit in some]
    return {
        "write a visit": await timed(
            times, lambda number: database.async_keep(visits, some[number], ended=True)
        ),
        "keep a picture": await timed(times, lambda number: vault.async_keep(pictures[number])),
        "write a visit again": await timed(
            times, lambda number: database.async_keep(visits, some[number], ended=True)
        ),
    }


async def _forget(home: History) -> dict[str, Any]:
    """Let the history forget; return what others noticed of it."""
    database, vault, _ = home
    before = await _count(database)
    done, visits, now = asyncio.Event(), Visits(), dt_util.utcnow()
    writes: list[float] = []
    pages: list[float] = []
    late: list[float] = [0.0]

    visit = visit_at(0, now)

    async def write() -> None:
        while not done.is_set():
            writes.append(await _took(database.async_keep(visits, visit, ended=True)))
            await asyncio.sleep(_LOOK_S)

    async def read() -> None:
        while not done.is_set():
            pages.append(await _took(async_page(database, Wanted(cameras=CAMERAS))))
            await asyncio.sleep(_LOOK_S)

    async def look() -> None:
        while not done.is_set():
            late.append(await _took(asyncio.sleep(_LOOK_S)) - _LOOK_S)

    others = [asyncio.create_task(one()) for one in (write, read, look)]
    total = await _took(vault.async_tidy())
    done.set()
    await asyncio.gather(*others)
    # The visit of ``write`` is always the same.
    gone = before + 1 - await _count(database)
    return {
        "total_s": round(total, 3),
        "forgotten": gone,
        "loop_late_ms": round(1000 * max(late), 1),
        "write": Spread.of(writes),
        "page": Spread.of(pages),
    }


def _megabytes(folder: Path) -> int:
    return round(sum(one.stat().st_size for one in folder.rglob("history.db*")) / 1_000_000)


async def _count(database: Database) -> int:
    ((count,),) = await database.async_read("SELECT count(*) FROM visits")
    return int(count)


async def _took(act: Awaitable[object]) -> float:
    began = time.perf_counter()
    await act
    return time.perf_counter() - began


def print_history(numbers: dict[str, Any], paper: Paper) -> bool:
    """Print the table and return whether every target is met."""
    on = numbers["machine"]
    paper.title(
        f"{on['processor']}, {on['cores']} cores, load {on['load_before']} before; "
        f"{numbers['visits']:,} visits, {numbers['file_mb']} MB; milliseconds"
    )
    met = []
    for what, spread in numbers["spreads"].items():
        target = WRITE_MS if what.startswith(("write", "keep")) else PAGE_MS
        is_met = None if what == _NO_TARGET else spread.p99 <= target
        met.append(is_met is not False)
        _print(paper, what, spread, is_met)
    for name, words in (
        ("first_pass", "first pass"),
        ("next_pass", "next pass"),
        ("a_day_less", "a day less"),
    ):
        found = numbers[name]
        paper.plain(
            f"  Retention, {words}: {found['forgotten']:,} visits in {found['total_s']:g} s, "
            f"the event loop at most {found['loop_late_ms']:g} ms late"
        )
        for what in ("write", "page"):
            _print(paper, f"{what} meanwhile", found[what], None)
    return all(met)


def _print(paper: Paper, what: str, spread: Spread, is_met: bool | None) -> None:
    mark = " " if is_met is None else "✓" if is_met else "✗"
    values = f"{spread.median:9.2f}  p95 {spread.p95:9.2f}  p99 {spread.p99:9.2f}"
    paper.plain(f"  {mark} {what:26}{values}  max {spread.max:9.2f}")
