"""From a picture to the people, animals and vehicles in it.

letterbox → network → decode → non-maximum suppression. The network is NanoDet-g
(models/MODEL_CARD.md); what it needs to be told and what it answers is written down here and
nowhere else. Not thread-safe: the input tensors are reused, so one thread at a time.
"""

import hashlib
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .datatypes import Box, Detection, Kind, RgbImage
from .errors import ModelError
from .geometry import Floats, check_image, cut, input_size, letterbox, nms
from .runtime import InferenceRuntime, OnnxRuntime

WEIGHTS = Path(__file__).parent / "weights" / "nanodet_g.onnx"
WEIGHTS_SHA256 = "00748754325172180236689fe786e85c2625b4b4dd0f3cb64eb4d0e1d71069a8"

KINDS = (Kind.PERSON, Kind.ANIMAL, Kind.VEHICLE)
"""In the order of the network's scores."""
STRIDES = (8, 16, 32)
BINS = np.arange(11, dtype=np.float32)
AREA = 416 * 416
"""Pixels the network looks at."""
SAME_THING = 0.6
"""Intersection over union above which two boxes of one kind are one thing."""
MOST_CANDIDATES = 100


class Detector:
    """One network, ready to look at pictures."""

    def __init__(self, runtime: InferenceRuntime, *, area: int = AREA) -> None:
        """Look through ``runtime``, at ``area`` pixels at a time."""
        self._runtime = runtime
        self._area = area
        self._canvases: dict[tuple[int, int], RgbImage] = {}
        self._cells: dict[tuple[int, int], tuple[Floats, Floats]] = {}

    @classmethod
    def load(cls, threads: int = 2) -> Self:
        """Return a detector on the packaged network. Blocks for about 0.1 s.

        Raises:
            ModelError: The weights are missing or not the ones we shipped, or the runtime does
                not accept them.
        """
        try:
            model = WEIGHTS.read_bytes()
        except OSError as err:
            raise ModelError(f"weights cannot be read: {err.strerror}") from err
        if hashlib.sha256(model).hexdigest() != WEIGHTS_SHA256:
            raise ModelError("weights are damaged: the checksum differs")
        return cls(OnnxRuntime(model, threads=threads))

    def detect(
        self, image: RgbImage, region: Box | None = None, min_confidence: float = 0.05
    ) -> list[Detection]:
        """Return what is seen in the picture or in a region of it, most confident first.

        One inference. Boxes are in pixels of ``image``, also with a region.

        Raises:
            ImageError: Not a picture, or too small; or the region lies outside of it.
            ModelError: The runtime failed.
        """
        boxes, scores, labels = self._see(image, region, min_confidence)
        return _detections(boxes, scores, labels)

    def look(
        self, image: RgbImage, region: Box | None = None, min_confidence: float = 0.05
    ) -> list[Detection]:
        """Return what is seen in the whole picture and, with a region, at a second look there."""
        boxes, scores, labels = self._see(image, None, min_confidence)
        if region is not None:
            near = self._see(image, region, min_confidence)
            boxes = np.concatenate([boxes, near[0]])
            scores = np.concatenate([scores, near[1]])
            labels = np.concatenate([labels, near[2]])
            order = np.argsort(-scores, kind="stable")
            boxes, scores, labels = boxes[order], scores[order], labels[order]
            stays = nms(boxes, labels, SAME_THING)
            boxes, scores, labels = boxes[stays], scores[stays], labels[stays]
        return _detections(boxes, scores, labels)

    def _see(
        self, image: RgbImage, region: Box | None, min_confidence: float
    ) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Return boxes (n, 4), scores (n,) and kinds (n,) of one inference, strongest first."""
        check_image(image)
        part, left, top = (image, 0, 0) if region is None else cut(image, region)
        height, width = part.shape[:2]
        size = input_size(height, width, area=self._area, step=STRIDES[-1])
        canvas = self._canvases.get(size)
        if canvas is None:
            canvas = self._canvases[size] = np.empty((*size, 3), np.uint8)
        scale_x, scale_y = letterbox(part, canvas)
        scores, edges = self._runtime.run(canvas[None])
        labels, cells = np.nonzero(scores[0] >= min_confidence)
        found = scores[0, labels, cells]
        order = np.argsort(-found, kind="stable")[:MOST_CANDIDATES]
        labels, cells, found = labels[order], cells[order], found[order]
        boxes = self._boxes(edges[0], cells, size)
        boxes /= np.array([scale_x, scale_y, scale_x, scale_y], np.float32)
        boxes = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
        boxes += np.array([left, top, left, top], np.float32)
        stays = nms(boxes, labels, SAME_THING)
        return boxes[stays], found[stays], labels[stays]

    def _boxes(
        self, edges: Floats, cells: NDArray[np.intp], size: tuple[int, int]
    ) -> Floats:
        """Decode boxes in input pixels: each side is the mean of a distribution of distances.

        (Generalised focal loss, Li et al. 2020.)
        """
        if size not in self._cells:
            self._cells[size] = _cell_centres(size)
        centres, strides = self._cells[size]
        distribution = edges[:, cells].reshape(4, len(BINS), -1)
        weights = np.exp(distribution - distribution.max(axis=1, keepdims=True))
        distances = np.einsum("sbn,b->ns", weights, BINS) / weights.sum(axis=1).T
        distances *= strides[cells, None]
        middle = centres[cells]
        return np.concatenate([middle - distances[:, :2], middle + distances[:, 2:]], axis=1)


def _cell_centres(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return centres (n, 2) and strides (n,) of the network's cells, in its order."""
    centres = []
    strides = []
    for stride in STRIDES:
        y, x = np.mgrid[: size[0] // stride, : size[1] // stride]
        centres.append((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride)
        strides.append(np.full(x.size, stride))
    return (
        np.concatenate(centres).astype(np.float32),
        np.concatenate(strides).astype(np.float32),
    )


def _detections(
    boxes: Floats, scores: Floats, labels: NDArray[np.intp]
) -> list[Detection]:
    """Turn arrays into values."""
    return [
        Detection(Box(*box), KINDS[label], score)
        for box, score, label in zip(
            boxes.tolist(), scores.tolist(), labels.tolist(), strict=True
        )
    ]
