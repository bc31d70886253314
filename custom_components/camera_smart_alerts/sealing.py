"""The keys under which a home seals what it keeps, and how it destroys what was sealed.

Pictures (``vault.py``) and what people taught (``taught.py``) are sealed with the same key of their
camera. What a reader would get wrong: a missing key is not a new camera. As long as something is
there that no key opens, no new key is made, and people decide (``repairs.py``).
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from . import destroying
from .const import DOMAIN
from .crypto import check_value, fits
from .database import Database
from .destroying import DeletionReceipt, Destroyed
from .issues import async_create_issue, async_delete_issue
from .keys import KeyRing
from .pictures import async_pictures
from .state import SIGNAL_CHANGED

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

ISSUE_KEYS: Final = "keys_lost"


class Sealing:
    """The keys of one home, and what becomes of everything that they seal."""

    def __init__(
        self, hass: HomeAssistant, database: Database, cameras: Mapping[str, CameraCoordinator]
    ) -> None:
        """Prepare; ``async_load`` reads the keys.

        Args:
            hass: Home Assistant.
            database: Opened and closed by whoever made it.
            cameras: By subentry id; of no other camera is anything kept or shown.
        """
        self._hass = hass
        self._database = database
        self._cameras = cameras
        self._ring = KeyRing(hass)
        self.lock = asyncio.Lock()
        """Of keys and what they seal: nothing is sealed with a key that is being destroyed."""
        self.lost: frozenset[str] = frozenset()
        """Cameras with something that cannot be opened as their key is gone."""
        self._is_checked = False
        """Whether it is known what lies in the file."""

    async def async_load(self) -> None:
        """Read the keys, and see whether they are all there."""
        await self._ring.async_load()
        await self._async_check()

    def key_of(self, camera: str) -> bytes | None:
        """Return the key that opens what a camera has sealed; None where it is lost, or new."""
        return None if camera in self.lost else self._ring.keys.get(camera)

    async def async_key(self, camera: str) -> bytes | None:
        """Return the key to seal with, under the lock: a new one for a new camera.

        None as long as it is lost, cannot be written, or there is no such camera.
        """
        if camera not in self._cameras or camera in self.lost:
            return None
        if (key := self._ring.keys.get(camera)) is not None:
            return key
        # The file of the keys is not touched before people have decided what becomes of it, nor
        # where a key may be missing for something that cannot be read now.
        if self.lost or not self._is_checked:
            return None
        return await self._ring.async_new(camera)

    async def async_start_over(self) -> DeletionReceipt:
        """Destroy what nobody can open, so that something new can be kept again.

        Raises:
            HomeAssistantError: The history cannot be written.
        """
        lost = self.lost

        def destroy(connection: Connection, done: Destroyed) -> None:
            for camera in lost:
                destroying.destroy_sealed(connection, done, camera)

        @callback
        def forget() -> None:
            for camera in lost:
                self._cameras[camera].taught.async_written_off()

        receipt = await self._async_delete("unreadable", destroy, lost, forget=forget)
        await self._async_sync()
        return receipt

    async def async_recheck(self) -> bool:
        """Read the keys again; return whether they open everything now."""
        async with self.lock:
            await self._ring.async_merge(self._ring.keys.keys() - self.lost)
            await self._async_check()
        await self._async_sync()
        return not self.lost

    async def async_tidy(self) -> None:
        """Forget what is too old or too much, and all of cameras that were removed."""
        await self._database.async_forget(dt_util.utcnow(), self._cameras)
        async with self.lock:
            await self._ring.async_destroy(self._ring.keys.keys() - self._cameras.keys())
            await self._async_check()
        await self._async_sync()
        async_pictures(self._hass).forget_old()

    async def _async_sync(self) -> None:
        """Let what the cameras were taught follow what became of the file and of the keys."""
        for camera in self._cameras.values():
            await camera.taught.async_sync()

    async def _async_check(self) -> None:
        """Find out which keys are lost; ask people what to do about it, or stop asking."""
        rows = await self._database.async_ask("SELECT subentry_id, check_value FROM picture_keys")
        if rows is None:
            return
        self._is_checked = self._database.is_on_disk
        keys, known = self._ring.keys, self._cameras
        self.lost = frozenset(
            one for one, check in rows if one in known and not fits(keys.get(one), check, one)
        )
        if self.lost:
            async_create_issue(
                self._hass,
                ISSUE_KEYS,
                is_fixable=True,
                translation_key=ISSUE_KEYS,
                translation_placeholders={
                    "cameras": ", ".join(sorted(known[one].name for one in self.lost))
                },
            )
        elif self._database.is_on_disk:
            async_delete_issue(self._hass, ISSUE_KEYS)

    async def _async_delete(
        self,
        what: str,
        destroy: Callable[[Connection, Destroyed], None],
        cameras: Collection[str] | None = (),
        *,
        forget: Callable[[], None] = lambda: None,
    ) -> DeletionReceipt:
        """Destroy what was sealed, and the keys of some cameras; return what that was.

        Files that were set aside go with it: what lies in them cannot be deleted one by one.

        Args:
            what: For the receipt.
            destroy: Deletes the rows.
            cameras: Whose keys go; None: all, with the file they lie in, readable or not.
            forget: Lets go of the same in memory, before anybody can seal it again.

        Raises:
            HomeAssistantError: The history or the keys cannot be written.
        """
        done = Destroyed()

        def job(connection: Connection) -> None:
            nonlocal done
            # Anew for a second try: what the first one counted was taken back.
            done = Destroyed()
            destroy(connection, done)

        async with self.lock:
            await self._database.async_recover()
            # In memory is nothing of what is to be destroyed.
            if not (self._database.is_on_disk and await self._database.async_write(job)):
                raise unwritten()
            forget()
            await self._database.async_discard_old_files()
            keys = len(self._ring.keys)
            gone = await self._ring.async_destroy(cameras)
            keys -= len(self._ring.keys)
            if not (await self._database.async_scrub() and gone):
                raise unwritten()
            await self._async_check()
            if cameras and not self.lost:
                await self._ring.async_remove_corrupt()
        async_dispatcher_send(self._hass, SIGNAL_CHANGED)
        return DeletionReceipt(
            at=dt_util.utcnow(),
            what=what,
            pictures=done.pictures,
            visits=done.visits,
            lessons=done.lessons,
            size=done.size,
            keys=done.keys + keys,
        )


def unwritten() -> HomeAssistantError:
    """Return the error that nothing was destroyed for good, as the disk does not let itself."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key="history_unwritable")


def note_key(connection: Connection, camera_key: bytes, camera: str) -> None:
    """Write what later tells whether a camera's key is still the one, beside what it seals."""
    connection.execute(
        "INSERT OR IGNORE INTO picture_keys VALUES (?, ?)",
        (camera, check_value(camera_key, camera)),
    )
