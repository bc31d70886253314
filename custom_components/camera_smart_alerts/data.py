"""What a loaded config entry owns."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .database import Database
from .home_mode import HomeMode
from .inference import InferenceThread
from .keeper import VisitKeeper
from .ledger import Ledger
from .links import Links
from .pictures import Picture, async_pictures
from .report import Reports
from .settings import HubSettings
from .store import StateStore
from .upkeep import Upkeep
from .vault import Vault

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator


@dataclass(slots=True)
class RuntimeData:
    """The parts that all cameras share, and the cameras."""

    hub: HubSettings
    inference: InferenceThread
    store: StateStore
    home: HomeMode
    database: Database
    vault: Vault
    ledger: Ledger
    links: Links
    upkeep: Upkeep
    keeper: VisitKeeper
    reports: Reports
    cameras: dict[str, CameraCoordinator] = field(default_factory=dict)
    """By subentry id."""

    @callback
    def async_set_all_enabled(self, enabled: bool) -> None:
        """Switch all cameras on or off; each keeps its own switch for when they come back on."""
        self.store.all_enabled = enabled
        for camera in self.cameras.values():
            camera.async_control_changed()
        self.store.async_changed()


type SmartAlertsConfigEntry = ConfigEntry[RuntimeData]


def loaded(hass: HomeAssistant) -> RuntimeData | None:
    """Return what is loaded; None while nothing is."""
    entries: list[SmartAlertsConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return entries[0].runtime_data if entries else None


async def async_find_picture(hass: HomeAssistant, picture_id: str) -> Picture | None:
    """Return a picture from memory or from the history, None once it is forgotten.

    Args:
        hass: Home Assistant.
        picture_id: Its own id, as in notifications, or the one that it has in links.
    """
    if (picture := async_pictures(hass).get(picture_id)) is not None:
        return picture
    if (runtime := loaded(hass)) is None:
        return None
    found = await runtime.vault.async_find(picture_id)
    return await runtime.vault.async_open(picture_id if found is None else found.id)
