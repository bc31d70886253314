"""The pictures that are kept: sealed, in the same file as the visits they belong to.

At most three of a visit: the frame that triggered, the newest one, the moving preview. Never video,
never sound. What a reader would get wrong: a missing key is not a new camera. As long as pictures
are there that no key opens, no new key is made, and people decide (``repairs.py``).
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
import logging
import math
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from . import forgetting
from .const import DOMAIN
from .crypto import Sealed, fits
from .database import Database
from .forgetting import DeletionReceipt, Destroyed
from .history_thread import PATIENCE_S
from .issues import async_create_issue, async_delete_issue
from .kept_picture import COLUMNS, KeptPicture, NewPicture, Role, unsealed
from .keys import KeyRing
from .pictures import Picture, async_pictures
from .tasks import Tasks
from .visit_list import async_own_id

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

_LOGGER = logging.getLogger(__name__)

ISSUE_KEYS: Final = "keys_lost"
_MOST_WAITING: Final = 30
"""Pictures that wait for a disk that hangs; more would fill the memory."""
_STOP_WAIT_S: Final = 5.0


class Vault:
    """The sealed pictures of one home, and their keys."""

    def __init__(
        self, hass: HomeAssistant, database: Database, cameras: Mapping[str, CameraCoordinator]
    ) -> None:
        """Prepare; ``async_load`` reads the keys.

        Args:
            hass: Home Assistant.
            database: Opened by whoever made it, and closed after ``async_stop``.
            cameras: By subentry id; of no other camera is a picture kept or shown.
        """
        self._hass = hass
        self._database = database
        self._cameras = cameras
        self._ring = KeyRing(hass)
        self._lock = asyncio.Lock()
        """Of keys and pictures: nothing is sealed with a key that is being destroyed."""
        self._tasks = Tasks(hass, f"{DOMAIN} picture")
        self._waiting: set[asyncio.Task[None]] = set()
        self._at_most = math.inf
        """Bytes that all pictures together have, or fewer."""
        self.lost: frozenset[str] = frozenset()
        """Cameras with pictures that cannot be opened as their key is gone."""

    async def async_load(self) -> None:
        """Read the keys, and see whether they are all there."""
        await self._ring.async_load()
        await self._async_check()

    async def async_stop(self) -> None:
        """Let what is being kept reach the disk."""
        if self._waiting:
            await asyncio.wait(self._waiting, timeout=_STOP_WAIT_S)
        await self._tasks.async_stop()

    async def async_keep(self, picture: NewPicture) -> None:
        """Keep a picture of a visit; go on in the background where the disk is slow.

        A picture that cannot be kept costs nobody an alert.
        """
        if len(self._waiting) >= _MOST_WAITING:
            _LOGGER.debug("A picture is not kept: too many wait for the disk")
            return
        task = self._tasks.async_run(self._async_put(picture))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        await asyncio.wait({task}, timeout=PATIENCE_S)

    async def async_open(self, picture_id: str) -> Picture | None:
        """Return a picture, None once it is too old, destroyed, or its key is lost."""
        rows = await self._database.async_read(
            "SELECT subentry_id, content_type, taken_at, wrapped_key, sealed FROM pictures "
            "WHERE id = ? AND taken_at >= ?",
            (picture_id, self._database.oldest()),
        )
        for subentry_id, content_type, taken_at, wrapped_key, data in rows:
            camera, key = self._cameras.get(subentry_id), self._ring.keys.get(subentry_id)
            if camera is None or key is None:
                return None
            opened = await self._database.async_run(
                unsealed, Sealed(wrapped_key, data), key, picture_id, subentry_id
            )
            if opened is not None:
                at = datetime.fromtimestamp(taken_at, UTC)
                return Picture(opened, camera.source_entity_id, content_type, at)
        return None

    async def async_list(
        self,
        *,
        subentry_id: str | None = None,
        visit_id: str | None = None,
        own_visit_id: str | None = None,
        limit: int = 1000,
    ) -> list[KeptPicture]:
        """Return what pictures there are, the newest first.

        Args:
            subentry_id: Of one camera only.
            visit_id: Of one visit only, by its public id.
            own_visit_id: Of one visit only, by the alert's own id.
            limit: At most.
        """
        wanted = {"subentry_id": subentry_id, "public_id": visit_id, "visit_id": own_visit_id}
        given = {column: value for column, value in wanted.items() if value is not None}
        where = "".join(f" AND {column} = ?" for column in given)
        rows = await self._database.async_read(
            f"SELECT {COLUMNS} FROM pictures WHERE taken_at >= ?{where} "  # noqa: S608 - ours
            "ORDER BY taken_at DESC, role LIMIT ?",
            (self._database.oldest(), *given.values(), limit),
        )
        found = [KeptPicture.from_row(row) for row in rows]
        return [one for one in found if one.subentry_id in self._cameras]

    async def async_newest(
        self, *, subentry_id: str | None = None, own_visit_id: str | None = None
    ) -> KeptPicture | None:
        """Return the newest still picture of a camera, or of a visit."""
        found = await self.async_list(
            subentry_id=subentry_id, own_visit_id=own_visit_id, limit=len(Role)
        )
        return next((one for one in found if one.role is not Role.PREVIEW), None)

    async def async_delete_picture(self, picture_id: str) -> DeletionReceipt:
        """Destroy one picture.

        Raises:
            HomeAssistantError: The history cannot be written; as with everything that deletes.
        """
        receipt = await self._async_delete(
            "picture", lambda one, done: forgetting.destroy_picture(one, done, picture_id)
        )
        async_pictures(self._hass).forget_picture(picture_id)
        return receipt

    async def async_delete_visit(self, visit_id: str) -> DeletionReceipt:
        """Destroy one visit, by its public id, with its pictures and all that was told of it."""
        own = await async_own_id(self._database, visit_id) or ""
        receipt = await self._async_delete(
            "visit", lambda one, done: forgetting.destroy_visit(one, done, visit_id, own)
        )
        async_pictures(self._hass).forget_picture(own)
        return receipt

    async def async_delete_camera(self, subentry_id: str) -> DeletionReceipt:
        """Destroy the pictures and the key of a camera, and the visits that only it saw."""
        receipt = await self._async_delete(
            "camera",
            lambda one, done: forgetting.destroy_camera(one, done, subentry_id),
            {subentry_id},
        )
        if (camera := self._cameras.get(subentry_id)) is not None:
            async_pictures(self._hass).forget(camera.source_entity_id)
        return receipt

    async def async_delete_everything(self) -> DeletionReceipt:
        """Destroy all pictures, keys and visits, also in files that were set aside."""
        everything = {*self._ring.keys, *self._cameras}
        receipt = await self._async_delete("everything", forgetting.destroy_everything, everything)
        await self._database.async_discard_old_files()
        async_pictures(self._hass).forget_everything()
        return receipt

    async def async_start_over(self) -> DeletionReceipt:
        """Destroy the pictures that nobody can open, so that new ones can be kept again."""
        lost = self.lost

        def destroy(connection: Connection, done: Destroyed) -> None:
            for camera in lost:
                forgetting.destroy_unreadable(connection, done, camera)

        return await self._async_delete("unreadable", destroy, lost)

    async def async_recheck(self) -> bool:
        """Read the keys again; return whether they open all pictures now."""
        async with self._lock:
            await self._ring.async_merge(self._ring.keys.keys() - self.lost)
            await self._async_check()
        return not self.lost

    async def async_tidy(self) -> None:
        """Forget what is too old or too much, and all of cameras that were removed."""
        await self._database.async_forget(dt_util.utcnow(), self._cameras)
        async with self._lock:
            await self._ring.async_destroy(self._ring.keys.keys() - self._cameras.keys())
            await self._async_check()
        async_pictures(self._hass).forget_old()

    async def _async_put(self, picture: NewPicture) -> None:
        """Seal a picture and write it."""
        camera, destroyed = picture.subentry_id, False

        def put(key: bytes, connection: Connection) -> None:
            nonlocal destroyed
            destroyed = picture.put(connection, key)
            self._at_most += len(picture.picture.data)
            # To add all of them up takes a while; one scrub too many does no harm.
            if self._at_most > self._database.most_bytes:
                left = forgetting.evict(connection, self._database.most_bytes)
                destroyed |= left < self._at_most
                self._at_most = left

        async with self._lock:
            # In memory there is no point to it, and nobody knows what lies on the disk.
            if camera not in self._cameras or not self._database.is_on_disk:
                return
            if (key := await self._async_key(camera)) is None:
                return
            if await self._database.async_write(partial(put, key)) and destroyed:
                await self._database.async_scrub()

    async def _async_key(self, camera: str) -> bytes | None:
        """Return the key of a camera, a new one for a new camera; None as long as it is lost."""
        if camera in self.lost:
            return None
        key = self._ring.keys.get(camera)
        # The file of the keys is not touched before people have decided what becomes of it.
        return key if key is not None or self.lost else await self._ring.async_new(camera)

    async def _async_check(self) -> None:
        """Find out which keys are lost; ask people what to do about it, or stop asking."""
        rows = await self._database.async_read("SELECT subentry_id, check_value FROM picture_keys")
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
        cameras: Collection[str] = (),
    ) -> DeletionReceipt:
        """Destroy pictures, and the keys of some cameras; return what that was."""
        done = Destroyed()

        def job(connection: Connection) -> None:
            nonlocal done
            # Anew for a second try: what the first one counted was taken back.
            done = Destroyed()
            destroy(connection, done)

        async with self._lock:
            keys = sum(one in self._ring.keys for one in cameras)
            written = await self._database.async_write(job)
            if not (written and await self._ring.async_destroy(cameras)):
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="history_unwritable"
                )
            await self._database.async_scrub()
            await self._async_check()
            if cameras and not self.lost:
                await self._ring.async_remove_corrupt()
        return DeletionReceipt(
            at=dt_util.utcnow(),
            what=what,
            pictures=done.pictures,
            visits=done.visits,
            size=done.size,
            keys=done.pictures + keys,
        )
