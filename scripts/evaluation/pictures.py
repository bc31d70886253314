"""Still pictures: average precision per kind, and recall at a fixed rate of false alarms.

Average precision is COCO's: IoU from .5 to .95 in steps of .05, precision at 101 recalls, at most
100 detections a picture, ``iscrowd`` boxes ignored. A picture counts for a kind only if everything
of that kind is labelled in it (``labelled``), and not otherwise, so that a detection of something
unlabelled is neither right nor wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.annotate import decode_image
from vision.datatypes import Kind
from vision.detector import Detector
from vision.geometry import Floats, iou_matrix

CATEGORIES = {
    Kind.PERSON: {0: "person"},
    Kind.ANIMAL: {
        14: "bird",
        15: "cat",
        16: "dog",
        17: "horse",
        18: "sheep",
        19: "cow",
        21: "bear",
    },
    Kind.VEHICLE: {1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"},
}
"""COCO-80 category ids of each kind, and the names that ``labelled`` lists."""
THRESHOLDS = np.arange(50, 100, 5) / 100
RECALLS = np.linspace(0, 1, 101)
MOST_DETECTIONS = 100
MIN_CONFIDENCE = 0.01
MAX_FALSE_ALARMS = 0.02
SIZES = {"small (< 32 px)": (0, 32**2), "medium": (32**2, 96**2), "large (> 96 px)": (96**2, 1e12)}
"""COCO's; of a box, in square pixels."""
EVERY_SIZE = (0.0, 1e12)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture's labels and what was detected in it."""

    subset: str
    lighting: str
    person_present: bool
    labelled: frozenset[Kind]
    boxes: dict[Kind, Floats]
    """Labels: (n, 4), xyxy pixels."""
    crowd: dict[Kind, NDArray[np.bool_]]
    """(n,): whether the label is an ignore region."""
    found: dict[Kind, tuple[Floats, Floats]]
    """Detections: boxes (m, 4) and confidences (m,), surest first."""

    @property
    def person_confidence(self) -> float:
        """The surest person's confidence; 0 without any."""
        return float(self.found[Kind.PERSON][1].max(initial=0))


def read(folder: Path, detector: Detector) -> Iterator[Picture]:
    """Yield the pictures of both label files, those without boxes last, detected."""
    labels = folder / "annotations.json"
    if labels.exists():
        content = json.loads(labels.read_text())
        boxes: dict[int, list[dict[str, Any]]] = {}
        for one in content["annotations"]:
            boxes.setdefault(one["image_id"], []).append(one)
        for info in content["images"]:
            yield _picture(folder, info, boxes.get(info["id"], []), detector)
    presence = folder / "image_level.json"
    if presence.exists():
        for info in json.loads(presence.read_text())["images"]:
            yield _picture(folder, info | {"labelled": []}, [], detector)


def count(folder: Path) -> int:
    """Return how many pictures ``read`` will yield."""
    files = [folder / "annotations.json", folder / "image_level.json"]
    return sum(len(json.loads(file.read_text())["images"]) for file in files if file.exists())


def _picture(
    folder: Path, info: dict[str, Any], labels: Sequence[dict[str, Any]], detector: Detector
) -> Picture:
    image = decode_image((folder / "images" / info["file_name"]).read_bytes())
    detections = detector.examine(image, MIN_CONFIDENCE)
    listed = info["labelled"]
    boxes, crowd, found = {}, {}, {}
    for kind, categories in CATEGORIES.items():
        mine = [one for one in labels if one["category_id"] in categories]
        corners = np.array([one["bbox"] for one in mine], np.float32).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        boxes[kind] = corners
        crowd[kind] = np.array([bool(one.get("iscrowd", 0)) for one in mine], bool)
        seen = [one for one in detections if one.kind is kind][:MOST_DETECTIONS]
        found[kind] = (
            np.array([one.box for one in seen], np.float32).reshape(-1, 4),
            np.array([one.confidence for one in seen], np.float32),
        )
    return Picture(
        subset=info.get("subset", "?"),
        lighting=info.get("lighting", "?"),
        person_present=info["person_present"],
        labelled=frozenset(
            kind
            for kind, categories in CATEGORIES.items()
            if listed == "all80" or set(categories.values()) <= set(listed)
        ),
        boxes=boxes,
        crowd=crowd,
        found=found,
    )


