"""Verdicts are shared with another system: what it gets, how it is checked, when it fails."""

import asyncio
from datetime import UTC, datetime, timedelta
import json
import logging
import re
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.entity_component import async_update_entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts import share
from custom_components.camera_smart_alerts.alerts import MotionRecord, Outcome
from custom_components.camera_smart_alerts.const import CONF_ADMINS_ONLY, DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.share import signature
from custom_components.camera_smart_alerts.visit import Visit
from tests.camera_actions import ask
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.enrolled import record
from tests.looking_back import keep, saw
from tests.share_kit import SECRET, Receiver, is_genuine
from tests.watched_home import WatchedHome

pytest_plugins = ("tests.share_fixtures",)

JPEG = b"\xff\xd8\xff"


@pytest.fixture
async def sharing(
    home: WatchedHome, still_camera: PeerCamera, receiver: Receiver, address: str
) -> CameraCoordinator:
    """Return a camera that shares with the receiver."""
    return await home.enrol(still_camera, **receiver.chosen)


@pytest.fixture
async def address(
    hass: HomeAssistant, home: WatchedHome, hass_client: ClientSessionGenerator
) -> str:
    """Give Home Assistant an address."""
    client = await hass_client()
    hass.config.external_url = str(client.make_url("")).rstrip("/")
    return hass.config.external_url


def looked_at(*visits: Visit, **changes: Any) -> MotionRecord:
    """Return a motion that was analysed and belongs to visits."""
    return record(alert_ids=tuple(visit.id for visit in visits), **changes)


def issue(hass: HomeAssistant, camera: CameraCoordinator) -> ir.IssueEntry | None:
    key = f"share_failed_{camera.settings.subentry_id}"
    return ir.async_get(hass).async_get_issue(DOMAIN, key)


async def over(camera: CameraCoordinator) -> None:
    """Wait until nothing is on its way."""
    while camera.sharing._tasks._running:
        await asyncio.wait(camera.sharing._tasks._running)


async def ledger(hass: HomeAssistant, channel: str) -> list[tuple[str, str]]:
    """Return what happened on a channel, and to whom, the oldest first."""
    entries = (await ask(hass, "get_ledger"))["entries"]
    return [(one["what"], one["to"]) for one in reversed(entries) if one["channel"] == channel]


# What is sent


async def test_a_motion_is_shared_once_in_four_words_and_its_image_opens_once(
    hass: HomeAssistant,
    home: WatchedHome,
    sharing: CameraCoordinator,
    motions: Motions,
    receiver: Receiver,
) -> None:
    assert (await motions.run())["outcome"] == "alerted"
    (message,) = await receiver.until(1)
    await over(sharing)
    (motion,) = sharing.records
    said = json.loads(message.body)
    image = said.pop("image")
    assert said == {
        "status": "person",
        "timestamp": motion.at.isoformat(),
        "camera_id": sharing.settings.subentry_id,
    }
    assert datetime.fromisoformat(said["timestamp"]).tzinfo == UTC
    assert re.fullmatch(rf"{hass.config.external_url}/api/{DOMAIN}/links/[\w-]{{43}}\.jpg", image)
    status, picture = await receiver.fetch(image)
    assert (status, picture[:3]) == (200, JPEG)
    assert (await receiver.fetch(image))[0] == 403
    assert message.headers["Content-Type"] == "application/json"
    assert message.headers["User-Agent"] == DOMAIN
    assert not {"Authorization", "Cookie"} & set(message.headers)
    assert len(receiver.received) == 1


