"""Our English texts and icons, as fixtures."""

import json

import pytest

from tests.sources import PACKAGE
from tests.texts import Texts


@pytest.fixture(scope="module")
def english() -> Texts:
    return json.loads((PACKAGE / "translations" / "en.json").read_text())


@pytest.fixture(scope="module")
def icons() -> Texts:
    return json.loads((PACKAGE / "icons.json").read_text())
