"""What is left to see after a deletion: nothing on entities, nothing in the motions."""

import asyncio
from dataclasses import replace
import json
from unittest.mock import patch

from homeassistant.components.image import async_get_image
from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.camera_smart_alerts.alerts import Outcome, visit_id
from custom_components.camera_smart_alerts.const import (
    CONF_CONFIRM_WITHIN,
    CONF_KINDS,
    CONF_SPEAKERS,
)
from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.explain import async_explain
from custom_components.camera_smart_alerts.motion_session import MotionSession
from custom_components.camera_smart_alerts.telling import Telling, TellingState
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.result import AnalysisResult
from tests.camera_actions import ask
from tests.camera_peer import PeerCamera
from tests.common import Motions
from tests.deletion_kit import (
    CLEAR,
    GATED,
    KINDS,
    OVER,
    assert_no_trace,
    delete,
    everything,
    held_up,
    history,
    messages,
    see_now,
)
from tests.enrolled import entity_id, record, state
from tests.fake_phones import PushService
from tests.made_up import found
from tests.vault_kit import rows
from tests.watched_home import OFFLINE, AwayPhone, WatchedHome


@pytest.mark.parametrize("what", KINDS)
async def test_its_picture_leaves_the_entities_at_once_also_after_a_restart(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str
) -> None:
    camera = await home.enrol(still_camera)
    visit = await see_now(hass, home)
    image = entity_id(hass, camera, "image", "last_alert")
    assert (await async_get_image(hass, image)).content
    if what == "visit":
        await hass.config_entries.async_reload(home.entry.entry_id)
        await hass.async_block_till_done()
        assert (await async_get_image(hass, image)).content
    await delete(hass, home, what, visit)
    await hass.async_block_till_done()
    assert state(hass, home.cameras[0], "image", "last_alert").state == "unknown"
    with pytest.raises(HomeAssistantError, match="Unable to get image"):
        await async_get_image(hass, image)


async def test_what_others_show_stays(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera)
    visit, other = await see_now(hass, home), await see_now(hass, home, camera=1)
    await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done()
    home.pushes.clear()
    await delete(hass, home, "camera", visit)
    image = entity_id(hass, home.cameras[1], "image", "last_alert")
    assert (await async_get_image(hass, image)).content
    assert home.cameras[1].memory.alerts == [other]
    await home.wait(OVER)
    assert len([one for one in messages(home) if one != CLEAR]) == 1, "how the other one ended"


async def test_a_motion_that_goes_on_is_recorded_without_what_it_saw(
    hass: HomeAssistant,
    home: WatchedHome,
    push: PushService,
    still_camera: PeerCamera,
    motions: Motions,
) -> None:
    camera = await home.enrol(still_camera)
    runtime = home.entry.runtime_data
    with held_up("motion_session.MotionSession._async_preview") as (waiting, gate):
        motions.on()
        await waiting.wait()
        await push.until(1)
        (visit,) = camera.keeper._visits.open
        await delete(hass, home, "visit", visit)
        gate.set()
        ended = await motions.ended()
    motions.off()
    await hass.async_block_till_done()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "deleted")
    assert (ended["verdict"], ended["count"], ended["visit_ids"]) == ("", 0, [])
    # Once more where its push was still being handed over: it could have arrived after that.
    assert set(messages(home)[1:]) == {CLEAR}, "nothing more is told of it"
    assert not camera.keeper._visits.open
    assert not camera.learning.async_false_alarm(visit)
    assert_no_trace(hass, home, visit)
    why = await async_explain(hass, runtime, camera, None)
    assert why["sentence"].endswith("The visit that it belonged to was deleted.")


async def test_what_a_motion_finds_after_that_is_told_as_a_new_visit(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, motions: Motions
) -> None:
    camera = await home.enrol(still_camera, **{CONF_KINDS: ["person", "vehicle"]})
    seen, deleted = asyncio.Event(), asyncio.Event()

    async def look(session: MotionSession) -> AnalysisResult:
        session._async_verdict(Kind.PERSON, found(Kind.PERSON, 1, 1))
        seen.set()
        await deleted.wait()
        result = found(Kind.VEHICLE, 2, 1)
        session._async_verdict(Kind.VEHICLE, result)
        return result

    with patch.object(MotionSession, "_async_look", look):
        motions.on()
        await seen.wait()
        (before,) = camera.keeper._visits.open
        await delete(hass, home, "visit", before)
        home.pushes.clear()
        deleted.set()
        ended = await motions.ended()
    motions.off()
    await hass.async_block_till_done()
    (after,) = camera.keeper._visits.open
    assert ended["outcome"] is Outcome.ALERTED
    assert ended["visit_ids"] == [visit_id(after)]
    assert len(home.pushes) == 1
    assert home.pushes[0]["message"] == "2 vehicles: Camera 0"
    assert_no_trace(hass, home, before)


