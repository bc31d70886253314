"""Rebuilding the network: what goes in and what comes out is what was pinned, or it stops.

The graph itself needs packages that only the export installs; here they are stand-ins.
"""

from collections.abc import Callable, Iterator
import hashlib
import importlib.util
import io
from pathlib import Path
import sys
import tarfile
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock, patch

import pytest

from custom_components.camera_smart_alerts.vision.detector import WEIGHTS

MODEL = b'{"weightsManifest": [{"weights": [{"name": "one", "shape": [2], "dtype": "float16"}]}]}'
NUMBERS = b"\0\x3c\0\x40"
"""One and two, in half precision."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def packed(**members: bytes) -> bytes:
    """Return an npm package with these models."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(f"package/models/nanodet.{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


PACKED = packed(json=MODEL, bin=NUMBERS)


@pytest.fixture
def export() -> Iterator[Any]:
    """Return ``models/export.py``."""
    path = Path(__file__).parents[1] / "models" / "export.py"
    spec = importlib.util.spec_from_file_location("export", path)
    assert spec is not None
    assert spec.loader is not None
    with patch.dict(sys.modules, {"onnx": MagicMock()}):
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture
def small(export: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the export with the pins of a small package of ours."""
    for name, data in (("PACKAGE", PACKED), ("MODEL", MODEL), ("WEIGHTS", NUMBERS)):
        monkeypatch.setattr(export, f"{name}_SHA256", sha256(data))
    return export


@pytest.fixture
def run(export: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[bytes], int]:
    """Return a function that runs the export on a package."""

    def run(package: bytes) -> int:
        (tmp_path / "package.tgz").write_bytes(package)
        options = ["--package", tmp_path / "package.tgz", "--output", tmp_path / "out.onnx"]
        monkeypatch.setattr(sys, "argv", ["export.py", *map(str, options)])
        return int(export.main())

    return run


def test_the_file_that_ships_is_the_one_the_export_pins(export: Any) -> None:
    assert export.OUTPUT == WEIGHTS
    assert sha256(export.OUTPUT.read_bytes()) == export.OUTPUT_SHA256


def test_the_pinned_package_is_read(small: Any) -> None:
    weights = small.read_weights(PACKED)
    assert {name: one.tolist() for name, one in weights.items()} == {"one": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("package", "refused"),
    [
        pytest.param(b"", "package", id="empty"),
        pytest.param(PACKED[:-1] + b"\xff", "package", id="one byte changed"),
        pytest.param(PACKED + b"\0", "package", id="one byte more"),
    ],
)
def test_another_package_is_refused_before_it_is_opened(
    small: Any, package: bytes, refused: str
) -> None:
    with (
        patch.object(small.tarfile, "open") as opened,
        pytest.raises(SystemExit, match=f"{refused} has sha256 {sha256(package)}"),
    ):
        small.read_weights(package)
    assert not opened.called


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        pytest.param({"json": MODEL + b" ", "bin": NUMBERS}, "model", id="model"),
        pytest.param({"json": MODEL, "bin": NUMBERS[:-1] + b"\x41"}, "weights", id="weights"),
    ],
)
def test_a_tampered_part_of_the_package_is_refused(
    small: Any, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes], refused: str
) -> None:
    package = packed(**members)
    monkeypatch.setattr(small, "PACKAGE_SHA256", sha256(package))
    with pytest.raises(SystemExit, match=f"^{refused} has sha256"):
        small.read_weights(package)


def test_the_published_pins_refuse_anything_else(
    run: Callable[[bytes], int], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="package has sha256"):
        run(PACKED)
    assert not (tmp_path / "out.onnx").exists()


@pytest.mark.parametrize(
    ("built", "status"),
    [
        pytest.param(lambda data: data, 0, id="the pinned network"),
        pytest.param(lambda data: data[:-1] + b"\xff", 1, id="one byte changed"),
        pytest.param(lambda data: b"", 1, id="nothing"),
    ],
)
@pytest.mark.usefixtures("small")
def test_an_output_other_than_the_pinned_one_is_an_error(
    export: Any,
    run: Callable[[bytes], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    built: Callable[[bytes], bytes],
    status: int,
) -> None:
    network = MagicMock()
    network.SerializeToString.return_value = built(WEIGHTS.read_bytes())
    monkeypatch.setattr(export, "build", lambda _weights: network)
    assert run(PACKED) == status
    assert ("differs from the pinned" in capsys.readouterr().err) == bool(status)
