"""The machine of ``engine_kit``, as a fixture."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.camera_smart_alerts import engine as module
from custom_components.camera_smart_alerts.vision.detector import Detector
from tests.engine_kit import Machine


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Machine]:
    """A machine of eight cores without a limit."""
    machine = Machine()
    monkeypatch.setattr(module.importlib.util, "find_spec", machine.find)
    monkeypatch.setattr(module, "async_process_requirements", machine.install)
    monkeypatch.setattr(module, "_CPU_LIMIT", tmp_path / "cpu.max")
    monkeypatch.setattr("os.process_cpu_count", lambda: 8)
    monkeypatch.setattr(Detector, "load", machine.load)
    with patch.object(
        module.tags,
        "platform_tags",
        lambda: ["musllinux_1_2_aarch64" if machine.is_alpine else "manylinux_2_40_x86_64"],
    ):
        yield machine
