"""What one look of the network costs in each engine, side by side.

All take turns on the same picture, so that what else this machine does slows all of them down;
the ratio says more than the milliseconds. Imports ``vision`` as a top-level package.
"""

from collections.abc import Mapping
from itertools import product
import statistics
import sys
import time
from typing import Any

import numpy as np

from .footage import ROOT
from .paper import Paper

sys.path.insert(0, str(ROOT / "custom_components" / "camera_smart_alerts"))

from vision.detector import load_network
from vision.runtime import Engine

SIDE = 416
THREADS = (1, 2)
WARM_UP = 5


def compare_engines(runs: int) -> dict[str, Any]:
    """Return milliseconds of wall and CPU time per inference, by engine and threads.

    Args:
        runs: Inferences of each, beside those that warm up.

    Raises:
        ModelError: An engine is not installed.
    """
    networks = {
        (engine, threads): load_network(engine, threads)
        for threads, engine in product(THREADS, Engine)
    }
    picture = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE, 3), np.uint8)
    wall: dict[tuple[Engine, int], list[float]] = {one: [] for one in networks}
    cpu: dict[tuple[Engine, int], list[float]] = {one: [] for one in networks}
    for _ in range(WARM_UP + runs):
        for one, network in networks.items():
            began, used = time.perf_counter(), time.process_time()
            network.run(picture)
            wall[one].append(1000 * (time.perf_counter() - began))
            cpu[one].append(1000 * (time.process_time() - used))
    return {
        f"{engine}_{threads}": {
            "p50_ms": round(statistics.median(wall[engine, threads][WARM_UP:]), 2),
            "p95_ms": round(float(np.percentile(wall[engine, threads][WARM_UP:], 95)), 2),
            "cpu_ms": round(statistics.median(cpu[engine, threads][WARM_UP:]), 2),
        }
        for engine, threads in networks
    }


def print_engines(numbers: Mapping[str, Any], paper: Paper) -> None:
    """Print one row for each number of threads, and how long ncnn takes beside ONNX Runtime."""
    paper.title(f"One look at {SIDE} x {SIDE} pixels (milliseconds: median, 95 %, CPU)")
    for threads in THREADS:
        onnx, ncnn = (numbers[f"{engine}_{threads}"] for engine in Engine)
        cells = [
            f"{one['p50_ms']:7.1f}{one['p95_ms']:7.1f}{one['cpu_ms']:7.1f}" for one in (onnx, ncnn)
        ]
        time_ratio = ncnn["p50_ms"] / onnx["p50_ms"]
        cpu_ratio = ncnn["cpu_ms"] / onnx["cpu_ms"]
        paper.plain(
            f"  {threads} thread{'s' if threads > 1 else ' '}  ONNX Runtime {cells[0]}   "
            f"ncnn {cells[1]}   ratio {time_ratio:.2f}, CPU {cpu_ratio:.2f}"
        )
