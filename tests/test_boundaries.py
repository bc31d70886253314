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

KNOWN = frozenset(sys.stdlib_module_names) | {
    *("PIL", "aiortc", "av", "certifi", "cryptography", "numpy", "onnxruntime", "webrtc_models"),
    *("aiohttp", "hassil", "homeassistant", "packaging", "probatio", "voluptuous", "yarl"),
}
"""All that is imported from outside; whatever is new here has to be looked at."""

WAYS_OUT = frozenset(
    {
        *("create_connection", "create_datagram_endpoint", "create_unix_connection"),
        *("create_subprocess_exec", "create_subprocess_shell", "subprocess", "popen", "system"),
        *("open_connection", "open_unix_connection", "sock_connect", "urlopen", "urlretrieve"),
    }
)
"""Names of what a picture could leave the home by without a client."""

CALLER = PACKAGE / "channel.py"
"""The one module that calls actions: of the phones, speakers and displays that somebody chose."""

CLIENTS = (
    "aiohttp.client",
    "aiohttp.request",
    "boto3",
    "ftplib",
    "homeassistant.helpers.aiohttp_client",
    "homeassistant.helpers.httpx_client",
    "http.client",
    "httpx",
    "imaplib",
    "multiprocessing",
    "paho",
    "requests",
    "smtplib",
    "socket",
    "subprocess",
    "urllib.request",
    "urllib3",
    "webbrowser",
    "xmlrpc",
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
    found |= {name for name in names if name.partition(".")[0] not in KNOWN}
    found |= {name for name in names if name.rpartition(".")[2] in WAYS_OUT}
    found |= WAYS_OUT.intersection(
        node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)
    )
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
        "import asyncio\nasync def send(): await asyncio.open_connection('example.com', 80)",
        "from asyncio import open_connection as connect",
        "import asyncio\nasync def send(): await asyncio.create_subprocess_exec('curl')",
        "import os\nos.system('curl')",
        "async def send(hass): await hass.loop.create_connection(object, 'example.com', 80)",
        "import websockets",
        "from asyncssh import connect",
    ],
)
def test_whatever_could_upload_would_be_seen(source: str) -> None:
    assert clients(source)


def test_only_the_targets_of_alerts_are_called() -> None:
    calling = {
        path
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("services.async_call")
    }
    assert calling == {CALLER}


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
    # Of what belongs to others it uses no more than this; of the pictures it asks which there are.
    assert used(source) == {
        "self._camera.control.situation.may_look",
        "self._camera.name",
        "self._camera.settings.subentry_id",
        "self._runtime.ledger.async_sent",
        "self._runtime.links.async_make",
        "self._runtime.vault.async_newest",
    }


def used(source: str) -> set[str]:
    """Return what a module uses of the camera and of all that is loaded, each to its end."""
    nodes = list(ast.walk(ast.parse(source)))
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    names = ("self._camera", "self._runtime")
    return {
        said
        for node in nodes
        if isinstance(node, ast.Attribute) and id(node) not in inner
        # Where they are first given a name there is no way round it.
        if not isinstance(node.ctx, ast.Store)
        if (said := ast.unparse(node)).startswith(names) and "(" not in said
    }


@pytest.mark.parametrize(
    "more",
    [
        "self._camera.last_picture",
        "self._runtime.vault.async_open",
        "vault = self._runtime.vault",
        "runtime = self._runtime",
    ],
)
def test_whatever_could_open_a_picture_there_would_be_seen(more: str) -> None:
    assert used(more) - used(SENDER.read_text())


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
