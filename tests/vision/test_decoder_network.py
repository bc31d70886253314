"""FFmpeg and cameras in the network: they are slow, they go away, they ask who is there."""

import datetime as dt
import ipaddress
from pathlib import Path
import re
import ssl
from threading import Event, Thread
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import numpy as np
import pytest

from vision import video_options
from vision.decoder import open_decoder
from vision.errors import SourceError, SourceFailure
from vision.video_options import VideoOptions

from .decoding import PATIENT, SOON, TOO_LONG, decode, failure_of
from .footage import make_clip
from .http_camera import HttpCamera
from .rtsp_camera import RtspCamera

pytestmark = pytest.mark.usefixtures("socket_enabled")


class TestRtsp:
    @pytest.fixture(scope="class")
    def clip(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return make_clip(tmp_path_factory.mktemp("rtsp") / "clip.ts", seconds=2, fps=25, gop=25)

    @staticmethod
    def first_frames(camera: RtspCamera, count: int) -> float:
        """Seconds from the call to the frame."""
        began = time.monotonic()
        decoder = open_decoder(camera.url(), PATIENT, Event())
        frames = decoder.frames()
        for _ in range(count):
            next(frames)
        decoder.close()
        return time.monotonic() - began

    def test_a_silent_sound_track_does_not_hold_up_the_picture(self, clip: Path) -> None:
        # FFmpeg's own analysis waits five seconds for it.
        with RtspCamera(clip, silent_audio=True) as camera:
            assert self.first_frames(camera, 1) < 4
            assert camera.tracks == ["video"]

    def test_says_goodbye(self, clip: Path) -> None:
        with RtspCamera(clip) as camera:
            self.first_frames(camera, 3)
        assert camera.requests[-1] == "TEARDOWN"

    def test_nothing_is_shown_before_the_first_key_frame(self, clip: Path) -> None:
        with RtspCamera(clip, start_at=15, hang_up_after=14) as camera:
            assert len(decode(camera.url(), PATIENT)) == 4

    def test_a_camera_that_stalls_is_a_timeout(self, clip: Path) -> None:
        with RtspCamera(clip, stall_after=5) as camera:
            assert failure_of(camera.url(), SOON).failure is SourceFailure.TIMEOUT

    def test_a_camera_that_hangs_up_has_ended(self, clip: Path) -> None:
        with RtspCamera(clip, hang_up_after=5) as camera:
            assert len(decode(camera.url())) == 5

    def test_a_login_is_used_and_never_told(self, clip: Path) -> None:
        with RtspCamera(clip, login=("admin", "s3cret"), hang_up_after=3) as camera:
            assert len(decode(camera.url("admin:s3cret"))) == 3
            error = failure_of(camera.url("admin:wr0ng"))
        assert error.failure is SourceFailure.REFUSED
        assert "wr0ng" not in str(error)
        assert "127.0.0.1" not in str(error)
        assert error.__cause__ is None
        assert error.__context__ is None

    @pytest.mark.parametrize("host", ["127.0.0.1:9", TOO_LONG])
    def test_nobody_there_is_refused(self, host: str) -> None:
        assert failure_of(f"rtsp://{host}/live").failure is SourceFailure.REFUSED


class TestHttp:
    @pytest.mark.parametrize(
        "status", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "500 Internal Error"]
    )
    def test_an_error_of_the_server_is_refused(self, status: str) -> None:
        with HttpCamera(b"", status=status) as camera:
            error = failure_of(camera.url("me:s3cret"))
        assert error.failure is SourceFailure.REFUSED
        assert not re.search(r"s3cret|127\.0\.0\.1|http:", str(error))

    def test_an_answer_that_never_comes_is_a_timeout(self) -> None:
        with HttpCamera(b"", stall_after=0) as camera:
            assert failure_of(camera.url(), SOON).failure is SourceFailure.TIMEOUT

    @pytest.mark.parametrize("container", ["ts", "mp4"])
    def test_a_stream_that_stalls_is_a_timeout(self, tmp_path: Path, container: str) -> None:
        movflags = {"movflags": "frag_keyframe+empty_moov"} if container == "mp4" else {}
        clip = make_clip(
            tmp_path / f"clip.{container}", seconds=4, gop=5, container_options=movflags
        )
        data = clip.read_bytes()
        with HttpCamera(data, live=True, stall_after=len(data) // 2) as camera:
            assert failure_of(camera.url(), SOON).failure is SourceFailure.TIMEOUT

    def test_a_stream_that_stalls_before_its_first_frame_is_a_timeout(self, tmp_path: Path) -> None:
        data = make_clip(tmp_path / "clip.ts").read_bytes()
        with HttpCamera(data, live=True, stall_after=600) as camera:
            assert failure_of(camera.url(), SOON).failure is SourceFailure.TIMEOUT

    @pytest.mark.parametrize("live", [False, True], ids=["a file", "a stream"])
    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (np.random.default_rng(3).bytes(50_000), "video/mp4"),
            (b"<html>please log in</html>" * 50, "text/html"),
        ],
        ids=["garbage", "a web page"],
    )
    def test_what_is_no_video_is_unreadable(
        self, body: bytes, content_type: str, live: bool
    ) -> None:
        with HttpCamera(body, live=live, content_type=content_type) as camera:
            error = failure_of(camera.url("me:s3cret"))
        assert error.failure is SourceFailure.UNREADABLE
        assert not re.search(r"s3cret|127\.0\.0\.1|http:", str(error))

    def test_a_camera_that_hangs_up_without_a_word_is_refused(self) -> None:
        with HttpCamera(b"", live=True) as camera:
            assert failure_of(camera.url()).failure is SourceFailure.REFUSED

    @pytest.mark.parametrize("host", ["127.0.0.1:9", TOO_LONG])
    def test_nobody_there_is_refused(self, host: str) -> None:
        assert failure_of(f"http://{host}/video").failure is SourceFailure.REFUSED

    def test_what_the_quick_look_does_not_find_patience_does(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(video_options, "_QUICK", {"format_whitelist": "flv"})
        clip = make_clip(tmp_path / "clip.ts")
        with HttpCamera(clip.read_bytes()) as camera:
            assert len(decode(camera.url())) == 20

    def test_an_analysis_that_takes_all_the_time_is_a_timeout(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(video_options, "_QUICK", {})
        data = make_clip(tmp_path / "clip.ts", size=(640, 480)).read_bytes()
        with HttpCamera(data, live=True, stall_after=len(data) // 4) as camera:
            assert failure_of(camera.url(), SOON).failure is SourceFailure.TIMEOUT

    def test_an_unknown_scheme_is_no_source(self) -> None:
        assert failure_of("camera://front/door").failure is SourceFailure.NO_SOURCE

    @pytest.mark.parametrize("after_s", [0.0, 0.2])
    def test_a_stop_ends_the_opening_of_a_silent_camera(self, after_s: float) -> None:
        stop = Event()
        errors: list[SourceError] = []

        def work(url: str) -> None:
            try:
                open_decoder(url, VideoOptions(), stop)
            except SourceError as err:
                errors.append(err)

        with HttpCamera(b"", stall_after=0) as camera:
            thread = Thread(target=work, args=(camera.url(),))
            thread.start()
            thread.join(after_s)
            began = time.monotonic()
            stop.set()
            thread.join(5)
            assert time.monotonic() - began < 3
        assert [error.failure for error in errors] == [SourceFailure.ENDED]


class TestTls:
    @pytest.fixture(scope="class")
    def certificate(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """A camera's certificate for its address, signed by nobody, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
        now = dt.datetime.now(dt.UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path_factory.mktemp("tls") / "camera.pem"
        pem = serialization.Encoding.PEM
        path.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + certificate.public_bytes(pem)
        )
        return path

    @pytest.mark.parametrize(
        ("verify", "known", "opens"),
        [(False, False, True), (True, False, False), (True, True, True)],
        ids=["not verified", "unknown", "known"],
    )
    def test_a_certificate_signed_by_nobody(
        self, tmp_path: Path, certificate: Path, verify: bool, known: bool, opens: bool
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options = VideoOptions(verify_tls=verify, ca_file=str(certificate) if known else None)
        clip = make_clip(tmp_path / "clip.ts").read_bytes()
        with HttpCamera(clip, live=True, tls=context) as camera:
            if opens:
                assert len(decode(camera.url(), options)) == 20
            else:
                assert failure_of(camera.url(), options).failure is SourceFailure.REFUSED
