"""The measuring itself: numbers that can be checked by hand."""

from dataclasses import replace
import json
from pathlib import Path

import numpy as np
from PIL import Image
import pytest
from scripts.evaluation import __main__ as command
from scripts.evaluation.clips import ClipScore, Playback, person_free_s, score, totals
from scripts.evaluation.pictures import (
    Picture,
    average_precision,
    count,
    read,
    recall_at_false_alarms,
)

from vision.datatypes import Box, Detection, Frame, Kind, RgbImage, Sensitivity
from vision.detector import Detector
from vision.errors import SourceError
from vision.runtime import Engine

from .footage import make_clip

type Boxes = list[tuple[float, float, float, float]]

A, B = (0.0, 0.0, 100.0, 100.0), (200.0, 0.0, 300.0, 100.0)
HALF_OF_A = (0.0, 0.0, 100.0, 60.0)


def picture(
    labels: Boxes,
    found: list[tuple[tuple[float, float, float, float], float]],
    *,
    crowd: list[bool] | None = None,
    labelled: bool = True,
    present: bool = True,
) -> Picture:
    """Return a picture with people labelled and found."""
    none = np.zeros((0, 4), np.float32)
    order = sorted(found, key=lambda one: -one[1])
    return Picture(
        subset="made",
        lighting="day",
        person_present=present,
        labelled=frozenset({Kind.PERSON} if labelled else ()),
        boxes={Kind.PERSON: np.array(labels, np.float32).reshape(-1, 4)},
        crowd={Kind.PERSON: np.array(crowd or [False] * len(labels), bool)},
        found={
            Kind.PERSON: (
                np.array([box for box, _ in order], np.float32).reshape(-1, 4),
                np.array([sure for _, sure in order], np.float32),
            ),
            Kind.ANIMAL: (none, np.zeros(0, np.float32)),
        },
    )


@pytest.mark.parametrize(
    ("pictures", "ap", "ap50"),
    [
        pytest.param([picture([A, B], [(A, 0.9), (B, 0.8)])], 1.0, 1.0, id="perfect"),
        pytest.param([picture([A], [])], 0.0, 0.0, id="nothing-found"),
        pytest.param([picture([A], [(HALF_OF_A, 0.9)])], 0.3, 1.0, id="counts-up-to-iou-.6"),
        pytest.param([picture([A, B], [(A, 0.9)])], 51 / 101, 51 / 101, id="half-of-the-recalls"),
        pytest.param([picture([A], [(B, 0.9), (A, 0.8)])], 0.5, 0.5, id="a-surer-false-one"),
        pytest.param([picture([A], [(A, 0.9), (B, 0.8)])], 1.0, 1.0, id="a-less-sure-false-one"),
        pytest.param([picture([A], [(A, 0.9), (A, 0.95)])], 1.0, 1.0, id="a-duplicate-afterwards"),
        pytest.param(
            [picture([A, B], [(B, 0.95), (B, 0.9), (A, 0.8)], crowd=[False, True])],
            1.0,
            1.0,
            id="an-ignore-region-takes-any-number",
        ),
        pytest.param(
            [picture([A], [(A, 0.5)]), picture([B], [(A, 0.9)], labelled=False)],
            1.0,
            1.0,
            id="an-unlabelled-picture-does-not-count",
        ),
    ],
)
def test_average_precision_is_cocos(pictures: list[Picture], ap: float, ap50: float) -> None:
    found = average_precision(pictures, Kind.PERSON)
    assert found[:2] == pytest.approx((ap, ap50))


def test_without_labels_there_is_no_average_precision() -> None:
    assert average_precision([], Kind.PERSON) == (None, None, 0)
    assert average_precision([picture([], [(A, 0.9)])], Kind.PERSON) == (None, None, 0)


def test_other_sizes_are_neither_right_nor_wrong() -> None:
    small = (500.0, 500.0, 520.0, 520.0)
    mixed = [picture([A, small], [(A, 0.9), (B, 0.8), (small, 0.5)])]
    assert average_precision(mixed, Kind.PERSON, (0, 32**2)) == (1.0, 1.0, 1)
    assert average_precision(mixed, Kind.PERSON, (96**2, 1e12)) == (1.0, 1.0, 1)


def test_recall_is_taken_at_the_threshold_that_lets_two_in_a_hundred_through() -> None:
    nobody = [picture([], [(A, n / 200)], present=False) for n in range(100)]
    people = [picture([A], [(A, sure)]) for sure in (0.4851, 0.484, 0.9, 0.2)]
    recall, threshold = recall_at_false_alarms([*people, *nobody])
    assert threshold == pytest.approx(97 / 200)
    assert recall == 0.5
    assert recall_at_false_alarms(people) == (None, None)
    assert recall_at_false_alarms(nobody) == (None, None)


