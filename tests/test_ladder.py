"""The next target is told if nobody confirms: also where Home Assistant stops in between."""

from contextlib import closing
from datetime import timedelta
import sqlite3
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.camera_smart_alerts.const import (
    CONF_CONFIRM_WITHIN,
    CONF_SPEAKERS,
    DOMAIN,
)
from custom_components.camera_smart_alerts.database import FILE
from tests.camera_dialog import register
from tests.camera_peer import PeerCamera
from tests.watched_home import WatchedHome, states_in

PATIENT: dict[str, Any] = {CONF_CONFIRM_WITHIN: 120, CONF_SPEAKERS: ["notify.kitchen"]}


@pytest.fixture
def said(hass: HomeAssistant) -> list[ServiceCall]:
    hass.states.async_set("notify.kitchen", "unknown")
    return async_mock_service(hass, "notify", "send_message")


async def restart(hass: HomeAssistant, home: WatchedHome, *statements: Any) -> None:
    """Stop, change what the history says, and start."""
    await hass.config_entries.async_unload(home.entry.entry_id)
    with closing(sqlite3.connect(hass.config.cache_path(DOMAIN, FILE))) as file, file:
        for statement, *values in statements:
            file.execute(statement, values)
    await hass.config_entries.async_setup(home.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def due(ahead: timedelta) -> tuple[str, float]:
    at = (dt_util.utcnow() + ahead).timestamp()
    return "UPDATE tellings SET at = ? WHERE state = 'planned'", at


@pytest.mark.parametrize(
    ("ahead", "told", "state"),
    [
        pytest.param(timedelta(seconds=-1), True, ("done", ""), id="due meanwhile"),
        pytest.param(timedelta(seconds=0.5), True, ("done", ""), id="due soon"),
        pytest.param(timedelta(minutes=-2), False, ("gave_up", "expired"), id="too old to speak"),
        pytest.param(timedelta(hours=2), False, ("gave_up", "expired"), id="clock set back"),
    ],
)
async def test_a_restart_loses_no_target_that_waits_for_a_confirmation(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    said: list[ServiceCall],
    *,
    ahead: timedelta,
    told: bool,
    state: tuple[str, str],
) -> None:
    camera = await home.enrol(still_camera, **PATIENT)
    await home.see()
    assert sorted(await states_in(camera)) == [("done", ""), ("planned", "")]
    assert said == []

    await restart(hass, home, due(ahead))

    assert len(said) == told
    assert sorted(await states_in(home.cameras[0])) == sorted([("done", ""), state])
    assert len(home.pushes) == 1, "whoever was told hears nothing again"


async def test_a_target_is_told_although_the_visit_is_over_by_then(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, said: list[ServiceCall]
) -> None:
    await home.enrol(still_camera, **PATIENT)
    await home.see()
    over = ("UPDATE visits SET ended_at = last_at",)
    await restart(hass, home, due(timedelta(0)), over)
    assert len(said) == 1
    assert sorted(await states_in(home.cameras[0])) == [("done", ""), ("done", "")]


async def test_a_target_that_is_renamed_while_it_waits_for_a_confirmation_is_told(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, said: list[ServiceCall]
) -> None:
    hass.states.async_remove("notify.kitchen")
    kitchen = register(hass, "notify.kitchen")
    await home.enrol(still_camera, **{**PATIENT, CONF_SPEAKERS: [kitchen]})
    await home.see()
    er.async_get(hass).async_update_entity("notify.kitchen", new_entity_id="notify.hall")
    hass.states.async_set("notify.hall", "unknown")
    await hass.async_block_till_done()
    await restart(hass, home, due(timedelta(0)))
    assert [call.data["entity_id"] for call in said] == ["notify.hall"]
    assert sorted(await states_in(home.cameras[0])) == [("done", ""), ("done", "")]


async def test_a_target_of_a_camera_that_is_gone_is_given_up(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, said: list[ServiceCall]
) -> None:
    await home.enrol(still_camera, **PATIENT)
    await home.see()
    gone = ("UPDATE tellings SET subentry_id = 'gone' WHERE state = 'planned'",)
    await restart(hass, home, due(timedelta(0)), gone)
    assert said == []
    assert ("gave_up", "removed") in await states_in(home.cameras[0])


async def test_what_was_called_wrong_is_not_told_to_the_next_target(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera, said: list[ServiceCall]
) -> None:
    camera = await home.enrol(still_camera, **PATIENT)
    _, visit = await home.see()
    await camera.async_not_right(visit)
    await hass.async_block_till_done(wait_background_tasks=True)
    await restart(hass, home, due(timedelta(0)))
    assert said == []
    assert ("gave_up", "retracted") in await states_in(home.cameras[0])


async def test_a_target_that_is_in_no_settings_any_more_is_given_up(
    hass: HomeAssistant, home: WatchedHome, still_camera: PeerCamera
) -> None:
    camera = await home.enrol(still_camera)
    _, visit_id = await home.see()
    visit = camera.keeper._visits.open[visit_id]
    visit.told_to = {**visit.told_to, "phone:gone": camera.settings.subentry_id}
    await home.see(count=3)
    await home.wait()
    assert sorted(await states_in(camera)) == [("done", ""), ("gave_up", "removed")]
    left = ("UPDATE tellings SET state = 'waiting' WHERE target = 'phone:gone'",)
    await restart(hass, home, left)
    assert sorted(await states_in(home.cameras[0])) == [("done", ""), ("gave_up", "removed")]
