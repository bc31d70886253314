"""The machine that numbers were measured on."""

from contextlib import suppress
import os
from pathlib import Path
import platform
from typing import Any

from .footage import ROOT


def machine() -> dict[str, Any]:
    """Return what a reader of the numbers must know of this machine."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def scratch() -> Path:
    """Return a folder on the disk of the project; that of the system may be memory."""
    folder = ROOT / ".demo"
    folder.mkdir(exist_ok=True)
    return folder


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
