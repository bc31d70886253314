"""A house with a camera, a picture of its last alert, and everybody who may want to see it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.camera_smart_alerts.const import (
    CONF_ADMINS_ONLY,
    CONF_TWO_STEP_ONLY,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.kept_picture import KeptPicture
from custom_components.camera_smart_alerts.pictures import picture_path
from tests.enrolled import entity_id
from tests.people import (
    TWO_STEP,
    Person,
)

PICTURE = b"\xff\xd8 an alert"

# Who asks without a login of their own.
ANONYMOUS = "anonymous"
LINK = "signed link"
LINK_EXPIRED = "signed link, expired"
LINK_OTHER = "signed link of another picture"
LINK_OF_TWO_STEP = "signed link of a user with two-step"

ANYBODY, ADMINS, VERIFIED, BOTH = (
    {CONF_ADMINS_ONLY: admins, CONF_TWO_STEP_ONLY: two_step}
    for two_step in (False, True)
    for admins in (False, True)
)
OPTIONS = (ANYBODY, ADMINS, VERIFIED, BOTH)


@dataclass
class House:
    """A camera whose last alert has a picture, and everybody who may want to see it."""

    hass: HomeAssistant
    camera: CameraCoordinator
    people: dict[str, Person]
    file: str
    kept: KeptPicture
    """The same picture in the history, of the visit ``VISIT``."""

    def entity(self, domain: str, key: str) -> str:
        return entity_id(self.hass, self.camera, domain, key)

    @property
    def source(self) -> str:
        assert self.camera.camera_entity_id is not None
        return self.camera.camera_entity_id

    def link(self) -> str:
        """Return the path of a new single-use link to the kept picture."""
        links = self.camera.config_entry.runtime_data.links
        return links.async_make(self.kept, "automation", "", "").path

    def asks(self, asker: str, path: str) -> tuple[str, dict[str, str]]:
        """Return the address and the headers with which somebody asks for a path."""
        if (person := self.people.get(asker)) is not None:
            return path, person.headers
        hour = timedelta(hours=1)
        if asker == LINK:
            return async_sign_path(self.hass, path, hour), {}
        if asker == LINK_EXPIRED:
            return async_sign_path(self.hass, path, -hour), {}
        if asker == LINK_OTHER:
            link = async_sign_path(self.hass, picture_path("other"), hour)
            joint = "&" if "?" in path else "?"
            return f"{path}{joint}{link.partition('?')[2]}", {}
        if asker == LINK_OF_TWO_STEP:
            token = self.people[TWO_STEP].token.id
            return async_sign_path(self.hass, path, hour, refresh_token_id=token), {}
        assert asker == ANONYMOUS
        return path, {}

    async def choose(self, options: dict[str, bool]) -> None:
        """Set the options of the hub, without a reload: it would forget the picture."""
        entry: ConfigEntry[Any] = self.camera.config_entry
        with patch.object(self.hass.config_entries, "async_schedule_reload"):
            self.hass.config_entries.async_update_entry(entry, options=options)
            await self.hass.async_block_till_done()
