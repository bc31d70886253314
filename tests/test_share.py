"""Verdicts are shared with another system: what it gets, how it is checked, when it fails."""

from datetime import UTC, datetime, timedelta
import json
import re
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_component import async_update_entity
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts.alerts import MotionRecord
from custom_components.camera_smart_alerts.const import CONF_ADMINS_ONLY, DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.share import signature
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.looking_back import keep, saw
from tests.share_kit import JPEG, SECRET, Receiver, is_genuine, ledger, looked_at, over
from tests.watched_home import WatchedHome

pytest_plugins = ("tests.share_fixtures",)


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
