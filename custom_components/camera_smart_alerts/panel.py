"""The page in Home Assistant's sidebar: visits with their pictures, and what people say of them.

What a reader would get wrong: the page is code without any secret, so everybody may load it. All it
shows comes from commands (``websocket.py``) and views that ask who wants to know, each time.
"""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import (
    DOMAIN as FRONTEND,
    async_panel_exists,
    async_remove_panel,
)
from homeassistant.components.http import StaticPathConfig
from homeassistant.components.panel_custom import async_register_panel
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, TITLE

PANEL_PATH: Final = DOMAIN.replace("_", "-")
FOLDER: Final = Path(__file__).parent / "frontend"
_ADDRESS: HassKey[str] = HassKey(f"{DOMAIN}_page")
"""Under which the files of the page are served."""


async def async_serve_page(hass: HomeAssistant) -> None:
    """Serve the files of the page; once, because a path cannot be taken back."""
    # Browsers keep the files for weeks. Of another version all have another address, also those
    # that are loaded by the others.
    version = await hass.async_add_executor_job(_fingerprint)
    hass.data[_ADDRESS] = address = f"/{DOMAIN}_page/{version}"
    await hass.http.async_register_static_paths([StaticPathConfig(address, str(FOLDER))])


async def async_show_page(hass: HomeAssistant) -> None:
    """Put the page into the sidebar, where there is a frontend and it is not there yet."""
    if FRONTEND not in hass.config.components or async_panel_exists(hass, PANEL_PATH):
        return
    await async_register_panel(
        hass,
        frontend_url_path=PANEL_PATH,
        webcomponent_name=f"{PANEL_PATH}-page",
        sidebar_title=TITLE,
        sidebar_icon="mdi:cctv",
        module_url=f"{hass.data[_ADDRESS]}/page.js",
        handle_safe_area=True,
    )


@callback
def async_hide_page(hass: HomeAssistant) -> None:
    """Take the page away."""
    async_remove_panel(hass, PANEL_PATH, warn_if_unknown=False)


def _fingerprint() -> str:
    """Return what changes with any of the files."""
    sha256 = hashlib.sha256()
    # Some file systems put folders of their own beside them.
    for path in sorted(FOLDER.glob("*.js")):
        sha256.update(path.read_bytes())
    return sha256.hexdigest()[:12]
