"""FFmpeg at arm's length: opening, damage, silence, secrets."""

from pathlib import Path
import ssl
import struct
from threading import Event
import wave

import numpy as np
import pytest

from vision import decoder as decoder_module
from vision.decoder import MAX_DECODE_ERRORS, open_decoder
from vision.errors import SourceError, SourceFailure
from vision.video_options import VideoOptions, open_options

from .decoding import PATIENT, decode, failure_of
from .footage import make_clip
from .http_camera import HttpCamera

pytestmark = pytest.mark.usefixtures("socket_enabled")


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

    def test_segments_begin_with_the_newest_however_the_stream_is_analysed(self) -> None:
        for quick in (True, False):
            assert open_options("http://camera/live", quick=quick)["live_start_index"] == "-1"

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
