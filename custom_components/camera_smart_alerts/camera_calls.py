"""Calling cameras that other people wrote: what they answer, refuse, swallow and leave open.

A camera entity may raise whatever its library raises, with a password in the message, may take
for ever, and may swallow a cancellation (``camera.async_get_image`` does). Every call to one goes
through ``async_ask``; whatever must be closed, through ``async_finish``.
"""

import asyncio
from collections.abc import Awaitable

from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback

from .vision.errors import SourceError, SourceFailure


@callback
def async_find_camera(hass: HomeAssistant, entity_id: str) -> Camera | None:
    """Return the camera entity itself, None when it is not loaded."""
    component = hass.data.get(DATA_COMPONENT)
    return None if component is None else component.get_entity(entity_id)


@callback
def async_camera_problem(hass: HomeAssistant, entity_id: str) -> SourceFailure | None:
    """Return why a camera cannot be watched at all, None when nothing is known against it."""
    state = hass.states.get(entity_id)
    if state is None:
        return SourceFailure.CAMERA_MISSING
    if state.state == STATE_UNAVAILABLE:
        return SourceFailure.CAMERA_UNAVAILABLE
    if (camera := async_find_camera(hass, entity_id)) is None:
        return SourceFailure.CAMERA_MISSING
    return None if camera.is_on else SourceFailure.CAMERA_OFF


async def async_ask[T](call: Awaitable[T]) -> T:
    """Return what a camera's integration answers.

    Raises:
        SourceError: The integration raised. What it said is dropped: it may hold a URL.
        asyncio.CancelledError: The caller is cancelled, even if the integration swallowed it.
    """
    try:
        answer = await call
    except TimeoutError:
        raise SourceError(SourceFailure.TIMEOUT, "the camera did not answer") from None
    except Exception as err:  # noqa: BLE001 - integrations raise whatever their libraries raise
        _raise_if_cancelled()
        raise SourceError(SourceFailure.REFUSED, type(err).__name__) from None
    _raise_if_cancelled()
    return answer


def _raise_if_cancelled() -> None:
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def async_finish(work: Awaitable[object]) -> None:
    """Await ``work`` to its end even if the caller is cancelled meanwhile; then be cancelled.

    For closing what would otherwise live on. Raises what ``work`` raises.

    Raises:
        asyncio.CancelledError: The caller was cancelled; ``work`` has ended.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as err:
            cancelled = err
    task.result()
    if cancelled is not None:
        raise cancelled
