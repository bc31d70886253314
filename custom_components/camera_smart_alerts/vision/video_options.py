"""How a stream is to be opened: what the user chose, as FFmpeg's options."""

from dataclasses import dataclass
import ssl

# Measured on loopback at 15 frames a second: FFmpeg's own analysis holds an RTSP stream back for
# 1.9 s, and for 5.2 s where an announced audio track stays silent; this way it is 0.08 s. Not
# "nobuffer": it throws away the key frame that was analysed, and the next is seconds away.
_QUICK_RTSP = {
    "probesize": "32",
    "analyzeduration": "0",
    "fpsprobesize": "0",
    "allowed_media_types": "video",
}
# FFmpeg begins three segments back, a player's reserve against a network that stutters: that much
# later would anybody be seen. Other formats do not know the option, which does no harm.
_NEWEST_SEGMENT = {"live_start_index": "-1"}
_QUICK = {"probesize": "32768", "analyzeduration": "500000", "fpsprobesize": "0"}


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """How to open a stream."""

    verify_tls: bool = False
    """Cameras mostly have certificates that nobody signed."""
    ca_file: str | None = None
    """Trusted certificates (PEM) for ``verify_tls``; the system's by default."""
    rtsp_transport: str | None = None
    """tcp, udp, udp_multicast or http; by default TCP, and UDP where TCP is refused."""
    open_timeout_s: float = 10.0
    read_timeout_s: float = 5.0
    segment_timeout_s: float = 15.0
    """Instead of ``read_timeout_s`` where video comes in segments (HLS): nothing at all, then
    all of a segment at once. They are 2 to 10 s long."""


_DEFAULTS = VideoOptions()


def open_options(
    url: str, options: VideoOptions = _DEFAULTS, *, quick: bool = True
) -> dict[str, str]:
    """Return FFmpeg's options for ``url``.

    Args:
        url: Stream or file; files need no options.
        options: What the user chose.
        quick: Show the first picture soon rather than analyse the stream first.
    """
    scheme = url.partition("://")[0].lower() if "://" in url else "file"
    if scheme == "file":
        return {}
    # FFmpeg 9 verifies by default, and its build knows no certificates on most systems.
    # It does not hand this on to the segments of HLS: over https they are refused there.
    chosen = {"tls_verify": "1" if options.verify_tls else "0"}
    if options.verify_tls and (ca_file := options.ca_file or ssl.get_default_verify_paths().cafile):
        chosen["ca_file"] = ca_file
    if scheme in ("rtsp", "rtsps"):
        chosen |= {"rtsp_flags": "prefer_tcp"}
        chosen |= {"timeout": str(round(options.read_timeout_s * 1_000_000))}
        if options.rtsp_transport:
            chosen["rtsp_transport"] = options.rtsp_transport
        return chosen | (_QUICK_RTSP if quick else {})
    return chosen | _NEWEST_SEGMENT | (_QUICK if quick else {})
