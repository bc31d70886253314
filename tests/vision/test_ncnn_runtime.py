"""The shipped network in the real ncnn, and the ways it can fail."""

import os
import sys
import threading
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

from vision.detector import NCNN_GRAPH, NCNN_PLACES, WEIGHTS
from vision.errors import ModelError
from vision.ncnn_runtime import NcnnRuntime
from vision.runtime import OnnxRuntime

PICTURE = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), np.uint8)
MODEL, GRAPH, PLACES = WEIGHTS.read_bytes(), NCNN_GRAPH.read_text(), NCNN_PLACES.read_text()


def runtime(threads: int = 1) -> NcnnRuntime:
    return NcnnRuntime(MODEL, GRAPH, PLACES, threads=threads)


@pytest.mark.parametrize(
    "size",
    [(416, 416), (288, 512), (512, 288), (352, 352), (512, 512), (32, 32), (32, 5120)],
    ids=str,
)
def test_ncnn_answers_every_cell_as_onnx_runtime_does(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1, *size, 3), np.uint8)
    expected = OnnxRuntime(MODEL, threads=1).run(noise)
    for ours, theirs in zip(runtime().run(noise), expected, strict=True):
        assert ours.shape == theirs.shape
        assert ours.dtype == np.float32
        assert ours == pytest.approx(theirs, abs=1e-4)


def test_the_number_of_threads_is_obeyed_and_does_not_change_the_answer() -> None:
    one, three = runtime(1), runtime(3)
    assert [engine._net.opt.num_threads for engine in (one, three)] == [1, 3]
    for first, second in zip(one.run(PICTURE), three.run(PICTURE), strict=True):
        assert first == pytest.approx(second, abs=1e-4)


def test_answers_stay_what_they_are_when_the_next_picture_comes() -> None:
    engine = runtime()
    before = engine.run(PICTURE)
    kept = [answer.copy() for answer in before]
    engine.run(255 - PICTURE)
    for answer, copy in zip(before, kept, strict=True):
        assert (answer == copy).all()


def test_a_view_is_seen_like_its_copy() -> None:
    engine = runtime()
    view = PICTURE[:, :, ::-1]
    for first, second in zip(engine.run(view), engine.run(view.copy()), strict=True):
        assert (first == second).all()


def test_nothing_is_printed_and_no_python_thread_left(capfd: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    runtime(2).run(PICTURE)
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("model", "graph", "places"),
    [
        pytest.param(MODEL, "", PLACES, id="no graph"),
        pytest.param(MODEL, "not a graph", PLACES, id="garbage"),
        pytest.param(MODEL, GRAPH[:1000], PLACES, id="graph cut off"),
        pytest.param(MODEL, GRAPH, "[]", id="no numbers"),
        pytest.param(MODEL, GRAPH, PLACES[: PLACES.rindex(",\n")] + "]", id="a layer too few"),
    ],
)
def test_what_is_no_network_is_refused(model: bytes, graph: str, places: str) -> None:
    with pytest.raises(ModelError, match="does not accept"):
        NcnnRuntime(model, graph, places, threads=1)


@pytest.mark.parametrize(
    ("model", "places"),
    [
        pytest.param(b"", PLACES, id="empty"),
        pytest.param(MODEL[:100_000], PLACES, id="cut off"),
        pytest.param(MODEL, "", id="no places"),
        pytest.param(MODEL, "[[1, 2]]", id="other places"),
    ],
)
def test_numbers_that_are_not_there_are_refused(model: bytes, places: str) -> None:
    with pytest.raises(ModelError, match="not where they should be"):
        NcnnRuntime(model, GRAPH, places, threads=1)


@pytest.mark.parametrize(
    "tensor",
    [
        pytest.param(PICTURE[0], id="one dimension too few"),
        pytest.param(PICTURE[..., :2], id="two colours"),
        pytest.param(PICTURE.repeat(2, axis=0), id="two pictures"),
        pytest.param(PICTURE.astype(np.float32), id="not bytes"),
        pytest.param(PICTURE[:, :33], id="height not a multiple of 32"),
        pytest.param(PICTURE[:, :, :33], id="width not a multiple of 32"),
        pytest.param(PICTURE[:, :0], id="empty"),
    ],
)
def test_a_tensor_the_network_cannot_take_is_a_model_error(tensor: np.ndarray) -> None:
    with pytest.raises(ModelError, match="inference failed"):
        runtime().run(tensor)


def test_a_failure_inside_ncnn_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = runtime()
    net = MagicMock()
    net.create_extractor().extract.return_value = (-100, None)
    monkeypatch.setattr(engine, "_net", net)
    with pytest.raises(ModelError, match="inference failed"):
        engine.run(PICTURE)


def test_a_machine_without_ncnn_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ncnn", None)
    with pytest.raises(ModelError, match="not installed"):
        runtime()


@pytest.mark.parametrize("chosen", [None, "active"])
def test_threads_are_to_sleep_while_they_wait_unless_somebody_chose_otherwise(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if chosen:
        monkeypatch.setenv("OMP_WAIT_POLICY", chosen)
    seen = []

    def load(name: str) -> Any:
        seen.append((name, os.environ["OMP_WAIT_POLICY"]))
        return sys.modules[name]

    runtime()
    monkeypatch.setattr("vision.ncnn_runtime.importlib.import_module", load)
    runtime()
    assert seen == [("ncnn", chosen or "passive")]
    assert os.environ.get("OMP_WAIT_POLICY") == chosen
