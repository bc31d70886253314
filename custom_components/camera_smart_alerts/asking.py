"""Who asks about visits, and what of them that person may know.

What a reader would get wrong: to know of a visit takes a right to a camera that saw it; to see its
pictures takes more, see ``access.py``. Whoever is not known learns nothing, except Home Assistant
itself, where an automation asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized

from .access import async_may_see
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import RuntimeData, SmartAlertsConfigEntry
from .explain import public_visit


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks, and what is asked."""

    hass: HomeAssistant
    runtime: RuntimeData
    user: User | None
    is_home: bool = False
    """Whether no person asks, but an automation of this Home Assistant."""

    def may(self, entity_id: str, policy: str = POLICY_READ) -> bool:
        """Return whether the right to an entity is there."""
        if self.user is None:
            return self.is_home
        return self.user.is_active and self.user.permissions.check_entity(entity_id, policy)

    def cameras(self, policy: str = POLICY_READ) -> dict[str, CameraCoordinator]:
        """Return the cameras that are within rights, by subentry id."""
        return {
            key: one
            for key, one in self.runtime.cameras.items()
            if self.may(entity_of(one), policy)
        }

    def camera(self, entity_id: str, policy: str = POLICY_READ) -> CameraCoordinator:
        """Return the enrolled camera that an entity shows, also by its smart view.

        Raises:
            Unauthorized: It is not within rights.
            ServiceValidationError: It is not one of ours.
        """
        if not self.may(entity_id, policy):
            raise Unauthorized(entity_id=entity_id, permission=policy)
        for camera in self.runtime.cameras.values():
            if entity_id in (camera.camera_entity_id, camera.live_view):
                # A right to our smart view is none to its camera.
                if not self.may(entity_of(camera), policy):
                    raise Unauthorized(entity_id=entity_id, permission=policy)
                return camera
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="camera_not_enrolled",
            translation_placeholders={"camera": entity_id},
        )

    async def async_pictured(self) -> dict[str, CameraCoordinator]:
        """Return the cameras whose pictures may be seen, by subentry id."""
        return {
            key: one
            for key, one in self.runtime.cameras.items()
            if await async_may_see(self.hass, self.user, entity_of(one))
        }

    def shown(self, visits: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return visits, as ``visit_list`` gives them, with the entities that may be known."""
        return [self.without_others(public_visit(self.runtime, visit)) for visit in visits]

    def without_others(self, visit: Mapping[str, Any]) -> dict[str, Any]:
        """Return a visit without the cameras that are not within rights."""
        return {**visit, "cameras": [one for one in visit["cameras"] if self.may(one)]}


def entity_of(camera: CameraCoordinator) -> str:
    """Return the camera entity that rights are about."""
    return camera.camera_entity_id or camera.settings.camera


def loaded(hass: HomeAssistant) -> RuntimeData | None:
    """Return what is loaded; None while nothing is."""
    entries: list[SmartAlertsConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return entries[0].runtime_data if entries else None
