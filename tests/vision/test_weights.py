"""The shipped weights are the ones we say they are, and nothing else is accepted."""

import hashlib
from pathlib import Path
import re

import pytest

from vision import detector
from vision.detector import WEIGHTS, WEIGHTS_SHA256, Detector
from vision.errors import ModelError
from vision.runtime import Engine

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("engine", Engine)
def test_the_packaged_weights_load(engine: Engine) -> None:
    assert isinstance(Detector.load(engine, threads=1), Detector)


def test_the_weights_are_the_pinned_ones() -> None:
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == WEIGHTS_SHA256


def test_all_weights_take_at_most_15_megabytes() -> None:
    assert sum(file.stat().st_size for file in WEIGHTS.parent.iterdir()) <= 15_000_000


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-1], id="cut off"),
        pytest.param(lambda data: data[:5000] + b"\xff" + data[5001:], id="one byte changed"),
        pytest.param(lambda data: b"version https://example.invalid/spec", id="a pointer file"),
    ],
)
def test_damaged_weights_are_refused(
    damage: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(damage)
    file = tmp_path / "network.onnx"
    file.write_bytes(damage(WEIGHTS.read_bytes()))
    monkeypatch.setattr(detector, "WEIGHTS", file)
    with pytest.raises(ModelError, match="damaged"):
        Detector.load()


@pytest.mark.parametrize("name", ["WEIGHTS", "NCNN_GRAPH", "NCNN_PLACES"])
@pytest.mark.parametrize("content", [b"", b"changed"], ids=["empty", "changed"])
def test_ncnn_is_given_nothing_that_is_damaged(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "damaged"
    file.write_bytes(content)
    monkeypatch.setattr(detector, name, file)
    with pytest.raises(ModelError, match="damaged"):
        Detector.load(Engine.NCNN)


def test_missing_weights_are_a_model_error_without_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detector, "WEIGHTS", tmp_path / "absent.onnx")
    with pytest.raises(ModelError) as caught:
        Detector.load()
    assert "No such file" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        pytest.param("models/export.py", r'OUTPUT_SHA256 = "(\w+)"', id="export"),
        pytest.param("models/MODEL_CARD.md", r"`nanodet_g.onnx`.*sha256 `(\w+)`", id="card"),
    ],
)
def test_everything_that_names_the_weights_means_the_same(file: str, pattern: str) -> None:
    assert re.findall(pattern, (ROOT / file).read_text()) == [WEIGHTS_SHA256]


def test_the_licence_travels_with_the_weights() -> None:
    assert "Apache License" in (WEIGHTS.parent / "LICENSE").read_text()
    assert "NanoDet" in (ROOT / "NOTICE").read_text()
    assert "NanoDet" in (WEIGHTS.parent / "README.md").read_text()
