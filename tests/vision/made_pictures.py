"""Pictures as files, made by the test."""

from io import BytesIO

import numpy as np
from PIL import Image

from vision.datatypes import RgbImage


def packed(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    rows, columns = np.mgrid[0:height, 0:width]
    values = [rows * 255 // height, columns * 255 // width, (rows + columns) % 256]
    return Image.fromarray(np.stack(values, axis=2).astype(np.uint8)).convert(mode)


def textured(level: float = 1.0) -> RgbImage:
    """Return a picture of blocks; the level is how bright they are."""
    rows, columns = np.mgrid[0:360, 0:640]
    values = (rows // 40 + columns // 60) % 4 * 60 * level
    return np.repeat(values.astype(np.uint8)[:, :, None], 3, axis=2)
