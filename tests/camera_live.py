"""A live video stream over HTTP on loopback."""

import asyncio
from itertools import count
import time

from aiohttp import web
from homeassistant.core import HomeAssistant

from tests.camera_entity import PeerCamera
from tests.camera_media import ByteSink, Encoder


class LiveHttp:
    """An HTTP server on loopback that sends a camera's pictures as they happen."""

    def __init__(self, hass: HomeAssistant, camera: PeerCamera) -> None:
        self._hass = hass
        self._camera = camera
        self.viewers = 0
        self.delay = 0.0
        """Seconds before the first byte."""
        self.frames: int | None = None
        """End the stream after so many frames."""
        self.status = 200

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Serve one viewer in real time. Faults: ``stream_garbage``, ``stream_silent``."""
        camera = self._camera
        response = web.StreamResponse(status=self.status, headers={"Content-Type": "video/mp2t"})
        await response.prepare(request)
        if self.status != 200:
            return response
        self.viewers += 1
        try:
            await asyncio.sleep(self.delay)
            if camera.fault == "stream_silent":
                await asyncio.Event().wait()
            if camera.fault == "stream_garbage":
                await response.write(bytes(range(256)) * 400)
                return response
            await self._play(response)
        except ConnectionResetError:
            pass
        finally:
            self.viewers -= 1
        return response

    async def _play(self, response: web.StreamResponse) -> None:
        camera = self._camera
        buffer = ByteSink()
        encoder = Encoder(buffer, camera.pictures(0), camera.fps, format="mpegts")

        def piece(index: int) -> bytes:
            encoder.add(camera.pictures(index))
            return buffer.drain()

        started = time.monotonic()
        try:
            for index in count() if self.frames is None else range(self.frames):
                due = started + index / camera.fps
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await response.write(await self._hass.async_add_executor_job(piece, index))
        finally:
            encoder.close()
