"""The ledger: what was kept, shown to whom, sent where, deleted when; and what never went out."""

import asyncio
from datetime import timedelta
import threading
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.components.camera import async_get_image
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import async_update_entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.forgetting import LEDGER_S
from custom_components.camera_smart_alerts.history import HistoryFile
from tests.camera_actions import ask
from tests.camera_peer import PeerCamera
from tests.database_kit import forget_at
from tests.enrolled import entity_id, state
from tests.leak_scanner import leaks
from tests.watched_home import WatchedHome


@pytest.fixture
async def told(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    hass_client: ClientSessionGenerator,
) -> WatchedHome:
    """Return a home whose phone was told of somebody, and fetched the picture."""
    client = await hass_client()
    await home.enrol(still_camera)
    await home.see()
    assert (await client.get(home.pushes[0]["data"]["image"])).status == 200
    return home


async def entries(hass: HomeAssistant, **data: Any) -> list[dict[str, Any]]:
    """Return the ledger, the oldest first."""
    answer = await ask(hass, "get_ledger", **data)
    return list(reversed(answer["entries"]))


def sensor(hass: HomeAssistant, home: WatchedHome, key: str) -> str:
    """Return the entity id of a sensor of the hub."""
    unique_id = f"{home.entry.entry_id}_{key}"
    found = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id)
    assert found is not None
    return found


async def test_the_ledger_tells_what_became_of_a_picture(
    hass: HomeAssistant, told: WatchedHome, still_camera: PeerCamera, hass_admin_user: User
) -> None:
    (alert_id,) = {one["data"]["image"].split("/")[-1].rpartition("-")[0] for one in told.pushes}
    phone = told.cameras[0].settings.alerts.phones[0]
    await ask(hass, "delete_pictures", entity_id=still_camera.entity_id)
    found = await entries(hass, entity_id=still_camera.entity_id)
    assert all(dt_util.parse_datetime(one.pop("at")) for one in found)
    nobody = {"channel": None, "to_id": None, "to": None}
    camera = {"camera": still_camera.entity_id}
    person = {"channel": "person", "to_id": hass_admin_user.id, "to": hass_admin_user.name}
    assert sorted(found, key=lambda one: str(one["what"])) == [
        {"what": "deleted", "picture": "trigger", **camera, **nobody},
        {"what": "kept", "picture": "trigger", **camera, **nobody},
        {"what": "sent", "picture": None, **camera}
        | {"channel": "phone", "to_id": phone, "to": "Phone 0"},
        {"what": "shown", "picture": None, **camera, **person},
    ]
    assert leaks(found, [alert_id]) == []


