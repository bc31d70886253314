"""The page in the sidebar over time: visits of long ago, lost connections, cameras that go."""

import asyncio
from datetime import timedelta
import json
import re
import sqlite3

from demo.enroll import DOMAIN, add_camera
from homeassistant.util import dt as dt_util
from playwright.async_api import Request, Route, expect

from custom_components.camera_smart_alerts.alerts import visit_id
from tests.browser import Browser, Window, in_a_browser
from tests.page_kit import PAGE, button, has_picture, has_pictures, page_of
from tests.visited_home import VisitedHome

pytest_plugins = ("tests.browser_fixtures",)

RECONNECT = "document.querySelector('home-assistant').hass.connection.reconnect(true)"
PICTURES = re.compile("/api/camera_smart_alerts/pictures/")
REFUSE_LESSONS = """() => {
  const { connection } = document.querySelector("home-assistant").hass;
  const ask = Object.getPrototypeOf(connection).sendMessagePromise.bind(connection);
  connection.sendMessagePromise = (message) => message.type.endsWith("feedback/list")
    ? Promise.reject({ code: "unknown_error", message: "It broke." }) : ask(message);
}"""
SCROLLED = "document.scrollingElement.scrollTop"


async def lived_through(home: VisitedHome, visits: int) -> None:
    """Give a home visits like its first one, one an hour, before that."""
    file = home.home.folder / ".cache" / DOMAIN / "history.db"
    with sqlite3.connect(file) as history:
        history.create_function("public_visit_id", 1, visit_id, deterministic=True)
        ((data,), *_) = history.execute("SELECT data FROM visits")
        for number in range(1, visits + 1):
            at = dt_util.utcnow() - timedelta(hours=number)
            times = dict.fromkeys(("started_at", "last_at", "seen_at"), at.isoformat())
            visit = json.loads(data) | times | {"id": f"before-{number}"}
            row = visit["id"], json.dumps(visit), at.timestamp(), at.timestamp()
            history.execute("REPLACE INTO visits VALUES (?, ?, ?, ?)", row)
    history.close()


async def delete_newest(home: VisitedHome) -> None:
    """Destroy a visit from elsewhere."""
    (visit, *_) = await home.visits()
    await home.home.api.ask(f"{DOMAIN}/visits/delete", visit_id=visit["visit_id"])


@in_a_browser
async def test_who_scrolls_down_looks_further_back_and_stays_there(
    visited: VisitedHome, window: Window
) -> None:
    async with page_of(window) as visits:
        await has_picture(visits)
        await lived_through(visited, 60)
        # As when a phone comes back from another network: what happened meanwhile is there.
        await window.page.evaluate(RECONNECT)
        await expect(visits).to_have_count(61)
        await window.page.reload()
        for shown in (24, 48, 61):
            await expect(visits).to_have_count(shown)
            await visits.last.scroll_into_view_if_needed()
        end = window.page.get_by_text("What is older than 7 days is forgotten for good.")
        await expect(end).to_be_visible()
        await expect(window.page.get_by_role("heading", name="Yesterday")).to_have_count(1)
        # Somebody is about to answer far down, and stays there whatever is drawn anew.
        await button(visits.nth(40), "Why?").focus()
        place = await window.page.evaluate(SCROLLED)
        assert place > 1000
        await window.page.evaluate(RECONNECT)
        await expect(visits).to_have_count(61)
        for left in (60, 59):
            await delete_newest(visited)
            await expect(visits).to_have_count(left)
            await expect(button(visits.nth(left - 21), "Why?")).to_be_focused()
        assert await window.page.evaluate(SCROLLED) > place - 1000


