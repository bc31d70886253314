"""Every target side by side: retries, failures, repair issues, stopping."""

import asyncio
import logging
from unittest.mock import patch

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import voluptuous as vol

from custom_components.camera_smart_alerts import delivery as delivery_module
from custom_components.camera_smart_alerts.channel import DeliveryError, Failure
from custom_components.camera_smart_alerts.delivery import TargetResult
from custom_components.camera_smart_alerts.turns import AnyTurn
from tests.camera_dialog import register
from tests.delivery_kit import (
    DeliveryUnderTest,
    alert,
    camera_settings,
    issues,
    make_delivery,
    pass_time,
    settle,
)
from tests.notifiers import HALL, KITCHEN, Notifiers, failed, fails, key, waits_for, worked


@pytest.fixture
def notifiers(hass: HomeAssistant) -> Notifiers:
    return Notifiers(hass)


@pytest.fixture
def both(hass: HomeAssistant, notifiers: Notifiers) -> DeliveryUnderTest:
    """Return a delivery to two notifiers."""
    return make_delivery(hass, camera_settings(speakers=(KITCHEN, HALL)))


async def test_every_target_is_told_and_reported_in_the_order_of_the_settings(
    notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    assert await both.deliver() == [worked(KITCHEN), worked(HALL)]
    assert both.handed == [key(KITCHEN), key(HALL)]
    assert [call.data["message"] for call in notifiers.calls] == ["Person: Front door"] * 2


async def test_the_calls_of_one_alert_share_a_context_of_their_own(
    notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    await both.deliver()
    await both.deliver()
    first, also_first, second, _ = [call.context for call in notifiers.calls]
    assert first is also_first
    assert first.id != second.id
    assert first.user_id is None


async def test_without_targets_there_is_nothing_to_report(hass: HomeAssistant) -> None:
    assert await make_delivery(hass, camera_settings()).deliver() == []


async def test_a_slow_target_delays_nobody(notifiers: Notifiers, both: DeliveryUnderTest) -> None:
    open_at_last = asyncio.Event()
    notifiers.answers[KITCHEN] = waits_for(open_at_last)
    task = await both.start()
    assert both.handed == [key(HALL)]
    assert not task.done()
    open_at_last.set()
    assert await task == [worked(KITCHEN), worked(HALL)]
    assert both.handed == [key(HALL), key(KITCHEN)]


async def test_a_failing_target_is_tried_again_after_one_and_four_seconds(
    hass: HomeAssistant,
    notifiers: Notifiers,
    both: DeliveryUnderTest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    notifiers.answers[KITCHEN] = fails(HomeAssistantError("busy"), times=2)
    task = await both.start()
    assert notifiers.told(KITCHEN) == 1
    await pass_time(hass, 0.2)
    assert notifiers.told(KITCHEN) == 1
    await pass_time(hass, 1)
    assert notifiers.told(KITCHEN) == 2
    await pass_time(hass, 3)
    assert notifiers.told(KITCHEN) == 2
    await pass_time(hass, 4)
    assert await task == [worked(KITCHEN, attempts=3), worked(HALL)]
    assert issues(hass) == {}
    ours = [r for r in caplog.records if r.name == delivery_module.__name__]
    assert not [r for r in ours if r.levelno >= logging.WARNING]


async def start_and_give_up(under_test: DeliveryUnderTest) -> list[TargetResult]:
    task = await under_test.start()
    await pass_time(under_test.hass, 1)
    await pass_time(under_test.hass, 4)
    return await task


async def test_a_target_that_keeps_failing_is_logged_once_each_way_and_has_an_issue_meanwhile(
    hass: HomeAssistant,
    notifiers: Notifiers,
    both: DeliveryUnderTest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    notifiers.answers[KITCHEN] = fails(HomeAssistantError("see http://user:pw@host/x?token=1 now"))
    for _ in range(2):
        results = await start_and_give_up(both)
        assert results == [failed(KITCHEN, Failure.REFUSED, attempts=3), worked(HALL)]
        assert issues(hass) == {
            f"delivery_failed_front_speaker_{KITCHEN}": "delivery_failed_refused"
        }
    ours = [r for r in caplog.records if r.name == delivery_module.__name__]
    assert [r.getMessage() for r in ours if r.levelno == logging.WARNING] == [
        "Front door: kitchen could not be told (refused: see <address> now)"
    ]
    assert "token=1" not in "".join(r.getMessage() for r in ours)

    del notifiers.answers[KITCHEN]
    caplog.clear()
    caplog.set_level(logging.INFO)
    for _ in range(2):
        assert await both.deliver() == [worked(KITCHEN), worked(HALL)]
    assert issues(hass) == {}
    ours = [r for r in caplog.records if r.name == delivery_module.__name__]
    assert [r.getMessage() for r in ours] == ["Front door: kitchen can be told again"]


async def test_an_unavailable_target_is_tried_again(
    hass: HomeAssistant, notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    hass.states.async_set(KITCHEN, STATE_UNAVAILABLE)
    task = await both.start()
    assert notifiers.told(KITCHEN) == 0
    hass.states.async_set(KITCHEN, STATE_UNKNOWN)
    await pass_time(hass, 1)
    assert await task == [worked(KITCHEN, attempts=2), worked(HALL)]


@pytest.mark.parametrize(
    "error",
    [ServiceValidationError("no such thing"), vol.Invalid("not like that")],
    ids=["refused_for_good", "invalid_data"],
)
async def test_what_cannot_work_is_not_tried_again(
    hass: HomeAssistant, notifiers: Notifiers, both: DeliveryUnderTest, error: Exception
) -> None:
    notifiers.answers[KITCHEN] = fails(error)
    assert await both.deliver() == [failed(KITCHEN, Failure.NOT_SUPPORTED), worked(HALL)]
    assert list(issues(hass).values()) == ["delivery_failed_not_supported"]


async def test_an_action_that_does_not_exist_is_a_clear_failure(hass: HomeAssistant) -> None:
    hass.states.async_set(KITCHEN, STATE_UNKNOWN)
    under_test = make_delivery(hass, camera_settings(speakers=(KITCHEN,)))
    assert await under_test.deliver() == [failed(KITCHEN, Failure.NOT_SUPPORTED)]


async def test_an_action_that_comes_while_home_assistant_starts_is_waited_for(
    hass: HomeAssistant,
) -> None:
    hass.states.async_set(KITCHEN, STATE_UNKNOWN)
    under_test = make_delivery(hass, camera_settings(speakers=(KITCHEN,)))
    hass.set_state(CoreState.starting)
    task = await under_test.start()
    said = async_mock_service(hass, "notify", "send_message")
    await pass_time(hass, 1)
    assert await task == [worked(KITCHEN, attempts=2)]
    assert len(said) == 1
    assert issues(hass) == {}
    # And later, too, if that takes longer than the first attempts.
    hass.services.async_remove("notify", "send_message")
    with patch.object(delivery_module, "RETRY_AFTER_S", ()):
        (result,) = await under_test.deliver()
    assert (result.error, result.may_pass) == (Failure.UNAVAILABLE, True)


async def test_a_removed_entity_is_a_clear_failure(
    hass: HomeAssistant, notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    hass.states.async_remove(KITCHEN)
    assert await both.deliver() == [failed(KITCHEN, Failure.GONE), worked(HALL)]
    assert list(issues(hass).values()) == ["delivery_failed_gone"]


async def test_a_bug_of_a_target_costs_the_others_nothing_and_shows_no_address(
    hass: HomeAssistant,
    notifiers: Notifiers,
    both: DeliveryUnderTest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    notifiers.answers[KITCHEN] = fails(ValueError("bad rtsp://user:pw@cam/1 and /api/hls/t0ken/x"))
    assert await both.deliver() == [failed(KITCHEN, Failure.UNEXPECTED), worked(HALL)]
    assert list(issues(hass).values()) == ["delivery_failed_unexpected"]
    assert "ValueError: bad <address> and <address>" in caplog.text
    assert "pw@cam" not in caplog.text
    assert "t0ken" not in caplog.text


async def test_closing_stops_attempts_and_retries_and_forgets_the_issues(
    hass: HomeAssistant, notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    notifiers.answers[KITCHEN] = fails(HomeAssistantError())
    await start_and_give_up(both)
    assert issues(hass)
    notifiers.answers[HALL] = waits_for(asyncio.Event())
    task = await both.start()
    await both.delivery.async_close()
    assert await task == [
        failed(KITCHEN, Failure.STOPPED, attempts=0),
        failed(HALL, Failure.STOPPED, attempts=0),
    ]
    assert issues(hass) == {}


async def test_a_target_has_a_key_that_a_rename_leaves_alone(
    hass: HomeAssistant, notifiers: Notifiers
) -> None:
    hass.states.async_remove(KITCHEN)
    registry_id = register(hass, KITCHEN)
    under_test = make_delivery(hass, camera_settings(speakers=(KITCHEN, HALL)))
    keys = [f"speaker:{registry_id}", f"speaker:{HALL}"]
    assert under_test.delivery.audience(first=True) == keys
    done = await under_test.delivery.deliver(alert(), None, under_test.handed.append, keys[:1])
    assert done == {keys[0]: worked(KITCHEN)}
    # People read where an alert went.
    assert under_test.handed == [f"speaker:{KITCHEN}"]


async def test_nothing_is_delivered_after_closing(
    notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    await both.delivery.async_close()
    assert {result.error for result in await both.deliver()} == {Failure.STOPPED}
    assert notifiers.calls == []


async def test_a_cancelled_delivery_takes_its_attempts_with_it(
    hass: HomeAssistant, notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    ended: list[str] = []

    async def answer(call: ServiceCall) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(call.data["entity_id"])

    notifiers.answers[KITCHEN] = answer
    task = await both.start()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [KITCHEN]
    await settle()
    assert issues(hass) == {}


def test_the_text_of_a_failure_holds_no_address() -> None:
    error = DeliveryError(Failure.REFUSED, OSError("wss://host:1/x failed"))
    assert str(error) == "refused: <address> failed"
    assert str(DeliveryError(Failure.GONE)) == "gone"


async def test_a_target_that_has_something_newer_coming_is_not_tried_again(
    notifiers: Notifiers, both: DeliveryUnderTest
) -> None:
    notifiers.answers[KITCHEN] = fails(HomeAssistantError("busy"))
    turns = AnyTurn()
    with (
        patch.object(delivery_module, "RETRY_AFTER_S", (0.0, 0.0)),
        patch.object(turns, "is_newest", lambda one: HALL in one or not notifiers.told(KITCHEN)),
    ):
        results = await both.delivery.deliver(
            alert(),
            None,
            both.handed.append,
            turns=turns,
        )
    assert list(results.values()) == [failed(KITCHEN, Failure.STOPPED, attempts=0), worked(HALL)]
    assert notifiers.told(KITCHEN) == 1
