"""What people see in pages of Home Assistant, in a real browser, and that it asks nobody else."""

from pathlib import Path
import re
from typing import Final

from playwright.async_api import Error, Response, expect
import pytest

from tests.browser import LOOPBACK, NAMED, Browser, Window, find_browser, in_a_browser
from tests.visited_home import READ_ONLY, VisitedHome

pytest_plugins = ("tests.browser_fixtures",)

A_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
OUTSIDE: Final = ("192.0.2.1", "example.com")
"""An address and a name that are kept for examples (RFC 5737, RFC 2606)."""


def is_photo(response: Response) -> bool:
    return response.ok and response.headers["content-type"] == "image/jpeg"


async def look_up_the_visit(window: Window) -> None:
    """Go through the media browser to the picture of the visit."""
    await window.open("/media-browser/browser")
    cards = window.page.locator("ha-card")
    async with window.page.expect_response(is_photo):
        for name in ("Camera Smart Alerts", "Front door", A_DAY):
            await cards.filter(has_text=name).click()
    await expect(cards).to_have_count(1)
    await expect(cards).to_contain_text("Front door")


@in_a_browser
async def test_the_owner_finds_the_visit_in_the_media_browser(
    visited: VisitedHome, window: Window
) -> None:
    assert len(await visited.visits()) == 1
    await look_up_the_visit(window)
    assert window.hosts == {LOOPBACK}
    assert window.complaints_about("camera_smart_alerts") == []


@in_a_browser
async def test_somebody_who_may_only_look_finds_it_too_and_has_no_settings(
    visited: VisitedHome, browser: Browser
) -> None:
    async with visited.somebody("Sam", READ_ONLY) as sam, browser.window(sam) as window:
        await look_up_the_visit(window)
        await expect(window.page.get_by_role("link", name="Sam")).to_be_visible()
        await expect(window.page.get_by_role("link", name="Settings")).to_have_count(0)


@in_a_browser
async def test_what_a_page_asks_of_others_is_seen_and_does_not_arrive(window: Window) -> None:
    for host in OUTSIDE:
        with pytest.raises(Error, match="Failed to fetch"):
            await window.page.evaluate(f"fetch('http://{host}/', {{mode: 'no-cors'}})")
    assert window.hosts == {*OUTSIDE}
    assert all(window.complaints_about(host) for host in OUTSIDE)


@in_a_browser
async def test_what_a_page_does_not_catch_is_a_complaint(window: Window) -> None:
    async with window.page.expect_event("pageerror"):
        await window.page.add_script_tag(content="throw new Error('lost its way')")
    assert window.complaints_about("lost its way")


def test_the_browser_that_is_named_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMED, "/opt/browser")
    assert find_browser() == "/opt/browser"


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_a_browser_on_the_path_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.delenv(NAMED, raising=False)
    monkeypatch.setattr("tests.browser._ON_MACOS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() == ""
    program = tmp_path / name
    program.touch(0o755)
    assert find_browser() == str(program)
