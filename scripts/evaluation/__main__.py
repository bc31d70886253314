"""Measure accuracy on labelled footage.

DIR may hold any of: annotations.json and image_level.json with images/, clips/ with clips.json
(COCO's format with a few keys more, and a list of clips with the seconds at which people are
visible). Still pictures are examined as the action
``analyze`` does it; clips are played to the very session that decides at run time, at balanced
sensitivity and five frames a second. Nothing depends on the machine's speed: the same numbers
come out of every run. What counts as what is said at the top of pictures.py and clips.py.
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
import json
from pathlib import Path
import sys
from typing import Any

from vision.datatypes import Kind, Sensitivity
from vision.detector import Detector
from vision.runtime import Engine

from . import clips, pictures
from .clips import ClipScore
from .pictures import Picture

KEYS = (
    "person.ap",
    "person.ap50",
    "person.image_recall_at_2pct_fpr",
    "clips.event_recall",
    "clips.false_alerts_per_minute",
    "clips.seconds_to_verdict_p50",
    "clips.per_clip",
)
"""Also at the top level of the JSON, for scripts that look up dotted names."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; return the exit status."""
    parser = argparse.ArgumentParser("scripts/evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    parser.add_argument("--fps", type=float, default=5.0, help="frames analysed per second")
    parser.add_argument(
        "--sensitivity", type=Sensitivity, choices=list(Sensitivity), default="balanced"
    )
    parser.add_argument(
        "--engine",
        type=Engine,
        choices=list(Engine),
        default=Engine.ONNX_RUNTIME,
        help="what runs the network",
    )
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder")
    detector = Detector.load(options.engine)
    seen = _pictures(options.folder, detector)
    scores = _clips(options.folder / "clips", detector, options.sensitivity, options.fps)
    if not seen and not scores:
        parser.error(f"{options.folder} holds neither labelled pictures nor clips")
    numbers = _numbers(seen, scores)
    _print(numbers)
    if options.json:
        options.json.write_text(json.dumps(_dotted(numbers) | numbers, indent=2) + "\n")
    return 0


def _pictures(folder: Path, detector: Detector) -> list[Picture]:
    total = pictures.count(folder)
    seen = []
    for number, picture in enumerate(pictures.read(folder, detector), 1):
        seen.append(picture)
        if number % 50 == 0 or number == total:
            print(f"  {number} of {total} pictures", file=sys.stderr)
    return seen


def _clips(
    folder: Path, detector: Detector, sensitivity: Sensitivity, fps: float
) -> list[ClipScore]:
    scores = []
    for clip in clips.read(folder):
        print(f"  {clip['file']} ({clip['duration_s']:.0f} s)", file=sys.stderr)
        scores.append(asyncio.run(clips.score(folder, clip, detector, sensitivity, fps)))
    return scores


def _numbers(seen: Sequence[Picture], scores: Sequence[ClipScore]) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for kind in Kind:
        ap, ap50, labels = pictures.average_precision(seen, kind)
        numbers[kind.value] = {"ap": ap, "ap50": ap50, "labels": labels}
    recall, threshold = pictures.recall_at_false_alarms(seen)
    numbers["person"] |= {
        "image_recall_at_2pct_fpr": recall,
        "threshold_at_2pct_fpr": threshold,
        "pictures": len(seen),
        "slices": _picture_slices(seen, threshold),
    }
    numbers["clips"] = clips.totals(scores) | {
        "slices": {
            name: clips.totals([one for one in scores if one.lighting == name])
            for name in _names(one.lighting for one in scores)
        },
        "other_kinds": {
            kind.value: _other_kind(scores, kind) for kind in (Kind.ANIMAL, Kind.VEHICLE)
        },
        "per_clip": {one.file: _clip(one) for one in scores},
    }
    return numbers


def _picture_slices(seen: Sequence[Picture], threshold: float | None) -> dict[str, Any]:
    """Return the person's numbers by subset, lighting and size, each at the common threshold."""
    groups = {one: [p for p in seen if p.subset == one] for one in _names(p.subset for p in seen)}
    for light in _names(picture.lighting for picture in seen):
        groups[f"lighting: {light}"] = [one for one in seen if one.lighting == light]
    slices = {}
    for name, group in groups.items():
        ap, ap50, labels = pictures.average_precision(group, Kind.PERSON)
        people = [one.person_confidence for one in group if one.person_present]
        nobody = [one.person_confidence for one in group if not one.person_present]
        slices[name] = {
            "ap": ap,
            "ap50": ap50,
            "labels": labels,
            "recall": _share_above(people, threshold),
            "false_alarms": _share_above(nobody, threshold),
        }
    for name, area in pictures.SIZES.items():
        ap, ap50, labels = pictures.average_precision(seen, Kind.PERSON, area)
        slices[f"size: {name}"] = {"ap": ap, "ap50": ap50, "labels": labels}
    return slices


def _share_above(confidences: Sequence[float], threshold: float | None) -> float | None:
    if threshold is None or not confidences:
        return None
    return sum(one > threshold for one in confidences) / len(confidences)


def _other_kind(scores: Sequence[ClipScore], kind: Kind) -> dict[str, int]:
    """Return in how many clips that show a kind, and in how many that do not, it was reported."""
    there = [one for one in scores if kind in one.others]
    absent = [one for one in scores if kind not in one.others]
    return {
        "clips_with": len(there),
        "reported_with": sum(kind in one.others_found for one in there),
        "clips_without": len(absent),
        "reported_without": sum(kind in one.others_found for one in absent),
    }


def _clip(one: ClipScore) -> dict[str, Any]:
    return {
        "events": len(one.intervals),
        "found": sum(wait is not None for wait in one.found_after),
        "seconds_to_verdict": one.found_after,
        "false_alerts": one.false_alerts,
        "person_free_s": round(one.person_free_s, 2),
        "other_kinds_reported": sorted(one.others_found),
        "sessions": one.sessions,
        "inconclusive": one.inconclusive,
    }


def _names(values: Iterable[str]) -> list[str]:
    return sorted(set(values))


def _dotted(numbers: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of ``KEYS`` under their dotted names."""
    pairs = (key.split(".") for key in KEYS)
    return {f"{group}.{name}": numbers[group][name] for group, name in pairs}


def _print(numbers: dict[str, Any]) -> None:
    if numbers["person"]["pictures"]:
        _print_pictures(numbers)
    if numbers["clips"]["per_clip"]:
        _print_clips(numbers["clips"])


def _print_pictures(numbers: dict[str, Any]) -> None:
    person = numbers["person"]
    print(f"\nPictures ({person['pictures']})")
    print(f"  {'':34}{'AP':>7}{'AP50':>7}{'labels':>8}{'recall':>8}{'alarms':>8}")
    rows = {kind.value: numbers[kind.value] for kind in Kind}
    rows |= {f"person, {name}": row for name, row in person["slices"].items()}
    for name, row in rows.items():
        print(
            f"  {name[:33]:34}{_n(row['ap'])}{_n(row['ap50'])}{row['labels']:8}"
            f"{_n(row.get('recall'), 8)}{_n(row.get('false_alarms'), 8)}"
        )
    print(
        f"  A person is seen in {_n(person['image_recall_at_2pct_fpr'], 0)} of the pictures that"
        f" show one, at 2 % false alarms (confidence {_n(person['threshold_at_2pct_fpr'], 0)})."
    )


def _print_clips(numbers: dict[str, Any]) -> None:
    print(f"\nClips ({len(numbers['per_clip'])})")
    print(f"  {'':30}{'found':>8}{'false':>7}{'free s':>8}  seconds to verdict")
    for name, row in numbers["per_clip"].items():
        waits = " ".join(
            "-" if wait is None else f"{wait:.1f}" for wait in row["seconds_to_verdict"]
        )
        alarms = len(row["false_alerts"])
        print(
            f"  {name[:29]:30}{row['found']:>4} / {row['events']}{alarms:7}"
            f"{row['person_free_s']:8.1f}  {waits}"
        )
    for name, row in {**numbers["slices"], "all": numbers}.items():
        print(
            f"  {name[:29]:30} event recall {_n(row['event_recall'], 0)} of {row['events']},"
            f" {_n(row['false_alerts_per_minute'], 0)} false alerts a minute"
            f" ({row['person_free_minutes']:.1f} min),"
            f" {_n(row['seconds_to_verdict_p50'], 0)} s to the verdict"
        )
    for kind, row in numbers["other_kinds"].items():
        print(
            f"  {kind}: reported in {row['reported_with']} of {row['clips_with']} clips that show"
            f" one, in {row['reported_without']} of {row['clips_without']} that do not"
        )


def _n(value: float | None, width: int = 7) -> str:
    return f"{'-' if value is None else f'{value:.3f}':>{width}}"


if __name__ == "__main__":
    sys.exit(main())
