"""An HTTP camera on the loopback interface: real bytes, real sockets, and its bad habits."""

import re
import socket
import ssl
from threading import Event, Thread
import time
from types import TracebackType
from typing import Self


class HttpCamera:
    """Sends ``body`` to everyone who asks, one after the other.

    Args:
        body: What it sends.
        content_type: How it names it.
        live: No length, no ranges: a stream rather than a file.
        seconds: Spread the body over so many seconds; all at once by default.
        stall_after: Fall silent after so many bytes, connection open; 0: never even answer.
        status: For example "401 Unauthorized"; the body is not sent then.
        tls: Serve https.
    """

    def __init__(
        self,
        body: bytes,
        *,
        content_type: str = "video/mp4",
        live: bool = False,
        seconds: float = 0.0,
        stall_after: int | None = None,
        status: str = "200 OK",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[str] = []
        self._body = body
        self._content_type = content_type
        self._live = live
        self._rate = len(body) / seconds if seconds else float("inf")
        self._stall_after = stall_after
        self._status = status
        self._tls = tls
        self._stop = Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self._thread = Thread(target=self._serve, name="test http camera")

    def url(self, userinfo: str = "") -> str:
        port = self._server.getsockname()[1]
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{userinfo}{'@' if userinfo else ''}127.0.0.1:{port}/video"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._server.accept()
            except TimeoutError:
                continue
            with connection:
                try:
                    connection.settimeout(0.5)
                    if self._tls:
                        with self._tls.wrap_socket(connection, server_side=True) as secure:
                            self._talk(secure)
                            secure.unwrap()
                    else:
                        self._talk(connection)
                except OSError:
                    continue  # The viewer has gone.

    def _talk(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(4096)
            if not data:
                return
            request += data
        self.requests.append(request.decode("latin-1"))
        if self._stall_after == 0:
            self._stop.wait()
            return
        asked = re.search(rb"Range: bytes=(\d+)-", request)
        start = int(asked[1]) if asked and not self._live else 0
        head = [self._status, f"Content-Type: {self._content_type}", "Connection: close"]
        if self._status.startswith("200"):
            if not self._live:
                head[0] = "206 Partial Content" if asked else self._status
                head += [
                    "Accept-Ranges: bytes",
                    f"Content-Length: {len(self._body) - start}",
                    f"Content-Range: bytes {start}-{len(self._body) - 1}/{len(self._body)}",
                ]
        else:
            head.append("Content-Length: 0")
        connection.sendall(f"HTTP/1.1 {'\r\n'.join(head)}\r\n\r\n".encode())
        if self._status.startswith("200"):
            self._send(connection, start)

    def _send(self, connection: socket.socket, sent: int) -> None:
        began, first = time.monotonic(), sent
        while sent < len(self._body) and not self._stop.is_set():
            if self._stall_after is not None and sent >= self._stall_after:
                self._stop.wait()
                return
            due = first + self._rate * (time.monotonic() - began + 0.02)
            end = int(min(len(self._body), sent + 65536, due))
            if self._stall_after is not None:
                end = min(end, self._stall_after)
            connection.sendall(self._body[sent:end])
            sent = end
            if self._rate < float("inf"):
                self._stop.wait(0.01)
