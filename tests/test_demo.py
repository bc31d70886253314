"""The demo is what a stranger sees first: it runs here as a stranger runs it."""

import io
from pathlib import Path
import subprocess

from PIL import Image
import pytest

pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parent.parent


def demo(*arguments: object, timeout_s: float) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "scripts" / "demo"), *(str(argument) for argument in arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd="/"
    )


def test_demo_alerts_about_a_person_and_stays_silent_about_nobody(tmp_path: Path) -> None:
    done = demo("--folder", tmp_path, timeout_s=300)

    assert done.returncode == 0, done.stdout + done.stderr
    for step in ("camera opened", "first frame", "verdict", "push received", "announcement"):
        assert step in done.stdout
    assert "everyone was told" in done.stdout
    assert "the phone stayed silent" in done.stdout
    picture = Image.open(io.BytesIO((tmp_path / "alert.jpg").read_bytes()))
    assert picture.format == "JPEG"
    assert picture.size == (640, 272)


def test_demo_finds_the_person_with_ncnn_alone(tmp_path: Path) -> None:
    done = demo("--engine", "ncnn", "--quick", "--folder", tmp_path, timeout_s=150)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "The network runs on ncnn" in done.stdout
    assert "everyone was told" in done.stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "There is no file"), (b"no video", "cannot be read as a video")],
    ids=["missing", "no video"],
)
def test_demo_says_what_is_wrong_with_a_clip(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    clip = tmp_path / "clip.mp4"
    if content is not None:
        clip.write_bytes(content)

    done = demo("--folder", tmp_path, "--clip", clip, timeout_s=120)

    assert done.returncode == 1
    assert says in done.stdout
    assert "Traceback" not in done.stderr
