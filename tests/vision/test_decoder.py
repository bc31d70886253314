"""FFmpeg at arm's length: opening, damage, silence, secrets."""

import datetime as dt
import ipaddress
from pathlib import Path
import re
import ssl
import struct
from threading import Event, Thread
import time
import wave

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import numpy as np
import pytest

from vision import decoder as decoder_module
from vision.decoder import MAX_DECODE_ERRORS, VideoOptions, open_decoder, open_options
from vision.errors import SourceError, SourceFailure

from .footage import make_clip
from .http_camera import HttpCamera
from .rtsp_camera import RtspCamera

pytestmark = pytest.mark.usefixtures("socket_enabled")

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


class TestOptions:
    @pytest.mark.parametrize("url", ["/media/clip.mp4", "clip.mp4", "file:///media/clip.mp4"])
    def test_a_file_needs_none(self, url: str) -> None:
        assert open_options(url) == {}

    @pytest.mark.parametrize("url", ["rtsp://camera/live", "RTSPS://camera/live"])
    def test_rtsp_prefers_tcp_and_asks_for_the_picture_only(self, url: str) -> None:
        options = open_options(url, VideoOptions(read_timeout_s=2.5))
        assert options["rtsp_flags"] == "prefer_tcp"
        assert options["timeout"] == "2500000"
        assert options["allowed_media_types"] == "video"
        assert options["tls_verify"] == "0"
        assert "rtsp_transport" not in options

    def test_the_transport_can_be_chosen(self) -> None:
        options = open_options("rtsp://camera/live", VideoOptions(rtsp_transport="udp"))
        assert options["rtsp_transport"] == "udp"

    def test_patience_leaves_the_analysis_to_ffmpeg(self) -> None:
        for url in ("rtsp://camera/live", "http://camera/live"):
            quick, patient = open_options(url), open_options(url, quick=False)
            assert {"probesize", "analyzeduration"} <= quick.keys() - patient.keys()

    def test_verification_names_the_trusted_certificates(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        options = open_options("https://camera/", VideoOptions(verify_tls=True, ca_file="/ca.pem"))
        assert options["tls_verify"] == "1"
        assert options["ca_file"] == "/ca.pem"
        nothing = ssl.DefaultVerifyPaths(None, None, "", "", "", "")
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
        assert "ca_file" not in open_options("https://camera/", VideoOptions(verify_tls=True))


class TestFiles:
    @pytest.mark.parametrize("ending", ["mp4", "mkv", "ts", "avi"])
    def test_plays_from_beginning_to_end(self, tmp_path: Path, ending: str) -> None:
        clip = make_clip(tmp_path / f"clip.{ending}", seconds=2, fps=10)
        assert decode(clip) == [(320, 240)] * 20

    def test_a_colon_in_a_name_is_part_of_the_name(self, tmp_path: Path) -> None:
        assert decode(make_clip(tmp_path / "12:30.mp4", seconds=1))

    @pytest.mark.parametrize(
        ("name", "content", "failure"),
        [
            ("empty.mp4", b"", SourceFailure.UNREADABLE),
            ("garbage.mp4", np.random.default_rng(1).bytes(50_000), SourceFailure.UNREADABLE),
            ("page.mp4", b"<html>no camera here</html>" * 50, SourceFailure.UNREADABLE),
            ("missing.mp4", None, SourceFailure.NO_SOURCE),
        ],
        ids=["empty", "garbage", "a web page", "missing"],
    )
    def test_what_is_no_video_is_told_by_its_reason(
        self, tmp_path: Path, name: str, content: bytes | None, failure: SourceFailure
    ) -> None:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        assert failure_of(path).failure is failure

    @pytest.mark.parametrize("scheme", ["", "file:", "file://"])
    @pytest.mark.parametrize("name", ["missing.mp4", "folder", "clip.mp4/inside.mp4"])
    def test_an_address_where_no_file_is_is_no_source(
        self, tmp_path: Path, scheme: str, name: str
    ) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "clip.mp4").touch()
        error = failure_of(f"{scheme}{tmp_path}/{name}")
        assert error.failure is SourceFailure.NO_SOURCE
        assert str(tmp_path) not in str(error)

    def test_a_folder_is_no_source(self, tmp_path: Path) -> None:
        assert failure_of(tmp_path).failure is SourceFailure.NO_SOURCE

    def test_sound_alone_is_unreadable(self, tmp_path: Path) -> None:
        path = tmp_path / "sound.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(b"\0\1" * 8000)
        assert failure_of(path).failure is SourceFailure.UNREADABLE

    def test_a_codec_nobody_knows_is_unreadable(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mp4", seconds=1)
        clip.write_bytes(clip.read_bytes().replace(b"avc1", b"zzz9"))
        assert failure_of(clip).failure is SourceFailure.UNREADABLE

    def test_a_recording_cut_off_before_its_index_is_unreadable(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mp4", seconds=2)
        clip.write_bytes(clip.read_bytes()[:-3000])
        assert failure_of(clip).failure is SourceFailure.UNREADABLE

    @pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
    def test_a_clip_cut_in_the_middle_plays_up_to_the_cut(
        self, tmp_path: Path, ending: str
    ) -> None:
        options = {"movflags": "faststart"} if ending == "mp4" else {}
        clip = make_clip(tmp_path / f"clip.{ending}", seconds=3, container_options=options)
        data = clip.read_bytes()
        clip.write_bytes(data[: len(data) * 6 // 10])
        assert 8 <= len(decode(clip)) < 30

    def test_damage_in_the_middle_is_skipped(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.ts", seconds=4, gop=10)
        data = bytearray(clip.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 3000] = np.random.default_rng(2).bytes(3000)
        clip.write_bytes(data)
        assert 20 <= len(decode(clip)) < 40

    @staticmethod
    def spoil(clip: Path, first: int, last: int) -> None:
        """Replace the packets ``first`` to ``last`` of an MP4 with zeros."""
        data = bytearray(clip.read_bytes())
        sizes_at = data.index(b"stsz") + 4
        count = struct.unpack_from("!I", data, sizes_at + 8)[0]
        sizes = struct.unpack_from(f"!{count}I", data, sizes_at + 12)
        start = data.index(b"mdat") + 4
        begin, end = start + sum(sizes[:first]), start + sum(sizes[:last])
        data[begin:end] = b"\xff" * (end - begin)
        clip.write_bytes(data)

    def test_a_few_packets_that_do_not_decode_are_skipped(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mp4", seconds=6, gop=10)
        self.spoil(clip, 20, 20 + MAX_DECODE_ERRORS - 5)
        assert 20 <= len(decode(clip)) <= 60 - MAX_DECODE_ERRORS + 5

    def test_nothing_but_packets_that_do_not_decode_is_unreadable(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mp4", seconds=6, gop=10)
        self.spoil(clip, 10, 60)
        assert failure_of(clip).failure is SourceFailure.UNREADABLE

    def test_damage_that_the_container_cannot_pass_is_unreadable(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mpjpeg", codec="mjpeg", container_format="mpjpeg")
        data = clip.read_bytes()
        clip.write_bytes(data[: len(data) // 2] + data[len(data) // 2 + 100 :])
        decoder = open_decoder(clip, PATIENT, Event())
        seen: list[object] = []
        with pytest.raises(SourceError) as caught:
            seen.extend(decoder.frames())
        decoder.close()
        assert caught.value.failure is SourceFailure.UNREADABLE
        assert 8 <= len(seen) <= 12

    def test_a_picture_of_absurd_size_is_not_decoded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(decoder_module, "MAX_PIXELS", 320 * 200)
        clip = make_clip(tmp_path / "clip.mp4", seconds=4)
        assert failure_of(clip).failure is SourceFailure.UNREADABLE

    def test_pictures_may_change_their_size(self, tmp_path: Path) -> None:
        parts = [
            make_clip(tmp_path / f"{size[0]}.h264", seconds=1, size=size).read_bytes()
            for size in ((320, 240), (640, 360), (160, 120))
        ]
        both = tmp_path / "both.h264"
        both.write_bytes(b"".join(parts))
        assert decode(both) == [(320, 240)] * 10 + [(640, 360)] * 10 + [(160, 120)] * 10

    def test_more_than_full_hd_is_decoded_in_frame_threads(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mp4", seconds=0.5, size=(2560, 1440))
        assert decode(clip) == [(2560, 1440)] * 5

    def test_skipping_goes_on_at_the_next_key_frame(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mp4", seconds=3, gop=10)
        decoder = open_decoder(clip, PATIENT, Event())
        times = []
        for frame in decoder.frames():
            times.append(frame.time)
            if len(times) == 3:
                decoder.skip_to_key_frame()
        decoder.close()
        assert times[:5] == pytest.approx([0.0, 0.1, 0.2, 1.0, 1.1])

    def test_a_stop_ends_the_frames(self, tmp_path: Path) -> None:
        stop = Event()
        decoder = open_decoder(make_clip(tmp_path / "clip.mp4"), PATIENT, stop)
        frames = decoder.frames()
        next(frames)
        stop.set()
        assert list(frames) == []
        decoder.close()


class TestKinds:
    def test_a_file_is_a_recording_here_and_on_a_server(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mp4", container_options={"movflags": "faststart"})
        with HttpCamera(clip.read_bytes()) as camera:
            for url in (clip, camera.url()):
                decoder = open_decoder(url, PATIENT, Event())
                assert decoder.is_recording
                assert not decoder.stamps_invented
                assert decoder.nominal_step == pytest.approx(0.1)
                decoder.close()

    def test_a_live_stream_is_not(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.ts")
        with HttpCamera(clip.read_bytes(), live=True, content_type="video/mp2t") as camera:
            decoder = open_decoder(camera.url(), PATIENT, Event())
            assert not decoder.is_recording
            decoder.close()

    def test_bare_jpegs_have_no_stamps(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "clip.mpjpeg", codec="mjpeg", container_format="mpjpeg")
        kind = "multipart/x-mixed-replace;boundary=ffmpeg"
        with HttpCamera(clip.read_bytes(), live=True, content_type=kind) as camera:
            decoder = open_decoder(camera.url(), PATIENT, Event())
            assert decoder.stamps_invented
            assert len(list(decoder.frames())) == 20
            decoder.close()


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
        monkeypatch.setattr(decoder_module, "_QUICK", {"format_whitelist": "flv"})
        clip = make_clip(tmp_path / "clip.ts")
        with HttpCamera(clip.read_bytes()) as camera:
            assert len(decode(camera.url())) == 20

    def test_an_analysis_that_takes_all_the_time_is_a_timeout(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(decoder_module, "_QUICK", {})
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
