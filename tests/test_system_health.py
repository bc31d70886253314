"""Our lines on the system information page."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.camera_smart_alerts.const import CONF_ENGINE, CONF_THREADS, DOMAIN
from tests.camera_peer import PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, only_camera, subentry
from tests.enrolled import record, show


async def info(hass: HomeAssistant) -> dict[str, Any]:
    """Return our lines."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    async with asyncio.timeout(10):
        return dict(await get_system_health_info(hass, DOMAIN))


async def test_it_tells_the_engine_and_how_quick_it_was(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.process_cpu_count", lambda: 8)
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION), options={CONF_THREADS: 3})
    shown = await info(hass)
    assert shown.pop("engine").startswith("ONNX Runtime 1.")
    assert shown == {
        "two_step": "not asked",
        "threads": 3,
        "cameras": 1,
        "sessions": 0,
        "latency": "no motion yet",
    }
    camera = only_camera(entry)
    camera.records.extend(
        [record(hops_ms={"verdict": ms}) for ms in (400, 500, 9000)] + [record(hops_ms={})]
    )
    await show(hass, camera, analyzing=True)
    shown = await info(hass)
    assert shown["sessions"] == 1
    assert shown["latency"] == "0.50 s"


async def test_it_tells_that_ncnn_runs(hass: HomeAssistant, network: WhiteSquareDetector) -> None:
    await enrol(hass, options={CONF_ENGINE: "ncnn"})
    assert (await info(hass))["engine"].startswith("ncnn 1.")


async def test_without_a_loaded_entry_it_still_answers(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert await info(hass) == {"engine": "not running"}


async def test_without_an_engine_it_says_so(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    entry = await enrol(hass)
    entry.runtime_data.inference.running = None
    shown = await info(hass)
    assert (shown["engine"], shown["threads"]) == ("not running", 0)
