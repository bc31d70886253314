"""Devices of the demo: cameras that play recorded footage as if it happened now, and loudspeakers.

Everything stays on this machine. Cameras are listed in ``configuration.yaml``; the action
``camera_smart_alerts_demo.play`` puts other footage before a camera and moves its motion sensor,
which is all that the world outside a camera ever does to it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import slugify
import probatio as vol

from .network import async_serve_stun, stay_on_this_machine
from .playback import Playback
from .stream_view import StreamView
from .tape import Tape

DOMAIN: Final = "camera_smart_alerts_demo"
PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.CAMERA,
    Platform.MEDIA_PLAYER,
    Platform.TTS,
]
RUNGS: Final = ("webrtc", "stream", "still")

_CAMERA: Final = vol.Schema(
    {
        vol.Required("name"): cv.string,
        vol.Required("tape"): cv.string,
        vol.Required("serves"): vol.All(cv.ensure_list, [vol.In(RUNGS)]),
    }
)
CONFIG_SCHEMA: Final = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required("cameras"): [_CAMERA],
                vol.Optional("stun_port", default=0): cv.positive_int,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)
_PLAY: Final = vol.Schema(
    {
        vol.Required("camera"): cv.string,
        vol.Optional("tape"): cv.string,
        vol.Optional("motion"): cv.boolean,
    }
)


@dataclass(slots=True)
class DemoCameraState:
    """One camera: what it plays, what it offers, and whether its motion sensor is on."""

    name: str
    serves: frozenset[str]
    """Rungs of the frame ladder that this camera offers."""
    playback: Playback
    motion: bool = False
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Derive the key that actions, unique ids and URLs use."""
        self.key = slugify(self.name)

    @property
    def signal(self) -> str:
        """Name of the dispatcher signal that tells this camera's entities about a change."""
        return f"{DOMAIN}_{self.key}"


type DemoConfigEntry = ConfigEntry[dict[str, DemoCameraState]]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Import the cameras of configuration.yaml, and register the view and the action."""
    stay_on_this_machine()
    if port := config[DOMAIN]["stun_port"]:
        await async_serve_stun(hass, port)
    cameras: dict[str, DemoCameraState] = {}
    hass.http.register_view(StreamView(cameras))

    async def play(call: ServiceCall) -> None:
        camera = cameras.get(call.data["camera"])
        if camera is None:
            raise ServiceValidationError(f"There is no demo camera {call.data['camera']!r}")
        if "tape" in call.data:
            path = Path(call.data["tape"])
            camera.playback.insert(await hass.async_add_executor_job(Tape.load, path))
        camera.motion = call.data.get("motion", camera.motion)
        async_dispatcher_send(hass, camera.signal)

    hass.services.async_register(DOMAIN, "play", play, schema=_PLAY)
    hass.data[DOMAIN] = cameras
    hass.async_create_task(
        hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_IMPORT}, data={"cameras": config[DOMAIN]["cameras"]}
        )
    )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: DemoConfigEntry) -> bool:
    """Load the footage and create the devices."""
    cameras: dict[str, DemoCameraState] = hass.data[DOMAIN]
    tapes: dict[str, Tape] = {}
    for camera in entry.data["cameras"]:
        path = camera["tape"]
        if path not in tapes:
            tapes[path] = await hass.async_add_executor_job(Tape.load, Path(path))
        state = DemoCameraState(camera["name"], frozenset(camera["serves"]), Playback(tapes[path]))
        cameras[state.key] = state
    entry.runtime_data = cameras
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: DemoConfigEntry) -> bool:
    """Remove the devices."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


def device_of(camera: DemoCameraState) -> DeviceInfo:
    """Return the device that a camera shares with its motion sensor."""
    return DeviceInfo(
        identifiers={(DOMAIN, camera.key)},
        name=camera.name,
        manufacturer="Camera Smart Alerts demo",
        model="Recorded footage",
    )