async def test_a_span_of_the_ledger_that_ends_before_it_starts_is_refused(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    now = dt_util.utcnow()
    with pytest.raises(ServiceValidationError, match="lies before the time"):
        await ask(hass, "get_ledger", after=now, before=now - timedelta(hours=1))


async def shown_by(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return who was shown a picture by an entity, empty where nobody is known."""
    found = await entries(hass)
    return [one["to"] or "" for one in found if (one["what"], one["to_id"]) == ("shown", entity_id)]


@pytest.mark.parametrize("shows", [("image", "last_alert"), ("camera", "smart_view")])
async def test_the_ledger_tells_who_looks_at_an_entity(
    hass: HomeAssistant,
    told: WatchedHome,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_admin_user: User,
    *,
    shows: tuple[str, str],
) -> None:
    domain, key = shows
    shown = state(hass, told.cameras[0], domain, key)
    # Who comes with the entity's token alone is nobody known.
    token = {"token": shown.attributes["access_token"]}
    for client, query in ((await hass_client(), {}), (await hass_client_no_auth(), token)):
        for _ in range(2):
            answer = await client.get(f"/api/{domain}_proxy/{shown.entity_id}", params=query)
            assert answer.status == 200
    seen = [one for one in await entries(hass) if one["channel"] == "entity"]
    assert [(one["to_id"], one["to"]) for one in seen] == [
        (hass_admin_user.id, "Mock User"),
        (shown.entity_id, None),
    ]


async def test_of_a_dashboard_that_looks_all_the_time_the_ledger_tells_once_an_hour(
    hass: HomeAssistant, told: WatchedHome, freezer: FrozenDateTimeFactory
) -> None:
    for minutes in (0, 59, 2):
        freezer.tick(timedelta(minutes=minutes))
        told.cameras[0].alerting.async_viewed("image.front")
    assert await shown_by(hass, "image.front") == ["", ""]


async def test_the_ledger_tells_that_another_part_of_the_home_took_the_picture(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    view = entity_id(hass, told.cameras[0], "camera", "smart_view")
    await async_get_image(hass, view)
    assert await shown_by(hass, view) == [""]


async def test_whoever_takes_everything_out_can_still_read_that_it_was_deleted(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    await ask(hass, "unenroll_all")
    await hass.async_block_till_done()
    assert {one["what"] for one in await entries(hass)} == {"kept", "shown", "sent", "deleted"}
    assert {one["camera"] for one in await entries(hass)} == {None}


async def test_the_ledger_is_asked_by_time_and_number(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    assert len(await entries(hass)) == 3
    assert len(await entries(hass, limit=1)) == 1
    now = dt_util.now()
    assert await entries(hass, before=str(now - timedelta(hours=1))) == []
    assert await entries(hass, after=str(now + timedelta(hours=1)), before="2099-01-01") == []
    with pytest.raises(ServiceValidationError):
        await entries(hass, entity_id="camera.unknown")


async def test_only_administrators_read_the_ledger(
    hass: HomeAssistant, told: WatchedHome, hass_read_only_user: User
) -> None:
    hass_read_only_user.mock_policy({"entities": True})
    with pytest.raises(Unauthorized):
        await ask(hass, "get_ledger", Context(user_id=hass_read_only_user.id))


async def test_the_ledger_forgets_after_30_days_whatever_the_retention(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    runtime = told.entry.runtime_data
    now = dt_util.utcnow()
    for days, left in ((29, 4), (31, 0)):
        later = now + timedelta(days=days)
        await forget_at(runtime.database, later, *runtime.cameras)
        rows = await runtime.database.async_read(
            "SELECT count(*) FROM ledger WHERE at < ?", (now.timestamp() + 60,)
        )
        assert rows == [(left,)], "the picture itself was deleted by the first of them"
    assert timedelta(seconds=LEDGER_S) == timedelta(days=30)


async def test_an_entry_from_a_wrong_clock_counts_as_now(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    runtime = told.entry.runtime_data
    before = dt_util.utcnow() - timedelta(days=3)
    await forget_at(runtime.database, before, *runtime.cameras)
    (newest,) = await runtime.database.async_read("SELECT max(at) FROM ledger WHERE what = 'sent'")
    assert newest[0] == before.timestamp()


async def test_a_disk_that_hangs_holds_neither_alert_nor_picture_up(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    ledger, hangs = told.entry.runtime_data.ledger, threading.Event()
    stuck = asyncio.ensure_future(told.entry.runtime_data.database.async_run(hangs.wait))
    try:
        ledger.async_sent("front", "speaker:media_player.hall")
        ledger.async_sent("front", "phone:gone")
        await asyncio.sleep(0.05)
        assert not stuck.done()
    finally:
        hangs.set()
    await stuck
    found = [one for one in await entries(hass) if one["what"] == "sent"]
    assert [one["to"] for one in found] == ["Phone 0", "media_player.hall", "gone"]


async def test_after_the_end_nothing_is_noted(hass: HomeAssistant, told: WatchedHome) -> None:
    ledger = told.entry.runtime_data.ledger
    await hass.config_entries.async_unload(told.entry.entry_id)
    ledger.async_sent("front", "phone:gone")
    await hass.config_entries.async_setup(told.entry.entry_id)
    assert [one["to"] for one in await entries(hass) if one["what"] == "sent"] == ["Phone 0"]


async def test_a_sensor_counts_the_ledger_of_a_day(hass: HomeAssistant, told: WatchedHome) -> None:
    entity_id = sensor(hass, told, "ledger")
    await async_update_entity(hass, entity_id)
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.state == "3"
    counts = {key: state.attributes[key] for key in ("kept", "shown", "linked", "sent", "deleted")}
    assert counts == {"kept": 1, "shown": 1, "linked": 0, "sent": 1, "deleted": 0}


async def test_a_sensor_says_that_no_picture_went_outside_and_whom_push_tells(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    state = hass.states.get(sensor(hass, told, "sent_outside"))
    assert state is not None
    assert state.state == "0"
    assert state.attributes["push_services"] == ["Phone 0"]
    assert leaks(told.pushes) == []


async def test_what_cannot_be_written_down_waits_until_it_can_be(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    ledger, camera = told.entry.runtime_data.ledger, told.cameras[0].settings.subentry_id
    before = len(await entries(hass))
    with patch.object(HistoryFile, "write", return_value=False):
        ledger.async_fetched(camera)
        ledger.async_fetched(camera)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert len(await entries(hass)) == before
        assert await ledger.async_fetches() == 2
    ledger.async_fetched(camera)
    found = (await entries(hass))[before:]
    assert [(one["what"], one["channel"]) for one in found] == [("shown", "link")] * 3
    assert await ledger.async_fetches() == 3


async def test_a_history_that_cannot_be_read_does_not_pass_for_nothing_sent(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    told.entry.runtime_data.ledger.async_fetched(told.cameras[0].settings.subentry_id)
    sent = sensor(hass, told, "sent_outside")
    await async_update_entity(hass, sent)
    assert hass.states.get(sent).state == "1"
    with patch.object(HistoryFile, "read", return_value=None):
        await async_update_entity(hass, sent)
    assert hass.states.get(sent).state == "unknown"


async def test_after_the_end_an_entry_waits_in_vain_and_harms_nobody(
    hass: HomeAssistant, told: WatchedHome
) -> None:
    ledger, camera = told.entry.runtime_data.ledger, told.cameras[0].settings.subentry_id
    await hass.config_entries.async_unload(told.entry.entry_id)
    ledger.async_fetched(camera)
    assert await ledger.async_fetches() is None
