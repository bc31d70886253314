"""Real footage and labelled pictures: they lie beside the checkout, never in it."""

from pathlib import Path

import pytest

DEV = Path(__file__).parents[3] / "shared" / "data" / "dev"
needs_footage = pytest.mark.skipif(
    not DEV.is_dir(), reason="needs the labelled footage beside the checkout (shared/data/dev)"
)
