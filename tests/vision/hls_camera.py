"""A camera that speaks HLS on the loopback interface: its playlist grows as time goes by."""

from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import ssl
from threading import Thread
import time
from types import TracebackType
from typing import Self, override

from .footage import Draw, make_clip

LISTED = 3
"""How many segments are listed when somebody asks for the first time, and ever after."""


def segments_of(
    folder: Path, *, count: int, segment_s: float = 1.0, draw: Draw | None = None, fps: int = 10
) -> list[bytes]:
    """Encode ``count`` segments, each beginning with a key frame."""
    playlist = make_clip(
        folder / "clip.m3u8",
        seconds=count * segment_s,
        fps=fps,
        size=(64, 48),
        draw=draw,
        gop=round(segment_s * fps),
        container_format="hls",
        container_options={"hls_time": str(segment_s), "hls_list_size": "0"},
    )
    names = [line for line in playlist.read_text().splitlines() if line.endswith(".ts")]
    assert len(names) == count
    return [(folder / name).read_bytes() for name in names]


class HlsCamera:
    """Serves segments from the moment that somebody asks for the playlist.

    Args:
        segments: What it shows; the first three are there from the start.
        segment_s: The length of each.
        late_s: Seconds by which every further segment is listed too late.
        ends_after: Lists no more than so many segments, and does not say that this is the end.
        complete: A recording: lists all at once, and says that this is the end.
        login: "user:password" in base64, if it asks for one.
        tls: Serve https.
    """

    def __init__(
        self,
        segments: Sequence[bytes],
        *,
        segment_s: float = 1.0,
        late_s: float = 0.0,
        ends_after: int | None = None,
        complete: bool = False,
        login: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.asked: list[str] = []
        """The paths of all requests."""
        self._segments = segments
        self._segment_s = segment_s
        self._late_s = late_s
        self._last = len(segments) if ends_after is None else ends_after
        self._complete = complete
        self._login = login
        self._tls = tls
        self._began: float | None = None
        camera = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 0.5

            @override
            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

            def do_GET(self) -> None:
                camera._answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.02,), name="test hls camera"
        )

    def url(self, userinfo: str = "") -> str:
        scheme = "https" if self._tls else "http"
        at = "@" if userinfo else ""
        return f"{scheme}://{userinfo}{at}127.0.0.1:{self._server.server_port}/live.m3u8"

    def __enter__(self) -> Self:
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        if self._login and request.headers.get("Authorization") != f"Basic {self._login}":
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        is_playlist = request.path.endswith(".m3u8")
        body = self._playlist() if is_playlist else self._segments[int(request.path[1:-3])]
        kind = "application/vnd.apple.mpegurl" if is_playlist else "video/mp2t"
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _playlist(self) -> bytes:
        now = time.monotonic()
        if self._began is None:
            self._began = now
        new = int(max(0.0, now - self._began - self._late_s) / self._segment_s)
        last = self._last if self._complete else min(self._last, LISTED + new)
        first = 0 if self._complete else max(0, last - LISTED)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            f"#EXT-X-TARGETDURATION:{self._segment_s:.0f}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
        ]
        for number in range(first, last):
            lines += [f"#EXTINF:{self._segment_s:.3f},", f"{number}.ts"]
        if self._complete:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join([*lines, ""]).encode()
