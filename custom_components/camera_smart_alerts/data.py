"""What a loaded config entry owns."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from .coordinator import CameraCoordinator
from .home_mode import HomeMode
from .inference import InferenceThread
from .settings import HubSettings
from .store import StateStore


@dataclass(slots=True)
class RuntimeData:
    """The parts that all cameras share, and the cameras."""

    hub: HubSettings
    inference: InferenceThread
    store: StateStore
    home: HomeMode
    cameras: dict[str, CameraCoordinator]
    """By subentry id."""

    @callback
    def async_set_all_enabled(self, enabled: bool) -> None:
        """Switch all cameras on or off; each keeps its own switch for when they come back on."""
        self.store.all_enabled = enabled
        for camera in self.cameras.values():
            camera.async_enabled_changed()
        self.store.async_changed()


type SmartAlertsConfigEntry = ConfigEntry[RuntimeData]
