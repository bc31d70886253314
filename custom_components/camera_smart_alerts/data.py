"""What a loaded config entry owns."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from .database import Database
from .home_mode import HomeMode
from .inference import InferenceThread
from .keeper import VisitKeeper
from .settings import HubSettings
from .store import StateStore

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
    keeper: VisitKeeper
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
