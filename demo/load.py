"""What a Home Assistant process costs: processor time, memory, threads."""

import asyncio
from collections.abc import Sequence
import os
from pathlib import Path
import subprocess
import sys
import time

ROOT = Path(__file__).resolve().parent.parent
DECODERS = ("Smart alerts de", "video-decoder", "stream_worker")
"""How the names of threads that decode video begin; systems keep only 15 characters."""


async def core_percent(pids: Sequence[int], seconds: float) -> list[float]:
    """Return how much of one core each process used over the next seconds, in percent."""
    before = [_cpu_s(pid) for pid in pids]
    began = time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    return [100 * (_cpu_s(pid) - was) / took for pid, was in zip(pids, before, strict=True)]


def _cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    try:
        # The name of the program may hold spaces; what follows its parenthesis does not.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return _clock(_ps(pid, "cputime"))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in megabytes."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except FileNotFoundError:
        return int(_ps(pid, "rss")) * 1024 / 1e6
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _ps(pid: int, column: str) -> str:
    command = ["ps", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def _clock(text: str) -> float:
    """Return the seconds of a time such as ``1:02:03.45``."""
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def decoder_threads(pid: int) -> int | None:
    """Return how many threads of a process decode video; None where names cannot be read."""
    tasks = Path(f"/proc/{pid}/task")
    if not tasks.exists():
        return None
    return sum(_name(task).startswith(DECODERS) for task in tasks.iterdir())


def _name(task: Path) -> str:
    """Return the name of a thread; empty where it has ended meanwhile."""
    try:
        return (task / "comm").read_text().strip()
    except FileNotFoundError, ProcessLookupError:
        return ""


def aiortc_mb() -> float:
    """Return the resident memory that aiortc adds to a process that already decodes video.

    The demo cameras load it, too, so the difference between two homes does not show it.
    """
    code = (
        "import os, av, cryptography.x509, numpy\n"
        "from demo.load import resident_mb\n"
        "before = resident_mb(os.getpid())\n"
        "import aiortc\n"
        "print(resident_mb(os.getpid()) - before)"
    )
    command = [sys.executable, "-P", "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    return float(done.stdout)