@pytest.mark.parametrize(
    ("busy", "free"),
    [
        pytest.param([], 10, id="nobody"),
        pytest.param([(2, 4)], 7, id="with-tolerance"),
        pytest.param([(0, 3), (2, 6)], 3.5, id="overlapping"),
        pytest.param([(6, 10), (0, 1)], 4, id="out-of-order-and-to-the-end"),
    ],
)
def test_time_without_people(busy: list[tuple[float, float]], free: float) -> None:
    assert person_free_s(10, busy, 0.5) == free


class White:
    """Stands in for the network: what is white is a person."""

    def look(self, image: RgbImage, region: Box | None, min_confidence: float) -> list[Detection]:
        rows, columns = np.nonzero(image.min(axis=2) > 200)
        if rows.size < 50:
            return []
        box = Box(*map(float, (columns.min(), rows.min(), columns.max(), rows.max())))
        return [Detection(box, Kind.PERSON, 0.8)]


def visits(index: int) -> RgbImage:
    """Return 320 x 240 pixels at ten a second: somebody from 2 to 4 and from 7 to 9 seconds."""
    image = np.full((240, 320, 3), 80, np.uint8)
    if 20 <= index < 40 or 70 <= index < 90:
        x = 20 + 12 * (index % 10)
        image[100:180, x : x + 30] = 250
    return image


CLIP = {
    "file": "visits.mp4",
    "duration_s": 10.0,
    "person_intervals": [[2.0, 4.0], [7.0, 9.0]],
    "ambiguous_intervals": [],
    "tolerance_s": 0.3,
    "lighting": "made",
    "other_objects": ["car", "insects"],
}


@pytest.mark.parametrize(
    ("people", "ambiguous", "expected"),
    [
        pytest.param([[2, 4], [7, 9]], [], (2, 0, 4.8), id="both"),
        pytest.param([[2, 4]], [], (1, 1, 7.4), id="the-second-is-false"),
        pytest.param([[2, 4]], [[7, 9]], (1, 0, 4.8), id="the-second-is-unclear"),
        pytest.param([[0, 1]], [[2, 4], [7, 9]], (0, 0, 3.5), id="the-first-is-missed"),
    ],
)
async def test_verdicts_are_compared_with_the_times_of_people(
    tmp_path: Path,
    people: list[list[float]],
    ambiguous: list[list[float]],
    expected: tuple[int, int, float],
) -> None:
    found, alarms, free = expected
    make_clip(tmp_path / "visits.mp4", seconds=10, draw=visits)
    clip = CLIP | {"person_intervals": people, "ambiguous_intervals": ambiguous}
    result = await score(tmp_path, clip, White(), Sensitivity.BALANCED, 5.0)
    assert sum(wait is not None for wait in result.found_after) == found
    assert all(0.3 < wait < 1.5 for wait in result.found_after if wait is not None)
    assert len(result.false_alerts) == alarms
    assert result.person_free_s == pytest.approx(free)
    assert result.others == {Kind.VEHICLE}
    assert result.others_found == frozenset()
    assert result.sessions >= 2
    assert result.inconclusive <= 1


def test_totals_are_over_intervals_and_minutes_not_over_clips() -> None:
    one = ClipScore(
        file="a",
        lighting="day",
        intervals=((0, 1), (2, 3)),
        found_after=(0.5, None),
        false_alerts=(),
        person_free_s=60,
        others=frozenset(),
        others_found=frozenset(),
        sessions=2,
        inconclusive=0,
    )
    other = replace(one, intervals=(), found_after=(), false_alerts=(1.0, 2.0), person_free_s=60)
    assert totals([one, other]) == {
        "events": 2,
        "event_recall": 0.5,
        "false_alerts": 2,
        "person_free_minutes": 2,
        "false_alerts_per_minute": 1,
        "seconds_to_verdict_p50": 0.5,
        "seconds_to_verdict_max": 0.5,
    }
    assert set(totals([]).values()) == {0, None}


async def test_a_clip_that_is_over_says_so() -> None:
    source = Playback(iter([Frame(visits(0), 0.5)]))
    assert not source.is_over
    await source.wait()
    assert source.clock() == 0.5
    assert source.take() is not None
    assert source.is_over
    with pytest.raises(SourceError, match="ended"):
        await source.wait()


