"""Frames out of a stream or a file, for a thread of its own: newest frame wins.

Everything here blocks. A frame is scaled down *before* it becomes RGB, so a 4K camera never
costs a 4K picture per frame.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
import logging
from pathlib import Path
from threading import Event, Thread
import time

import av
from av.video.reformatter import Interpolation
import numpy as np

from .datatypes import Frame, RgbImage
from .decoder import Decoder, open_decoder
from .errors import SourceError, SourceFailure
from .newest import NewestFrame
from .stream_time import CaptureClock, Pace, Timeline
from .video_options import VideoOptions

_LOGGER = logging.getLogger(__name__)
_DEFAULTS = VideoOptions()
_UNSPECIFIED = 2
_KNOWN_MATRICES = frozenset({0, 1, _UNSPECIFIED, 4, 5, 6, 7, 9})
"""Of ITU-T H.273, table 4: those that swscale converts. It refuses the others."""


def scale_for(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Return (width, height) that fit into ``max_side``, same shape, never enlarged."""
    scale = min(1.0, max_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def to_rgb(frame: av.VideoFrame, max_side: int, rotation: int = 0) -> RgbImage:
    """Return a decoded frame as RGB, upright, its longer side at most ``max_side``.

    Scaled as YUV first, then converted: both are fast paths of swscale, and together take a third
    of the time of its combined step, closer to the original.

    Raises:
        SourceError: A pixel format that swscale does not know.
    """
    if frame.colorspace not in _KNOWN_MATRICES:  # Some cameras write anything there.
        frame.colorspace = _UNSPECIFIED
    width, height = scale_for(frame.width, frame.height, max_side)
    try:
        small = frame.reformat(width, height, interpolation=Interpolation.AREA, threads=1)
        image = small.reformat(format="rgb24", threads=1).to_ndarray().astype(np.uint8, copy=False)
    except av.FFmpegError as err:
        raise SourceError(SourceFailure.UNREADABLE, err.strerror or "") from None
    if quarter_turns := round((frame.rotation or rotation) / 90) % 4:
        return np.ascontiguousarray(np.rot90(image, quarter_turns))
    return image


def iter_frames(
    url: str | Path,
    *,
    fps: float,
    max_side: int = 1280,
    options: VideoOptions = _DEFAULTS,
    stop: Event | None = None,
    clock: Callable[[], float] | None = None,
    paced: bool | None = None,
    on_open: Callable[[Decoder], None] | None = None,
) -> Iterator[Frame]:
    """Yield the frames of a stream until it ends or ``stop`` is set. Blocks.

    Args:
        url: Whatever FFmpeg opens: RTSP, HTTP, a file.
        fps: At most so many frames per second of stream time.
        max_side: Pixels of the longer side; smaller pictures stay as they are.
        options: TLS, transport and time-outs.
        stop: Ends the iteration, also while the camera is silent.
        clock: What ``captured_at`` is measured on; None: seconds since the first frame, as fast
            as the source can be read.
        paced: With a clock: play at the stream's own speed (a recording, HLS) instead of as it
            comes (live). None: decide by whether the source has a size and a duration, or segments.
        on_open: Called when the source has answered.

    Raises:
        SourceError: It could not be opened or read, or held no picture. A stop raises only while
            the source is being opened (``ENDED``).
    """
    stop = stop or Event()
    seen = False
    with closing(open_decoder(url, options, stop)) as decoder:
        if on_open:
            on_open(decoder)
        paced = decoder.is_recording or decoder.in_segments if paced is None else paced
        timeline, pace = Timeline(decoder.nominal_step), Pace(fps)
        capture = CaptureClock(clock, paced=paced, stop=stop) if clock else None
        # A stream of bare JPEGs has no stamps; FFmpeg invents 25 a second.
        arrival = clock if decoder.stamps_invented and not paced else None
        for decoded in decoder.frames():
            second = timeline.place(arrival() if arrival else decoded.time)
            if second is None:
                continue
            captured_at = capture.stamp(second) if capture else second
            if capture and capture.must_skip:
                decoder.skip_to_key_frame()
            if pace.is_due(second) and not stop.is_set():
                seen = True
                yield Frame(to_rgb(decoded, max_side, decoder.rotation), captured_at)
    if not seen and not stop.is_set():
        raise SourceError(SourceFailure.UNREADABLE, "no picture in the stream")


class VideoSource:
    """The decoder thread of one running session; nothing runs before ``start``."""

    def __init__(
        self,
        url: str | Path,
        newest: NewestFrame,
        *,
        fps: float,
        max_side: int = 1280,
        options: VideoOptions = _DEFAULTS,
        paced: bool | None = None,
    ) -> None:
        """Arguments as for ``iter_frames``; frames go to ``newest``, and the reason of the end."""
        self.opened_at: float | None = None
        """Monotonic seconds at which the source answered."""
        self.patience_s = 0.0
        """Seconds that it may keep silent while all is well; known once it has answered."""
        self.is_recording = False
        """Whether it is of known length, and ends when it was shown; known likewise."""
        self._url = url
        self._newest = newest
        self._fps = fps
        self._max_side = max_side
        self._options = options
        self._paced = paced
        self._stop = Event()
        self._thread = Thread(target=self._run, name="Smart alerts decoder", daemon=True)

    def start(self) -> None:
        """Open the source and decode it, in a new thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end. Does not block; any thread."""
        self._stop.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended; False when it has not within ``timeout`` seconds."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _opened(self, decoder: Decoder) -> None:
        self.patience_s = decoder.patience_s
        self.is_recording = decoder.is_recording
        self.opened_at = time.monotonic()

    def _run(self) -> None:
        error = SourceError(SourceFailure.ENDED)
        try:
            for frame in iter_frames(
                self._url,
                fps=self._fps,
                max_side=self._max_side,
                options=self._options,
                stop=self._stop,
                clock=time.monotonic,
                paced=self._paced,
                on_open=self._opened,
            ):
                self._newest.put(frame)
        except SourceError as err:
            error = err.with_traceback(None)
        except Exception:
            _LOGGER.exception("The decoder failed")
            error = SourceError(SourceFailure.UNREADABLE, "unexpected error")
        self._newest.fail(error)
