"""The stream source of the demo cameras: live MPEG-TS over HTTP, as many network cameras send."""

from collections.abc import Mapping
from contextlib import aclosing, suppress
import secrets
from typing import TYPE_CHECKING

from aiohttp import web
import av
from homeassistant.helpers.http import HomeAssistantView

from .playback import Playback

if TYPE_CHECKING:
    from . import DemoCameraState

# In place of a camera's password.
TOKEN = secrets.token_urlsafe(12)


class _Pipe:
    """Collects what a muxer writes."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep a copy."""
        self._chunks.append(bytes(data))
        return len(data)

    def drain(self) -> bytes:
        """Return what was written since the last call."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        return data


class StreamView(HomeAssistantView):
    """``GET /api/camera_smart_alerts_demo/<token>/<camera>.ts``."""

    url = "/api/camera_smart_alerts_demo/{token}/{camera}.ts"
    name = "api:camera_smart_alerts_demo:stream"
    requires_auth = False

    def __init__(self, cameras: Mapping[str, DemoCameraState]) -> None:
        """Serve these cameras."""
        self._cameras = cameras

    async def get(self, request: web.Request, token: str, camera: str) -> web.StreamResponse:
        """Stream until the viewer leaves."""
        state = self._cameras.get(camera)
        if state is None or token != TOKEN:
            raise web.HTTPNotFound
        response = web.StreamResponse(headers={"Content-Type": "video/mp2t"})
        await response.prepare(request)
        with suppress(ConnectionError):
            await _send(response, state.playback)
        return response


async def _send(response: web.StreamResponse, playback: Playback) -> None:
    pipe = _Pipe()
    output = av.open(pipe, "w", format="mpegts", options={"flush_packets": "1"})
    stream = output.add_mux_stream("h264", rate=playback.tape.rate)
    try:
        async with aclosing(playback.packets()) as packets:
            async for packet in packets:
                packet.stream = stream
                output.mux(packet)
                await response.write(pipe.drain())
    finally:
        output.close()
