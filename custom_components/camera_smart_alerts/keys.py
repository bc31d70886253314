"""The keys of the cameras, in a private file of Home Assistant's own storage.

What a reader would get wrong: Home Assistant renames a storage file that is corrupt and says that
there was none, and it only logs what it could not write. So nothing here takes a missing key for a
new camera (``sealing.py`` knows better, by its check values), and a key counts only once it could
be read back.
"""

import base64
from collections.abc import Collection, Mapping
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .crypto import KEY_BYTES, new_key

_LOGGER = logging.getLogger(__name__)

STORE: Final = f"{DOMAIN}.keys"
_VERSION: Final = 1


class KeyRing:
    """The key of every camera that has kept something, by subentry id."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start empty; ``async_load`` reads the file."""
        self._hass = hass
        self._keys: dict[str, bytes] = {}

    @property
    def keys(self) -> Mapping[str, bytes]:
        """All keys as they are now, never changed in place."""
        return self._keys

    async def async_load(self) -> None:
        """Read the file; one that is missing or unreadable holds no key."""
        self._keys = await self._async_read()

    async def async_new(self, camera: str) -> bytes | None:
        """Return a new key for a camera once it is safe on disk; None if it cannot be written."""
        key = new_key()
        return key if await self._async_write(self._keys | {camera: key}) else None

    async def async_merge(self, trusted: Collection[str]) -> None:
        """Take in what the file holds by now, for example after a backup was restored.

        Args:
            trusted: Cameras whose key here is known to be the right one.
        """
        own = {camera: key for camera, key in self._keys.items() if camera in trusted}
        read = await self._async_read()
        self._keys = self._keys | read | own
        if self._keys != read:
            await self._async_write(self._keys)

    async def async_destroy(self, cameras: Collection[str] | None) -> bool:
        """Destroy the keys of some cameras; return whether they are gone from the disk, too.

        Args:
            cameras: Whose; None: of all, with the file, which may hold keys that were not read.
        """
        if cameras is None:
            await self.async_remove()
            return not await self._async_read()
        kept = {camera: key for camera, key in self._keys.items() if camera not in cameras}
        return kept == self._keys or await self._async_write(kept)

    async def async_remove(self) -> None:
        """Delete the file, and what Home Assistant set aside of it."""
        self._keys = {}
        await self._store().async_remove()
        await self.async_remove_corrupt()

    async def async_remove_corrupt(self) -> None:
        """Delete what Home Assistant set aside: the keys in there may still be good."""
        await self._hass.async_add_executor_job(_remove_corrupt, Path(self._store().path))

    def _store(self) -> Store[dict[str, Any]]:
        # A new one each time: a store remembers what it was told to write, not what it wrote.
        return Store(self._hass, _VERSION, STORE, private=True, atomic_writes=True)

    async def _async_read(self) -> dict[str, bytes]:
        try:
            data = await self._store().async_load() or {"keys": {}}
            keys = {str(camera): base64.b64decode(key) for camera, key in data["keys"].items()}
        except (HomeAssistantError, LookupError, TypeError, ValueError, AttributeError) as err:
            _LOGGER.warning("The keys of the pictures are unreadable: %s", type(err).__name__)
            return {}
        return {camera: key for camera, key in keys.items() if len(key) == KEY_BYTES}

    async def _async_write(self, keys: dict[str, bytes]) -> bool:
        data = {camera: base64.b64encode(key).decode() for camera, key in keys.items()}
        await self._store().async_save({"keys": data})
        if await self._async_read() != keys:
            _LOGGER.warning("The keys of the pictures cannot be written")
            return False
        self._keys = keys
        return True


def _remove_corrupt(path: Path) -> None:
    for corrupt in path.parent.glob(f"{path.name}.corrupt.*"):
        corrupt.unlink(missing_ok=True)
