"""What can go wrong between a camera and a verdict.

Messages never hold a URL, a path or a credential: they reach logs and diagnostics as they are.
"""

from enum import StrEnum


class SourceFailure(StrEnum):
    """Why a camera gave no usable frame. The values are translation keys."""

    CAMERA_MISSING = "camera_missing"
    CAMERA_OFF = "camera_off"
    CAMERA_UNAVAILABLE = "camera_unavailable"
    NO_SOURCE = "no_source"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREADABLE = "unreadable"
    FROZEN = "frozen"
    ENDED = "ended"


class VisionError(Exception):
    """Base of every error this package raises on purpose."""


class ModelError(VisionError):
    """The network cannot be used: weights missing, altered, or refused by the runtime."""


class EngineMissingError(ModelError):
    """What should run the network is not installed on this machine."""


class ImageError(VisionError):
    """A picture cannot be read, or is too small to look at."""


class SourceError(VisionError):
    """A frame source failed or ended."""

    def __init__(self, failure: SourceFailure, detail: str = "") -> None:
        """Keep the machine-readable failure beside a short technical detail without secrets."""
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure


class EndOfRecording(SourceError):  # noqa: N818 - not a fault
    """A replayed clip is over, and all of it was seen. A live camera never ends like this."""

    def __init__(self) -> None:
        """End."""
        super().__init__(SourceFailure.ENDED, "recording")
