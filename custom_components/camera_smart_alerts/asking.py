"""Who asks about visits, and what of them that person may know.

What a reader would get wrong: to know of a visit takes a right to a camera that saw it; to see its
pictures takes more, see ``access.py``. Whoever is not known learns nothing, except Home Assistant
itself, where an automation asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers.service import async_get_config_entry

from .access import async_may_see
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import RuntimeData, SmartAlertsConfigEntry
from .visit_list import within


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

    def check(self, entity_id: str, policy: str = POLICY_READ) -> None:
        """Let nobody go on without the right to an entity.

        Raises:
            Unauthorized: It is not there.
        """
        if not self.may(entity_id, policy):
            raise Unauthorized(entity_id=entity_id, permission=policy)

    def cameras(self, policy: str = POLICY_READ) -> dict[str, CameraCoordinator]:
        """Return the cameras that are within rights, by subentry id."""
        return {
            key: one
            for key, one in self.runtime.cameras.items()
            if self.may(one.source_entity_id, policy)
        }

    def camera(self, entity_id: str, policy: str = POLICY_READ) -> CameraCoordinator:
        """Return the enrolled camera that an entity shows, also by its smart view.

        Raises:
            Unauthorized: It is not within rights.
            ServiceValidationError: It is not one of ours.
        """
        if (camera := self.enrolled(entity_id, policy)) is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="camera_not_enrolled",
                translation_placeholders={"camera": entity_id},
            )
        return camera

    def enrolled(self, entity_id: str, policy: str = POLICY_READ) -> CameraCoordinator | None:
        """Return the enrolled camera that an entity shows, None where it is not one of ours.

        Raises:
            Unauthorized: It is not within rights.
        """
        self.check(entity_id, policy)
        for camera in self.runtime.cameras.values():
            if entity_id in (camera.camera_entity_id, camera.live_view):
                # A right to our smart view is none to its camera.
                self.check(camera.source_entity_id, policy)
                return camera
        return None

    async def async_pictured(self) -> dict[str, CameraCoordinator]:
        """Return the cameras whose pictures may be seen, by subentry id."""
        return {
            key: one
            for key, one in self.runtime.cameras.items()
            if await async_may_see(self.hass, self.user, one.source_entity_id)
        }

    def meant(self, entity_id: str | None) -> list[str]:
        """Return the subentry ids of one camera, or of all that are within rights.

        Raises:
            Unauthorized: It is not within rights.
            ServiceValidationError: It is not one of ours.
        """
        if entity_id is None:
            return list(self.cameras())
        return [self.camera(entity_id).settings.subentry_id]

    def shown(self, visits: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return visits, as ``visit_list`` gives them, as the cameras within rights saw them.

        With ``may_teach``: whether feedback is, which is about all cameras that saw it.
        """
        known, taught = self.cameras(), self.cameras(POLICY_CONTROL)
        return [
            {
                **shown,
                "cameras": [known[key].source_entity_id for key in shown["cameras"]],
                "may_teach": taught.keys() >= visit["seen"].keys() & self.runtime.cameras.keys(),
            }
            for visit, shown in ((visit, within(visit, known)) for visit in visits)
        ]


def unknown_visit() -> ServiceValidationError:
    """Return the error about a visit that is forgotten, or never was."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key="visit_unknown")


async def async_asker(call: ServiceCall) -> Asker:
    """Return who calls an action.

    Raises:
        UnknownUser: Somebody who is no longer there.
        ServiceValidationError: We are not loaded.
    """
    entry: SmartAlertsConfigEntry = async_get_config_entry(call.hass, DOMAIN, None)
    if (user_id := call.context.user_id) is None:
        return Asker(call.hass, entry.runtime_data, None, is_home=True)
    if (user := await call.hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser(context=call.context)
    return Asker(call.hass, entry.runtime_data, user)
