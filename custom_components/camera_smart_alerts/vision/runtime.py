"""Where a network is executed: the contract, the engines there are, and ONNX Runtime on the CPU.

ncnn, the other engine, is in ``ncnn_runtime``. A network is a function from one tensor to several.
What the tensors mean is the detector's business.
"""

from enum import StrEnum
import os
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import EngineMissingError, ModelError


class Engine(StrEnum):
    """What can run the network. The value is the name of its Python package."""

    ONNX_RUNTIME = "onnxruntime"
    NCNN = "ncnn"

    @property
    def label(self) -> str:
        """Its name, as its makers write it."""
        return "ONNX Runtime" if self is Engine.ONNX_RUNTIME else "ncnn"


class InferenceRuntime(Protocol):
    """Runs one network. Called from one thread at a time."""

    def run(self, tensor: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Return the network's outputs for one input, in the network's order. Blocks.

        Raises:
            ModelError: The runtime failed.
        """
        ...


class OnnxRuntime:
    """ONNX Runtime on the CPU, with as many threads as it is told and no more."""

    def __init__(self, model: bytes, *, threads: int) -> None:
        """Load a network.

        Args:
            model: The content of an ONNX file.
            threads: CPU threads for one inference.

        Raises:
            EngineMissingError: ONNX Runtime is not installed.
            ModelError: It does not accept the network.
        """
        # It reports to its maker that it was started, over the internet, before anybody can call
        # ``disable_telemetry_events``. This variable alone keeps it from that, if set by then.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        try:
            # Here, because not every machine has it, and it takes 20 MB.
            import onnxruntime as ort  # noqa: PLC0415
        except ImportError as err:
            raise EngineMissingError("ONNX Runtime is not installed") from err
        ort.disable_telemetry_events()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Inputs come in several shapes, for which both only hold memory: 19 MB.
        options.enable_mem_pattern = False
        options.enable_cpu_mem_arena = False
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        # A thread that spins while it waits burns a core that Home Assistant could use.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(model, options, ["CPUExecutionProvider"])
        except Exception as err:  # its errors share no base class
            raise ModelError("ONNX Runtime does not accept the network") from err
        self._input = self._session.get_inputs()[0].name

    def run(self, tensor: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Return the network's outputs for one input, in the network's order. Blocks.

        Raises:
            ModelError: ONNX Runtime failed.
        """
        try:
            return tuple(self._session.run(None, {self._input: tensor}))
        except Exception as err:  # its errors share no base class
            raise ModelError("inference failed") from err
