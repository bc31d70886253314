"""Tests of pages: one home with visits and one browser for all tests of a file, a window for each.

What a reader would get wrong: home and browser live in an event loop of their own, which runs only
while such a test does. The loop that the test plugin looks after ends with each test.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser import Browser, Window, kept_open
from tests.visited_home import VisitedHome, home_with_visits


@pytest.fixture(scope="module")
def pages_runner() -> Iterator[asyncio.Runner]:
    """Run the loop of home and browser."""
    # It must not take the place of the plugin's loop, as it would by default.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        thread = ThreadPoolExecutor(1)
        # One that appeared during a test would be taken for left over.
        thread.submit(int).result()
        runner.get_loop().set_default_executor(thread)
        yield runner


@pytest.fixture(scope="module")
def visited(
    pages_runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VisitedHome]:
    """Return a home whose camera has just seen somebody."""
    folder = tmp_path_factory.mktemp("visited") / "home"
    with kept_open(pages_runner, home_with_visits(folder)) as home:
        yield home


@pytest.fixture(scope="module")
def browser(pages_runner: asyncio.Runner) -> Iterator[Browser]:
    """Return the browser, for more windows than one."""
    with kept_open(pages_runner, Browser.start()) as one:
        yield one


@pytest.fixture
def window(
    pages_runner: asyncio.Runner, browser: Browser, visited: VisitedHome
) -> Iterator[Window]:
    """Return a window of the owner of the home."""
    with kept_open(pages_runner, browser.window(visited.home.api)) as one:
        yield one


@pytest.fixture(scope="module")
def two_cameras(
    pages_runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VisitedHome]:
    """Return a home in which two cameras have seen somebody, the garden last."""
    home = home_with_visits(tmp_path_factory.mktemp("two") / "home", ("Front door", "Garden"))
    with kept_open(pages_runner, home) as one:
        yield one
