"""The shipped network once more, in the words of ncnn.

``translate`` takes the graph that ``export.py`` wrote for ONNX Runtime, layer by layer. What a
reader would get wrong: no number is written a second time. Both files together would be larger
than the weights may be, and could come to differ; so ncnn takes its numbers out of the ONNX file,
and ``places`` says where they lie there. ncnn's own converter (pnnx) comes to the same layers.
"""

from collections import Counter
from collections.abc import Callable, Mapping
import json
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

MAGIC = 7767517
"""First line of every ncnn graph."""
BEFORE = {"Transpose", "Cast", "Sub"}
"""From bytes to centred numbers: ncnn has functions of its own for it, outside of the graph."""
LEAKY = 2
"""ncnn's number for the activation that a convolution applies itself."""


class Layers:
    """The lines of an ncnn graph, in the order they are computed."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        """Translate an ONNX graph of which every operator is one of ours."""
        self.lines: list[str] = []
        self.blobs = 0
        self._constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self._channels: dict[str, int] = {}
        self._uses = Counter(name for node in graph.node for name in node.input)
        self._copies: dict[str, list[str]] = {}
        self.leaky = {node.input[0]: node for node in graph.node if node.op_type == "LeakyRelu"}
        """Activations, by the convolution that will apply them."""
        self._write("Input", "image", [], ["centred"])
        for node in graph.node:
            if node.op_type not in BEFORE | {"LeakyRelu"}:
                self._add(node)

    def _add(self, node: onnx.NodeProto) -> None:
        options = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        inputs = [name for name in node.input if not self._is_constant(name)]
        outputs = list(node.output)
        if activation := self.leaky.get(node.name):
            outputs = list(activation.output)
        kind, parameters, channels = TRANSLATIONS[node.op_type](self, node, options)
        self._channels |= dict(zip(outputs, channels, strict=True))
        self._write(kind, node.name, [self._copy(name) for name in inputs], outputs, parameters)

    def _is_constant(self, name: str) -> bool:
        return name in self._constants or f"{name}_half" in self._constants

    def constant(self, name: str) -> np.ndarray:
        """Return a constant, or what it was before it was cast."""
        return self._constants[name if name in self._constants else f"{name}_half"]

    def channels(self, name: str) -> int:
        """Return how many channels an intermediate result has."""
        return self._channels[name]

    def _copy(self, name: str) -> str:
        """Return the name under which the next reader finds a result: each reads its own."""
        return self._copies[name].pop(0) if name in self._copies else name

    def _write(
        self,
        kind: str,
        name: str,
        inputs: list[str],
        outputs: list[str],
        parameters: Mapping[int, object] | None = None,
    ) -> None:
        numbers = [f"{key}={value}" for key, value in (parameters or {}).items()]
        words = [kind, name, len(inputs), len(outputs), *inputs, *outputs, *numbers]
        self.lines.append(" ".join(map(str, words)))
        self.blobs += len(outputs)
        for output in outputs:
            if (uses := self._uses[output]) > 1:
                copies = [f"{output}_{number}" for number in range(uses)]
                self._write("Split", f"{output}_split", [output], copies)
                self._copies[output] = copies


type Translated = tuple[str, dict[int, object], list[int]]
"""ncnn's name of a layer, its numbered parameters, and the channels of each output."""
type Translation = Callable[[Layers, onnx.NodeProto, dict[str, Any]], Translated]


def _convolution(layers: Layers, node: onnx.NodeProto, options: dict[str, Any]) -> Translated:
    kernel = layers.constant(node.input[1])
    parameters: dict[int, object] = {
        0: kernel.shape[0],
        1: options["kernel_shape"][0],
        3: options["strides"][0],
        4: options["pads"][0],
        5: 1,  # there is a bias
        6: kernel.size,
    }
    if activation := layers.leaky.get(node.name):
        alpha = helper.get_attribute_value(activation.attribute[0])
        parameters |= {9: LEAKY, -23310: f"1,{alpha:g}"}
    return "Convolution", parameters, [kernel.shape[0]]


