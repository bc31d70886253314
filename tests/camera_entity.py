"""A camera entity with an optional stream source and optional stills; it can lie and fail."""

import asyncio
from typing import TYPE_CHECKING, override

from homeassistant.components.camera import Camera, CameraEntityFeature
from homeassistant.helpers.device_registry import DeviceInfo

from tests.camera_media import Pictures, jpeg, moving_square

if TYPE_CHECKING:
    from tests.camera_live import LiveHttp


class PeerCamera(Camera):
    """A camera with an optional stream source and optional stills."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, name: str = "Peer", *, fps: int = 15) -> None:
        super().__init__()
        self._attr_unique_id = name.lower().replace(" ", "_")
        self._attr_device_info = DeviceInfo(
            identifiers={("peer", self._attr_unique_id)}, name=name, manufacturer="Tests"
        )
        self.pictures: Pictures = moving_square
        self.fps = fps
        self.source: str | None = None
        """What ``stream_source`` returns."""
        self.stills = False
        """Whether there are stills."""
        self.fault: str | None = None
        """What is wrong with this camera; see each method."""
        self.live: LiveHttp | None = None
        """The HTTP server behind ``source``, where there is one."""
        self.still_delay = 0.0
        self.stills_asked = 0
        self._still_asked = asyncio.Condition()
        self.sources_asked = 0

    def turn(self, *, on: bool) -> None:
        """Switch the camera on or off, as its own integration would."""
        self._attr_is_on = on
        self.async_write_ha_state()

    def reach(self, *, available: bool) -> None:
        """Make the camera available or not."""
        self._attr_available = available
        self.async_write_ha_state()

    async def asked(self, stills: int) -> None:
        """Return when so many stills have been asked for."""
        async with self._still_asked:
            await self._still_asked.wait_for(lambda: self.stills_asked >= stills)

    @override
    async def stream_source(self) -> str | None:
        """Return the source. Faults: ``source_raises``, ``source_hangs``."""
        self.sources_asked += 1
        if self.fault == "source_raises":
            raise ValueError("rtsp://user:secret@camera")
        if self.fault == "source_hangs":
            await asyncio.Event().wait()
        return self.source

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return a still. Faults: ``still_`` + raises, hangs, frozen, garbage, none."""
        index = self.stills_asked
        self.stills_asked += 1
        async with self._still_asked:
            self._still_asked.notify_all()
        if self.still_delay:
            await asyncio.sleep(self.still_delay)
        match self.fault:
            case "still_raises":
                raise ValueError("boom")
            case "still_hangs":
                await asyncio.Event().wait()
            case "still_garbage":
                return b"\xff\xd8 not a picture %d" % index
            case "still_none":
                return None
            case "still_frozen":
                index = 0
        if not self.stills:
            return None
        return await self.hass.async_add_executor_job(lambda: jpeg(self.pictures(index)))
