"""What a person attaches to a problem report."""

import base64
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import (
    CONF_DISPLAYS,
    CONF_ECHO_SHOWS,
    CONF_PHONES,
    CONF_SHARE_ADDRESS,
    CONF_SHARE_SECRET,
    CONF_SPEAKERS,
    DOMAIN,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.diagnostics import (
    async_get_config_entry_diagnostics,
    package_versions,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, only_camera, subentry
from tests.enrolled import alert, record, show
from tests.leak_scanner import leaks
from tests.lessons_kit import remember
from tests.watched_home import WatchedHome

PRIVATE = {
    CONF_PHONES: ["anna-phone-device"],
    CONF_SPEAKERS: ["media_player.annas_bedroom", "notify.anna_speaks"],
    CONF_DISPLAYS: ["media_player.annas_screen"],
    CONF_ECHO_SHOWS: ["anna-echo-device"],
    CONF_SHARE_ADDRESS: "https://annas-alarm.example/hook",
    CONF_SHARE_SECRET: "a very long secret",
}


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> CameraCoordinator:
    """Return an enrolled camera that alerted before."""
    await async_setup_component(hass, "diagnostics", {})
    still_camera.source = "rtsp://anna:secret@192.0.2.1/live"
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION, **PRIVATE))
    camera = only_camera(entry)
    camera.records.append(record(failures={"stream": "timeout"}))
    coordinator_alert = alert(hops_ms={"handed": 500})
    await show(
        hass,
        camera,
        last_alert=coordinator_alert,
        last_seen={Kind.PERSON: coordinator_alert.at},
        present=frozenset({Kind.PERSON}),
    )
    return camera


async def test_they_hold_what_helps(
    hass: HomeAssistant, coordinator: CameraCoordinator, hass_client: ClientSessionGenerator
) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        "x",
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key="camera_missing",
    )
    entry: ConfigEntry[Any] = coordinator.config_entry
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["hub"] == {
        "frames_per_second": 5.0,
        "latency_limit_s": 5.0,
        "pictures_admins_only": False,
        "pictures_two_step_only": False,
        "presence": 0,
        "quiet_hours": False,
        "threads": 2,
        "engine": "automatic",
    }
    assert found["engine"]["running"] in ("onnxruntime", "ncnn")
    assert found["engine"]["threads"] in (1, 2)
    assert found["engine"]["passed_over"] is None
    assert found["two_step"] == "not_asked"
    assert found["home_mode"] is False
    assert found["all_cameras_on"] is True
    assert found["model"]["name"] == "nanodet_g"
    assert len(found["model"]["sha256"]) == 64
    assert found["packages"]["onnxruntime"].startswith("1.")
    assert found["packages"]["ncnn"].startswith("1.")
    assert "camera_missing" in found["issues"]
    (camera,) = found["cameras"]
    assert camera["title"] == "Front door"
    assert camera["motion"] == [MOTION]
    assert camera["settings"]["kinds"] == ["person"]
    assert camera["settings"]["phones"] == 1
    assert camera["settings"]["shared"] is True
    assert camera["settings"]["speakers"] == ["media_player", "notify"]
    assert camera["source"]["entity_id"] == "camera.still"
    assert camera["source"]["integration"].startswith("peer")
    assert camera["source"]["manufacturer"] == "Tests"
    assert camera["source"]["streams"] == []
    assert camera["source"]["webrtc_provider"] is None
    assert camera["state"]["present"] == ["person"]
    assert list(camera["state"]["last_seen"]) == ["person"]
    assert camera["last_alert"]["hops_ms"] == {"handed": 500}
    (analysis,) = camera["analyses"]
    assert analysis["outcome"] == "alerted"
    assert analysis["failures"] == {"stream": "timeout"}
    assert analysis["hops_ms"] == {"first_frame": 100, "verdict": 300}
    assert analysis["alerts"] == 1


async def test_they_tell_nothing_about_people_and_no_secret(
    hass: HomeAssistant, coordinator: CameraCoordinator, hass_client: ClientSessionGenerator
) -> None:
    entry: ConfigEntry[Any] = coordinator.config_entry
    remember(coordinator, "alert")
    (lesson,) = coordinator.learning.async_false_alarm("alert")
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["cameras"][0]["lessons"] == [{"kind": "person", "verdict": "false_alarm"}]
    text = json.dumps(found)
    # Of a lesson neither what it looks like nor where it is.
    for part in ("look", "box"):
        assert json.dumps(lesson.as_dict()[part])[1:-1] not in text
    text = text.lower()
    for private in ("anna", "secret", "rtsp", "192.0.2.1", "token"):
        assert private not in text


async def test_they_hold_no_picture_of_somebody_who_was_just_seen(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
) -> None:
    camera = await home.enrol(still_camera)
    await home.see()
    (kept,) = await home.entry.runtime_data.vault.async_list()
    shown = camera.last_picture
    assert shown is not None

    found = await async_get_config_entry_diagnostics(hass, home.entry)

    # Not even what tells which picture it was.
    assert leaks(found, [kept.id, kept.link_id, "bytes"]) == []
    assert base64.b64encode(shown[30:90]).decode() not in json.dumps(found, default=str)


async def test_a_device_shows_its_own_camera_the_hub_everything(
    hass: HomeAssistant, coordinator: CameraCoordinator, hass_client: ClientSessionGenerator
) -> None:
    entry: ConfigEntry[Any] = coordinator.config_entry
    devices = dr.async_get(hass)

    async def of(identifier: str) -> Any:
        device = devices.async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
        assert device is not None
        return await get_diagnostics_for_device(hass, hass_client, entry, device)

    assert (await of(coordinator.settings.subentry_id))["title"] == "Front door"
    assert len((await of(entry.entry_id))["cameras"]) == 1


async def test_a_camera_that_is_gone_has_no_source(
    hass: HomeAssistant,
    coordinator: CameraCoordinator,
    hass_client: ClientSessionGenerator,
    still_camera: PeerCamera,
) -> None:
    entry: ConfigEntry[Any] = coordinator.config_entry
    await still_camera.async_remove(force_remove=True)
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["cameras"][0]["source"] is None


async def test_a_camera_whose_entity_was_deleted_has_no_source_and_no_alert(
    hass: HomeAssistant, network: WhiteSquareDetector, hass_client: ClientSessionGenerator
) -> None:
    await async_setup_component(hass, "diagnostics", {})
    entry = await enrol(hass, subentry("0123456789abcdef0123456789abcdef", MOTION))
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["cameras"][0]["source"] is None
    assert found["cameras"][0]["last_alert"] is None


def test_a_missing_package_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "custom_components.camera_smart_alerts.diagnostics.PACKAGES", ("numpy", "not-installed-x")
    )
    versions = package_versions()
    assert versions["numpy"]
    assert versions["not-installed-x"] is None


async def test_without_an_engine_they_say_so(
    hass: HomeAssistant, coordinator: CameraCoordinator, hass_client: ClientSessionGenerator
) -> None:
    entry: ConfigEntry[Any] = coordinator.config_entry
    entry.runtime_data.inference.running = None
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["engine"] is None