async def test_what_was_shared_and_fetched_is_in_the_ledger_and_the_sensor_counts_it(
    hass: HomeAssistant,
    home: WatchedHome,
    sharing: CameraCoordinator,
    motions: Motions,
    receiver: Receiver,
) -> None:
    sensor = "sensor.camera_smart_alerts_pictures_sent_outside_the_home"
    await motions.run()
    (message,) = await receiver.until(1)
    await over(sharing)
    assert await ledger(hass, "webhook") == [("linked", "127.0.0.1"), ("sent", "127.0.0.1")]
    for _ in range(2):
        await receiver.fetch(json.loads(message.body)["image"])
    assert await ledger(hass, "link") == [("shown", None)]
    await async_update_entity(hass, sensor)
    state = hass.states.get(sensor)
    assert state is not None
    assert (state.state, state.attributes["webhooks"]) == ("1", ["127.0.0.1"])


async def test_a_motion_that_led_to_nothing_is_shared_without_an_image(
    sharing: CameraCoordinator,
    motions: Motions,
    network: WhiteSquareDetector,
    receiver: Receiver,
) -> None:
    network.confidence = 0.01
    assert (await motions.run())["verdict"] == "nothing"
    (message,) = await receiver.until(1)
    assert json.loads(message.body) | {"timestamp": None} == {
        "status": "nothing",
        "image": None,
        "timestamp": None,
        "camera_id": sharing.settings.subentry_id,
    }


async def test_what_was_not_looked_at_is_not_shared(
    hass: HomeAssistant,
    sharing: CameraCoordinator,
    motions: Motions,
    still_camera: PeerCamera,
    receiver: Receiver,
) -> None:
    sharing.control.async_set_enabled(enabled=False)
    assert (await motions.run())["outcome"] == "switched_off"
    sharing.control.async_set_enabled(enabled=True)
    await ask_mode(hass, sharing, "off")
    assert (await motions.run())["outcome"] == "mode_off"
    await ask_mode(hass, sharing, "alert")
    with patch.object(still_camera, "async_camera_image", side_effect=OSError):
        assert (await motions.run())["frames"] == 0
    with patch(
        "custom_components.camera_smart_alerts.motion_session.analyze", side_effect=RuntimeError
    ):
        assert (await motions.run())["reason"] == "error"
    assert (await motions.run())["verdict"] == "person"
    assert len(await receiver.until(1)) == 1


async def ask_mode(hass: HomeAssistant, camera: CameraCoordinator, mode: str) -> None:
    entity_id = camera.source_entity_id
    await hass.services.async_call(
        DOMAIN, "set_mode", {"entity_id": entity_id, "mode": mode}, blocking=True
    )


@pytest.mark.usefixtures("address")
async def test_only_the_camera_that_its_user_chose_shares_and_only_its_own_pictures(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    stream_camera: PeerCamera,
    receiver: Receiver,
) -> None:
    await home.enrol(still_camera, stream_camera)
    entry, (_, other) = home.entry, home.cameras
    one = entry.subentries[home.cameras[0].settings.subentry_id]
    hass.config_entries.async_update_subentry(entry, one, data={**one.data, **receiver.chosen})
    await hass.async_block_till_done()
    camera, other = home.cameras
    visit = await saw(camera, other)
    await keep(camera, JPEG + b"ours", visit, revision=1)
    await keep(other, JPEG + b"of another camera", visit, revision=2)
    other.sharing.async_share(looked_at(visit))
    camera.sharing.async_share(looked_at(visit))
    (message,) = await receiver.until(1)
    await over(camera)
    assert await receiver.fetch(json.loads(message.body)["image"]) == (200, JPEG + b"ours")
    assert len(receiver.received) == 1


async def test_without_a_picture_an_address_or_a_right_of_everybody_there_is_no_image(
    hass: HomeAssistant, home: WatchedHome, sharing: CameraCoordinator, receiver: Receiver
) -> None:
    visit, nothing_kept = await saw(sharing), await saw(sharing, number=2)
    await keep(sharing, JPEG, visit)

    async def image(number: int, motion: MotionRecord) -> Any:
        sharing.sharing.async_share(motion)
        return json.loads((await receiver.until(number))[-1].body)["image"]

    assert await image(1, looked_at(nothing_kept)) is None
    assert await image(2, looked_at(visit)) is not None
    with patch.object(hass.config_entries, "async_schedule_reload"):
        hass.config_entries.async_update_entry(home.entry, options={CONF_ADMINS_ONLY: True})
        await hass.async_block_till_done()
        assert await image(3, looked_at(visit)) is None
        hass.config_entries.async_update_entry(home.entry, options={})
        await hass.async_block_till_done()
    hass.config.external_url = hass.config.internal_url = hass.config.api = None
    assert await image(4, looked_at(visit)) is None


