"""What must survive a restart: switches, modes, counts, what stood still, who understood what.

No picture. Everything is small and lives in one private JSON file of Home Assistant's own storage.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
import logging
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .alerts import AlertMemory
from .camera_modes import ChosenModes
from .const import DOMAIN
from .home_mode import HomeMemory
from .vision.datatypes import Kind
from .vision.static import Thing, read_things

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1
_SAVE_DELAY_S: Final = 1.0
_REMEMBERED_ALERTS: Final = 10


@dataclass(slots=True)
class CameraMemory:
    """What is remembered about one camera."""

    policy: AlertMemory = field(default_factory=AlertMemory)
    last_seen: dict[Kind, datetime] = field(default_factory=dict)
    """UTC."""
    counted_on: date | None = None
    """The local day ``count`` belongs to."""
    count: int = 0
    alerts: list[str] = field(default_factory=list)
    """Ids of the newest alerts, newest last. Answers to older ones are not accepted."""
    modes: ChosenModes = field(default_factory=ChosenModes)

    things: tuple[Thing, ...] = ()
    """What stands still in front of the camera."""

    @callback
    def remember_alert(self, alert_id: str) -> None:
        """Accept answers to this alert from now on."""
        others = [one for one in self.alerts if one != alert_id]
        self.alerts = [*others, alert_id][-_REMEMBERED_ALERTS:]

    @callback
    def detections_on(self, day: date) -> int:
        """Return how often something was detected on a local day."""
        return self.count if self.counted_on == day else 0

    @callback
    def add_detection(self, day: date) -> None:
        """Count one detection on a local day."""
        self.count = self.detections_on(day) + 1
        self.counted_on = day

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "policy": self.policy.as_dict(),
            "last_seen": {kind: at.isoformat() for kind, at in self.last_seen.items()},
            "counted_on": self.counted_on and self.counted_on.isoformat(),
            "count": self.count,
            "alerts": self.alerts,
            "things": [thing.as_dict() for thing in self.things],
            "modes": self.modes.as_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Restore what ``as_dict`` returned."""
        counted_on = data["counted_on"]
        return cls(
            policy=AlertMemory.from_dict(data["policy"]),
            last_seen={
                Kind(kind): datetime.fromisoformat(at) for kind, at in data["last_seen"].items()
            },
            counted_on=counted_on and date.fromisoformat(counted_on),
            count=int(data["count"]),
            things=read_things(data.get("things")),
            alerts=list(data["alerts"]),
            modes=ChosenModes.from_dict(data.get("modes", {})),
        )


class StateStore:
    """The memories of all cameras, and what holds for all of them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; ``async_load`` reads the file."""
        self._hass = hass
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, DOMAIN, private=True)
        self._cameras: dict[str, CameraMemory] = {}
        self.all_enabled = True
        self.home = HomeMemory()
        self._understood: dict[str, str] = {}
        """When who said that they know what becomes of feedback: user id to ISO time, UTC."""

    async def async_load(self, subentry_ids: Collection[str]) -> None:
        """Read the file; cameras and people that were removed meanwhile are forgotten."""
        data = await self._store.async_load() or {}
        stored = data.get("cameras", {})
        self.all_enabled = data.get("all_enabled", True)
        if subentry_ids:
            for user_id, at in data.get("understood", {}).items():
                if await self._hass.auth.async_get_user(user_id) is not None:
                    self._understood[user_id] = at
        if self._understood != data.get("understood", {}):
            self.async_changed()
        try:
            self.home = HomeMemory.from_dict(data.get("home", {}))
        except TypeError:
            _LOGGER.warning("The stored Home mode is unreadable and starts afresh")
        for subentry_id in subentry_ids:
            try:
                memory = CameraMemory.from_dict(stored[subentry_id])
            except KeyError, ValueError, TypeError, AttributeError:
                if subentry_id in stored:
                    _LOGGER.warning("The stored state of a camera is unreadable and starts afresh")
                memory = CameraMemory()
            self._cameras[subentry_id] = memory

    @callback
    def camera(self, subentry_id: str) -> CameraMemory:
        """Return the memory of one camera; change it in place, then call ``async_changed``."""
        return self._cameras[subentry_id]

    @callback
    def has_understood(self, user_id: str | None) -> bool:
        """Return whether a person knows what becomes of feedback; nobody known does not."""
        return user_id in self._understood

    @callback
    def async_understood(self, user_id: str | None) -> None:
        """Remember that a person said so, and when; what no person said is not remembered."""
        if user_id is not None:
            self._understood[user_id] = dt_util.utcnow().isoformat()
            self.async_changed()

    @callback
    def async_not_understood(self, user_id: str) -> None:
        """Forget that a person said so."""
        self._understood.pop(user_id, None)
        self.async_changed()

    @callback
    def async_changed(self) -> None:
        """Write soon; Home Assistant writes at once when it stops."""
        self._store.async_delay_save(self._as_dict, _SAVE_DELAY_S)

    async def async_save(self) -> None:
        """Write now."""
        await self._store.async_save(self._as_dict())

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    @callback
    def _as_dict(self) -> dict[str, Any]:
        return {
            "all_enabled": self.all_enabled,
            "home": self.home.as_dict(),
            "understood": self._understood,
            "cameras": {key: memory.as_dict() for key, memory in self._cameras.items()},
        }
