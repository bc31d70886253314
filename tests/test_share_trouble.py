"""Verdicts that cannot be shared: tried again, named once, stopped with their camera."""

import logging
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts import share
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from tests.common import Motions
from tests.share_kit import SECRET, Receiver, issue, ledger, looked_at, over
from tests.watched_home import WatchedHome

pytest_plugins = ("tests.share_fixtures",)


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
