"""The page in the sidebar, as people use it: a real browser, a real Home Assistant, real visits."""

import re
from typing import Any, Final

from demo.enroll import DOMAIN
from playwright.async_api import Locator, expect

from tests.browser import Browser, Window, in_a_browser
from tests.page_kit import button, has_picture, is_told, page_of
from tests.visited_home import READ_ONLY, VisitedHome

pytest_plugins = ("tests.browser_fixtures",)

# The man on the bicycle is now and then taken for two.
SOMEBODY: Final = re.compile(r"^\d (person|people)")
TOLD: Final = re.compile(r"saw \d (person|people), and people were told\.")
UNSAID: Final = {"Right": "false", "Not a person": "false", "Somebody was missed": "false"}


async def opinions(card: Locator) -> dict[str, str | None]:
    """Return what the buttons under a visit are called, and whether they are pressed."""
    buttons = await card.get_by_role("group").get_by_role("button").all()
    return {await one.inner_text(): await one.get_attribute("aria-pressed") for one in buttons}


async def feedback(home: VisitedHome) -> list[str]:
    """Return what was said of the visits of the front door and the garden."""
    said = {one["cameras"][0]: one["feedback"] for one in await home.visits()}
    return [said[one.entity_id] for one in home.cameras]


async def lessons(home: VisitedHome) -> list[dict[str, Any]]:
    """Return what the last of the cameras was taught."""
    entity_id = home.cameras[-1].entity_id
    answer = await home.home.api.ask(f"{DOMAIN}/feedback/list", entity_id=entity_id)
    found: list[dict[str, Any]] = answer["lessons"]
    return found


async def looks_back(home: VisitedHome, window: Window, visits: Locator) -> None:
    """Find the visits with their pictures and their reasons."""
    page, (front, garden) = window.page, home.cameras
    # Now and then it is midnight.
    await expect(page.get_by_role("heading", name=re.compile("Today|Yesterday"))).to_be_visible()
    await expect(visits).to_have_count(2)
    for card, camera in ((visits.first, garden), (visits.last, front)):
        await expect(card.get_by_role("heading", name=SOMEBODY)).to_be_visible()
        await expect(card).to_contain_text(camera.name)
        await has_picture(card)
        await button(card, "Why?").click()
        await expect(card).to_contain_text(TOLD)
    await visits.first.get_by_role("button", name=SOMEBODY).click()
    dialog = page.get_by_role("dialog", name=SOMEBODY)
    await has_picture(dialog)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await button(visits.first, "Live view").click()
    live = page.get_by_role("img", name=f"Preview of the {garden.name} Smart view camera")
    await expect(live).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(live).to_have_count(0)


async def finds(home: VisitedHome, window: Window, visits: Locator) -> None:
    """Narrow the visits down to what is wanted, and back."""
    page = window.page
    camera, kind = (page.get_by_role("combobox", name=one) for one in ("Camera", "Kind"))
    await camera.select_option(home.cameras[0].name)
    await expect(visits).to_have_count(1)
    await expect(visits).to_contain_text(home.cameras[0].name)
    await kind.select_option("Vehicle")
    await expect(page.get_by_text("There was no such visit.")).to_be_visible()
    for field in (camera, kind):
        await field.select_option(index=0)
    await expect(visits).to_have_count(2)
    await page.get_by_label("Day").fill("2020-01-01")
    await expect(visits).to_have_count(0)
    await page.get_by_label("Day").fill("")
    await expect(visits).to_have_count(2)


