"""The event of every alert."""

from homeassistant.core import HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    mock_restore_cache_with_extra_data,
)

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.enrolled import alert, enrolled, show, state


@pytest.mark.parametrize("kind", Kind)
async def test_an_alert_fires_with_its_kind_and_small_attributes(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, kind: Kind
) -> None:
    coordinator = await enrolled(hass, still_camera)
    assert state(hass, coordinator, "event", "smart_alert").state == "unknown"
    await show(hass, coordinator, last_alert=alert(kind=kind, count=2))
    attributes = state(hass, coordinator, "event", "smart_alert").attributes
    assert attributes["event_type"] == kind
    assert attributes["event_types"] == ["person", "animal", "vehicle"]
    assert attributes["confidence"] == 0.912
    assert attributes["count"] == 2
    assert attributes["latency"] == 0.42
    assert attributes["visit_id"] == visit_id("secret-alert-id")
    assert "secret-alert-id" not in str(attributes), "whoever knows it may answer the alert"


async def test_the_same_alert_fires_once_a_new_one_again(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    first = alert()
    await show(hass, coordinator, last_alert=first)
    fired = state(hass, coordinator, "event", "smart_alert").state
    complete = alert(at=first.at, hops_ms={"handed": 500})
    await show(hass, coordinator, last_alert=complete, analyzing=True)
    assert state(hass, coordinator, "event", "smart_alert").state == fired
    await show(hass, coordinator, last_alert=alert(id="another", kind=Kind.ANIMAL))
    again = state(hass, coordinator, "event", "smart_alert")
    assert again.state > fired
    assert again.attributes["event_type"] == "animal"


async def test_a_restart_shows_the_last_event_and_fires_none(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    before = "2026-10-01T10:00:00.000+00:00"
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State("event.front_door_smart_alert", before),
                {"last_event_type": "person", "last_event_attributes": {"count": 3}},
            )
        ],
    )
    changes = async_capture_events(hass, "state_changed")
    coordinator = await enrolled(hass, still_camera)
    shown = state(hass, coordinator, "event", "smart_alert")
    assert shown.state == before
    assert shown.attributes["count"] == 3
    await show(hass, coordinator, analyzing=True)
    assert {
        change.data["new_state"].state
        for change in changes
        if change.data["entity_id"] == shown.entity_id
    } == {before}


async def test_a_person_at_the_door_fires_with_the_seconds_it_took(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    motions = Motions(hass)
    coordinator = await enrolled(hass, still_camera)
    await motions.run()
    attributes = state(hass, coordinator, "event", "smart_alert").attributes
    assert attributes["event_type"] == "person"
    assert 0 < attributes["latency"] < 20
    assert attributes["visit_id"] == visit_id(coordinator.records[-1].alert_ids[0])
