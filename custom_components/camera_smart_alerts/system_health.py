"""The lines about us on the system information page."""

from statistics import median
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .data import SmartAlertsConfigEntry
from .diagnostics import package_versions
from .settings import TwoStep


@callback
def async_register(_hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register our lines."""
    register.async_register_info(_async_info, f"/config/integrations/integration/{DOMAIN}")


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what runs, and how quick it was lately."""
    versions = await hass.async_add_executor_job(package_versions)
    info: dict[str, Any] = {"engine": "not running"}
    entries: list[SmartAlertsConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        runtime = entry.runtime_data
        cameras = runtime.cameras.values()
        verdicts = [
            record.hops_ms["verdict"]
            for camera in cameras
            for record in camera.records
            if "verdict" in record.hops_ms
        ]
        if (running := runtime.inference.running) is not None:
            info["engine"] = f"{running.engine.label} {versions[running.engine]}"
        info |= {
            "two_step": TwoStep.from_data(entry.data).replace("_", " "),
            "threads": running.threads if running else 0,
            "cameras": len(cameras),
            "sessions": sum(camera.data.analyzing for camera in cameras),
            "latency": f"{median(verdicts) / 1000:.2f} s" if verdicts else "no motion yet",
        }
    return info
