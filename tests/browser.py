"""A real browser, and windows of it in which somebody is logged in to a real Home Assistant.

No browser comes with the tests: the machine's Chromium or Chrome is looked for. It is kept from
every host but loopback; what a page asked of others is in ``Window.hosts`` all the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from functools import wraps
import inspect
import json
import os
from pathlib import Path
import shutil
from typing import Any, Final
from urllib.parse import urlsplit

from demo.api import Api
from playwright.async_api import (
    Browser as Chromium,
    ConsoleMessage,
    Error,
    Page,
    Request,
    WebSocket,
    async_playwright,
    expect,
)
import pytest
import pytest_socket

LOOPBACK: Final = "127.0.0.1"
NAMED: Final = "TESTS_BROWSER"
"""Set to the path of a browser where none is found by itself."""
MUST: Final = "TESTS_NEED_A_BROWSER"
"""Set where a test that is passed over would go unseen."""
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ON_MACOS: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_ARGUMENTS: Final = (
    # Root, as in a container, gets no browser with a sandbox; it shows only what the tests serve.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}",
)
_PATIENCE_MS: Final = 20_000
"""For what takes a moment, where another test has the processor."""
expect.set_options(timeout=_PATIENCE_MS)
_LOAD_MS: Final = 60_000
_READY: Final = """() => {
  const hass = document.querySelector("home-assistant")?.hass;
  return hass && [hass.states, hass.services].every((one) => one && Object.keys(one).length)
    && !document.querySelector("#ha-launch-screen");
}"""


# As a page error it would say no more than "Object".
_TELL_OF_REJECTIONS: Final = """addEventListener("unhandledrejection", ({ reason }) =>
  console.error("not caught:", reason?.stack ?? JSON.stringify(reason)));"""


def find_browser() -> str:
    """Return the path of a browser; nothing where there is none."""
    if named := os.environ.get(NAMED):
        return named
    found = (shutil.which(name) for name in (*_NAMES, *_ON_MACOS))
    return next((one for one in found if one), "")


_NONE: Final = f"needs Chromium or Chrome; {NAMED} may name one"
needs_browser = pytest.mark.skipif(not find_browser() and MUST not in os.environ, reason=_NONE)

_MARKS: Final = (
    needs_browser,
    # The first test of a file waits for the home, too.
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("socket_enabled"),
)


class Window:
    """A window with one page, and what that page asked for and complained of."""

    def __init__(self, page: Page, url: str) -> None:
        """Use ``Browser.window`` instead."""
        self.page = page
        self.hosts: set[str] = set()
        """Every host that was asked for anything, reached or not."""
        self.complaints: list[str] = []
        """Errors that it wrote, did not catch or met on the network, each with its address."""
        self._url = url
        page.on("request", self._asked)
        page.on("websocket", self._connected)
        page.on("requestfailed", self._failed)
        page.on("console", self._wrote)
        page.on("pageerror", self._threw)

    async def open(self, path: str) -> None:
        """Open a page of Home Assistant, and wait until it knows the home."""
        url = f"{self._url}{path}"
        await self.page.goto(url, wait_until="domcontentloaded", timeout=_LOAD_MS)
        await self.page.wait_for_function(_READY, timeout=_LOAD_MS)

    def complaints_about(self, part: str) -> list[str]:
        """Return the complaints that name a part of the product, in an address or in words."""
        return [one for one in self.complaints if part in one]

    def _asked(self, request: Request) -> None:
        self._note(request.url)

    def _connected(self, websocket: WebSocket) -> None:
        self._note(websocket.url)

    def _note(self, url: str) -> None:
        # What a page holds itself (data:, blob:) names no host.
        if host := urlsplit(url).hostname:
            self.hosts.add(host)

    def _failed(self, request: Request) -> None:
        self.complaints.append(f"{request.url}: {request.failure}")

    def _wrote(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.location['url']}: {message.text}")

    def _threw(self, error: Error) -> None:
        self.complaints.append(f"{self.page.url}: {error.stack or error.message}")


class Browser:
    """One running browser."""

    def __init__(self, chromium: Chromium) -> None:
        """Use ``Browser.start`` instead."""
        self._chromium = chromium

    @classmethod
    @asynccontextmanager
    async def start(cls) -> AsyncIterator[Browser]:
        """Start the browser, and end it in the end."""
        executable = find_browser()
        assert executable, _NONE
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
            try:
                yield cls(chromium)
            finally:
                await chromium.close()

    @asynccontextmanager
    async def window(self, api: Api, **options: Any) -> AsyncIterator[Window]:
        """Open a window in which the person behind ``api`` is logged in; nothing is in it yet.

        It shares neither cookies nor storage with another one.

        Args:
            api: The connection of that person.
            options: More of ``playwright.async_api.Browser.new_context``, as ``color_scheme``.
        """
        context = await self._chromium.new_context(
            **{
                "viewport": {"width": 1280, "height": 900},
                "locale": "en-US",
                # A page that one of them keeps would not be asked for.
                "service_workers": "block",
                **options,
            }
        )
        context.set_default_timeout(_PATIENCE_MS)
        login = json.dumps(json.dumps(api.login))
        await context.add_init_script(f"localStorage.setItem('hassTokens', {login});")
        await context.add_init_script(_TELL_OF_REJECTIONS)
        try:
            yield Window(await context.new_page(), api.login["hassUrl"])
        finally:
            await context.close()


def in_a_browser(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Decorate a test that looks at pages: it may await what is of ``visited`` and ``window``.

    What the window showed when the test failed is drawn into a file, which the failure names.
    """

    @wraps(test)
    def run(request: pytest.FixtureRequest, **given: Any) -> None:
        runner: asyncio.Runner = request.getfixturevalue("pages_runner")
        runner.run(_explained(test(**given), given, request.getfixturevalue("tmp_path")))

    wanted = inspect.signature(test)
    asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    # What pytest reads to know the fixtures.
    run.__signature__ = wanted.replace(  # type: ignore[attr-defined]
        parameters=[asked, *wanted.parameters.values()], return_annotation=None
    )
    for mark in _MARKS:
        run = mark(run)
    return run


async def _explained(test: Coroutine[Any, Any, None], given: dict[str, Any], folder: Path) -> None:
    try:
        await test
    except Exception as err:
        for name, window in given.items():
            if isinstance(window, Window):
                err.add_note("\n".join(["What the window complained of:", *window.complaints]))
                shown = folder / f"{name}.png"
                with suppress(Error):
                    await window.page.screenshot(path=shown)
                    err.add_note(f"What it showed: {shown}")
        raise


@contextmanager
def kept_open[T](runner: asyncio.Runner, what: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Hold something open in the loop of home and browser, for a fixture that lasts."""
    # The fixture that does so is a single test's, and comes later.
    pytest_socket.enable_socket()
    stack = AsyncExitStack()
    opened = runner.run(stack.enter_async_context(what))
    try:
        yield opened
    finally:
        runner.run(stack.aclose())
