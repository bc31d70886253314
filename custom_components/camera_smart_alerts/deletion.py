"""Deleting what a home has seen: first nobody hears of it any more, then it is destroyed.

What a reader would get wrong: a visit is also in memory, while it is open and while people are told
of it. One that is only destroyed in the file would be written again, and told of again.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

from homeassistant.core import callback

from .alerts import visit_id as public_id
from .coordinator import CameraCoordinator
from .data import RuntimeData
from .destroying import DeletionReceipt
from .visit_list import async_newest_own_ids, async_own_id


async def async_delete_visit(runtime: RuntimeData, visit_id: str) -> DeletionReceipt:
    """Destroy a visit, by its public id, wherever it is.

    Raises:
        HomeAssistantError: The history cannot be written; as with everything that deletes.
    """
    known = [one.id for one in runtime.keeper.open_visits() if public_id(one.id) == visit_id]
    if not known and (own := await async_own_id(runtime.database, visit_id)) is not None:
        known = [own]
    async with _taken_back(runtime, known):
        return await runtime.vault.async_delete_visit(visit_id)


async def async_delete_camera(runtime: RuntimeData, camera: CameraCoordinator) -> DeletionReceipt:
    """Destroy all of a camera; of visits that others saw, too, only its part."""
    subentry_id, keeper = camera.settings.subentry_id, runtime.keeper
    kept = await async_newest_own_ids(runtime.database, only_of=subentry_id)
    # What is open may have come to other cameras since it was written.
    open_now = {one.id: one.cameras for one in keeper.open_visits()}
    only_its = [one for one, cameras in open_now.items() if cameras == [subentry_id]]
    known = dict.fromkeys([*only_its, *(one for one in kept if one not in open_now)])
    async with _taken_back(runtime, known, camera):
        keeper.async_delete_camera(subentry_id)
        return await runtime.vault.async_delete_camera(subentry_id)


async def async_delete_everything(runtime: RuntimeData) -> DeletionReceipt:
    """Destroy all that was seen."""
    async with async_everything_taken_back(runtime):
        return await runtime.vault.async_delete_everything()


@asynccontextmanager
async def async_everything_taken_back(runtime: RuntimeData) -> AsyncIterator[None]:
    """Take all visits back while they are destroyed."""
    kept = await async_newest_own_ids(runtime.database)
    known = dict.fromkeys([*(one.id for one in runtime.keeper.open_visits()), *kept])
    runtime.keeper.async_delete_cooldowns()
    async with _taken_back(runtime, known, *runtime.cameras.values()):
        yield


@asynccontextmanager
async def _taken_back(
    runtime: RuntimeData, visit_ids: Collection[str], *cameras: CameraCoordinator
) -> AsyncIterator[None]:
    """Take visits back while they are destroyed, from phones and displays at the end.

    Args:
        runtime: Holds them.
        visit_ids: Which, by our own ids, the newest first.
        cameras: Those that forget all of theirs.
    """
    keeper, shown = runtime.keeper, dict[tuple[CameraCoordinator, str], None]()
    for camera in runtime.cameras.values():
        for alert_id in camera.memory.alerts:
            if alert_id in visit_ids:
                around = keeper.cameras_around(alert_id, camera)
                shown |= dict.fromkeys((one, alert_id) for one in around)
            elif camera in cameras:
                shown[camera, alert_id] = None
    seeing = {key for one in keeper.open_visits() if one.id in visit_ids for key in one.cameras}
    keeper.async_delete(visit_ids)
    for key, camera in runtime.cameras.items():
        if camera in cameras or key in seeing:
            camera.alerting.async_deleted()
        _async_forget(camera, None if camera in cameras else visit_ids)
    try:
        yield
    finally:
        # Also where it cannot be destroyed: nobody is to look at it.
        await asyncio.gather(*(camera.alerting.async_clear(one) for camera, one in shown))


@callback
def _async_forget(camera: CameraCoordinator, visit_ids: Collection[str] | None) -> None:
    """Let a camera know and show nothing more of deleted visits, None: of all."""

    def is_gone(alert_id: str) -> bool:
        return visit_ids is None or alert_id in visit_ids

    camera.memory.alerts = [one for one in camera.memory.alerts if not is_gone(one)]
    camera.async_changed()
    kept, alert = camera.alerting.kept, camera.data.last_alert
    if kept is not None and (visit_ids is None or kept.visit_id in map(public_id, visit_ids)):
        camera.alerting.kept = None
    if alert is not None and is_gone(alert.id):
        alert = None
    camera.log.async_forget(visit_ids)
    camera.async_set_updated_data(replace(camera.data, last_alert=alert))
