"""One button for the whole home: take all cameras out again and destroy what was kept of them."""

from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import SmartAlertsConfigEntry
from .entity import HubEntity
from .unenroll import async_unenroll_all

PARALLEL_UPDATES = 0

DESCRIPTION: Final = ButtonEntityDescription(
    key="unenroll_all",
    translation_key="unenroll_all",
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button of the hub."""
    async_add_entities([UnenrollButton(entry, DESCRIPTION)])


class UnenrollButton(HubEntity, ButtonEntity):
    """Removes every camera; the receipt is shown as a notification."""

    @override
    async def async_press(self) -> None:
        """Do it, unless somebody presses who is no administrator.

        Raises:
            Unauthorized: Removing cameras is for administrators, whichever way.
        """
        # The pressing outlives this entity: it ends with the entry that is reloaded.
        user_id = None if self._context is None else self._context.user_id
        if user_id is not None:
            user = await self.hass.auth.async_get_user(user_id)
            if user is None or not user.is_admin:
                raise Unauthorized(context=self._context, entity_id=self.entity_id)
        await async_unenroll_all(self.hass, self._entry)