# That the other side can check it


async def test_only_what_is_whole_new_and_from_here_is_genuine(
    sharing: CameraCoordinator, receiver: Receiver
) -> None:
    sharing.sharing.async_share(looked_at())
    (message,) = await receiver.until(1)
    body, header = message.body, message.signature
    assert is_genuine(SECRET, header, body)
    assert not is_genuine(SECRET + "!", header, body)
    assert not is_genuine(SECRET, header, body.replace(b"person", b"animal"))
    assert not is_genuine(SECRET, header, body + b" ")
    sent_at, _, mac = header.removeprefix("t=").partition(",v1=")
    assert not is_genuine(SECRET, f"t={int(sent_at) + 1},v1={mac}", body)
    for nonsense in ("", "t=1", "v1=x", "t=x,v1=y", f"t={sent_at},v1=", f"t={sent_at},v1=ü"):
        assert not is_genuine(SECRET, nonsense, body), nonsense
    old = dt_util.utcnow() - timedelta(minutes=6)
    overheard = signature(SECRET, int(old.timestamp()), body)
    assert not is_genuine(SECRET, overheard, body)
    assert is_genuine(SECRET, overheard, body, within_s=600)


def test_the_signature_is_what_the_documentation_says() -> None:
    # Computed with: printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
    assert signature("0123456789abcdef", 1_700_000_000, b"{}") == f"t=1700000000,v1={EXPECTED}"


EXPECTED = "e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e"


# When it fails


@pytest.mark.usefixtures("again_at_once")
@pytest.mark.parametrize("status", [500, 503, 429])
async def test_what_may_pass_is_tried_again_with_the_same_words(
    hass: HomeAssistant, sharing: CameraCoordinator, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status, status]
    sharing.sharing.async_share(looked_at())
    tries = await receiver.until(3)
    await over(sharing)
    assert len({one.body for one in tries}) == 1
    assert len(receiver.received) == 3
    assert await ledger(hass, "webhook") == [("sent", "127.0.0.1")]
    assert issue(hass, sharing) is None


@pytest.mark.usefixtures("again_at_once")
@pytest.mark.parametrize("status", [301, 307, 308, 400, 401, 404, 410])
async def test_a_refusal_or_a_redirect_is_the_end_of_it(
    hass: HomeAssistant, sharing: CameraCoordinator, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status]
    sharing.sharing.async_share(looked_at())
    await over(sharing)
    assert len(receiver.received) == 1
    assert receiver.moved == [], "nobody else is told where it went"
    assert await ledger(hass, "webhook") == []
    assert issue(hass, sharing) is not None


