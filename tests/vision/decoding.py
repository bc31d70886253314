"""What the tests of the decoder share: read everything, or fail."""

from pathlib import Path
from threading import Event

import pytest

from vision.decoder import open_decoder
from vision.errors import SourceError
from vision.video_options import VideoOptions

PATIENT = VideoOptions()
SOON = VideoOptions(open_timeout_s=0.5, read_timeout_s=0.5)
"""For cameras that would keep one waiting."""
TOO_LONG = "a" * 64
"""A host whose name cannot exist: no resolver needs to be asked."""


def decode(url: str | Path, options: VideoOptions = PATIENT) -> list[tuple[int, int]]:
    """The sizes of all frames."""
    decoder = open_decoder(url, options, Event())
    try:
        return [(frame.width, frame.height) for frame in decoder.frames()]
    finally:
        decoder.close()


def failure_of(url: str | Path, options: VideoOptions = PATIENT) -> SourceError:
    with pytest.raises(SourceError) as caught:
        decode(url, options)
    return caught.value