async def teaches(home: VisitedHome, window: Window, visits: Locator) -> None:
    """Say of a visit what it was: explained first, asked every time, shown ever after."""
    page, dialog = window.page, window.page.get_by_role("dialog")
    garden = visits.filter(has_text=home.cameras[1].name)
    assert await opinions(garden) == UNSAID
    await button(garden, "Right").click()
    for told in ("numbers", "no picture", "encrypted", "never leaves", "take it back"):
        await expect(dialog).to_contain_text(told)
    await button(dialog, "Cancel").click()
    assert await feedback(home) == ["", ""]
    await button(garden, "Right").click()
    await button(dialog, "Note it").click()
    await expect(button(garden, "Right")).to_have_attribute("aria-pressed", "true")
    assert await feedback(home) == ["", "right"]
    await button(garden, "Not a person").click()
    await expect(dialog).to_contain_text("Only numbers about place and look are kept")
    assert await lessons(home) == []
    await button(dialog, "Teach it").click()
    await is_told(window, "The camera learned from it.")
    await expect(button(garden, "Not a person")).to_have_attribute("aria-pressed", "true")
    assert await opinions(garden) == UNSAID | {"Not a person": "true"}
    assert {one["verdict"] for one in await lessons(home)} == {"false_alarm"}
    await page.reload()
    await expect(button(garden, "Not a person")).to_have_attribute("aria-pressed", "true")


async def takes_back(home: VisitedHome, window: Window, visits: Locator) -> None:
    """Look at what was learned, forget it, and be told anew before the next."""
    page, dialog = window.page, window.page.get_by_role("dialog")
    await button(page, "What cameras learned").click()
    await expect(dialog).to_contain_text("Stays silent: Person")
    await button(dialog, "Forget all of this camera").click()
    await expect(dialog).to_contain_text("No camera has learned anything.")
    assert await lessons(home) == []
    await button(dialog, "Close").click()
    await button(visits.last, "Right").click()
    await expect(dialog).to_contain_text("for the first time")
    await page.keyboard.press("Escape")


async def says_that_somebody_was_missed(home: VisitedHome, window: Window) -> None:
    """Choose a camera and a time, read what became of it there, and say so."""
    page, garden = window.page, home.cameras[1].name
    dialog = page.get_by_role("dialog")
    await button(page.locator(".filters"), "Somebody was missed").click()
    await dialog.get_by_label("Camera").select_option(garden)
    await expect(dialog).to_contain_text(TOLD)
    await dialog.get_by_label("About when").fill("2020-01-01T12:00")
    await dialog.get_by_label("About when").press("Tab")
    await expect(dialog).to_contain_text(f"{garden} reported no motion around that time")
    await button(dialog, "Somebody was missed").click()
    await button(dialog, "Teach it").click()
    await is_told(window, "Nothing was seen there around that time")


async def deletes(home: VisitedHome, window: Window, visits: Locator) -> None:
    """Destroy the visits; the next one comes by itself."""
    page = window.page
    for left in (1, 0):
        await button(visits.first, "Delete for good").click()
        await button(page.get_by_role("dialog"), "Delete for good").click()
        await is_told(window, "Deleted for good. Pictures: ")
        await expect(visits).to_have_count(left)
        assert len(await home.visits()) == left
    await expect(page.get_by_text("Nobody has been here yet.")).to_be_visible()
    await home.visit(home.cameras[1])
    await expect(visits).to_have_count(1)
    await has_picture(visits)


@in_a_browser
async def test_a_household_looks_back_teaches_and_deletes(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    async with browser.window(two_cameras.home.api) as window, page_of(window) as visits:
        await looks_back(two_cameras, window, visits)
        await finds(two_cameras, window, visits)
        await teaches(two_cameras, window, visits)
        await takes_back(two_cameras, window, visits)
        await says_that_somebody_was_missed(two_cameras, window)
        await deletes(two_cameras, window, visits)


@in_a_browser
async def test_whoever_may_only_look_finds_nothing_to_teach_or_to_delete(
    visited: VisitedHome, browser: Browser
) -> None:
    narrow = {"viewport": {"width": 400, "height": 850}, "locale": "de-DE"}
    async with (
        visited.somebody("Sam", READ_ONLY) as sam,
        browser.window(sam, **narrow) as window,
        page_of(window) as visits,
    ):
        # In the language of the browser, as long as nobody chose another.
        await expect(visits.first.get_by_role("heading", name="Person")).to_be_visible()
        await has_picture(visits.first)
        assert await visits.get_by_role("group").count() == 0
        assert await button(visits, "Endgültig löschen").count() == 0
        await expect(button(window.page, "Jemand wurde übersehen")).to_be_hidden()
        await button(window.page, "Menü öffnen").click()
        await expect(window.page.get_by_role("link", name="Sam")).to_be_visible()