@pytest.mark.usefixtures("again_at_once")
async def test_a_target_that_fails_is_named_once_and_taken_back_by_the_next_success(
    hass: HomeAssistant,
    sharing: CameraCoordinator,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver.answers = [500] * 8
    caplog.set_level(logging.DEBUG, logger="custom_components")
    for _ in range(2):
        sharing.sharing.async_share(looked_at())
        await over(sharing)
    assert len(receiver.received) == 8
    shown = issue(hass, sharing)
    assert shown is not None
    assert shown.translation_placeholders == {"camera": "Camera 0", "host": "127.0.0.1"}
    sharing.sharing.async_share(looked_at())
    await over(sharing)
    assert issue(hass, sharing) is None
    lines = [one.getMessage() for one in caplog.records if one.name.endswith(".share")]
    assert lines == [
        "Camera 0: 127.0.0.1 does not take the verdict (500)",
        "Camera 0: 127.0.0.1 takes verdicts again",
    ]
    # The access log is that of the receiver's own server.
    text = [one.getMessage() for one in caplog.records if one.name != "aiohttp.access"]
    assert not [one for one in text if "t0ken" in one or SECRET in one]


@pytest.mark.usefixtures("again_at_once")
async def test_a_server_that_is_down_gets_what_is_shared_once_it_is_back(
    hass: HomeAssistant, sharing: CameraCoordinator, receiver: Receiver
) -> None:
    port = receiver.server.port
    await receiver.server.close()
    sharing.sharing.async_share(looked_at())
    await over(sharing)
    assert issue(hass, sharing) is not None
    back = Receiver(port)
    await back.server.start_server()
    sharing.sharing.async_share(looked_at())
    await back.until(1)
    await over(sharing)
    assert issue(hass, sharing) is None
    await back.server.close()


@pytest.mark.usefixtures("again_at_once")
async def test_a_slow_server_delays_neither_alert_nor_record(
    hass: HomeAssistant,
    home: WatchedHome,
    sharing: CameraCoordinator,
    motions: Motions,
    receiver: Receiver,
) -> None:
    receiver.hangs.clear()
    assert (await motions.run())["outcome"] == "alerted"
    await receiver.until(1)
    assert home.pushes
    (waiting,) = sharing.sharing._tasks._running
    with patch.object(share, "TIMEOUT_S", 0.05):
        sharing.sharing.async_share(looked_at())
        (second,) = sharing.sharing._tasks._running - {waiting}
        await second
    assert issue(hass, sharing) is not None, "of the second, which was not answered in time"
    receiver.hangs.set()
    await over(sharing)
    assert issue(hass, sharing) is None


async def test_whoever_takes_the_camera_out_stops_what_is_on_its_way(
    hass: HomeAssistant,
    home: WatchedHome,
    sharing: CameraCoordinator,
    receiver: Receiver,
) -> None:
    receiver.answers = [500]
    sharing.sharing.async_share(looked_at())
    await receiver.until(1)
    hass.config_entries.async_remove_subentry(home.entry, sharing.settings.subentry_id)
    await hass.async_block_till_done()
    assert not sharing.sharing._tasks._running
    sharing.sharing.async_share(looked_at())
    assert not sharing.sharing._tasks._running, "a motion that ends late is not shared either"
    assert len(receiver.received) == 1
    assert issue(hass, sharing) is None


@pytest.mark.usefixtures("again_at_once")
async def test_a_camera_that_is_switched_off_meanwhile_says_nothing_more(
    hass: HomeAssistant, sharing: CameraCoordinator, receiver: Receiver
) -> None:
    receiver.answers = [500]
    receiver.hangs.clear()
    sharing.sharing.async_share(looked_at())
    await receiver.until(1)
    sharing.control.async_set_enabled(enabled=False)
    receiver.hangs.set()
    await over(sharing)
    assert len(receiver.received) == 1
    assert issue(hass, sharing) is None


async def test_an_issue_goes_with_its_camera(
    hass: HomeAssistant, home: WatchedHome, sharing: CameraCoordinator, receiver: Receiver
) -> None:
    receiver.answers = [400]
    sharing.sharing.async_share(looked_at())
    await over(sharing)
    assert issue(hass, sharing) is not None
    await hass.config_entries.async_unload(home.entry.entry_id)
    assert issue(hass, sharing) is None


async def test_a_bug_is_logged_without_the_address(
    sharing: CameraCoordinator, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    error = RuntimeError(f"cannot send to {receiver.chosen['share_address']}")
    with patch.object(share, "signature", side_effect=error):
        sharing.sharing.async_share(looked_at(outcome=Outcome.ALERTED))
        await over(sharing)
    assert "sharing a verdict: failed unexpectedly" in caplog.text
    assert "t0ken" not in caplog.text
