"""Phones that cannot be told: gone, without push, not ready yet, not connected, hanging."""

import asyncio
from typing import Any

from homeassistant.components.mobile_app.const import DATA_NOTIFY, DOMAIN as MOBILE_APP
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.camera_smart_alerts.channel import Channel, Failure
from custom_components.camera_smart_alerts.delivery import TargetResult
from tests.delivery_kit import camera_settings, issues, make_delivery, pass_time
from tests.fake_phones import Phones, PushService


def failed(device_id: str, failure: Failure, attempts: int = 1) -> TargetResult:
    return TargetResult(
        device_id, Channel.PHONE, ok=False, attempts=attempts, error=failure, may_pass=attempts > 1
    )


async def test_a_removed_phone_is_a_clear_failure(hass: HomeAssistant, phones: Phones) -> None:
    phone = await phones.register("phone")
    under_test = make_delivery(hass, camera_settings(phones=(phone,)))
    (entry,) = hass.config_entries.async_entries(MOBILE_APP)
    await hass.config_entries.async_remove(entry.entry_id)
    assert await under_test.deliver() == [failed(phone, Failure.GONE)]
    assert list(issues(hass).values()) == ["delivery_failed_gone"]


async def test_a_phone_without_push_is_a_clear_failure(hass: HomeAssistant, phones: Phones) -> None:
    phone = await phones.register("phone", something="else")
    under_test = make_delivery(hass, camera_settings(phones=(phone,)))
    assert await under_test.deliver() == [failed(phone, Failure.NO_PUSH)]


async def test_a_device_that_is_no_phone_is_a_clear_failure(
    hass: HomeAssistant, phones: Phones
) -> None:
    phone = await phones.register("phone")
    entry: ConfigEntry[Any] = hass.config_entries.async_entries(MOBILE_APP)[0]
    lamp = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("lamp", "1")}, name="Lamp"
    )
    under_test = make_delivery(hass, camera_settings(phones=(lamp.id, phone)))
    assert [result.error for result in await under_test.deliver()] == [Failure.NO_PUSH, ""]


async def test_a_phone_whose_push_is_still_being_set_up_is_tried_again(
    hass: HomeAssistant, phones: Phones
) -> None:
    phone = await phones.register("phone")
    calls = async_mock_service(hass, "notify", "mobile_app_phone")
    notify = hass.data[MOBILE_APP].pop(DATA_NOTIFY)
    task = await make_delivery(hass, camera_settings(phones=(phone,))).start()
    assert not task.done()
    hass.data[MOBILE_APP][DATA_NOTIFY] = notify
    await pass_time(hass, 1)
    assert (await task)[0].attempts == 2
    assert len(calls) == 1


async def test_a_phone_that_is_not_connected_is_tried_again_and_then_given_up(
    hass: HomeAssistant, phones: Phones
) -> None:
    phone = await phones.register("phone", push_websocket_channel=True)
    task = await make_delivery(hass, camera_settings(phones=(phone,))).start()
    await pass_time(hass, 1)
    await pass_time(hass, 4)
    assert await task == [failed(phone, Failure.REFUSED, attempts=3)]


async def test_a_push_that_hangs_is_tried_again_and_does_not_hold_up_the_other_phone(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    slow, quick = await phones.register("slow"), await phones.register("quick")
    hanging = 0

    async def hang(_call: object) -> None:
        nonlocal hanging
        hanging += 1
        await asyncio.Event().wait()

    hass.services.async_register("notify", "mobile_app_slow", hang)
    under_test = make_delivery(hass, camera_settings(phones=(slow, quick)))
    task = await under_test.start()
    await push.pushed.wait()
    while not under_test.handed:
        await hass.async_block_till_done()
    for seconds in (10, 1, 10, 4, 10):
        await pass_time(hass, seconds)
    results = await task
    assert results[0] == failed(slow, Failure.TIMED_OUT, attempts=3)
    assert results[1].ok
    assert hanging == 3
    assert under_test.handed == [f"phone:{quick}"]
