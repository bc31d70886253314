"""From a picture to the people, animals and vehicles in it.

letterbox → network → decode → non-maximum suppression. The network is NanoDet-g
(``weights/README.md``); what it wants and what its answer means is written down here and nowhere
else. Not thread-safe: the input tensors are reused, so one thread at a time.
"""

from dataclasses import dataclass
from functools import lru_cache
import hashlib
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .datatypes import Box, Detection, Kind, RgbImage
from .errors import ModelError
from .geometry import (
    Floats,
    check_image,
    input_size,
    inside_matrix,
    letterbox,
    nms,
    whole_pixels,
)
from .ncnn_runtime import NcnnRuntime
from .runtime import Engine, InferenceRuntime, OnnxRuntime

WEIGHTS = Path(__file__).parent / "weights" / "nanodet_g.onnx"
WEIGHTS_SHA256 = "00748754325172180236689fe786e85c2625b4b4dd0f3cb64eb4d0e1d71069a8"
NCNN_GRAPH = WEIGHTS.with_suffix(".ncnn.param")
NCNN_GRAPH_SHA256 = "f492a83a99e37f41d38a0260f877b71b0407aece7ebf7cde44322a2e8204ba25"
NCNN_PLACES = WEIGHTS.with_suffix(".ncnn.json")
NCNN_PLACES_SHA256 = "8ee3ad17e1e11d95d41b378420476b532c8b0672a29c672d2700ee4fd2e322bb"

KINDS = (Kind.PERSON, Kind.ANIMAL, Kind.VEHICLE)
"""In the order of the network's scores."""
STRIDES = (8, 16, 32)
"""Input pixels per cell of the network's three scales."""
BINS = np.arange(11, dtype=np.float32)
"""Distances from a cell's centre to a side of its box, in cells."""

AREA = 416 * 416
"""Pixels the network looks at."""
COARSE, FINE = 352 * 352, 512 * 512
"""Pixels of the two looks at a still picture."""

MIN_CONFIDENCE = 0.05
MOST_CANDIDATES = 300
"""Before suppression. A crowd of thirty needs more than a hundred."""
SAME_THING = 0.55
"""Intersection over union above which two boxes of one kind are one thing."""
CUT_OFF = 0.6
"""Share of a box cut off by a region's edge that must lie in a whole box to be a part of it."""
EDGE = 3.0
"""Pixels from the edge at which a box touches it."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one inference saw, strongest first."""

    boxes: Floats
    """(n, 4), pixels of the picture."""
    scores: Floats
    """(n,), 0 to 1."""
    labels: NDArray[np.intp]
    """(n,), index into ``KINDS``."""

    def keep(self, which: NDArray[np.bool_]) -> _Seen:
        """Return some of it."""
        return _Seen(self.boxes[which], self.scores[which], self.labels[which])

    def detections(self) -> list[Detection]:
        """Return it as values."""
        rows = zip(self.boxes.tolist(), self.scores.tolist(), self.labels.tolist(), strict=True)
        return [Detection(Box(*box), KINDS[label], score) for box, score, label in rows]


def load_network(engine: Engine, threads: int) -> InferenceRuntime:
    """Return the packaged network, ready to run. Blocks and raises as ``Detector.load``."""
    model = _packaged(WEIGHTS, WEIGHTS_SHA256)
    if engine is Engine.ONNX_RUNTIME:
        return OnnxRuntime(model, threads=threads)
    graph = _packaged(NCNN_GRAPH, NCNN_GRAPH_SHA256).decode()
    places = _packaged(NCNN_PLACES, NCNN_PLACES_SHA256).decode()
    return NcnnRuntime(model, graph, places, threads=threads)


