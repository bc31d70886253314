"""What the way around the network costs, without Home Assistant.

Imports ``vision`` as a top-level package, as it runs: from a video file to detections.
"""

from pathlib import Path
import sys
import time

import numpy as np
from numpy.typing import NDArray

from .footage import ROOT

sys.path.insert(0, str(ROOT / "custom_components" / "camera_smart_alerts"))

from vision.crop import ChangeFinder
from vision.datatypes import Frame, RgbImage
from vision.detector import WEIGHTS, Detector
from vision.look import look
from vision.runtime import OnnxRuntime
from vision.video import iter_frames

FPS = 5
THREADS = 2


class _Recorder:
    """Remembers what the network was given."""

    def __init__(self, runtime: OnnxRuntime) -> None:
        self._runtime = runtime
        self.tensors: list[RgbImage] = []

    def run(self, tensor: RgbImage) -> tuple[NDArray[np.float32], ...]:
        """Run the network."""
        self.tensors.append(tensor.copy())
        return self._runtime.run(tensor)


def overhead_ratio(clip: Path, budget_s: float) -> tuple[float, float]:
    """Return the pipeline's time over the network's, and the network's milliseconds per run.

    The pipeline: compressed video → decoded → scaled → RGB → what moved → letterbox → network
    (once or twice) → boxes. The network: the same runs on the same input, and nothing else. Both
    take turns, and the fastest turn of each counts: everything slower is another program's doing.
    """
    runtime = OnnxRuntime(WEIGHTS.read_bytes(), threads=THREADS)
    recorder = _Recorder(runtime)
    _pipeline(Detector(recorder), clip)
    detector = Detector(runtime)
    whole: list[float] = []
    bare: list[float] = []
    deadline = time.perf_counter() + budget_s
    while (began := time.perf_counter()) < deadline or not whole:
        _pipeline(detector, clip)
        middle = time.perf_counter()
        for tensor in recorder.tensors:
            runtime.run(tensor)
        ended = time.perf_counter()
        whole.append(middle - began)
        bare.append(ended - middle)
    return min(whole) / min(bare), 1000 * min(bare) / len(recorder.tensors)


def _pipeline(detector: Detector, clip: Path) -> None:
    changes = ChangeFinder()
    for frame in iter_frames(clip, fps=FPS):
        waiting: list[Frame] = [frame]
        look(detector, changes, waiting.pop)
