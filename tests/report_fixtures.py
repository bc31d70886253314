"""An administrator in the dialog that makes a file for a bug report."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import (
    CONF_TTS_ENGINE,
)
from tests.camera_peer import PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, subentry
from tests.report_kit import (
    Begin,
    ReportDialog,
    visited,
)
from tests.test_diagnostics import PRIVATE


@pytest.fixture
async def begin(
    hass: HomeAssistant, still_camera: PeerCamera, hass_client: ClientSessionGenerator
) -> Begin:
    """Return a function that enrols the camera and puts an administrator before the dialog."""
    assert await async_setup_component(hass, "config", {})
    still_camera.source = "rtsp://anna:secret@192.0.2.1/live"

    async def begin(*others: Any, **data: Any) -> ReportDialog:
        chosen = {**PRIVATE, CONF_TTS_ENGINE: "tts.annas_voice", **data}
        entry = await enrol(hass, subentry(still_camera.entity_id, MOTION, **chosen), *others)
        return ReportDialog(hass, await hass_client(), entry, {})

    return begin


@pytest.fixture
async def report(network: WhiteSquareDetector, begin: Begin) -> ReportDialog:
    """Return an administrator of a camera that has seen somebody."""
    report = await begin()
    await visited(report)
    return report
