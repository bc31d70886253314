"""What helps to understand a problem.

Names of the camera and of its entities, numbers and reasons. A file for a bug report holds the
same, without the names (``report_making.py``). No picture, no text of the user, no
stream address, no device id of a phone, and no alert id: whoever knows one may
answer its notification.
"""

from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.helpers.device import async_entity_id_to_device

from .alerts import Alert, MotionRecord
from .camera_calls import async_find_camera
from .const import DOMAIN
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry
from .engine import Running
from .settings import AUTOMATIC, DEFAULT_MESSAGE, CameraSettings, HubSettings, TwoStep
from .vision.detector import WEIGHTS, WEIGHTS_SHA256

PACKAGES: Final = ("onnxruntime", "ncnn", "aiortc", "av", "numpy", "Pillow")

type Name = Callable[[str], str]
"""What to call an entity."""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SmartAlertsConfigEntry
) -> dict[str, Any]:
    """Return everything about the hub and its cameras."""
    cameras = entry.runtime_data.cameras.values()
    return {
        **await async_hub_facts(hass, entry),
        "cameras": [camera_facts(hass, one, one.settings.title, str) for one in cameras],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: SmartAlertsConfigEntry, device: dr.AnyDeviceEntry
) -> dict[str, Any]:
    """Return everything about one camera; about all of them for the hub."""
    for subentry_id, camera in entry.runtime_data.cameras.items():
        if (DOMAIN, subentry_id) in device.identifiers:
            return camera_facts(hass, camera, camera.settings.title, str)
    return await async_get_config_entry_diagnostics(hass, entry)


async def async_hub_facts(hass: HomeAssistant, entry: SmartAlertsConfigEntry) -> dict[str, Any]:
    """Return everything about the hub."""
    runtime = entry.runtime_data
    issues = ir.async_get(hass).issues.values()
    return {
        "hub": _hub(runtime.hub),
        "two_step": TwoStep.from_data(entry.data),
        "all_cameras_on": runtime.store.all_enabled,
        "home_mode": runtime.home.is_home,
        "model": {"name": WEIGHTS.stem, "sha256": WEIGHTS_SHA256},
        "engine": _engine(runtime.inference.running),
        "packages": await hass.async_add_executor_job(package_versions),
        "issues": [issue.translation_key for issue in issues if issue.domain == DOMAIN],
    }


def package_versions() -> dict[str, str | None]:
    """Return the versions of what does the work, None for what is missing. Blocking."""
    return {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _hub(hub: HubSettings) -> dict[str, Any]:
    """Return the options; of what tells who is home only how many there are."""
    return {
        "frames_per_second": hub.frames_per_second,
        "threads": hub.threads,
        "engine": hub.engine or AUTOMATIC,
        "quiet_hours": hub.quiet_hours is not None,
        "presence": len(hub.presence),
        "latency_limit_s": hub.latency_limit.total_seconds(),
        "pictures_admins_only": hub.admins_only,
        "pictures_two_step_only": hub.two_step_only,
    }


def _engine(running: Running | None) -> dict[str, Any] | None:
    """Return what runs the network, None when nothing does."""
    if running is None:
        return None
    return {
        "running": running.engine,
        "threads": running.threads,
        "passed_over": running.passed_over and str(running.passed_over),
    }


def camera_facts(
    hass: HomeAssistant, camera: CameraCoordinator, title: str, name: Name
) -> dict[str, Any]:
    """Return everything about a camera, by a title and with entities as ``name`` calls them."""
    state = camera.data
    return {
        "title": title,
        "settings": _settings(camera.settings, name),
        "source": _source(hass, camera.camera_entity_id, name),
        "motion": [name(entity_id) for entity_id in camera.motion_entity_ids],
        "state": {
            "available": state.available,
            "enabled": state.enabled,
            "switched_on": camera.control.is_switched_on,
            "mode": camera.control.mode,
            "blind": state.blind,
            "analyzing": state.analyzing,
            "present": sorted(state.present),
            "last_seen": {kind: at.isoformat() for kind, at in state.last_seen.items()},
            "detections_today": state.detections_today,
        },
        "lessons": [
            {"kind": lesson.kind, "verdict": lesson.verdict} for lesson in camera.learning.lessons
        ],
        "last_alert": _alert(state.last_alert),
        "analyses": [_record(record, name) for record in camera.records],
    }


def _settings(settings: CameraSettings, name: Name) -> dict[str, Any]:
    """Return what the user chose; of people's devices only how many there are."""
    alerts = settings.alerts
    return {
        "kinds": sorted(settings.kinds),
        "sensitivity": settings.sensitivity,
        "hold_s": settings.hold.total_seconds(),
        "mode_home": settings.mode_home,
        "mode_away": settings.mode_away,
        "grouped": bool(settings.group),
        "important": settings.important,
        "verify_tls": settings.verify_tls,
        "phones": len(alerts.phones),
        "speakers": [entity_id.partition(".")[0] for entity_id in alerts.speakers],
        "tts_engine": alerts.tts_engine and name(alerts.tts_engine),
        "displays": len(alerts.displays),
        "dashboard": alerts.dashboard is not None,
        "echo_shows": len(alerts.echo_shows),
        "default_message": alerts.message == DEFAULT_MESSAGE,
        "cooldown_s": alerts.cooldown.total_seconds(),
        "critical": alerts.critical,
        "critical_hours": alerts.critical_hours is not None,
        "no_text": alerts.no_text,
        "volume": alerts.volume,
        "confirm_within_s": alerts.confirm_within and alerts.confirm_within.total_seconds(),
        "zones": len(settings.counts.filters.zones),
        "masks": len(settings.counts.masks),
        "picture_style": settings.counts.style,
        "shared": settings.share is not None,
    }


def _source(hass: HomeAssistant, entity_id: str | None, name: Name) -> dict[str, Any] | None:
    """Return what the camera can do, None when its entity is gone."""
    if entity_id is None or (camera := async_find_camera(hass, entity_id)) is None:
        return None
    entry = er.async_get(hass).async_get(entity_id)
    device = async_entity_id_to_device(hass, entity_id)
    return {
        "entity_id": name(entity_id),
        "integration": entry and entry.platform,
        "manufacturer": getattr(device, "manufacturer", None),
        "model": getattr(device, "model", None),
        "available": camera.available,
        "is_on": camera.is_on,
        "supported_features": int(camera.supported_features),
        "streams": sorted(camera.camera_capabilities.frontend_stream_types),
        "webrtc_provider": camera.webrtc_provider and camera.webrtc_provider.domain,
    }


def _alert(alert: Alert | None) -> dict[str, Any] | None:
    if alert is None:
        return None
    return {
        "at": alert.at.isoformat(),
        "kind": alert.kind,
        "count": alert.count,
        "confidence": round(alert.confidence, 3),
        "hops_ms": dict(alert.hops_ms),
        "is_test": alert.is_test,
    }


def _record(record: MotionRecord, name: Name) -> dict[str, Any]:
    return {
        **{key: value for key, value in asdict(record).items() if key != "alert_ids"},
        "at": record.at.isoformat(),
        "trigger": name(record.trigger),
        "alerts": len(record.alert_ids),
    }
