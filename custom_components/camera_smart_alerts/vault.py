"""The pictures that are kept: sealed, in the same file as the visits they belong to.

At most three of a visit: the frame that triggered, the newest one, the moving preview. Never video,
never sound. What a reader would get wrong: an alert does not wait for its picture to be kept. One
that cannot be kept is missing later, and nobody is told later for it.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
import json
import logging
import math
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send

from . import destroying
from .alerts import visit_id as public_id
from .const import DOMAIN
from .crypto import Sealed
from .database import Database
from .destroying import AMONG, DeletionReceipt
from .forgetting import evict
from .history_thread import PATIENCE_S
from .kept_picture import HIDES, KNOWN, KeptPicture, NewPicture, Role, unsealed
from .pictures import Picture, async_pictures
from .sealing import Sealing
from .state import SIGNAL_RENEWED
from .tasks import Tasks
from .visit_list import async_own_id

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

_LOGGER = logging.getLogger(__name__)

_MOST_WAITING: Final = 30
"""Pictures that wait for a disk that hangs; more would fill the memory."""
_STOP_WAIT_S: Final = 5.0


class Vault(Sealing):
    """The sealed pictures of one home."""

    @override
    def __init__(
        self, hass: HomeAssistant, database: Database, cameras: Mapping[str, CameraCoordinator]
    ) -> None:
        super().__init__(hass, database, cameras)
        self._tasks = Tasks(hass, f"{DOMAIN} picture")
        self._waiting: set[asyncio.Task[None]] = set()
        self._at_most = math.inf
        """Bytes that all pictures together have, or fewer."""

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
            f"SELECT subentry_id, {HIDES}, content_type, "  # noqa: S608 - ours
            "taken_at, wrapped_key, sealed FROM pictures WHERE id = ? AND taken_at >= ?",
            (picture_id, self._database.oldest()),
        )
        for subentry_id, hides, content_type, taken_at, wrapped_key, data in rows:
            camera, key = self._showing(subentry_id, hides), self.key_of(subentry_id)
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
        return await self._async_list(
            f"{where} ORDER BY taken_at DESC, role LIMIT ?", *given.values(), limit
        )

    async def async_of_visits(self, visit_ids: Collection[str]) -> list[KeptPicture]:
        """Return the pictures of some visits, by their public ids, the oldest first, the best last.

        Whoever asks has to look which of their cameras somebody may see.
        """
        return await self._async_list(
            f" AND public_id {AMONG} ORDER BY taken_at, role DESC", json.dumps([*visit_ids])
        )

    async def _async_list(self, which: str, *values: object) -> list[KeptPicture]:
        rows = await self._database.async_read(
            f"SELECT {KNOWN} FROM pictures WHERE taken_at >= ?{which}",  # noqa: S608 - ours
            (self._database.oldest(), *values),
        )
        found = [KeptPicture.from_row(row) for row in rows]
        return [one for one in found if self._showing(one.subentry_id, one.hides) is not None]

    def _showing(self, subentry_id: str, hides: str) -> CameraCoordinator | None:
        """Return the camera of a picture; None where it shows what that hides by now, or is gone.

        Args:
            subentry_id: Of the camera.
            hides: What the picture does not show.
        """
        camera = self._cameras.get(subentry_id)
        if camera is None or camera.settings.counts.hides not in ("", hides):
            return None
        return camera

    async def async_find(self, link_id: str) -> KeptPicture | None:
        """Return a picture by its ``KeptPicture.link_id``, which begins with that of its visit."""
        found = await self.async_list(visit_id=link_id.partition("-")[0])
        return next((one for one in found if one.link_id == link_id), None)

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
        return await self._async_delete(
            "picture",
            lambda one, done: destroying.destroy_picture(one, done, picture_id),
            forget=lambda: async_pictures(self._hass).forget_picture(picture_id),
        )

    async def async_delete_visit(self, visit_id: str) -> DeletionReceipt:
        """Destroy one visit, by its public id, with its pictures and all that was told of it.

        What could still be learned from it goes, too; what was learned stays.
        """
        own = await async_own_id(self._database, visit_id) or ""

        @callback
        def forget() -> None:
            async_pictures(self._hass).forget_picture(own)
            for camera in self._cameras.values():
                camera.learning.async_forget_visit(visit_id)

        return await self._async_delete(
            "visit",
            lambda one, done: destroying.destroy_visit(one, done, visit_id, own),
            forget=forget,
        )

    async def async_delete_camera(self, subentry_id: str) -> DeletionReceipt:
        """Destroy the pictures, the lessons and the key of a camera, and the visits of it alone."""

        @callback
        def forget() -> None:
            if (camera := self._cameras.get(subentry_id)) is not None:
                async_pictures(self._hass).forget(camera.source_entity_id)
                camera.taught.async_destroyed()

        return await self._async_delete(
            "camera",
            lambda one, done: destroying.destroy_camera(one, done, subentry_id),
            {subentry_id},
            forget=forget,
        )

    async def async_hide(self) -> None:
        """Destroy the pictures that show what their camera's settings hide by now.

        They are not shown any more. Those that cannot be destroyed now are so by the upkeep.
        """
        for subentry_id, camera in [*self._cameras.items()]:
            if hides := camera.settings.counts.hides:
                with suppress(HomeAssistantError):
                    await self._async_hide(subentry_id, hides)

    async def _async_hide(self, subentry_id: str, hides: str) -> None:
        where = f"subentry_id = ? AND {HIDES} <> ?"
        if await self._database.async_read(
            f"SELECT 1 FROM pictures WHERE {where} LIMIT 1",  # noqa: S608 - ours
            (subentry_id, hides),
        ):
            await self._async_delete(
                "pictures", lambda one, done: done.pictures_where(one, where, subentry_id, hides)
            )

    @override
    async def async_tidy(self) -> None:
        await super().async_tidy()
        await self.async_hide()

    async def async_delete_everything(self) -> DeletionReceipt:
        """Destroy all pictures, lessons, keys and visits, also in files that were set aside."""

        @callback
        def forget() -> None:
            async_pictures(self._hass).forget_everything()
            for camera in self._cameras.values():
                camera.taught.async_destroyed()

        return await self._async_delete(
            "everything", destroying.destroy_everything, None, forget=forget
        )

    async def _async_put(self, picture: NewPicture) -> None:
        """Seal a picture and write it."""
        camera, destroyed = picture.subentry_id, False

        def put(key: bytes, connection: Connection) -> None:
            nonlocal destroyed
            destroyed = picture.put(connection, key)
            self._at_most += len(picture.picture.data)
            # To add all of them up takes a while; one scrub too many does no harm.
            if self._at_most > self._database.most_bytes:
                left = evict(connection, self._database.most_bytes)
                destroyed |= left < self._at_most
                self._at_most = left

        async with self.lock:
            # In memory there is no point to it, and nobody knows what lies on the disk.
            if not self._database.is_on_disk or (key := await self.async_key(camera)) is None:
                return
            if not await self._database.async_write(partial(put, key)):
                return
            async_dispatcher_send(self._hass, SIGNAL_RENEWED, camera, public_id(picture.visit_id))
            if destroyed:
                await self._database.async_scrub()