def average_precision(
    pictures: Iterable[Picture], kind: Kind, area: tuple[float, float] = EVERY_SIZE
) -> tuple[float | None, float | None, int]:
    """Return AP over IoU .5 to .95, AP at .5, and the number of labels; None without labels.

    Args:
        pictures: Those that are not labelled for ``kind`` are skipped.
        kind: What to look at.
        area: Square pixels; labels outside are ignore regions, as are detections outside that
            match nothing.
    """
    confidences, hits, ignored, labels = [], [], [], 0
    for picture in pictures:
        if kind not in picture.labelled:
            continue
        boxes, sure = picture.found[kind]
        ignore = picture.crowd[kind] | ~_within(picture.boxes[kind], area)
        labels += int(np.count_nonzero(~ignore))
        hit, skip = _match(boxes, picture.boxes[kind], ignore, picture.crowd[kind])
        confidences.append(sure)
        hits.append(hit)
        ignored.append(skip | (~hit & ~_within(boxes, area)))
    if labels == 0:
        return None, None, 0
    order = np.argsort(-np.concatenate(confidences), kind="stable")
    hit, skip = np.concatenate(hits, axis=1)[:, order], np.concatenate(ignored, axis=1)[:, order]
    each = [_area_under(hit[i][~skip[i]], labels) for i in range(len(THRESHOLDS))]
    return float(np.mean(each)), each[0], labels


def _within(boxes: Floats, area: tuple[float, float]) -> NDArray[np.bool_]:
    sizes = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    inside: NDArray[np.bool_] = (sizes >= area[0]) & (sizes < area[1])
    return inside


def _match(
    found: Floats, labels: Floats, ignore: NDArray[np.bool_], crowd: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which detections are hits and which are ignored, both (thresholds, detections).

    COCO's greedy rule: each detection, surest first, takes the free label it overlaps most; real
    labels before ignore regions, which may be taken again and again if they are crowds.
    """
    hit = np.zeros((len(THRESHOLDS), len(found)), bool)
    skip = np.zeros_like(hit)
    if len(found) == 0 or len(labels) == 0:
        return hit, skip
    overlaps = np.where(crowd[None], _covered(found, labels), iou_matrix(found, labels))
    for row, threshold in enumerate(THRESHOLDS):
        free = np.ones(len(labels), bool)
        for column, overlap in enumerate(overlaps):
            fits = (overlap >= threshold) & (free | crowd)
            for regions, outcome in ((~ignore, hit), (ignore, skip)):
                if (fits & regions).any():
                    best = int(np.where(fits & regions, overlap, -1).argmax())
                    free[best] = False
                    outcome[row, column] = True
                    break
    return hit, skip


def _covered(found: Floats, regions: Floats) -> Floats:
    """Return the share of each detection that each region covers, (detections, regions)."""
    corner = np.maximum(found[:, None, :2], regions[None, :, :2])
    sides = np.minimum(found[:, None, 2:], regions[None, :, 2:]) - corner
    own = np.maximum(np.prod(found[:, 2:] - found[:, :2], axis=1), 1e-6)
    share: Floats = np.prod(np.maximum(sides, 0), axis=2) / own[:, None]
    return share


def _area_under(hits: NDArray[np.bool_], labels: int) -> float:
    """Return the mean, over 101 recalls, of the best precision at that recall or beyond."""
    true = np.cumsum(hits)
    precision = true / np.arange(1, len(hits) + 1)
    best_beyond = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return float(best_beyond[np.searchsorted(true / labels, RECALLS)].mean())


def recall_at_false_alarms(
    pictures: Sequence[Picture], rate: float = MAX_FALSE_ALARMS
) -> tuple[float | None, float | None]:
    """Return the share of pictures with a person that score above the threshold, and it.

    The threshold is the lowest at which at most ``rate`` of the pictures without any person score
    above it. None where either sort of picture is missing.
    """
    people = np.array([one.person_confidence for one in pictures if one.person_present])
    nobody = np.array([one.person_confidence for one in pictures if not one.person_present])
    if len(people) == 0 or len(nobody) == 0:
        return None, None
    threshold = float(np.sort(nobody)[::-1][int(rate * len(nobody))])
    return float(np.mean(people > threshold)), threshold
