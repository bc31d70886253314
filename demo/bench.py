"""``scripts/bench``: what Camera Smart Alerts costs, and how fast it is, on this machine.

Two real Home Assistants, the same but for the integration; cameras and phone are pretended and
share the machine with them, which makes the numbers worse, not better.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import asdict
import json
from pathlib import Path
import sys
import tempfile
from typing import Any

from .api import ApiError
from .bench_home import FULL, QUICK, measure_home
from .engines import compare_engines, print_engines
from .footage import FootageError
from .history_bench import (
    FULL as HISTORY_FULL,
    QUICK as HISTORY_QUICK,
    Amount,
    measure_history,
    print_history,
)
from .home import HomeError, until_told
from .hops import print_hops
from .machine import machine, scratch
from .paper import Paper

TARGETS = {
    "overhead_ratio": 1.25,
    "p50_s": 1.0,
    "p95_s": 2.0,
    "idle_core_percent_per_camera": 0.5,
    "rss_added_mb": 200.0,
    "policy_ms": 5.0,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status: 0 when all targets are met."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures speed and cost on this machine."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    parser.add_argument("--quick", action="store_true", help="few repetitions, under a minute")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--engines", action="store_true", help="only compare the two engines")
    only.add_argument(
        "--history", action="store_true", help="only fill a history of 100,000 visits and ask it"
    )
    options = parser.parse_args(arguments)
    paper = Paper()
    effort = QUICK if options.quick else FULL
    try:
        if options.engines:
            numbers = {"machine": machine(), "engines": compare_engines(effort.looks)}
        elif options.history:
            numbers = _history(HISTORY_QUICK if options.quick else HISTORY_FULL, paper)
        else:
            numbers = {"machine": machine(), **asyncio.run(until_told(measure_home(effort, paper)))}
    except (ApiError, FootageError, HomeError, TimeoutError) as err:
        paper.bad(str(err) or type(err).__name__)
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        return 130
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=2, default=asdict) + "\n")
    if options.history:
        return 0 if print_history(numbers, paper) else 1
    print_engines(numbers["engines"], paper)
    return 0 if options.engines or _report(numbers, paper) else 1


def _history(amount: Amount, paper: Paper) -> dict[str, Any]:
    numbers = {"machine": machine()}
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        return numbers | asyncio.run(until_told(measure_history(Path(folder), amount, paper)))


def _report(numbers: dict[str, Any], paper: Paper) -> bool:
    """Print the table and return whether every target is met."""
    on = numbers["machine"]
    paper.title(
        f"{on['processor']}, {on['cores']} cores, {on['memory_gb']} GB, "
        f"{on['system']}, Python {on['python']}"
    )
    storm, threads = numbers["storm_8"], numbers["idle_decoder_threads"]
    rows: list[tuple[str, str, str, bool]] = [
        _row("Pipeline over bare inference", numbers["overhead_ratio"], "", "overhead_ratio")
    ]
    for rung, latency in numbers["latency"].items():
        rows.append(_row(f"Motion to push, {rung}, p50", latency["p50_s"], " s", "p50_s"))
        rows.append(_row(f"Motion to push, {rung}, p95", latency["p95_s"], " s", "p95_s"))
    rows += [
        _row(
            "Idle, per camera, of one core",
            numbers["idle_core_percent_per_camera"],
            " %",
            "idle_core_percent_per_camera",
        ),
        ("Decoder threads when idle", str(threads), "0", threads in (0, None)),
        ("Verdicts, 8 cameras at once", str(storm["verdicts"]), "8", storm["verdicts"] == 8),
        ("Motion to verdict, 8 at once, p95", f"{storm['p95_s']} s", "", True),
        _row("Policy and history, per motion", numbers["policy_ms"], " ms", "policy_ms"),
        _row("Memory added", numbers["rss_added_mb"], " MB", "rss_added_mb"),
    ]
    for what, value, target, is_met in rows:
        paper.plain(f"  {'✓' if is_met else '✗'} {what:36}{value:>12}   {target}")
    print_hops(numbers["hops_ms"], paper)
    return all(is_met for *_rest, is_met in rows)


def _row(what: str, value: float, unit: str, key: str) -> tuple[str, str, str, bool]:
    target = TARGETS[key]
    return what, f"{value:g}{unit}", f"at most {target:g}{unit}", value <= target


if __name__ == "__main__":
    sys.exit(main())
