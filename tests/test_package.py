"""What HACS delivers is complete: manifest, weights, pictures, licences."""

import hashlib
import json
from pathlib import Path

from custom_components.camera_smart_alerts.vision.detector import WEIGHTS, WEIGHTS_SHA256

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "custom_components" / "camera_smart_alerts"
MEGABYTE = 1_000_000


def test_the_manifest_asks_for_what_every_system_can_install_and_is_in_the_changelog() -> None:
    manifest = json.loads((PACKAGE / "manifest.json").read_text())
    assert manifest["single_config_entry"]
    # A requirement without a wheel for Alpine Linux keeps the whole integration from loading.
    assert manifest["requirements"] == ["aiortc==1.16.0", "ncnn==1.0.20261020"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{manifest['version']}]" in changelog


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
