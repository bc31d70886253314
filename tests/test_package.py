"""What HACS delivers is complete: manifest, translations, pictures, licences."""

import hashlib
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.channel import Failure
from custom_components.camera_smart_alerts.vision.datatypes import Kind, Sensitivity
from custom_components.camera_smart_alerts.vision.detector import WEIGHTS, WEIGHTS_SHA256
from custom_components.camera_smart_alerts.vision.errors import SourceFailure

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "custom_components" / "camera_smart_alerts"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def english() -> Any:
    return json.loads((PACKAGE / "translations" / "en.json").read_text())


def test_the_manifest_is_as_home_assistant_wants_it() -> None:
    manifest = json.loads((PACKAGE / "manifest.json").read_text())
    keys = list(manifest)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    required = {"codeowners", "documentation", "iot_class", "issue_tracker", "version"}
    assert required <= set(keys)
    assert manifest["single_config_entry"]
    # A requirement without a wheel for Alpine Linux keeps the whole integration from loading.
    assert manifest["requirements"] == ["aiortc==1.16.0"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{manifest['version']}]" in changelog


def test_every_reason_a_person_may_read_is_translated(english: Any) -> None:
    outcomes = english["entity"]["sensor"]["last_outcome"]["state"]
    assert set(outcomes) == set(Outcome)
    selectors = english["selector"]
    assert set(selectors["kind"]["options"]) == set(Kind)
    assert set(selectors["sensitivity"]["options"]) == set(Sensitivity)
    assert set(SourceFailure) <= set(selectors["failure"]["options"])


def test_every_repair_issue_is_translated_and_none_is_left_over(english: Any) -> None:
    source = "\n".join(path.read_text() for path in PACKAGE.glob("*.py"))
    issues = set(english["issues"])
    raised = {
        "message_template",
        "model_unusable",
        "motion_missing",
        *(name for name in issues if name.startswith("camera_")),
        *(f"delivery_failed_{failure}" for failure in set(Failure) - {Failure.STOPPED}),
    }
    assert issues == raised
    for name in issues:
        assert name.partition("_")[0] in source
        assert english["issues"][name].keys() == {"title", "description"}


def test_every_exception_raised_is_translated(english: Any) -> None:
    pattern = re.compile(r"Error\((?:[^()]|\([^()]*\))*?translation_key=\"(\w+)\"", re.DOTALL)
    for path in PACKAGE.glob("*.py"):
        for key in pattern.findall(path.read_text()):
            assert key in english["exceptions"], f"{path.name}: {key}"


def test_the_weights_are_the_ones_that_were_measured_and_small_enough() -> None:
    weights = list((PACKAGE / "vision" / "weights").iterdir())
    assert WEIGHTS in weights
    assert sum(path.stat().st_size for path in weights) <= 15 * MEGABYTE
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == WEIGHTS_SHA256
    card = (ROOT / "models" / "MODEL_CARD.md").read_text()
    assert WEIGHTS_SHA256 in card
    assert WEIGHTS.name in (ROOT / "NOTICE").read_text()


def test_the_brand_pictures_are_there() -> None:
    for name in ("icon.png", "icon@2x.png", "logo.png", "logo@2x.png"):
        assert (PACKAGE / "brand" / name).read_bytes().startswith(b"\x89PNG")
