"""The page in the sidebar: when it is there, that its files come, and what is not in them."""

from http import HTTPStatus
from pathlib import Path
import re
from shutil import copytree
from unittest.mock import patch

from homeassistant.components.frontend import DATA_PANELS
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts import panel
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.keeper import VisitKeeper
from custom_components.camera_smart_alerts.panel import FOLDER, PANEL_PATH
from tests.texts import Texts, placeholders, wanted

pytest_plugins = ("tests.texts_fixtures",)

FILES = sorted(FOLDER.iterdir())
SOURCE = "\n".join(path.read_text() for path in FILES)
IMPORT = re.compile(r'^import .+ from "(.+)";$', re.MULTILINE)


def address(hass: HomeAssistant) -> str:
    """Return where the page itself is served."""
    config = hass.data[DATA_PANELS][PANEL_PATH].config
    assert config is not None
    return str(config["_panel_custom"]["module_url"])


async def set_up(hass: HomeAssistant) -> MockConfigEntry:
    """Set up the integration without any camera."""
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


@pytest.fixture
async def frontend(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "frontend", {})


@pytest.mark.usefixtures("frontend")
async def test_the_page_is_in_the_sidebar_as_long_as_the_integration_is_used(
    hass: HomeAssistant,
) -> None:
    entry = await set_up(hass)
    shown = hass.data[DATA_PANELS][PANEL_PATH]
    assert (shown.sidebar_title, shown.require_admin) == ("Camera Smart Alerts", False)
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.data[DATA_PANELS][PANEL_PATH] is shown, "nobody is thrown off the page"
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert PANEL_PATH not in hass.data[DATA_PANELS]
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert PANEL_PATH in hass.data[DATA_PANELS]
    await hass.config_entries.async_remove(entry.entry_id)
    assert PANEL_PATH not in hass.data[DATA_PANELS]


@pytest.mark.usefixtures("frontend")
async def test_a_home_in_which_the_integration_cannot_be_set_up_has_no_page(
    hass: HomeAssistant,
) -> None:
    entry = await set_up(hass)
    with patch.object(VisitKeeper, "async_load", side_effect=OSError):
        await hass.config_entries.async_reload(entry.entry_id)
    assert PANEL_PATH not in hass.data[DATA_PANELS]
    await hass.config_entries.async_reload(entry.entry_id)
    assert PANEL_PATH in hass.data[DATA_PANELS]


async def test_a_home_without_a_frontend_has_no_page(hass: HomeAssistant) -> None:
    entry = await set_up(hass)
    assert PANEL_PATH not in hass.data.get(DATA_PANELS, {})
    await hass.config_entries.async_remove(entry.entry_id)


@pytest.mark.usefixtures("frontend")
async def test_the_page_and_all_it_imports_are_served_and_kept_by_browsers(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await set_up(hass)
    # Everybody may have the code; what it shows is asked for with a login.
    client, left, seen = await hass_client_no_auth(), ["page.js"], set[str]()
    folder = address(hass).removesuffix("page.js")
    while left:
        seen.add(name := left.pop())
        response = await client.get(folder + name)
        assert response.status == HTTPStatus.OK, name
        assert response.content_type in {"text/javascript", "application/javascript"}
        assert "max-age" in response.headers["Cache-Control"]
        imported = {one.removeprefix("./") for one in IMPORT.findall(await response.text())}
        left += imported - seen
    assert seen == {path.name for path in FILES}


@pytest.mark.usefixtures("frontend")
async def test_files_that_changed_have_another_address(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass)
    folder = copytree(FOLDER, tmp_path / "frontend")
    monkeypatch.setattr(panel, "FOLDER", folder)
    assert panel._fingerprint() in address(hass)
    (folder / "style.js").write_text("export const STYLE = ``;")
    assert panel._fingerprint() not in address(hass)


WAYS = (
    *(r"\bfetch\b", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "RTCPeer"),
    *("Worker", "importScripts", r"\bimport\(", "@import", r"\burl\(", "new Image", "srcset"),
    *("href", "location", r"window\.", "submit", "postMessage", r"""["'`]\s*([a-z]+:)?//"""),
    # What is there once the page is left, or becomes markup or code out of a name.
    *("localStorage", "sessionStorage", "indexedDB", "caches", "cookie"),
    *("innerHTML", "outerHTML", "insertAdjacentHTML", r"document\.write", r"\beval\b", "Function"),
    # A picture has the address that a command gave.
    r"\bsrc\b(?!: picture\.url| = one\.url)",
)
"""What a page could load, send, keep or run something with."""


def ways_out(source: str) -> list[str]:
    return [way for way in WAYS if re.search(way, source)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_loads_sends_or_draws_anything_by_itself(path: Path) -> None:
    source = path.read_text()
    assert ways_out(source) == []
    assert all((FOLDER / one).exists() for one in IMPORT.findall(source))
    assert len(IMPORT.findall(source)) == len(re.findall(r"\bimport\b.*from", source))


@pytest.mark.parametrize(
    "source",
    [
        'fetch("/api/" + secret)',
        'el("img", { src: "//example.com/?" + secret })',
        'image.src = "https://example.com"',
        "picture.src = address",
        "new RTCPeerConnection()",
        "window.open(address)",
        'navigator.serviceWorker.register("x.js")',
        "import(name)",
        'export const STYLE = `a { background: url("x") }`',
        "form.submit()",
        'el("a", { href: address })',
        "localStorage.last = name",
        "element.innerHTML = name",
    ],
)
def test_whatever_could_load_send_or_keep_would_be_seen(source: str) -> None:
    assert ways_out(source)


def asked(group: str) -> set[str]:
    """Return the keys of texts that the page asks for, ``*`` for what it fills in."""
    found = set()
    for call in re.findall(rf"words\.{group}\(([^()]*)", SOURCE):
        found |= set(re.findall(r'"([a-z_]+)"', call))
        found |= {re.sub(r"\$\{.*?\}", "*", one) for one in re.findall(r"`(.+?)`", call)}
    return found | set(re.findall(rf'this\.{group}\("([a-z_]+)"', SOURCE))


def test_every_text_of_the_page_is_there_and_asked_for(english: Texts) -> None:
    assert set(english["config_panel"]) == {"page"}
    texts = english["config_panel"]["page"]
    assert set(texts) == wanted(asked("page"))
    filled = set().union(*(placeholders(text) for text in texts.values()))
    assert filled == {"camera", "cameras", "keys", "kind", "pictures", "span", "time", "what"}
