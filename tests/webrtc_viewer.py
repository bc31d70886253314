"""Watching a camera with ``WebRTCSource``, and fixtures for that."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts import webrtc_source
from custom_components.camera_smart_alerts.vision.datatypes import Frame
from custom_components.camera_smart_alerts.vision.errors import SourceError
from custom_components.camera_smart_alerts.vision.newest import NewestFrame
from custom_components.camera_smart_alerts.webrtc_source import WebRTCSource


class Viewer:
    """A running ``WebRTCSource`` and what came of it."""

    def __init__(self, source: WebRTCSource, newest: NewestFrame) -> None:
        self.source = source
        self.newest = newest

    async def frame(self) -> Frame:
        """Return the next frame."""
        async with asyncio.timeout(30):
            await self.newest.wait()
        frame = self.newest.take()
        assert frame is not None
        return frame

    async def end(self) -> SourceError:
        """Return why no further frame comes."""
        try:
            while True:
                await self.frame()
        except SourceError as err:
            return err


@asynccontextmanager
async def watching(hass: HomeAssistant, camera: Any, fps: float = 10) -> AsyncIterator[Viewer]:
    """Watch a camera; what ``run`` raises ends the wait for a frame."""
    newest = NewestFrame(hass.loop)
    source = WebRTCSource(hass, camera, newest, fps=fps, max_side=640)

    async def run() -> None:
        try:
            await source.run()
        except SourceError as err:
            newest.fail(err)

    task = asyncio.create_task(run())
    try:
        yield Viewer(source, newest)
    finally:
        task.cancel()
        await asyncio.wait([task])
        await hass.async_block_till_done()


async def failure_of(hass: HomeAssistant, camera: Any) -> SourceError:
    """Return why a camera gives no frame."""
    async with watching(hass, camera) as viewer:
        return await viewer.end()


@pytest.fixture(autouse=True)
def no_socket_left(hass: HomeAssistant) -> Iterator[None]:
    """Every UDP socket that a peer opened is closed again."""
    opened: list[asyncio.BaseTransport] = []
    create = hass.loop.create_datagram_endpoint

    async def recorded(*args: Any, **kwargs: Any) -> Any:
        transport, protocol = await create(*args, **kwargs)
        opened.append(transport)
        return transport, protocol

    with patch.object(hass.loop, "create_datagram_endpoint", recorded):
        yield
    assert all(transport.is_closing() for transport in opened)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience with a camera after half a second."""
    monkeypatch.setattr(webrtc_source, "FIRST_PICTURE_S", 0.5)
