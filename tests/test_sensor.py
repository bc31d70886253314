"""Sensors: the last person, today's count, how quick we were, how the last motion ended."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    mock_restore_cache_with_extra_data,
)

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, only_camera, subentry
from tests.enrolled import alert, enrolled, entity_id, record, show, state


@pytest.fixture(autouse=True)
def with_the_shy_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable what is off by default."""
    monkeypatch.setattr(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default", property(bool)
    )


async def test_before_anything_happened_there_is_nothing_to_tell(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    for key in ("last_person", "last_outcome", "latency", "inference_time"):
        assert state(hass, coordinator, "sensor", key).state == "unknown"
    assert state(hass, coordinator, "sensor", "detections_today").state == "0"


async def test_the_last_person_is_a_time(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    now = dt_util.utcnow().replace(microsecond=0)
    seen = {Kind.PERSON: now - timedelta(hours=1), Kind.ANIMAL: now}
    await show(hass, coordinator, last_seen=seen)
    shown = state(hass, coordinator, "sensor", "last_person")
    assert shown.state == (now - timedelta(hours=1)).isoformat()
    assert shown.attributes["device_class"] == "timestamp"


async def test_detections_are_counted_per_local_day(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    freezer: FrozenDateTimeFactory,
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-10-05 21:59:30+00:00")
    coordinator = await enrolled(hass, still_camera)
    coordinator.async_seen(Kind.PERSON)
    await hass.async_block_till_done()
    shown = state(hass, coordinator, "sensor", "detections_today")
    assert shown.state == "1"
    assert shown.attributes["state_class"] == "total_increasing"
    freezer.move_to("2026-10-05 22:00:00+00:00")
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state(hass, coordinator, "sensor", "detections_today").state == "0"


async def test_the_latency_is_known_once_the_first_target_has_the_alert(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    await show(hass, coordinator, last_alert=alert())
    assert state(hass, coordinator, "sensor", "latency").state == "unknown"
    hops = {"verdict": 300, "picture": 420, "handed": 456}
    await show(hass, coordinator, last_alert=alert(hops_ms=hops))
    shown = state(hass, coordinator, "sensor", "latency")
    assert shown.state == "0.456"
    assert shown.attributes["unit_of_measurement"] == "s"
    assert hops.items() <= shown.attributes.items(), "the whole receipt"


@pytest.mark.parametrize("outcome", Outcome)
async def test_the_last_outcome_says_how_the_motion_ended_and_why(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, outcome: Outcome
) -> None:
    coordinator = await enrolled(hass, still_camera)
    await show(hass, coordinator, last_motion=record(outcome=outcome, reason="timeout"))
    shown = state(hass, coordinator, "sensor", "last_outcome")
    assert shown.state == outcome
    assert outcome in shown.attributes["options"]
    assert shown.attributes["reason"] == "timeout"
    assert shown.attributes["frames"] == 4
    assert shown.attributes["source"] == "still"


async def test_a_motion_without_frames_says_nothing_about_the_inference_time(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrolled(hass, still_camera)
    await show(hass, coordinator, last_motion=record(frames=0, inference_ms=0.0))
    assert state(hass, coordinator, "sensor", "inference_time").state == "unknown"
    await show(hass, coordinator, last_motion=record())
    shown = state(hass, coordinator, "sensor", "inference_time")
    assert shown.state == "12.3"
    assert shown.attributes["unit_of_measurement"] == "ms"


def before_restart(hass: HomeAssistant, **values: Any) -> None:
    """Remember sensor values from before the restart."""
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(f"sensor.front_door_{key}", str(value)),
                {"native_value": value, "native_unit_of_measurement": None},
            )
            for key, value in values.items()
        ],
    )


async def test_a_restart_keeps_what_the_last_motion_was_like(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    before_restart(
        hass, last_motion="alerted", latency=0.7, inference_time=20.5, detections_today=7
    )
    coordinator = await enrolled(hass, still_camera)
    assert state(hass, coordinator, "sensor", "last_outcome").state == "alerted"
    assert state(hass, coordinator, "sensor", "latency").state == "0.7"
    assert state(hass, coordinator, "sensor", "inference_time").state == "20.5"
    # The count has a memory of its own, which knows what day it is.
    assert state(hass, coordinator, "sensor", "detections_today").state == "0"
    await show(hass, coordinator, last_motion=record(outcome=Outcome.COOLDOWN))
    assert state(hass, coordinator, "sensor", "last_outcome").state == "cooldown"


async def test_an_outcome_that_no_longer_exists_is_forgotten(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    before_restart(hass, last_motion="abducted")
    coordinator = await enrolled(hass, still_camera)
    assert state(hass, coordinator, "sensor", "last_outcome").state == "unknown"


async def test_there_is_no_last_person_where_nobody_looks_for_people(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION, kinds=["animal"]))
    coordinator = only_camera(entry)
    unique_id = f"{coordinator.settings.subentry_id}_last_person"
    assert er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id) is None
    assert entity_id(hass, coordinator, "sensor", "detections_today")
