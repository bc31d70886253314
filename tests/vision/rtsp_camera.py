"""An RTSP camera on the loopback interface: real RTP packets of a real clip, and its bad habits."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
import re
import select
import socket
import struct
from threading import Event, Thread
import time
from types import TracebackType
from typing import Self

import av

SDP_VIDEO = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode=1{parameters}\r\na=control:video\r\n"
)
SDP_AUDIO = "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:audio\r\n"
MTU = 1400


def nal_units(annexb: bytes) -> list[bytes]:
    """Split an Annex B byte stream at its start codes."""
    marks = [(m.start(), m.end()) for m in re.finditer(rb"\x00\x00\x00?\x01", annexb)]
    ends = [start for start, _ in marks[1:]] + [len(annexb)]
    return [annexb[begin:end] for (_, begin), end in zip(marks, ends, strict=True)]


def rtp_payloads(nal: bytes) -> Iterator[bytes]:
    """One NAL unit as RTP payloads (RFC 6184: single unit or FU-A fragments)."""
    if len(nal) <= MTU:
        yield nal
        return
    head, body = nal[0], nal[1:]
    cuts = [*range(0, len(body), MTU), len(body)]
    for begin, end in pairwise(cuts):
        flags = (0x80 if begin == 0 else 0) | (0x40 if end == len(body) else 0)
        yield bytes([head & 0xE0 | 28, flags | head & 0x1F]) + body[begin:end]


class RtspCamera:
    """Serves a clip in a loop, at its own speed, one viewer after the other.

    Args:
        clip: H.264 in MPEG-TS (``make_clip`` to a ``.ts``).
        stall_after: Fall silent after so many frames, connection open.
        hang_up_after: Close the connection after so many frames.
        login: (user, password) asked for by Basic authentication.
        silent_audio: Announce an audio track that never sends anything, as many cameras do.
        start_at: First frame of the clip to send; not a key frame's number, to start mid-GOP.
        announce_parameters: Put SPS and PPS into the description.
    """

    def __init__(
        self,
        clip: Path,
        *,
        stall_after: int | None = None,
        hang_up_after: int | None = None,
        login: tuple[str, str] | None = None,
        silent_audio: bool = False,
        start_at: int = 0,
        announce_parameters: bool = True,
    ) -> None:
        self.requests: list[str] = []
        self.tracks: list[str] = []
        with av.open(clip) as container:
            stream = container.streams.video[0]
            self._interval = 1 / float(stream.average_rate or 25)
            self._frames = [bytes(packet) for packet in container.demux(stream) if packet.size]
        units = nal_units(self._frames[0])
        parameters = ",".join(b64encode(unit).decode() for unit in units if unit[0] & 31 in (7, 8))
        self._sdp = SDP_VIDEO.format(
            parameters=f";sprop-parameter-sets={parameters}" if announce_parameters else ""
        ) + (SDP_AUDIO if silent_audio else "")
        self._stall_after = stall_after
        self._hang_up_after = hang_up_after
        self._login = login and b64encode(":".join(login).encode()).decode()
        self._start_at = start_at
        self._sequence = 0
        self._stop = Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self._thread = Thread(target=self._serve, name="test rtsp camera")

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def url(self, userinfo: str = "") -> str:
        return f"rtsp://{userinfo}{'@' if userinfo else ''}127.0.0.1:{self.port}/live"

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
                with suppress(OSError):  # The viewer has gone.
                    self._talk(connection)
                self._hear_the_rest(connection)

    def _hear_the_rest(self, connection: socket.socket) -> None:
        """Note what the viewer said before it went, and this thread had not yet come to read."""
        connection.settimeout(0)
        rest = b""
        with suppress(OSError):
            while data := connection.recv(4096):
                rest += data
        self.requests += re.findall(r"([A-Z]+) \S+ RTSP/1.0", rest.decode("latin-1"))

    def _talk(self, connection: socket.socket) -> None:
        buffer, playing, sent, due = b"", False, 0, time.monotonic()
        while not self._stop.is_set():
            wait = max(0.0, due - time.monotonic()) if playing else 0.05
            if select.select([connection], [], [], min(wait, 0.05))[0]:
                data = connection.recv(4096)
                if not data:
                    return
                buffer += data
                while b"\r\n\r\n" in buffer:
                    request, _, buffer = buffer.partition(b"\r\n\r\n")
                    # What a player reports by RTCP may stand before its request.
                    text = request.decode("latin-1")
                    playing |= self._answer(connection, text)
                    due = time.monotonic()
            elif playing and time.monotonic() >= due:
                if sent == self._hang_up_after:
                    return
                if sent != self._stall_after:
                    self._send_frame(connection, sent)
                    sent += 1
                due += self._interval

    def _answer(self, connection: socket.socket, request: str) -> bool:
        found = re.search(r"(OPTIONS|DESCRIBE|SETUP|PLAY|TEARDOWN) (\S+) RTSP/1.0", request)
        assert found is not None, request
        method, target = found[1], found[2]
        self.requests.append(method)
        sequence = re.search(r"CSeq: (\d+)", request)
        assert sequence is not None
        head, body, status = [f"CSeq: {sequence[1]}", "Session: 1"], "", "200 OK"
        if method == "OPTIONS":
            head.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif self._login and f"Authorization: Basic {self._login}" not in request:
            status = "401 Unauthorized"
            head.append('WWW-Authenticate: Basic realm="camera"')
        elif method == "DESCRIBE":
            body = self._sdp
            head += ["Content-Type: application/sdp", f"Content-Base: {target}/"]
        elif method == "SETUP":
            self.tracks.append(target.rsplit("/", 1)[-1])
            channel = 2 * (len(self.tracks) - 1)
            head.append(f"Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}")
        head.append(f"Content-Length: {len(body)}")
        connection.sendall(f"RTSP/1.0 {status}\r\n{'\r\n'.join(head)}\r\n\r\n{body}".encode())
        return method == "PLAY"

    def _send_frame(self, connection: socket.socket, number: int) -> None:
        units = nal_units(self._frames[(self._start_at + number) % len(self._frames)])
        payloads = [payload for unit in units for payload in rtp_payloads(unit)]
        stamp = round(number * self._interval * 90000) & 0xFFFFFFFF
        for index, payload in enumerate(payloads):
            marker = 0x80 if index == len(payloads) - 1 else 0
            self._sequence = (self._sequence + 1) & 0xFFFF
            packet = struct.pack("!BBHII", 0x80, marker | 96, self._sequence, stamp, 7) + payload
            connection.sendall(b"$\x00" + struct.pack("!H", len(packet)) + packet)
