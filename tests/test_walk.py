"""Somebody who passes three cameras is one visit: a real home, real video, the real network."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parent.parent


def test_three_cameras_of_a_group_tell_of_one_walk_in_one_thread_with_one_sound() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "demo.walk"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "One thread, one sound" in done.stdout
