"""Take all cameras out again: no more alerts, no stream, no picture, no key, and a receipt for it.

What a reader would get wrong: everything is stopped before anything is destroyed, or an alert on
its way would write a picture behind the one who destroys them.
"""

from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import DOMAIN, SUBENTRY_CAMERA, TITLE
from .data import SmartAlertsConfigEntry
from .database import Database
from .deletion import async_everything_taken_back
from .destroying import DeletionReceipt
from .message import async_texts
from .vault import Vault

_NOTIFICATION: Final = f"{DOMAIN}_receipt"
_TEXT: Final = "{cameras}, {pictures}, {visits}, {lessons}, {kilobytes} kB, {keys} ({at})"
"""Where the words cannot be loaded."""


@dataclass(frozen=True, slots=True)
class UnenrollReceipt:
    """What was taken out and destroyed."""

    cameras: int
    destroyed: DeletionReceipt

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {"cameras": self.cameras, **self.destroyed.as_dict()}


async def async_unenroll_all(hass: HomeAssistant, entry: SmartAlertsConfigEntry) -> UnenrollReceipt:
    """Remove every camera and destroy all that was kept; show what that was.

    Raises:
        HomeAssistantError: The history cannot be written; the cameras are removed all the same,
            and what is left is destroyed as soon as it can be.
    """
    # Held throughout: a reload in between would open again what is being destroyed.
    async with entry.setup_lock, async_everything_taken_back(entry.runtime_data):
        await hass.config_entries.async_unload(entry.entry_id, _lock=False)
        try:
            cameras = [one.subentry_id for one in entry.get_subentries_of_type(SUBENTRY_CAMERA)]
            for subentry_id in cameras:
                hass.config_entries.async_remove_subentry(entry, subentry_id)
            receipt = UnenrollReceipt(len(cameras), await _async_destroy(hass))
        finally:
            await hass.config_entries.async_setup(entry.entry_id, _lock=False)
            await entry.runtime_data.store.async_save()
    # A second click must not take the place of the receipt for the first.
    if cameras or receipt.destroyed.keys or receipt.destroyed.visits:
        await _async_show(hass, receipt)
    return receipt


async def _async_destroy(hass: HomeAssistant) -> DeletionReceipt:
    database = Database(hass)
    await database.async_open()
    try:
        vault = Vault(hass, database, {})
        await vault.async_load()
        return await vault.async_delete_everything()
    finally:
        await database.async_close()


async def _async_show(hass: HomeAssistant, receipt: UnenrollReceipt) -> None:
    """Show the receipt in the language of this Home Assistant."""
    prefix = f"component.{DOMAIN}.selector.receipt.options."
    texts = await async_texts(hass)
    done = receipt.destroyed
    text = texts.get(f"{prefix}text", _TEXT).format(
        cameras=receipt.cameras,
        pictures=done.pictures,
        visits=done.visits,
        lessons=done.lessons,
        kilobytes=round(done.size / 1000),
        keys=done.keys,
        at=dt_util.as_local(done.at).strftime("%Y-%m-%d %H:%M:%S"),
    )
    persistent_notification.async_create(
        hass, text, texts.get(f"{prefix}title", TITLE), _NOTIFICATION
    )
