"""``scripts/bench --history`` measures by hand. That it measures what it says is seen here."""

import asyncio
from dataclasses import asdict
import json
from pathlib import Path

from demo.history_bench import Amount, measure_history, print_history
from demo.history_made import CAMERAS, DAYS
from demo.paper import Paper
import pytest

from tests.vault_kit import rows

VISITS, WRITES = 200, 20


@pytest.mark.usefixtures("real_storage")
def test_a_small_history_is_filled_asked_and_forgotten_as_the_large_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    amount = Amount(visits=VISITS, writes=WRITES, pages=5)
    numbers = asyncio.run(measure_history(tmp_path, amount, Paper()))
    (file,) = tmp_path.rglob("history.db")
    a_day = VISITS // DAYS
    left = VISITS - a_day

    assert numbers["visits"] == VISITS
    assert [numbers[one]["forgotten"] for one in ("first_pass", "next_pass", "a_day_less")] == [
        0,
        0,
        a_day,
    ]
    # One more visit was written again and again beside each of the three passes.
    assert rows(file.parent, "SELECT count(*) FROM visits") == [(left + WRITES + 3,)]
    assert rows(file.parent, "SELECT count(*) FROM pictures") == [(left + WRITES,)]
    assert rows(file.parent, "SELECT count(*) FROM motions") == [(left,)]
    assert rows(file.parent, "SELECT count(DISTINCT subentry_id) FROM pictures") == [
        (len(CAMERAS),)
    ]
    waits = [
        *numbers["spreads"].values(),
        *(numbers["a_day_less"][one] for one in ("write", "page")),
    ]
    assert all(0 < one.median <= one.p95 <= one.p99 <= one.max for one in waits)

    machine = {"processor": "any", "cores": 1, "load_before": 0.0}
    print_history({"machine": machine, **numbers}, Paper())
    printed = capsys.readouterr().out
    assert f"{a_day} visits in" in printed
    assert all(one in printed for one in numbers["spreads"])
    assert json.dumps(numbers, default=asdict)
