"""A folder of labelled footage, and what is read of it."""

import json
from pathlib import Path

from PIL import Image
import pytest
from scripts.evaluation import __main__ as command
from scripts.evaluation.pictures import (
    count,
    read,
)

from vision.datatypes import Kind
from vision.detector import Detector
from vision.runtime import Engine

from .footage import make_clip
from .labelled import CLIP, visits


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
