"""What people can do with one camera: switch it, silence it, answer its alerts, test it."""

import asyncio
from datetime import timedelta
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.answers import EVENT_ACTION
from custom_components.camera_smart_alerts.camera_control import AT_HOME, AT_MOST
from custom_components.camera_smart_alerts.const import (
    CONF_COOLDOWN,
    CONF_IMPORTANT,
    CONF_SPEAKERS,
)
from custom_components.camera_smart_alerts.test_alert import async_test_alert
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera
from tests.common import (
    MOTION,
    Motions,
    WhiteSquareDetector,
    answer,
    enrol,
    enrol_only,
    let_visits_end,
    only_camera,
    subentry,
)


async def test_silence_tells_nobody_for_half_an_hour_but_looks_on(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera, **{CONF_COOLDOWN: 0})
    await motions.run()
    await answer(hass, "silence", coordinator.data.last_alert.id)
    until = coordinator.memory.policy.silenced_until
    assert timedelta(minutes=29) < until - dt_util.utcnow() <= timedelta(minutes=30)
    assert (await motions.run())["outcome"] == Outcome.SILENCED
    assert coordinator.data.present == {Kind.PERSON}


async def test_silence_until_home_lasts_until_somebody_comes_home(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera, **{CONF_COOLDOWN: 0})
    await motions.run()
    await answer(hass, "silence_home", coordinator.data.last_alert.id)
    assert coordinator.memory.policy.silenced_until_home
    assert (await motions.run())["outcome"] == Outcome.SILENCED


@pytest.mark.parametrize("user_id", [None, "stranger"])
async def test_an_answer_from_a_phone_that_is_not_told_changes_nothing(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    user_id: str | None,
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    await motions.run()
    for verb in ("silence", "silence_home", "not_right"):
        await answer(hass, verb, coordinator.data.last_alert.id, user_id)
    assert coordinator.memory.policy.silenced_until is None
    assert not coordinator.memory.policy.silenced_until_home
    assert coordinator.records[-1].feedback == ""


async def test_silence_until_somebody_is_home_ends_with_it_and_never_lasts_for_ever(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    control, policy = coordinator.control, coordinator.memory.policy
    control.async_silence(None)
    assert policy.silenced_until_home
    assert policy.silenced_until <= dt_util.utcnow() + AT_MOST
    assert control.situation.may_tell(dt_util.utcnow()) is Outcome.SILENCED
    coordinator.home.async_set_home(home=True)
    assert control.situation.may_tell(dt_util.utcnow()) is Outcome.ALERTED
    control.async_silence(None)
    assert not policy.silenced_until_home, "somebody is home already"
    assert policy.silenced_until <= dt_util.utcnow() + AT_HOME


async def test_an_important_camera_tells_of_an_analysis_that_failed(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    await enrol_only(hass, still_camera, **{CONF_IMPORTANT: True})
    with patch(
        "custom_components.camera_smart_alerts.motion_session.analyze",
        side_effect=ZeroDivisionError,
    ):
        ended = await motions.run()
    assert (ended["outcome"], ended["reason"]) == (Outcome.ALERTED, "error")


async def test_what_people_say_of_a_motion_is_part_of_its_one_row(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    await motions.run()
    await coordinator.async_not_right(coordinator.data.last_alert.id)
    await hass.async_block_till_done()
    day = timedelta(days=1)
    now = dt_util.utcnow()
    (row,) = await coordinator.config_entry.runtime_data.database.async_motions(
        coordinator.settings.subentry_id, now - day, now + day, 9
    )
    assert (row["outcome"], row["feedback"]) == ("alerted", "not_right")


async def test_not_a_person_takes_the_alert_back(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    await motions.run()
    assert coordinator.data.present == {Kind.PERSON}
    await answer(hass, "not_right", coordinator.data.last_alert.id)
    assert coordinator.data.present == frozenset()
    assert coordinator.records[-1].feedback == "not_right"


async def test_answers_to_unknown_alerts_and_other_buttons_change_nothing(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    await motions.run()
    await answer(hass, "silence", "guessed")
    await answer(hass, "not_right", "guessed")
    hass.bus.async_fire(EVENT_ACTION, {"action": "URI"})
    hass.bus.async_fire(EVENT_ACTION, {})
    await hass.async_block_till_done()
    assert coordinator.memory.policy.silenced_until is None
    assert coordinator.data.present == {Kind.PERSON}


async def test_an_old_alert_can_still_be_called_wrong(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera, **{CONF_COOLDOWN: 0})
    await motions.run()
    first = coordinator.data.last_alert.id
    await let_visits_end(hass, coordinator)
    await motions.run()
    await answer(hass, "not_right", first)
    assert [record.feedback for record in coordinator.records] == ["not_right", ""]
    assert coordinator.data.present == {Kind.PERSON}, "the newer alert still stands"


async def test_a_camera_that_is_switched_off_is_not_opened(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    coordinator.control.async_set_enabled(enabled=False)
    assert (await motions.run())["outcome"] == Outcome.SWITCHED_OFF
    assert still_camera.stills_asked == 0
    assert not coordinator.data.enabled


async def test_the_switch_for_all_cameras_leaves_each_ones_own_switch_alone(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    entry = await enrol(hass, subentry(still_camera.entity_id, MOTION))
    coordinator = only_camera(entry)
    entry.runtime_data.async_set_all_enabled(enabled=False)
    assert (await motions.run())["outcome"] == Outcome.SWITCHED_OFF
    assert coordinator.control.is_switched_on
    assert not coordinator.data.enabled
    entry.runtime_data.async_set_all_enabled(enabled=True)
    assert (await motions.run())["outcome"] == Outcome.ALERTED


async def test_switching_off_ends_a_running_session(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.fault = "still_hangs"
    coordinator = await enrol_only(hass, still_camera)
    motions.on()
    await asyncio.sleep(0)
    assert coordinator.data.analyzing
    coordinator.control.async_set_enabled(enabled=False)
    ended = await motions.ended()
    assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, "stopped")
    assert not coordinator.data.analyzing


async def test_a_test_alert_reports_every_target(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrol_only(hass, still_camera, **{CONF_SPEAKERS: ["notify.gone"]})
    (result,) = await async_test_alert(coordinator)
    assert (result.target, result.ok) == ("notify.gone", False)
    assert coordinator.data.last_alert is None, "no automation mistakes a test for a person"
    assert coordinator.last_picture is None


async def test_the_buttons_of_a_test_alert_work(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    coordinator = await enrol_only(hass, still_camera)
    assert await async_test_alert(coordinator) == []
    await answer(hass, "silence", list(coordinator.memory.alerts)[-1])
    assert coordinator.memory.policy.silenced_until is not None
    await answer(hass, "not_right", list(coordinator.memory.alerts)[-1])
