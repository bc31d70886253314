"""FFmpeg, held at arm's length: open a stream, decode what can be decoded, stop when told.

FFmpeg's errors carry the address with its password. They become ``SourceError`` on the spot and
are never chained: only ``strerror`` leaves this module.
"""

from collections.abc import Iterator
import errno
import math
from pathlib import Path
import struct
from threading import Event
import time
from typing import cast

import av
from av.codec.context import CodecContext
from av.container import InputContainer
from av.format import Flags as FormatFlags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from .errors import SourceError, SourceFailure
from .interrupt import interruptible
from .video_options import VideoOptions, open_options

MAX_DECODE_ERRORS = 25
"""Consecutive packets that fail before a stream counts as unreadable."""
MAX_PIXELS = 40_000_000
"""8K fits; a file that claims more is not decoded at all."""
FULL_HD_PIXELS = 1920 * 1088

_FAILURES: tuple[tuple[tuple[type[BaseException], ...], SourceFailure], ...] = (
    ((TimeoutError, av.ExitError), SourceFailure.TIMEOUT),
    (
        (FileNotFoundError, IsADirectoryError, NotADirectoryError, av.ProtocolNotFoundError),
        SourceFailure.NO_SOURCE,
    ),
    ((av.HTTPError, av.HTTPClientError, OSError), SourceFailure.REFUSED),
)


class _BrokenOffError(SourceError):
    """FFmpeg's I/O error: nobody is there, or what was sent ended before any of it was video."""


class Decoder:
    """An open stream and the pictures in it, damaged ones left out. Close it after use."""

    def __init__(
        self, container: InputContainer, stream: VideoStream, options: VideoOptions, stop: Event
    ) -> None:
        """Take over ``container``, of which ``stream`` is the video to decode."""
        self._container = container
        self._stream = stream
        self.in_segments = "hls" in container.format.name.split(",")
        """Whether video comes a segment at a time, in a burst, and late by at least one."""
        self.patience_s = options.segment_timeout_s if self.in_segments else options.read_timeout_s
        """Seconds of silence after which the stream has stalled."""
        self._stop = stop
        self._synced = False
        self._context = _decoder_of(stream)
        matrix = stream.codec_context.coded_side_data.get("display_matrix")
        right, down = struct.unpack_from("2i", matrix) if matrix else (1, 0)
        self.rotation = -round(math.degrees(math.atan2(down, right)))
        """Degrees, anticlockwise, by which the pictures are to be turned."""

    def close(self) -> None:
        """Say goodbye to the camera."""
        self._container.close()

    @property
    def is_recording(self) -> bool:
        """Whether the source is a file of known length, here or on a server."""
        return self._container.size is not None and self._container.duration is not None

    @property
    def nominal_step(self) -> float:
        """Seconds between frames, as far as the container knows."""
        rate = float(self._stream.average_rate or 0)
        return 1 / rate if 1 <= rate <= 120 else 1 / 25

    @property
    def stamps_invented(self) -> bool:
        """Whether the format itself has no time stamps."""
        return FormatFlags.no_timestamps in FormatFlags(self._container.format.flags)

    def skip_to_key_frame(self) -> None:
        """Read on without decoding up to the next key frame."""
        self._synced = False

    def frames(self) -> Iterator[av.VideoFrame]:
        """Yield what can be decoded, until the stream ends or ``stop`` is set.

        Raises:
            SourceError: The stream broke off or stalled, or nothing in it decodes any more.
        """
        errors = 0
        for packet in self._packets():
            # What comes before the first key frame lacks the picture it builds on.
            self._synced = self._synced or packet.is_keyframe
            if not self._synced:
                continue
            try:
                # A packet without content flushes the decoder.
                frames = self._context.decode(packet if packet.size else None)
                errors = 0
            except av.FFmpegError as err:
                frames, reason = [], err.strerror or ""
                errors += 1
            if errors >= MAX_DECODE_ERRORS:
                raise SourceError(SourceFailure.UNREADABLE, reason)
            yield from (frame for frame in frames if not frame.is_corrupt)

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        packets = self._container.demux(self._stream)
        stalled = False
        while not self._stop.is_set():
            failure, packet, asked_at = None, None, time.monotonic()
            try:
                with interruptible(self._stop, self.patience_s):
                    packet = next(packets, None)
            except av.FFmpegError as err:
                failure = _failure(err)
            if self._stop.is_set():
                return
            # Some demuxers call the end of their patience invalid data or the end of the stream,
            # or hand out what they still have and fail at the next call.
            stalled_before, stalled = stalled, time.monotonic() - asked_at >= self.patience_s
            if (packet is None or not packet.size) and (stalled or stalled_before):
                raise SourceError(SourceFailure.TIMEOUT, "the stream has stalled")
            if failure and failure.failure is not SourceFailure.REFUSED:
                raise failure
            if packet is None:  # Or the other side has hung up.
                return
            yield packet


