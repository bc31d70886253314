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

CLIENTS = (
    "aiohttp.client",
    "aiohttp.request",
    "boto3",
    "ftplib",
    "homeassistant.helpers.aiohttp_client",
    "homeassistant.helpers.httpx_client",
    "http.client",
    "httpx",
    "paho",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
)
"""Modules with which a picture could leave the home."""

SENDER = PACKAGE / "share.py"
"""The one module that sends anything: verdicts, where somebody chose that, and no picture."""
MAY_SEND = {
    "homeassistant.helpers.aiohttp_client.async_get_clientsession",
    "a session",
}
"""With what it does, as ``clients`` names it."""

KNOWN_TO_PLATFORMS = {
    "access",
    "alerts",
    "camera_modes",
    "const",
    "coordinator",
    "data",
    "entity",
    "modes",
    "state",
    "vision.datatypes",
}


def clients(source: str) -> set[str]:
    """Return with what of its own imports a module could send a picture somewhere.

    aiohttp is also the server that Home Assistant shows pictures with: only that half.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    found = {name for name in names if name == "aiohttp" or name.startswith(CLIENTS)}
    return found | ({"a session"} if "clientsession" in source.casefold() else set())


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield (level, module) of every import statement of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


@pytest.mark.parametrize("path", sorted(VISION.glob("*.py")), ids=lambda path: path.stem)
def test_vision_knows_neither_home_assistant_nor_the_integration_around_it(path: Path) -> None:
    for level, module in imports(path.read_text()):
        root = module.partition(".")[0]
        assert root not in {"homeassistant", "custom_components", "voluptuous", "probatio"}
        assert level < 2, f"{path.name} reaches outside vision/"
        if level == 1:
            assert (VISION / f"{module}.py").exists(), "only `from .module import name`"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_nothing_in_the_product_can_upload(path: Path) -> None:
    assert clients(path.read_text()) == (MAY_SEND if path == SENDER else set())


@pytest.mark.parametrize(
    "source",
    [
        "from homeassistant.helpers import aiohttp_client",
        "from homeassistant.helpers.aiohttp_client import async_get_clientsession as session",
        "import homeassistant.helpers.httpx_client",
        "from urllib import request",
        "from aiohttp import request as ask",
        "import aiohttp",
        "async def send(hass): hass.data['clientsession'].post('https://example.com')",
        "def later():\n    import socket",
    ],
)
def test_whatever_could_upload_would_be_seen(source: str) -> None:
    assert clients(source)


def test_the_one_module_that_sends_cannot_open_a_picture() -> None:
    source = SENDER.read_text()
    assert {module for level, module in imports(source) if level} == {
        "access",
        "alerts",
        "const",
        "coordinator",
        "data",
        "issues",
        "redaction",
        "share_target",
        "tasks",
    }
    nodes = list(ast.walk(ast.parse(source)))
    # Of the vault it asks what pictures there are, never for one.
    asked = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(".vault")
    }
    assert asked == {"async_newest"}


def test_vision_loads_without_home_assistant() -> None:
    modules = ", ".join(sorted(f"vision.{path.stem}" for path in VISION.glob("[a-z]*.py")))
    code = f"import {modules}, sys; sys.exit('homeassistant' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(PACKAGE)}, timeout=60
    )


def test_platforms_do_not_reach_past_the_coordinator() -> None:
    platforms = ("binary_sensor", "event", "image", "select", "sensor", "switch")
    for platform in platforms:
        modules = {
            module
            for level, module in imports((PACKAGE / f"{platform}.py").read_text())
            if level == 1
        }
        assert modules <= KNOWN_TO_PLATFORMS, platform
