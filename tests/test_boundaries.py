"""The direction of dependencies, and what must not be in the product at all."""

import ast
from collections.abc import Iterator
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "custom_components" / "camera_smart_alerts"
VISION = PACKAGE / "vision"

# Layers from the bottom up: a module may import only from layers below its own, or beside it.
UPLOADS = {"requests", "urllib", "http", "httpx", "ftplib", "smtplib", "socket", "boto3", "paho"}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (level, module) of every import statement of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


@pytest.mark.parametrize("path", sorted(VISION.glob("*.py")), ids=lambda path: path.stem)
def test_vision_knows_neither_home_assistant_nor_the_integration_around_it(path: Path) -> None:
    for level, module in imports(path):
        root = module.partition(".")[0]
        assert root not in {"homeassistant", "custom_components", "voluptuous", "probatio"}
        assert level < 2, f"{path.name} reaches outside vision/"
        if level == 1:
            assert (VISION / f"{module}.py").exists(), "only `from .module import name`"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_nothing_in_the_product_can_upload(path: Path) -> None:
    roots = {module.partition(".")[0] for level, module in imports(path) if level == 0}
    # views.py only names status codes.
    allowed = {"http"} if path.name == "views.py" else set()
    assert not (roots & UPLOADS) - allowed


def test_vision_loads_without_home_assistant() -> None:
    modules = ", ".join(sorted(f"vision.{path.stem}" for path in VISION.glob("[a-z]*.py")))
    code = f"import {modules}, sys; sys.exit('homeassistant' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(PACKAGE)}, timeout=60
    )


def test_platforms_do_not_reach_past_the_coordinator() -> None:
    platforms = ("binary_sensor", "event", "image", "sensor", "switch")
    for platform in platforms:
        modules = {module for level, module in imports(PACKAGE / f"{platform}.py") if level == 1}
        assert modules <= {"alerts", "const", "coordinator", "entity", "vision.datatypes"}, platform