def _pooling(layers: Layers, node: onnx.NodeProto, options: dict[str, Any]) -> Translated:
    parameters: dict[int, object] = {
        0: int(node.op_type == "AveragePool"),
        1: options["kernel_shape"][0],
        2: options["strides"][0],
        3: options.get("pads", [0])[0],
        5: 1,  # what does not fill a window is left out
    }
    return "Pooling", parameters, [layers.channels(node.input[0])]


def _interp(layers: Layers, node: onnx.NodeProto, _options: dict[str, Any]) -> Translated:
    _, _, height, width = layers.constant(node.input[2])
    parameters: dict[int, object] = {0: 2, 1: float(height), 2: float(width)}  # 2: bilinear
    return "Interp", parameters, [layers.channels(node.input[0])]


def _sum(layers: Layers, node: onnx.NodeProto, _options: dict[str, Any]) -> Translated:
    return "BinaryOp", {0: 0}, [layers.channels(node.input[0])]


def _concat(layers: Layers, node: onnx.NodeProto, options: dict[str, Any]) -> Translated:
    # ncnn does not count the axis of the batch.
    counts = [layers.channels(name) for name in node.input]
    total = sum(counts) if options["axis"] == 1 else counts[0]
    return "Concat", {0: options["axis"] - 1}, [total]


def _slice(layers: Layers, node: onnx.NodeProto, options: dict[str, Any]) -> Translated:
    sizes = layers.constant(node.input[1]).tolist()
    parameters: dict[int, object] = {
        -23300: ",".join(map(str, [len(sizes), *sizes])),
        1: options["axis"] - 1,
    }
    return "Slice", parameters, sizes


def _maximum(_layers: Layers, _node: onnx.NodeProto, _options: dict[str, Any]) -> Translated:
    # 4: the largest, 1=0: not over everything but over axis 0, which stays, one long.
    return "Reduction", {0: 4, 1: 0, -23303: "1,0", 4: 1, 5: 1}, [1]


def _flat(layers: Layers, node: onnx.NodeProto, _options: dict[str, Any]) -> Translated:
    channels = layers.channels(node.input[0])
    return "Reshape", {0: -1, 1: channels}, [channels]


def _sigmoid(layers: Layers, node: onnx.NodeProto, _options: dict[str, Any]) -> Translated:
    return "Sigmoid", {}, [layers.channels(node.input[0])]


TRANSLATIONS: dict[str, Translation] = {
    "Conv": _convolution,
    "MaxPool": _pooling,
    "AveragePool": _pooling,
    "Resize": _interp,
    "Add": _sum,
    "Concat": _concat,
    "Split": _slice,
    "ReduceMax": _maximum,
    "Reshape": _flat,
    "Sigmoid": _sigmoid,
}


def translate(graph: onnx.GraphProto) -> str:
    """Return the network as ncnn's text."""
    layers = Layers(graph)
    head = [str(MAGIC), f"{len(layers.lines)} {layers.blobs}"]
    return "\n".join([*head, *layers.lines]) + "\n"


def places(graph: onnx.GraphProto, data: bytes) -> str:
    """Return where ``data``, the ONNX file of ``graph``, holds the numbers of each convolution.

    One line each, in the order ncnn reads them: name, type of the numbers, first byte and number
    of them in the kernel, first byte and number of them in the bias.
    """
    constants = {one.name: one for one in graph.initializer}
    rows = []
    at = 0
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        row: list[str | int] = [node.name]
        for name in node.input[1:]:
            numbers = numpy_helper.to_array(constants.get(name) or constants[f"{name}_half"])
            raw = numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()
            at = data.index(raw, at)
            row += [at, numbers.size]
            at += len(raw)
        row.insert(1, numbers.dtype.newbyteorder("<").str)
        rows.append(row)
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
