"""Fixtures every test shares: our integration is found, WebRTC stays on loopback, real cameras."""

from collections.abc import Iterator
from functools import partial
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.vision.session import SessionSettings
from tests.camera_peer import (  # noqa: F401 - fixtures
    add_camera,
    clip,
    native_camera,
    still_camera,
    stream_camera,
)
from tests.common import Motions, WhiteSquareDetector
from tests.database_kit import folder  # noqa: F401 - fixture
from tests.fake_phones import phones, push  # noqa: F401 - fixtures
from tests.vault_kit import real_storage  # noqa: F401 - fixture
from tests.watched_home import home, soon  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load our integration; pure tests get no ``hass`` by this."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give each test a configuration folder of its own: the history is a file in it."""
    return hass_tmp_config_dir


@pytest.fixture
def ice_loopback(socket_enabled: None) -> Iterator[None]:
    """Connect WebRTC peers over loopback: the test plugin pretends another network card."""
    with patch("aioice.ice.get_host_addresses", return_value=["127.0.0.1"]):
        yield


@pytest.fixture
def network() -> Iterator[WhiteSquareDetector]:
    """Stand in for the network that ships; see ``WhiteSquareDetector``."""
    detector = WhiteSquareDetector()
    with patch(
        "custom_components.camera_smart_alerts.inference.Detector.load", return_value=detector
    ):
        yield detector


@pytest.fixture
def motions(hass: HomeAssistant) -> Iterator[Motions]:
    """Raise motion at ``MOTION`` and wait for how it ends, in sessions shorter than real ones."""
    short = partial(SessionSettings, burst_s=1.5, cap_s=1.5, settle_s=0.1)
    with patch("custom_components.camera_smart_alerts.motion_session.SessionSettings", short):
        yield Motions(hass)