def _decoder_of(stream: VideoStream) -> VideoCodecContext:
    """Return a decoder like the stream's own, but one that goes when nobody uses it any more.

    PyAV's streams are part of a reference cycle. Decoding with theirs leaves a thread and every
    picture buffer (5 MB at 720p, 60 MB at 4K) behind until the garbage collector comes along.
    """
    template = stream.codec_context
    context = cast("VideoCodecContext", CodecContext.create(template.codec, "r"))
    context.extradata = template.extradata
    context.codec_tag = template.codec_tag
    context.bits_per_coded_sample = template.bits_per_coded_sample
    context.width, context.height = template.width, template.height
    context.pix_fmt = template.pix_fmt
    context.pkt_timebase = template.pkt_timebase
    context.options = {"max_pixels": str(MAX_PIXELS)}
    # Frame threads nearly double the rate for one frame of delay: worth it only where one core
    # of a small machine would not keep up.
    large = template.width * template.height > FULL_HD_PIXELS
    context.thread_type = "FRAME" if large else "SLICE"
    context.thread_count = 2
    context.open(strict=False)
    return context


def open_decoder(url: str | Path, options: VideoOptions, stop: Event) -> Decoder:
    """Open ``url``: at first the quick way, then, should that find no video, with patience.

    Raises:
        SourceError: It cannot be opened, holds no video, or ``stop`` was set.
    """
    # A file's name may hold a colon, which FFmpeg would take for the end of a scheme.
    address = f"file:{url}" if isinstance(url, Path) else url
    deadline = time.monotonic() + options.open_timeout_s
    quick, patient = (open_options(address, options, quick=quick) for quick in (True, False))
    outcome = _attempt(address, quick, options.open_timeout_s, options, stop)
    left = deadline - time.monotonic()
    unreadable = isinstance(outcome, SourceError) and outcome.failure is SourceFailure.UNREADABLE
    if unreadable and patient != quick and left > 0 and not stop.is_set():
        outcome = _attempt(address, patient, left, options, stop)
    if isinstance(outcome, _BrokenOffError) and not stop.is_set():
        left = deadline - time.monotonic()
        if left > 0 and _answers(address, patient, (left, options.read_timeout_s), stop):
            outcome = SourceError(SourceFailure.UNREADABLE, "no video in what is sent")
    in_time = time.monotonic() < deadline
    if isinstance(outcome, SourceError):
        if in_time and not stop.is_set():
            raise outcome
    elif in_time:
        return outcome
    else:  # Its analysis was cut short, and some formats are useless then.
        outcome.close()
    # RTSP calls both of these invalid data.
    if stop.is_set():
        raise SourceError(SourceFailure.ENDED, "stopped")
    raise SourceError(SourceFailure.TIMEOUT, "no answer")


def _attempt(
    address: str, chosen: dict[str, str], timeout_s: float, options: VideoOptions, stop: Event
) -> Decoder | SourceError:
    # Known only later which of them it is; until then the decoder waits no longer than its own.
    timeouts = (timeout_s, max(options.read_timeout_s, options.segment_timeout_s))
    try:
        with interruptible(stop):
            container = av.open(address, options=chosen, timeout=timeouts)
    except av.FFmpegError as err:
        return _failure(err)
    stream = container.streams.best("video")
    failure = SourceError(SourceFailure.UNREADABLE, "no video that can be decoded")
    # A stream that nothing can decode has no codec context, whatever its type says.
    if isinstance(stream, VideoStream) and stream.codec_context:
        try:
            return Decoder(container, stream, options, stop)
        except av.FFmpegError as err:
            failure = _failure(err)
    container.close()
    return failure


def _answers(
    address: str, chosen: dict[str, str], timeouts: tuple[float, float], stop: Event
) -> bool:
    """Return whether a web server sends anything at all, video or not."""
    if not address.lower().startswith(("http://", "https://")):
        return False
    try:
        with (
            interruptible(stop),
            av.open(address, format="data", options=chosen, timeout=timeouts) as container,
        ):
            return any(packet.size for packet in container.demux())
    except av.FFmpegError:
        return False


def _failure(err: av.FFmpegError) -> SourceError:
    """Translate without the address: ``strerror`` is all that may leave."""
    if err.errno == errno.EIO:
        return _BrokenOffError(SourceFailure.REFUSED, err.strerror or "")
    for kinds, failure in _FAILURES:
        if isinstance(err, kinds):
            return SourceError(failure, err.strerror or "")
    return SourceError(SourceFailure.UNREADABLE, err.strerror or "")
