"""Phones, registered through mobile_app's own API, with a push service that a test can read."""

from datetime import timedelta
from typing import Any

from homeassistant.components.mobile_app.const import DOMAIN as MOBILE_APP
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.camera_smart_alerts.channel import Channel
from custom_components.camera_smart_alerts.delivery import TargetResult
from custom_components.camera_smart_alerts.phone import (
    async_phones_of,
    visit_tag,
)
from tests.delivery_kit import (
    PICTURE,
    alert,
    camera_settings,
    make_delivery,
)
from tests.fake_phones import Phones, PushService
from tests.test_delivery_buttons import LIVE_VIEW, buttons

TAG = "camera_smart_alerts_59b6ec7ac3d0"
SILENT = {
    "channel": "Camera Smart Alerts: updates",
    "importance": "low",
    "push": {"interruption-level": "passive", "sound": "none"},
}


def texts(value: Any) -> list[str]:
    """Return every text in a payload."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("maker", ["Google", "Apple"])
async def test_a_phone_gets_picture_live_view_and_buttons(
    hass: HomeAssistant, phones: Phones, push: PushService, maker: str
) -> None:
    phone = await phones.register("Anna's phone", maker)
    under_test = make_delivery(hass, camera_settings(phones=(phone,)))
    assert await under_test.deliver() == [TargetResult(phone, Channel.PHONE, ok=True, attempts=1)]
    (received,) = push.received
    assert received["title"] == "Front door"
    assert received["message"] == "Person: Front door"
    assert received["data"] == {
        "tag": TAG,
        "group": "camera_smart_alerts",
        "channel": "Camera Smart Alerts",
        "importance": "high",
        "priority": "high",
        "ttl": 900,
        "car_ui": True,
        "confirmation": True,
        "alert_once": True,
        "push": {"interruption-level": "time-sensitive"},
        "image": PICTURE,
        "attachment": {"url": PICTURE, "content-type": "jpeg"},
        "entity_id": "camera.front_door",
        "url": LIVE_VIEW,
        "clickAction": LIVE_VIEW,
        "actions": [
            {"action": "URI", "title": "Live view", "uri": LIVE_VIEW},
            {"action": "CAMERA_SMART_ALERTS_SILENCE_Zx-9_alert", "title": "Silence 30 min"},
            {"action": "CAMERA_SMART_ALERTS_NOT_RIGHT_Zx-9_alert", "title": "Not a person"},
            {
                "action": "CAMERA_SMART_ALERTS_SILENCE_HOME_Zx-9_alert",
                "title": "Silence until I am home",
            },
            {"action": "CAMERA_SMART_ALERTS_RIGHT_Zx-9_alert", "title": "Right"},
            {"action": "CAMERA_SMART_ALERTS_MISSED_Zx-9_alert", "title": "You missed someone"},
        ],
    } | ({} if maker == "Apple" else {"live_update": True})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"channel": "Camera Smart Alerts", "live_update": True}),
        ({"is_update": True}, SILENT | {"live_update": True}),
        ({"is_update": True, "lasted": timedelta(minutes=3)}, SILENT),
        ({"lasted": timedelta(minutes=3)}, SILENT),
        ({"is_test": True}, {"channel": "Camera Smart Alerts"}),
    ],
    ids=["first", "update", "over", "over_at_once", "test"],
)
async def test_only_the_first_telling_of_a_visit_makes_a_sound(
    hass: HomeAssistant,
    phones: Phones,
    push: PushService,
    changes: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    phone = await phones.register("phone")
    # Critical or not: what happens later is never heard.
    settings = camera_settings(phones=(phone,), critical="push" in expected)
    await make_delivery(hass, settings).deliver(alert(**changes))
    data = push.received[0]["data"]
    assert data["tag"] == TAG
    assert {key: data[key] for key in expected} == expected
    assert data.get("live_update") == expected.get("live_update")


@pytest.mark.parametrize("is_test", [False, True])
async def test_a_critical_alert_is_heard_on_a_silenced_phone(
    hass: HomeAssistant, phones: Phones, push: PushService, *, is_test: bool
) -> None:
    phone = await phones.register("phone")
    settings = camera_settings(phones=(phone,), critical=True)
    await make_delivery(hass, settings).deliver(alert(is_test=is_test))
    data = push.received[0]["data"]
    assert (data["channel"], data["importance"]) == ("alarm_stream", "high")
    assert data["push"] == {
        "interruption-level": "critical",
        "sound": {"name": "default", "critical": 1, "volume": 1.0},
    }


@pytest.mark.parametrize(
    ("is_test", "message", "more"),
    [
        (False, "There is something to see.", ["Right", "You missed someone"]),
        (True, "Test: There is something to see.", []),
    ],
)
async def test_a_notification_without_text_names_nothing(
    hass: HomeAssistant,
    phones: Phones,
    push: PushService,
    message: str,
    more: list[str],
    *,
    is_test: bool,
) -> None:
    phone = await phones.register("phone")
    settings = camera_settings(phones=(phone,), no_text=True)
    await make_delivery(hass, settings).deliver(alert(others=("Garage",), is_test=is_test))
    (received,) = push.received
    assert (received["title"], received["message"]) == ("Camera Smart Alerts", message)
    data = received["data"]
    assert data["url"] == data["clickAction"] == "/home/overview"
    assert not {"image", "attachment", "entity_id"} & set(data)
    assert buttons(received) == [
        "Silence 30 min",
        "Not right",
        "Silence until I am home",
        *more,
    ]


async def test_a_moving_preview_is_announced_as_what_it_is(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    phone = await phones.register("phone")
    under_test = make_delivery(hass, camera_settings(phones=(phone,)))
    await under_test.deliver(picture="/api/camera_smart_alerts/pictures/p1.gif")
    assert push.received[0]["data"]["attachment"]["content-type"] == "gif"


async def test_nothing_in_a_notification_opens_without_a_login(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    phone = await phones.register("phone")
    await make_delivery(hass, camera_settings(phones=(phone,))).deliver()
    for text in texts(push.received[0]["data"]):
        assert "://" not in text
        assert "token" not in text.lower()
        assert "authSig" not in text
        assert not text.startswith("/local/")


async def test_the_alert_goes_out_without_camera_and_without_picture(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    phone = await phones.register("phone")
    under_test = make_delivery(hass, camera_settings(phones=(phone,)))
    under_test.live_view = None
    (result,) = await under_test.deliver(picture=None)
    assert result.ok
    data = push.received[0]["data"]
    assert not {"image", "attachment", "entity_id", "url", "clickAction"} & set(data)
    assert buttons(push.received[0]) == [
        "Silence 30 min",
        "Not a person",
        "Silence until I am home",
        "Right",
        "You missed someone",
    ]


async def test_a_notification_is_taken_back_by_its_tag(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    settings = camera_settings(phones=(await phones.register("a"), await phones.register("b")))
    delivery = make_delivery(hass, settings).delivery
    await delivery.clear("Zx-9_alert")
    await delivery.clear("another")
    assert [(push["message"], push["data"]) for push in push.received] == [
        *[("clear_notification", {"tag": TAG})] * 2,
        *[("clear_notification", {"tag": visit_tag("another")})] * 2,
    ]


async def test_taking_back_never_fails(
    hass: HomeAssistant, phones: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    phone = await phones.register("phone")
    delivery = make_delivery(hass, camera_settings(phones=("gone", phone))).delivery
    async_mock_service(
        hass, "notify", "mobile_app_phone", raise_exception=ValueError("at http://host/t0ken")
    )
    await delivery.clear("Zx-9_alert")
    assert "Front door: phone: failed unexpectedly" in caplog.text
    assert "t0ken" not in caplog.text


async def test_only_the_user_of_a_phone_that_is_told_may_answer(
    hass: HomeAssistant, phones: Phones
) -> None:
    phone, other = await phones.register("phone"), await phones.register("other")
    (entry, other_entry) = hass.config_entries.async_entries(MOBILE_APP)
    hass.config_entries.async_update_entry(other_entry, data={**other_entry.data, "user_id": "x"})
    user = entry.data["user_id"]

    def may_answer(user_id: str | None, *told: str) -> bool:
        settings = camera_settings(phones=told)
        return bool(async_phones_of(hass, settings, Context(user_id=user_id)))

    assert may_answer(user, phone)
    assert may_answer(user, "gone", other, phone)
    assert not may_answer(user, other)
    assert may_answer("x", other)
    assert not may_answer(user)
    assert not may_answer(None, phone, other)


async def test_a_device_of_another_integration_answers_nothing(hass: HomeAssistant) -> None:
    entry = MockConfigEntry(domain="lamp", data={"user_id": "x"})
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("lamp", "1")}
    )
    settings = camera_settings(phones=(device.id,))
    assert not async_phones_of(hass, settings, Context(user_id="x"))
