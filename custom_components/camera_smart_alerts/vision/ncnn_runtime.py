"""Where a network is executed: ncnn on the CPU.

For machines that ONNX Runtime has no build for, and those on which ncnn is faster. What a reader
would get wrong: ncnn's numbers are those of the ONNX file. ``models/export.py`` writes only the
graph anew, and where in the ONNX file the numbers of each of its layers lie.
"""

import ctypes
import importlib
import json
import os
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from .errors import EngineMissingError, ModelError

MEAN = (123.675, 116.28, 103.53)
"""Subtracted from red, green and blue before the first layer."""
STEP = 32
"""Height and width are multiples of it."""
INPUT, OUTPUTS = "centred", ("scores", "edges")

_TAGS = {"<f4": b"\0\0\0\0", "<f2": b"\x47\x6b\x30\x01"}
"""What ncnn wants to read before a layer's kernel, by the type of its numbers."""

_WAIT = "OMP_WAIT_POLICY"

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class NcnnRuntime:
    """ncnn on the CPU, with as many threads as it is told and no more."""

    def __init__(self, model: bytes, graph: str, places: str, *, threads: int) -> None:
        """Load a network. ncnn itself complains on stderr about one that it does not accept.

        Args:
            model: The content of the ONNX file that holds the numbers.
            graph: The network in ncnn's own text form.
            places: Where the numbers lie in ``model``, as JSON: for each convolution its name,
                the type of its numbers, first byte and count of the kernel and of the bias.
            threads: CPU threads for one inference.

        Raises:
            EngineMissingError: ncnn is not installed.
            ModelError: It does not accept the network.
        """
        self._ncnn = ncnn = _import()
        self._net = ncnn.Net()
        options = self._net.opt
        options.num_threads = threads
        options.use_vulkan_compute = False
        # Half precision would move boxes, and only on some processors: everybody sees the same.
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_packed = options.use_bf16_storage = False
        options.openmp_blocktime = 0  # heeded by LLVM's OpenMP; for GNU's see _import
        try:
            numbers = _numbers(model, places)
        except ValueError as err:
            raise ModelError("the network's numbers are not where they should be") from err
        if self._net.load_param_mem(graph) or self._net.load_model(_reader(ncnn, numbers)):
            raise ModelError("ncnn does not accept the network")

    def run(self, tensor: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Return the network's outputs for one input, in the network's order. Blocks.

        Args:
            tensor: (1, height, width, 3), RGB.

        Raises:
            ModelError: The tensor is not one the network can take, or ncnn failed.
        """
        # ncnn reads what it is given without looking at its size.
        if tensor.dtype != np.uint8 or tensor.ndim != 4 or tensor.shape[::3] != (1, 3):
            raise ModelError("inference failed: no picture")
        _, height, width, _ = tensor.shape
        if height % STEP or width % STEP or not tensor.size:
            raise ModelError("inference failed: no size the network can take")
        pixels = np.ascontiguousarray(tensor)
        image = self._ncnn.Mat.from_pixels(
            pixels, self._ncnn.Mat.PixelType.PIXEL_RGB, width, height
        )
        image.substract_mean_normalize(MEAN, ())
        extractor = self._net.create_extractor()
        extractor.input(INPUT, image)
        answers = [extractor.extract(name) for name in OUTPUTS]
        if any(status for status, _output in answers):
            raise ModelError("inference failed")
        # Copies: the originals are ncnn's memory.
        return tuple(np.array(output, np.float32)[None] for _status, output in answers)


def _import() -> ModuleType:
    """Return ncnn, its threads asleep while they wait.

    By default they spin, and stop only for what GNU's OpenMP finds in the environment when it is
    loaded. Where something else keeps a core busy, two spinning threads need ten times as long
    as one. The OpenMP is part of ncnn's package: nothing else is changed by this.

    Raises:
        EngineMissingError: ncnn is not installed.
    """
    chosen = os.environ.get(_WAIT)
    os.environ[_WAIT] = chosen or "passive"
    try:
        # Here, because not every machine has it.
        return importlib.import_module("ncnn")
    except ImportError as err:
        raise EngineMissingError("ncnn is not installed") from err
    finally:
        if chosen is None:
            del os.environ[_WAIT]


def _numbers(model: bytes, places: str) -> bytes:
    """Return all kernels and biases the way ncnn reads them, one after the other.

    Raises:
        ValueError: The model ends before them, or the places are no JSON.
    """
    parts: list[bytes] = []
    for _name, kind, kernel, weights, bias, channels in json.loads(places):
        kernels = np.frombuffer(model, kind, weights, kernel)
        biases = np.frombuffer(model, kind, channels, bias)
        parts += [_TAGS[kind], kernels.tobytes(), biases.astype("<f4").tobytes()]
    return b"".join(parts)


def _reader(ncnn: ModuleType, data: bytes) -> object:
    """Return what ncnn reads ``data`` through.

    ``Net.load_model_mem`` would go on reading the memory after Python has freed it.
    """

    class Reader(ncnn.DataReader):  # type: ignore[misc, name-defined]
        """Copies, and stops at the end."""

        def __init__(self) -> None:
            super().__init__()
            self._left = memoryview(data)

        def read(self, target: object, size: int) -> int:
            """Copy the next ``size`` bytes to where the capsule points; return how many it was."""
            part, self._left = self._left[:size], self._left[size:]
            ctypes.memmove(_pointer(target, None), bytes(part), len(part))
            return len(part)

    return Reader()