async def test_motions_that_were_over_go_along(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, motions: Motions
) -> None:
    camera = await home.enrol(still_camera)
    await motions.run()
    (visit,) = camera.keeper._visits.open
    assert camera.data.last_motion is not None
    await delete(hass, home, "visit", visit)
    assert camera.data.last_motion is None
    assert everything(hass)["motions"] == []
    why = await async_explain(hass, home.entry.runtime_data, camera, None)
    assert why["motion"] is None
    assert_no_trace(hass, home, visit)


async def test_a_motion_of_two_visits_stays_for_the_other(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, visit = await home.see()
    quiet = record(alert_ids=(), outcome=Outcome.NOTHING_FOUND, trigger="analyze")
    both = record(alert_ids=(visit, "other"))
    camera.log.async_record(quiet)
    camera.log.async_record(both)
    await hass.async_block_till_done()
    await delete(hass, home, "visit", visit)
    left = [quiet, replace(both, alert_ids=("other",))]
    assert list(camera.records) == left
    assert camera.data.last_motion == left[1]
    kept = rows(history(hass), "SELECT data FROM motions ORDER BY id")
    assert [json.loads(data)["visit_ids"] for (data,) in kept] == [[], [visit_id("other")]]
    assert_no_trace(hass, home, visit)


async def test_what_cannot_be_destroyed_is_over_all_the_same(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    _, visit = await home.see()
    home.pushes.clear()
    with (
        patch.object(Database, "async_write", return_value=False),
        pytest.raises(HomeAssistantError),
    ):
        await delete(hass, home, "visit", visit)
    assert messages(home) == [CLEAR]
    await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done()
    assert not home.cameras[0].keeper._visits.open
    assert messages(home) == [CLEAR]
    assert rows(history(hass), "SELECT ended_at IS NOT NULL FROM visits") == [(1,)]


async def test_what_nobody_knows_is_deleted_without_harm(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    await home.enrol(still_camera)
    _, visit = await home.see()
    home.pushes.clear()
    assert (await delete(hass, home, "visit", "unknown"))["visits"] == 0
    assert home.pushes == []
    assert list(home.cameras[0].keeper._visits.open) == [visit]


@pytest.mark.usefixtures("soon")
async def test_taking_all_cameras_out_takes_visits_off_the_phones(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, stream_camera: PeerCamera
) -> None:
    await home.enrol(still_camera, stream_camera)
    _, visit = await home.see()
    away = AwayPhone(OFFLINE)
    with patch.object(MobileAppNotificationService, GATED, away.send):
        _, other = await home.see(camera=1)
        await away.tried(4)
    home.pushes.clear()
    assert (await ask(hass, "unenroll_all"))["visits"] == 2
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(messages(home)) == {CLEAR}
    async_fire_time_changed(hass, dt_util.utcnow() + OVER)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(messages(home)) == {CLEAR}
    assert not any(everything(hass).values())
    for one in (visit, other):
        assert_no_trace(hass, home, one)


@pytest.mark.parametrize("what", KINDS)
async def test_the_next_target_is_not_told_of_what_was_deleted(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, what: str
) -> None:
    said = async_mock_service(hass, "notify", "send_message")
    hass.states.async_set("notify.kitchen", "unknown")
    camera = await home.enrol(
        still_camera, **{CONF_CONFIRM_WITHIN: 1, CONF_SPEAKERS: ["notify.kitchen"]}
    )
    _, visit = await home.see()
    alert = camera.data.last_alert
    assert alert is not None
    await delete(hass, home, what, visit)
    await hass.async_block_till_done(wait_background_tasks=True)
    rung = Telling(
        alert.subentry_id, "speaker:notify.kitchen", alert, TellingState.PLANNED, dt_util.utcnow()
    )
    await camera.keeper._teller._async_tell_rung(rung)
    assert said == []
    assert_no_trace(hass, home, visit)
