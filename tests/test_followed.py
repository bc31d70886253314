"""Whom a camera tells is known by registry ids, so that a rename loses nobody."""

from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.camera_smart_alerts.const import (
    CONF_DISPLAYS,
    CONF_SPEAKERS,
    CONF_TTS_ENGINE,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.test_alert import async_test_alert
from tests.camera_dialog import register
from tests.camera_peer import PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, enrol_only, only_camera, subentry

PLAYER = "media_player.hub"
VOICE = "tts.piper"


def told(camera: CameraCoordinator) -> tuple[Any, ...]:
    alerts = camera.settings.alerts
    return alerts.speakers, alerts.tts_engine, alerts.displays


async def test_a_renamed_speaker_voice_and_display_are_told_by_every_camera_of_theirs(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    player, voice = register(hass, PLAYER), register(hass, VOICE)
    targets = {CONF_SPEAKERS: [player], CONF_TTS_ENGINE: voice, CONF_DISPLAYS: [player]}
    entry = await enrol(
        hass,
        subentry("camera.front", MOTION, **targets),
        subentry("camera.back", MOTION, **targets),
    )
    for old, new in ((PLAYER, "media_player.hall"), (VOICE, "tts.anna")):
        with patch.object(
            hass.config_entries,
            "async_schedule_reload",
            wraps=hass.config_entries.async_schedule_reload,
        ) as reload:
            er.async_get(hass).async_update_entity(old, new_entity_id=new)
            await hass.async_block_till_done()
        assert reload.call_count == 1, "once for all cameras"
    expected = ("media_player.hall",), "tts.anna", ("media_player.hall",)
    assert [told(camera) for camera in entry.runtime_data.cameras.values()] == [expected, expected]


async def test_an_alert_reaches_a_speaker_by_its_new_name(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    said = async_mock_service(hass, "notify", "send_message")
    kitchen = register(hass, "notify.kitchen")
    entry = (await enrol_only(hass, still_camera, **{CONF_SPEAKERS: [kitchen]})).config_entry
    er.async_get(hass).async_update_entity("notify.kitchen", new_entity_id="notify.hall")
    hass.states.async_set("notify.hall", "unknown")
    await hass.async_block_till_done()
    (result,) = await async_test_alert(only_camera(entry))
    assert (result.target, result.ok) == ("notify.hall", True)
    assert [call.data["entity_id"] for call in said] == ["notify.hall"]


async def test_what_is_removed_keeps_its_name_and_is_told_again_when_it_is_back(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    registry, kitchen, never = er.async_get(hass), register(hass, "notify.kitchen"), "f" * 32
    entry = (
        await enrol_only(hass, still_camera, **{CONF_SPEAKERS: [kitchen, never, "notify.plain"]})
    ).config_entry
    assert told(only_camera(entry)) == (("notify.kitchen", never, "notify.plain"), None, ())
    before = only_camera(entry)
    registry.async_remove("notify.kitchen")
    hass.states.async_remove("notify.kitchen")
    await hass.async_block_till_done()
    assert only_camera(entry) is not before
    assert told(only_camera(entry)) == told(before)
    results = await async_test_alert(only_camera(entry))
    assert [(one.target, one.error) for one in results][:2] == [
        ("notify.kitchen", "gone"),
        (never, "gone"),
    ]
    again = registry.async_get_or_create(
        "notify", "peer", "notify.kitchen", suggested_object_id="hall"
    )
    assert again.id == kitchen
    await hass.async_block_till_done()
    assert told(only_camera(entry))[0][0] == again.entity_id
