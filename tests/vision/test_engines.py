"""Both engines see the same, and each works where the other cannot be installed."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
import subprocess
import sys

import numpy as np
from PIL import Image
import pytest

from tests.vision.real import DEV, needs_footage
from vision.datatypes import Detection
from vision.detector import MIN_CONFIDENCE, Detector
from vision.runtime import Engine

ROOT = Path(__file__).parents[2]
SURE = MIN_CONFIDENCE + 0.01
"""Less certain things may be above the threshold in one engine and below it in the other."""

SESSION = """
import asyncio, sys
from pathlib import Path

sys.modules[sys.argv[1]] = None
from scripts.evaluation.clips import play
from vision.datatypes import Kind, Sensitivity
from vision.detector import Detector
from vision.runtime import Engine

detector = Detector.load(Engine(sys.argv[2]), threads=1)
alerts, _ = asyncio.run(play(Path(sys.argv[3]), detector, Sensitivity.BALANCED, 5.0))
print([(alert.kind.value, round(alert.at, 2), round(alert.confidence, 2)) for alert in alerts])
"""


@cache
def detectors() -> tuple[Detector, Detector]:
    return Detector.load(Engine.ONNX_RUNTIME), Detector.load(Engine.NCNN, threads=1)


def strangers(seen: Sequence[Detection], other: Sequence[Detection]) -> list[Detection]:
    """Return what one engine is sure of and the other does not see just there, just so surely."""

    def is_same(one: Detection, two: Detection) -> bool:
        return (
            one.kind is two.kind
            and abs(one.confidence - two.confidence) <= 0.01
            and max(abs(a - b) for a, b in zip(one.box, two.box, strict=True)) <= 2
        )

    sure = [one for one in seen if one.confidence >= SURE]
    return [one for one in sure if not any(is_same(one, two) for two in other)]


@needs_footage
@pytest.mark.parametrize(("method", "every"), [("detect", 1), ("examine", 7)])
def test_both_engines_see_the_same_in_every_picture(method: str, every: int) -> None:
    pictures = sorted((DEV / "images").iterdir())[::every]
    for file in pictures:
        image = np.asarray(Image.open(file).convert("RGB"))
        ours, theirs = (getattr(one, method)(image) for one in detectors())
        assert strangers(ours, theirs) == strangers(theirs, ours) == [], file.name
    assert pictures


@needs_footage
def test_a_session_needs_only_its_own_engine_and_comes_to_the_same() -> None:
    stories = [
        subprocess.run(
            [
                *(sys.executable, "-c", SESSION, absent.value, present.value),
                DEV / "clips" / "sidewalk_pedestrians.mp4",
            ],
            check=True,
            capture_output=True,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'custom_components' / 'camera_smart_alerts'}"},
            text=True,
            timeout=100,
        )
        for absent, present in (
            (Engine.ONNX_RUNTIME, Engine.NCNN),
            (Engine.NCNN, Engine.ONNX_RUNTIME),
        )
    ]
    assert "person" in stories[0].stdout
    assert stories[0].stdout == stories[1].stdout
    assert stories[0].stderr == stories[1].stderr == ""
