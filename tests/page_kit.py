"""What tests of the page in the sidebar share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import Locator, expect

from tests.browser import LOOPBACK, Window

PAGE: Final = "/camera-smart-alerts"


@asynccontextmanager
async def page_of(window: Window) -> AsyncIterator[Locator]:
    """Open the page, and yield its visits; it asks nobody else, and complains of nothing."""
    await window.open(PAGE)
    yield window.page.get_by_role("article")
    assert window.hosts == {LOOPBACK}
    assert window.complaints_about("camera_smart_alerts") == []


def button(within: Any, name: str) -> Locator:
    found: Locator = within.get_by_role("button", name=name, exact=True)
    return found


async def has_picture(card: Locator) -> None:
    """Wait until the picture of a visit is there."""
    picture = card.get_by_role("img")
    await expect(picture).to_have_js_property("complete", value=True)
    await expect(picture).not_to_have_js_property("naturalWidth", 0)


async def has_pictures(visits: Locator) -> None:
    """Wait until the pictures of all visits are there."""
    for card in await visits.all():
        await card.scroll_into_view_if_needed()
        await has_picture(card)


async def is_told(window: Window, text: str) -> None:
    """Wait for a message at the bottom; it is there a second time for screen readers."""
    await expect(window.page.get_by_text(text).first).to_be_visible()
