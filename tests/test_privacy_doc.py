"""The privacy statement promises nothing that no test holds."""

import ast
from pathlib import Path
import re

import pytest

from custom_components.camera_smart_alerts.vision.datatypes import Kind

ROOT = Path(__file__).parents[1]
STATEMENT = (ROOT / "docs" / "privacy.md").read_text()
NAMED = sorted(set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", STATEMENT)))


def test_promises_name_their_tests() -> None:
    promises = STATEMENT.partition("## What is promised")[2].partition("## What is contacted")[0]
    for promise in promises.split("\n- ")[1:]:
        assert re.search(r"tests/\w+\.py::\w+", promise), promise
    assert len(NAMED) > 30


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda text: Path(text).stem)
def test_every_test_that_is_named_exists_and_is_run(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text())
    (found,) = (
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    )
    marks = [ast.unparse(mark) for mark in found.decorator_list]
    assert not [
        mark for mark in marks if mark.startswith(("pytest.mark.skip(", "pytest.mark.xfail"))
    ]


def test_three_kinds_are_all_that_anybody_is_called() -> None:
    assert set(Kind) == {"person", "animal", "vehicle"}
    # One network for both engines, whose answers are those; ``test_weights.py`` has its checksums.
    weights = ROOT / "custom_components" / "camera_smart_alerts" / "vision" / "weights"
    assert {path.name for path in weights.iterdir()} == {
        *("LICENSE", "README.md"),
        *("nanodet_g.onnx", "nanodet_g.ncnn.json", "nanodet_g.ncnn.param"),
    }


@pytest.mark.parametrize("page", ["README.md", "docs/guide.md"])
def test_the_statement_is_found_from_where_people_start(page: str) -> None:
    assert "privacy.md)" in (ROOT / page).read_text()
