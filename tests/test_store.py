"""What survives a restart."""

from datetime import UTC, date, datetime
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.store import CameraMemory, StateStore
from custom_components.camera_smart_alerts.vision.datatypes import Kind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)


async def test_memories_come_back_and_removed_cameras_are_forgotten(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    store = StateStore(hass)
    await store.async_load(["front", "back"])
    front = store.camera("front")
    front.policy.enabled = False
    front.last_seen[Kind.PERSON] = NOW
    front.add_detection(TODAY)
    front.remember_alert("abc")
    store.all_enabled = False
    await store.async_save()

    again = StateStore(hass)
    await again.async_load(["front"])
    assert again.camera("front") == front
    assert not again.all_enabled
    await again.async_save()
    assert list(hass_storage[DOMAIN]["data"]["cameras"]) == ["front"]

    await again.async_remove()
    assert DOMAIN not in hass_storage


async def test_lessons_are_not_in_it_and_those_of_a_file_from_before_do_no_harm(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    before = CameraMemory(count=3).as_dict()
    assert not {"lessons", "motions"} & before.keys()
    data = {"cameras": {"front": before | {"lessons": [{"id": "1"}], "motions": "?"}}}
    hass_storage[DOMAIN] = {"version": 1, "key": DOMAIN, "data": data}
    store = StateStore(hass)
    await store.async_load(["front"])
    assert store.camera("front").count == 3
    await store.async_save()
    assert hass_storage[DOMAIN]["data"]["cameras"] == {"front": before}


async def test_a_change_is_written_without_being_waited_for(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    store = StateStore(hass)
    await store.async_load(["front"])
    store.camera("front").add_detection(TODAY)
    store.async_changed()
    await hass.async_stop()
    assert hass_storage[DOMAIN]["data"]["cameras"]["front"]["count"] == 1


async def test_an_unreadable_memory_starts_afresh_and_says_so(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    hass_storage[DOMAIN] = {
        "version": 1,
        "key": DOMAIN,
        "data": {"cameras": {"front": {"policy": "?"}, "back": 7}},
    }
    store = StateStore(hass)
    await store.async_load(["front", "back", "new"])
    for subentry_id in ("front", "back", "new"):
        assert store.camera(subentry_id) == CameraMemory()
    assert caplog.text.count("unreadable") == 2


def test_detections_are_counted_per_local_day() -> None:
    memory = CameraMemory()
    memory.add_detection(TODAY)
    memory.add_detection(TODAY)
    assert memory.detections_on(TODAY) == 2
    tomorrow = date(2026, 11, 22)
    assert memory.detections_on(tomorrow) == 0
    memory.add_detection(tomorrow)
    assert memory.detections_on(tomorrow) == 1


def test_only_the_newest_alerts_can_be_answered() -> None:
    memory = CameraMemory()
    for number in range(12):
        memory.remember_alert(str(number))
    assert list(memory.alerts) == [str(number) for number in range(2, 12)]