@in_a_browser
async def test_a_picture_is_loaded_when_it_can_be_seen_and_not_before(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    loaded: list[str] = []

    def note(request: Request) -> None:
        if PICTURES.search(request.url):
            loaded.append(request.url)

    low = {"viewport": {"width": 420, "height": 420}}
    async with browser.window(two_cameras.home.api, **low) as window:
        window.page.on("request", note)
        async with page_of(window) as visits:
            await has_picture(visits.first)
            # Nobody is shown what the page asks of all visits anew.
            await window.page.evaluate(RECONNECT)
            last = await visits.last.element_handle()
            knows = "one => one.visitCard.pictures?.length > 0"
            await window.page.wait_for_function(knows, arg=last)
            assert await visits.last.get_by_role("img").count() == 0
            assert len(loaded) <= await visits.count()
            before = len(loaded)
            await visits.last.scroll_into_view_if_needed()
            await has_picture(visits.last)
            assert len(loaded) == before + 1


@in_a_browser
async def test_a_picture_that_does_not_load_says_so_and_can_be_tried_again(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    async def lose(route: Route) -> None:
        await route.abort()

    async with browser.window(two_cameras.home.api) as window:
        await window.page.route(PICTURES, lose)
        await window.open(PAGE)
        card = window.page.get_by_role("article").first
        await expect(card).to_contain_text("The picture could not be loaded.")
        await window.page.unroute(PICTURES)
        await button(card, "Try again").click()
        await has_picture(card)


@in_a_browser
async def test_lessons_that_cannot_be_read_are_not_said_to_be_none(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    async with browser.window(two_cameras.home.api) as window, page_of(window) as visits:
        await expect(visits.first).to_be_visible()
        await window.page.evaluate(REFUSE_LESSONS)
        await button(window.page, "What cameras learned").click()
        dialog = window.page.get_by_role("dialog")
        await expect(dialog).to_contain_text("It broke.")
        await expect(dialog).not_to_contain_text("No camera has learned anything.")
        await window.page.evaluate(REFUSE_LESSONS.replace("feedback/list", "nothing"))
        await button(dialog, "Try again").click()
        await expect(dialog).not_to_contain_text("It broke.")


@in_a_browser
async def test_whoever_took_their_yes_back_elsewhere_is_told_anew(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    api, camera = two_cameras.home.api, two_cameras.cameras[0].entity_id
    (visit, *_) = await two_cameras.visits()
    said = {"verdict": "right", "visit_id": visit["visit_id"], "understood": True}
    await api.ask(f"{DOMAIN}/feedback", **said)
    async with browser.window(api) as window, page_of(window) as visits:
        await expect(button(visits.first, "Right")).to_be_visible()
        await api.ask(f"{DOMAIN}/feedback/forget", entity_id=camera)
        await button(visits.first, "Right").click()
        dialog = window.page.get_by_role("dialog")
        await expect(dialog).to_contain_text("for the first time")
        # Whoever taps a little beside the text has not said no.
        await dialog.get_by_role("heading").click(position={"x": 1, "y": 1})
        box = await dialog.bounding_box()
        assert box is not None
        await window.page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)
        await expect(dialog).to_be_visible()
        await window.page.mouse.click(box["x"] - 20, box["y"])
        await expect(dialog).to_have_count(0)


@in_a_browser
async def test_who_hides_the_sidebar_finds_the_way_back_by_the_menu(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    async with browser.window(two_cameras.home.api) as window:
        hide = "localStorage.setItem('dockedSidebar', '\"always_hidden\"')"
        await window.page.add_init_script(hide)
        async with page_of(window):
            await button(window.page, "Open the menu").click()
            await expect(window.page.get_by_role("link", name="Overview")).to_be_visible()


@in_a_browser
async def test_the_page_comes_back_by_itself_after_home_assistant_was_away(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    home = two_cameras.home
    async with browser.window(home.api) as window:
        await window.open(PAGE)
        visits = window.page.get_by_role("article")
        await has_picture(visits.first)
        await home.restart()
        await two_cameras.visit(two_cameras.cameras[1])
        shown = len(await two_cameras.visits())
        await expect(visits).to_have_count(shown)
        await delete_newest(two_cameras)
        await expect(visits).to_have_count(shown - 1)
        await two_cameras.visit(two_cameras.cameras[1])


@in_a_browser
async def test_the_page_listens_again_where_the_integration_was_away_with_the_connection(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    api = two_cameras.home.api
    async with browser.window(api) as window, page_of(window) as visits:
        await has_pictures(visits)
        reload = f"/api/config/config_entries/entry/{two_cameras.entry_id}/reload"
        await asyncio.gather(api.post(reload), window.page.evaluate(RECONNECT))
        (newest, *more) = await two_cameras.visits()
        shown = 1 + len(more)
        await expect(visits).to_have_count(shown)
        await expect(window.page.get_by_text("What is older than")).to_be_visible()
        # What somebody says elsewhere, for instance on their phone.
        said = {"verdict": "right", "visit_id": newest["visit_id"], "understood": True}
        await api.ask(f"{DOMAIN}/feedback", **said)
        pressed = visits.locator("[data-does=right][aria-pressed=true]")
        await expect(pressed).to_have_count(1)
        await delete_newest(two_cameras)
        await expect(visits).to_have_count(shown - 1)
        for camera in two_cameras.cameras:
            await two_cameras.visit(camera)
        await expect(visits).to_have_count(len(await two_cameras.visits()))


@in_a_browser
async def test_cameras_come_and_go_while_the_page_is_open(
    two_cameras: VisitedHome, browser: Browser
) -> None:
    home, (front, garden) = two_cameras.home, two_cameras.cameras
    async with browser.window(home.api) as window, page_of(window) as visits:
        page = window.page
        chooser = page.get_by_role("combobox", name="Camera")
        await expect(chooser.get_by_role("option")).to_have_text(
            ["All cameras", front.name, garden.name]
        )
        await has_pictures(visits)
        await home.api.act(DOMAIN, "unenroll_all", {})
        await expect(visits).to_have_count(0)
        await expect(page.get_by_text("There is no camera here")).to_be_visible()
        await add_camera(home.api, two_cameras.entry_id, garden, {"cooldown": 0})
        await expect(chooser.get_by_role("option")).to_have_text(["All cameras", garden.name])
        await two_cameras.visit(garden)
        await has_picture(visits)
        await expect(button(visits, "Right")).to_be_visible()
        # Whoever is next finds both.
        await add_camera(home.api, two_cameras.entry_id, front, {"cooldown": 0})
        await two_cameras.visit(front)
        await expect(visits).to_have_count(2)
