"""Set-up, restart, unload and removal, and what changes around an enrolled camera."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.camera_smart_alerts import ISSUE_MODEL
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import (
    CONF_SPEAKERS,
    DOMAIN,
)
from custom_components.camera_smart_alerts.pictures import PICTURES
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.errors import ModelError
from tests.camera_peer import PeerCamera
from tests.common import (
    MOTION,
    Motions,
    WhiteSquareDetector,
    answer,
    enrol,
    enrol_only,
    only_camera,
    subentry,
)


async def test_entities_follow_the_camera_in_and_out_of_reach(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    assert coordinator.data.available
    still_camera.reach(available=False)
    await hass.async_block_till_done()
    assert not coordinator.data.available
    still_camera.reach(available=True)
    await hass.async_block_till_done()
    assert coordinator.data.available


async def test_a_renamed_motion_sensor_is_still_followed(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    registry = er.async_get(hass)
    sensor = registry.async_get_or_create("binary_sensor", "test", "motion")
    entry = await enrol(hass, subentry(still_camera.entity_id, sensor.id))
    registry.async_update_entity(sensor.entity_id, new_entity_id="binary_sensor.renamed")
    await hass.async_block_till_done()
    assert only_camera(entry).motion_entity_ids == ["binary_sensor.renamed"]
    motions = Motions(hass, "binary_sensor.renamed")
    assert (await motions.run())["outcome"] == Outcome.ALERTED
    # What does not matter here does not start anything over.
    before = only_camera(entry)
    registry.async_update_entity("binary_sensor.renamed", icon="mdi:run")
    await hass.async_block_till_done()
    assert only_camera(entry) is before


async def test_a_removed_camera_keeps_its_motions_and_raises_a_repair_issue(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    registry = er.async_get(hass)
    camera_id = registry.async_get(still_camera.entity_id).id
    entry = await enrol(hass, subentry(camera_id, MOTION))
    registry.async_remove(still_camera.entity_id)
    await hass.async_block_till_done()
    issue = f"camera_missing_{only_camera(entry).settings.subentry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.CAMERA_UNREACHABLE, "camera_missing")


async def test_detections_start_at_zero_every_day(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    freezer: FrozenDateTimeFactory,
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    coordinator.async_seen(Kind.PERSON)
    assert coordinator.data.detections_today == 1
    midnight = dt_util.start_of_local_day() + timedelta(days=1, seconds=1)
    freezer.move_to(midnight)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert coordinator.data.detections_today == 0


async def test_a_restart_restores_what_was_and_announces_nothing(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    await motions.run()
    before = only_camera(entry)
    alert_id = before.data.last_alert.id
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    after = only_camera(entry)
    assert after is not before
    assert after.data.last_seen == before.data.last_seen
    assert after.data.detections_today == 1
    assert after.data.last_alert is None
    assert (await motions.run())["outcome"] == Outcome.UPDATED
    await answer(hass, "silence", alert_id)
    assert after.memory.policy.silenced_until is not None


@pytest.mark.parametrize("pulse", [False, True])
async def test_motion_during_a_reload_is_looked_at_after_it(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    pulse: bool,
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    await hass.config_entries.async_unload(entry.entry_id)
    motions.on()
    if pulse:
        motions.off()
    await hass.config_entries.async_setup(entry.entry_id)
    assert (await motions.ended())["outcome"] == Outcome.ALERTED
    motions.off()
    await hass.async_block_till_done()


@pytest.mark.parametrize("how", ["unload", "stop"])
async def test_a_session_ends_with_the_entry_and_with_home_assistant(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    how: str,
) -> None:
    still_camera.fault = "still_hangs"
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    motions.on()
    await asyncio.sleep(0)
    if how == "unload":
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert entry.state is ConfigEntryState.NOT_LOADED
    else:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    assert (await motions.ended())["reason"] == "stopped"
    await hass.async_block_till_done()
    # verify_cleanup of the test plugin now looks for threads and tasks left behind.


async def test_removing_the_integration_leaves_nothing_on_disk(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    await motions.run()
    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert DOMAIN not in hass_storage
    assert hass.data[PICTURES].get("anything") is None


async def test_an_unusable_network_is_a_repair_issue_and_motions_are_inconclusive(
    hass: HomeAssistant, still_camera: PeerCamera, motions: Motions
) -> None:
    with patch(
        "custom_components.camera_smart_alerts.inference.Detector.load",
        side_effect=ModelError("The weights were altered"),
    ):
        entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    assert entry.state is ConfigEntryState.LOADED
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ISSUE_MODEL)
    assert issue.translation_placeholders == {"reason": "The weights were altered"}
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "detector_failed")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue(DOMAIN, ISSUE_MODEL) is None


async def test_a_change_of_settings_starts_the_entry_over(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    before = only_camera(entry)
    hass.config_entries.async_update_entry(entry, options={"frames_per_second": 3})
    await hass.async_block_till_done()
    assert only_camera(entry) is not before
    assert entry.runtime_data.hub.frames_per_second == 3


async def test_somebody_who_left_is_not_present_any_more(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    freezer: FrozenDateTimeFactory,
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    coordinator.async_seen(Kind.PERSON)
    freezer.tick(61)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert coordinator.data.present == frozenset()


async def test_an_alert_under_way_still_arrives_when_the_entry_is_unloaded(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    called, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_call: ServiceCall) -> None:
        called.set()
        await go_on.wait()

    hass.services.async_register("notify", "send_message", slow)
    hass.states.async_set("notify.kitchen", "unknown")
    camera = subentry(still_camera.entity_id, MOTION, **{CONF_SPEAKERS: ["notify.kitchen"]})
    entry = await enrol(hass, camera)
    coordinator, looked = only_camera(entry), asyncio.Event()
    motions.on()
    coordinator.async_add_listener(lambda: coordinator.data.analyzing or looked.set())
    await called.wait()
    await looked.wait()
    hass.loop.call_later(0.05, go_on.set)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert (await motions.ended())["outcome"] == Outcome.ALERTED


async def test_a_camera_that_is_added_again_is_followed_again(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    registry = er.async_get(hass)
    camera = registry.async_get(still_camera.entity_id)
    entry = await enrol(hass, subentry(camera.id, MOTION))
    registry.async_remove(camera.entity_id)
    await hass.async_block_till_done()
    assert only_camera(entry).camera_entity_id is None
    registry.async_get_or_create("sensor", "other", "unrelated")
    await hass.async_block_till_done()
    assert only_camera(entry).camera_entity_id is None
    again = registry.async_get_or_create("camera", camera.platform, camera.unique_id)
    assert again.id == camera.id
    await hass.async_block_till_done()
    assert only_camera(entry).camera_entity_id == again.entity_id


async def test_a_removed_motion_sensor_is_a_repair_issue(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    registry = er.async_get(hass)
    sensor = registry.async_get_or_create("binary_sensor", "test", "motion")
    entry = await enrol(hass, subentry(still_camera.entity_id, sensor.id))
    issue = f"motion_missing_{only_camera(entry).settings.subentry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    registry.async_remove(sensor.entity_id)
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None


async def test_motion_after_the_stop_opens_no_camera(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    await enrol(hass, subentry(still_camera.entity_id, MOTION))
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "stopped")
    assert still_camera.stills_asked == 0


async def test_a_set_up_that_fails_leaves_no_thread_behind(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    with patch.object(
        hass.config_entries, "async_forward_entry_setups", side_effect=ZeroDivisionError
    ):
        assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