def dataset(folder: Path, *, clips: bool = True, pictures: bool = True) -> Path:
    """Write footage and labels of every sort."""
    if pictures:
        (folder / "images").mkdir()
        for name in ("a.png", "b.png", "c.png"):
            Image.new("RGB", (64, 48), (90, 90, 90)).save(folder / "images" / name)
        info = {"subset": "made", "lighting": "day", "width": 64, "height": 48}
        (folder / "annotations.json").write_text(
            json.dumps(
                {
                    "images": [
                        info
                        | {"id": 1, "file_name": "a.png", "person_present": True}
                        | {"labelled": "all80"},
                        info
                        | {"id": 2, "file_name": "b.png", "person_present": False}
                        | {"labelled": ["person", "cat"]},
                    ],
                    "annotations": [
                        {"image_id": 1, "category_id": 0, "bbox": [4, 4, 20, 40], "iscrowd": 0},
                        {"image_id": 1, "category_id": 0, "bbox": [30, 4, 20, 40]},
                        {"image_id": 1, "category_id": 2, "bbox": [1, 1, 9, 9], "iscrowd": 1},
                        {"image_id": 1, "category_id": 80, "bbox": [1, 1, 9, 9], "iscrowd": 0},
                    ],
                }
            )
        )
        (folder / "image_level.json").write_text(
            json.dumps({"images": [{"file_name": "c.png", "person_present": True}]})
        )
    if clips:
        (folder / "clips").mkdir()
        make_clip(folder / "clips" / "visits.mp4", seconds=2, draw=visits)
        clip = CLIP | {"duration_s": 2.0, "person_intervals": []}
        (folder / "clips" / "clips.json").write_text(json.dumps({"clips": [clip]}))
    return folder


def test_labels_are_read_with_what_they_do_not_label(tmp_path: Path) -> None:
    folder = dataset(tmp_path, clips=False)
    first, second, third = read(folder, Detector.load())
    assert count(folder) == 3
    assert first.labelled == frozenset(Kind)
    assert first.boxes[Kind.PERSON].tolist() == [[4, 4, 24, 44], [30, 4, 50, 44]]
    assert first.crowd[Kind.VEHICLE].tolist() == [True]
    assert first.person_confidence < 0.5
    assert (second.labelled, second.person_present) == ({Kind.PERSON}, False)
    assert (third.labelled, third.subset) == (frozenset(), "?")


KEYS = {
    "person.ap",
    "person.ap50",
    "person.image_recall_at_2pct_fpr",
    "clips.event_recall",
    "clips.false_alerts_per_minute",
    "clips.seconds_to_verdict_p50",
    "clips.per_clip",
}


@pytest.mark.parametrize(
    ("clips", "pictures"), [(True, True), (True, False), (False, True)], ids=str
)
def test_any_part_may_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], clips: bool, pictures: bool
) -> None:
    folder = dataset(tmp_path, clips=clips, pictures=pictures)
    file = tmp_path / "numbers.json"
    assert command.main([str(folder), "--json", str(file)]) == 0
    numbers = json.loads(file.read_text())
    assert numbers.keys() >= KEYS
    for key in KEYS:
        group, name = key.split(".")
        assert numbers[key] == numbers[group][name]
    assert (numbers["person.ap"] is not None) is pictures
    assert (numbers["clips.false_alerts_per_minute"] == 0) is clips
    shown = capsys.readouterr()
    assert ("Pictures" in shown.out) is pictures
    assert ("visits.mp4" in shown.out) is clips
    assert ("visits.mp4" in shown.err) is clips


def test_another_engine_can_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded: list[Engine] = []
    load = Detector.load
    monkeypatch.setattr(
        command.Detector, "load", lambda engine: loaded.append(engine) or load(engine)
    )
    folder = dataset(tmp_path, clips=False)
    said = []
    for options in ([], ["--engine", "ncnn"]):
        assert command.main([str(folder), *options]) == 0
        said.append(capsys.readouterr().out)
    assert loaded == [Engine.ONNX_RUNTIME, Engine.NCNN]
    assert said[0] == said[1]


def test_no_file_is_written_unasked(tmp_path: Path) -> None:
    folder = dataset(tmp_path, pictures=False)
    before = sorted(folder.rglob("*"))
    assert command.main([str(folder)]) == 0
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_without_footage_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit):
        command.main([str(tmp_path / name)])
    assert "folder" in (error := capsys.readouterr().err) or "holds neither" in error
