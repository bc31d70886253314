"""Zones and masks as people write them."""

from pathlib import Path
import re

from hypothesis import given, strategies as st
import pytest

from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.zones import ShapeFault, Zone
from custom_components.camera_smart_alerts.zone_text import LineFault, parse_masks, parse_zones

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
CORNERS = "0,0 100,0 100,50 0,50"
PERSON, VEHICLE = Kind.PERSON, Kind.VEHICLE


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        pytest.param(f"Garden: {CORNERS}", Zone("Garden", SQUARE), id="plain"),
        pytest.param(
            "  Front garden :  0, 0   100 , 0;100%,50%  0,50 ",
            Zone("Front garden", SQUARE),
            id="sloppy",
        ),
        pytest.param(
            "Path: 12.5,0 100,0 100,50", Zone("Path", ((0.125, 0), (1, 0), (1, 0.5))), id="decimals"
        ),
        pytest.param(f"not Street: {CORNERS}", Zone("Street", SQUARE, exclude=True), id="not"),
        pytest.param(f"NOT  Street:{CORNERS}", Zone("Street", SQUARE, exclude=True), id="NOT"),
        pytest.param(f"Nothing: {CORNERS}", Zone("Nothing", SQUARE), id="only-a-word"),
        pytest.param(
            f"Drive [vehicle, Person]: {CORNERS}",
            Zone("Drive", SQUARE, frozenset({PERSON, VEHICLE})),
            id="kinds",
        ),
        pytest.param(
            f"not Drive[vehicle]: {CORNERS}",
            Zone("Drive", SQUARE, frozenset({VEHICLE}), exclude=True),
            id="both",
        ),
        pytest.param(f"Trädgård 2: {CORNERS}", Zone("Trädgård 2", SQUARE), id="any-letters"),
    ],
)
def test_a_line_is_a_zone(line: str, zone: Zone) -> None:
    assert parse_zones(line) == ((zone,), ())


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param("Garden", LineFault.NO_SHAPE, id="a-name"),
        pytest.param("Garden:", LineFault.NO_SHAPE, id="no-corners"),
        pytest.param(CORNERS, LineFault.NO_SHAPE, id="no-name"),
        pytest.param(f": {CORNERS}", LineFault.NO_SHAPE, id="empty-name"),
        pytest.param("Garden: 0,0 100 100,50", LineFault.NO_SHAPE, id="half-a-corner"),
        pytest.param("Garden: here", LineFault.NO_SHAPE, id="words"),
        pytest.param(f"Garden [cat]: {CORNERS}", LineFault.UNKNOWN_KIND, id="unknown-kind"),
        pytest.param(f"Garden []: {CORNERS}", LineFault.UNKNOWN_KIND, id="no-kind"),
        pytest.param("Garden: 0,0 100,50", ShapeFault.TOO_FEW_POINTS, id="two-corners"),
        pytest.param("Garden: 0,0 101,0 50,50", ShapeFault.OUTSIDE_PICTURE, id="outside"),
        pytest.param("Garden: 0,0 -1,0 50,50", ShapeFault.OUTSIDE_PICTURE, id="negative"),
        pytest.param("Garden: 0,0 90,90 90,0 0,90", ShapeFault.CROSSES_ITSELF, id="bow-tie"),
        pytest.param(
            "Garden:" + " 1,1" * 3000, ShapeFault.TOO_FEW_POINTS, id="one-corner-very-often"
        ),
    ],
)
def test_a_line_that_is_no_zone_is_named_and_left_out(
    line: str, fault: LineFault | ShapeFault
) -> None:
    zones, (problem,) = parse_zones(f"\nLawn: {CORNERS}\n\n{line}\n")
    assert [zone.name for zone in zones] == ["Lawn"]
    assert (problem.line, problem.fault) == (4, fault)
    assert problem.text.startswith(line[:10].strip())
    assert len(problem.text) <= 41


def test_masks_are_written_like_zones() -> None:
    assert parse_masks(f"Neighbor: {CORNERS}\n: {CORNERS}") == ((SQUARE, SQUARE), ())


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        pytest.param("A: 10,20 90,60", ((0.1, 0.2), (0.9, 0.2), (0.9, 0.6), (0.1, 0.6)), id="two"),
        pytest.param(
            "A: 0,0 120,50 100,0 -5,50", ((0, 0), (1, 0), (1, 0.5), (0, 0.5)), id="crossed-outside"
        ),
        pytest.param("0,0 100,50", ((0, 0), (1, 0), (1, 0.5), (0, 0.5)), id="no-name"),
        pytest.param("A: 10,20", None, id="one"),
        pytest.param("garbage", None, id="none"),
    ],
)
def test_a_mask_that_is_no_area_hides_what_lies_between_its_corners(
    line: str, hidden: object
) -> None:
    masks, (problem,) = parse_masks(line)
    assert masks == (() if hidden is None else (hidden,))
    assert problem.line == 1


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    parse_zones(text)
    parse_masks(text)


def test_the_example_of_the_guide_is_read() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "guide.md").read_text()
    (example,) = re.findall(r"^```text\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    zones, problems = parse_zones(example)
    assert problems == ()
    assert [(zone.name, zone.exclude) for zone in zones] == [
        ("Path", False),
        ("Street", True),
        ("Lawn", False),
    ]
