"""A camera's still pictures, asked for again and again: a slow video.

What one would get wrong: a still is not fresh because it has just arrived. Many cameras hand out
the picture that they took yesterday, so only a second, different one proves that they are live,
and a repeated one is no frame at all.
"""

import asyncio
from collections.abc import Callable
import time
from typing import Final

from homeassistant.components.camera import Camera, async_get_image
from homeassistant.core import HomeAssistant

from .camera_calls import async_ask
from .vision.annotate import decode_image
from .vision.datatypes import Frame
from .vision.errors import ImageError, SourceError, SourceFailure
from .vision.newest import NewestFrame

NEVER_LIVE: Final = frozenset({"nest", "ring", "xthings_cloud"})
"""Integrations whose stills are a placeholder, the last recording or the last snapshot."""

TIMEOUT_S: Final = 5
ATTEMPTS: Final = 3
"""Stills in a row that may fail, the first included."""
RETRY_S: Final = 0.5
"""Seconds to wait after one failure; twice as long after two."""
FROZEN_S: Final = 5.0
"""Seconds after which one and the same still counts as no picture at all."""


def has_live_stills(camera: Camera) -> bool:
    """Return whether a camera's stills may show what happens now.

    Not those that Home Assistant takes out of the camera's stream: they lag behind it, and the
    stream itself is a rung of the ladder.
    """
    return camera.platform.platform_name not in NEVER_LIVE and not camera.use_stream_for_stills


class StillSource:
    """The stills of one camera for one session."""

    def __init__(
        self,
        hass: HomeAssistant,
        camera: Camera,
        newest: NewestFrame,
        *,
        fps: float,
        max_side: int,
        proven: Callable[[], None],
    ) -> None:
        """Ask at most ``fps`` times a second; call ``proven`` when the stills prove live."""
        self.opened_at: float | None = None
        """Monotonic seconds when the camera first answered."""
        self._hass = hass
        self._entity_id = camera.entity_id
        self._newest = newest
        self._period = 1.0 / fps
        self._max_side = max_side
        self._proven = proven
        self._last: bytes | None = None
        self._changed_at = time.monotonic()

    async def run(self) -> None:
        """Feed the newest frame until cancelled.

        Raises:
            SourceError: Several stills in a row failed, or they do not change.
        """
        failed = 0
        while True:
            started = time.monotonic()
            try:
                await self._show(await self._fetch())
            except SourceError:
                failed += 1
                if failed == ATTEMPTS:
                    raise
            else:
                failed = 0
            now = time.monotonic()
            if now - self._changed_at > FROZEN_S:
                raise SourceError(SourceFailure.FROZEN, "the still picture does not change")
            await asyncio.sleep(max(started + self._period - now, failed * RETRY_S))

    async def _fetch(self) -> bytes:
        image = await async_ask(async_get_image(self._hass, self._entity_id, timeout=TIMEOUT_S))
        if self.opened_at is None:
            self.opened_at = time.monotonic()
        return image.content

    async def _show(self, still: bytes) -> None:
        if still == self._last:
            return
        captured_at = time.monotonic()
        try:
            image = await self._hass.async_add_executor_job(decode_image, still, self._max_side)
        except ImageError as err:
            raise SourceError(SourceFailure.UNREADABLE, str(err)) from err
        if self._last is not None:
            self._proven()
        self._last, self._changed_at = still, captured_at
        # What takes it may have pixels to change, see ``camera_rung.Rung``.
        await self._hass.async_add_executor_job(self._newest.put, Frame(image, captured_at))
