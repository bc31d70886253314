"""Pictures from anywhere: of any format and size, and damaged ones."""

import struct
import zlib

from hypothesis import HealthCheck, given, settings, strategies as st
import numpy as np
from PIL import Image
import pytest

from vision.annotate import MAX_PIXELS, decode_image
from vision.errors import ImageError

from .made_pictures import gradient, packed


class TestDecodeImage:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_reads_what_cameras_send(self, kind: str) -> None:
        picture = gradient(160, 120)
        image = decode_image(packed(picture, kind))
        assert image.shape == (120, 160, 3)
        assert image.dtype == np.uint8
        assert np.abs(image.astype(int) - np.asarray(picture)).mean() < 12

    @pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
    def test_every_png_becomes_rgb(self, mode: str) -> None:
        picture = gradient(64, 48, "L" if mode == "I;16" else mode)
        if mode == "I;16":
            picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
        image = decode_image(packed(picture, "PNG"))
        assert image.shape == (48, 64, 3)
        assert np.ptp(image) > 100

    @pytest.mark.parametrize("mode", ["L", "CMYK"])
    def test_every_jpeg_becomes_rgb(self, mode: str) -> None:
        assert decode_image(packed(gradient(64, 48, mode), "JPEG")).shape == (48, 64, 3)

    def test_one_pixel_is_a_picture(self) -> None:
        assert decode_image(packed(Image.new("RGB", (1, 1), "red"), "PNG")).tolist() == [
            [[255, 0, 0]]
        ]

    def test_a_small_picture_is_not_enlarged(self) -> None:
        assert decode_image(packed(gradient(64, 48), "JPEG"), max_side=1280).shape[:2] == (48, 64)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_a_large_picture_is_scaled_to_its_longer_side(self, kind: str) -> None:
        picture = gradient(1000, 600)
        image = decode_image(packed(picture, kind), max_side=250)
        assert image.shape == (150, 250, 3)
        expected = np.asarray(picture.resize((250, 150)))
        # The third channel is noise; the other two are smooth.
        assert np.abs(image[:, :, :2].astype(int) - expected[:, :, :2]).mean() < 3

    def test_an_8k_still_is_decoded_small(self) -> None:
        data = packed(Image.new("RGB", (7680, 4320), (10, 120, 200)), "JPEG")
        image = decode_image(data)
        assert image.shape == (720, 1280, 3)
        assert np.abs(image[0, 0].astype(int) - (10, 120, 200)).max() < 4

    @pytest.mark.parametrize(
        ("orientation", "corner"),
        [(1, "top left"), (3, "bottom right"), (6, "top right"), (8, "bottom left")],
    )
    def test_a_turned_picture_is_set_upright(self, orientation: int, corner: str) -> None:
        picture = Image.new("RGB", (80, 40), "black")
        picture.paste("white", (0, 0, 20, 20))
        exif = Image.Exif()
        exif[0x0112] = orientation
        image = decode_image(packed(picture, "JPEG", exif=exif))
        height, width = image.shape[:2]
        assert (width, height) == ((80, 40) if orientation in (1, 3) else (40, 80))
        x = width - 5 if "right" in corner else 5
        y = height - 5 if "bottom" in corner else 5
        assert image[y, x].min() > 200

    @pytest.mark.parametrize(
        "exif", [b"Exif\0\0no such thing", b"Exif\0\0II*\0\x08\0\0\0\x02\0\x12\x01\x03\0"]
    )
    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_broken_notes_do_not_spoil_a_good_picture(self, exif: bytes) -> None:
        data = packed(gradient(64, 48), "JPEG", exif=exif)
        assert decode_image(data).shape == (48, 64, 3)

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"\xff\xd8\xff\xe0jpeg", id="only a beginning"),
            pytest.param(bytes(range(256)) * 20, id="garbage"),
            pytest.param(b"<html>401 Unauthorized</html>", id="an error page"),
            pytest.param(packed(gradient(64, 48), "GIF"), id="another format"),
            pytest.param(packed(gradient(300, 200), "JPEG")[:-4000], id="a JPEG cut off"),
            pytest.param(packed(gradient(300, 200), "PNG")[:-4000], id="a PNG cut off"),
            pytest.param(packed(gradient(300, 200), "WEBP")[:-2000], id="a WebP cut off"),
        ],
    )
    def test_what_cannot_be_read_is_an_image_error(self, data: bytes) -> None:
        with pytest.raises(ImageError) as caught:
            decode_image(data)
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 10), (9000, 9000), (60_000, 60_000)])
    def test_an_impossible_size_is_refused_before_decoding(self, width: int, height: int) -> None:
        def chunk(name: bytes, body: bytes) -> bytes:
            check = struct.pack("!I", zlib.crc32(name + body))
            return struct.pack("!I", len(body)) + name + body + check

        head = chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0))
        body = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
        with pytest.raises(ImageError):
            decode_image(b"\x89PNG\r\n\x1a\n" + head + body)
        assert width * height == 0 or width * height > MAX_PIXELS

    @pytest.mark.filterwarnings("ignore::UserWarning")
    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(
        kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
        edits=st.lists(
            st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12
        ),
        kept=st.floats(0, 1),
    )
    def test_damage_is_an_image_error_or_a_picture_but_never_a_crash(
        self, kind: str, edits: list[tuple[float, int]], kept: float
    ) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        data = bytearray(packed(gradient(48, 32), kind, exif=exif))
        for where, value in edits:
            data[int(where * len(data))] = value
        if kept < 0.5:
            del data[int(2 * kept * len(data)) :]
        try:
            image = decode_image(bytes(data), max_side=64)
        except ImageError:
            return
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert max(image.shape[:2]) <= 64