class Detector:
    """One network, ready to look at pictures."""

    def __init__(self, runtime: InferenceRuntime, *, area: int = AREA) -> None:
        """Look through ``runtime``, at ``area`` pixels at a time (at least 32 x 32)."""
        self._runtime = runtime
        self._area = area
        self._pixels = np.empty(3 * max(area, COARSE, FINE), np.uint8)

    @classmethod
    def load(cls, engine: Engine = Engine.ONNX_RUNTIME, threads: int = 2) -> Self:
        """Return a detector on the packaged network. Blocks for about 0.1 s.

        Args:
            engine: What runs the network; both see the same.
            threads: CPU threads for one inference.

        Raises:
            EngineMissingError: The engine is not installed.
            ModelError: The weights are missing or not the ones we shipped, or the engine does
                not accept them.
        """
        return cls(load_network(engine, threads))

    def detect(
        self,
        image: RgbImage,
        region: Box | None = None,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> list[Detection]:
        """Return what is seen in the picture or in a region of it, most confident first.

        One inference. Boxes are in pixels of ``image``, also with a region.

        Raises:
            ImageError: Not a picture, or too small; or the region lies outside of it.
            ModelError: The runtime failed.
        """
        check_image(image)
        return self._see(image, region, min_confidence, self._area).detections()

    def look(
        self,
        image: RgbImage,
        region: Box | None = None,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> list[Detection]:
        """Return what is seen in a frame: in all of it and, closer, in a region of it.

        One inference, or two with a region: small and distant people are found there. Raises as
        ``detect``.
        """
        check_image(image)
        seen = self._see(image, None, min_confidence, self._area)
        if region is not None:
            near = self._see(image, region, min_confidence, self._area, mirrored=True)
            cut_off = _cut_off(near, seen, whole_pixels(region, image), image)
            seen = _merge(seen, near.keep(~cut_off))
        return seen.detections()

    def examine(self, image: RgbImage, min_confidence: float = MIN_CONFIDENCE) -> list[Detection]:
        """Return what is seen in a still picture, which has no motion to point at a region.

        Two inferences: a coarse one, better at the near and large, and a fine one, better at the
        far and small. Raises as ``detect``.
        """
        check_image(image)
        coarse = self._see(image, None, min_confidence, COARSE)
        fine = self._see(image, None, min_confidence, FINE, mirrored=True)
        return _merge(coarse, fine).detections()

    def _see(
        self,
        image: RgbImage,
        region: Box | None,
        min_confidence: float,
        area: int,
        *,
        mirrored: bool = False,
    ) -> _Seen:
        """Return what one inference sees.

        A second look is mirrored: the network errs differently there, so that two looks find more
        and agree less on what is not there.
        """
        frame = Box(0, 0, image.shape[1], image.shape[0])
        x1, y1, x2, y2 = map(int, whole_pixels(frame if region is None else region, image))
        size = input_size(y2 - y1, x2 - x1, area=area, step=STRIDES[-1])
        canvas = self._pixels[: 3 * size[0] * size[1]].reshape(*size, 3)
        scale = letterbox(image[y1:y2, x1:x2], canvas, mirrored=mirrored)
        scores, edges = self._runtime.run(canvas[None])
        labels, cells = np.nonzero(scores[0] >= min_confidence)
        confidences = scores[0, labels, cells]
        strongest = np.argsort(-confidences, kind="stable")[:MOST_CANDIDATES]
        labels, cells = labels[strongest], cells[strongest]
        corners = _corners(edges[0], cells, size)
        corners /= np.array(scale, np.float32)
        np.clip(corners, 0, np.array([x2 - x1, y2 - y1], np.float32), out=corners)
        if mirrored:
            corners[..., 0] = x2 - x1 - corners[:, ::-1, 0]
        corners += np.array([x1, y1], np.float32)
        boxes = corners.reshape(-1, 4)
        return _Seen(boxes, confidences[strongest], labels).keep(nms(boxes, labels, SAME_THING))


def _packaged(file: Path, sha256: str) -> bytes:
    """Return the content of a file we shipped.

    Raises:
        ModelError: It is missing, or is not what we shipped.
    """
    try:
        data = file.read_bytes()
    except OSError as err:
        raise ModelError(f"the network's weights cannot be read: {err.strerror}") from err
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError("the network's weights are damaged: their checksum is wrong")
    return data


def _corners(edges: Floats, cells: NDArray[np.intp], size: tuple[int, int]) -> Floats:
    """Decode both corners of boxes, (n, 2, 2), input pixels.

    The network answers each side of a box with a distribution of distances; its mean counts
    (generalised focal loss, Li et al. 2020).
    """
    centres, strides = _cells(size)
    logits = edges[:, cells].reshape(4, len(BINS), -1)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    means = (BINS @ weights) / weights.sum(axis=1)
    distances = (means * strides[cells]).T.reshape(-1, 2, 2)
    distances[:, 0] *= -1
    corners: Floats = centres[cells, None] + distances
    return corners


@lru_cache(maxsize=32)
def _cells(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return centres (n, 2) and strides (n,) of the network's cells, in its order."""
    centres = []
    strides = []
    for stride in STRIDES:
        y, x = np.mgrid[: size[0] // stride, : size[1] // stride]
        centres.append((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride)
        strides.append(np.full(x.size, stride))
    return np.concatenate(centres).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _merge(first: _Seen, second: _Seen) -> _Seen:
    """Return what two looks at one picture saw, each thing once."""
    scores = np.concatenate([first.scores, second.scores])
    order = np.argsort(-scores, kind="stable")
    boxes = np.concatenate([first.boxes, second.boxes])[order]
    labels = np.concatenate([first.labels, second.labels])[order]
    return _Seen(boxes, scores[order], labels).keep(nms(boxes, labels, SAME_THING))


def _cut_off(near: _Seen, whole: _Seen, region: Box, image: RgbImage) -> NDArray[np.bool_]:
    """Return which boxes of the look at a region are parts of something seen whole.

    A thing that crosses the region's edge is seen there in part, and too differently shaped from
    the whole for non-maximum suppression: one person would count as two.
    """
    frame = np.array([0, 0, image.shape[1], image.shape[0]])
    inner = np.array(region) != frame
    touches = ((np.abs(near.boxes - np.array(region)) < EDGE) & inner).any(axis=1)
    parts = (
        (inside_matrix(near.boxes, whole.boxes) > CUT_OFF)
        & (near.labels[:, None] == whole.labels[None])
        & (near.scores[:, None] < 2 * whole.scores[None])
    )
    found: NDArray[np.bool_] = touches & parts.any(axis=1)
    return found
