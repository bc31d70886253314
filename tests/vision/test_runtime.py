"""The shipped network in the real ONNX Runtime, and the ways it can fail."""

import sys
import threading

import numpy as np
import pytest

from vision.detector import WEIGHTS
from vision.errors import ModelError
from vision.runtime import OnnxRuntime

PICTURE = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), np.uint8)


def test_the_network_takes_any_multiple_of_32_and_answers_for_every_cell() -> None:
    scores, edges = OnnxRuntime(WEIGHTS.read_bytes(), threads=1).run(PICTURE)
    cells = 8 * 12 + 4 * 6 + 2 * 3
    assert scores.shape == (1, 3, cells)
    assert edges.shape == (1, 44, cells)
    assert scores.dtype == edges.dtype == np.float32
    assert (scores >= 0).all()
    assert (scores <= 1).all()


def test_the_number_of_threads_does_not_change_the_answer() -> None:
    one, two = (OnnxRuntime(WEIGHTS.read_bytes(), threads=n).run(PICTURE) for n in (1, 2))
    for first, second in zip(one, two, strict=True):
        assert first == pytest.approx(second, abs=1e-4)


def test_loading_leaves_no_python_thread() -> None:
    before = threading.active_count()
    OnnxRuntime(WEIGHTS.read_bytes(), threads=2).run(PICTURE)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not a network", id="garbage"),
        pytest.param(WEIGHTS.read_bytes()[:100_000], id="cut off"),
    ],
)
def test_what_is_no_network_is_refused(model: bytes) -> None:
    with pytest.raises(ModelError, match="does not accept"):
        OnnxRuntime(model, threads=1)


@pytest.mark.parametrize(
    "tensor",
    [
        pytest.param(PICTURE[0], id="one dimension too few"),
        pytest.param(PICTURE.astype(np.float32), id="not bytes"),
        pytest.param(PICTURE[:, :33], id="not a multiple of 32"),
    ],
)
def test_a_tensor_the_network_cannot_take_is_a_model_error(tensor: np.ndarray) -> None:
    with pytest.raises(ModelError, match="inference failed"):
        OnnxRuntime(WEIGHTS.read_bytes(), threads=1).run(tensor)


def test_a_machine_without_onnx_runtime_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="not installed"):
        OnnxRuntime(b"", threads=1)
