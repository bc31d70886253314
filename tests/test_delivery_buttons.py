"""The buttons of a notification: which there are, in which order, and what they send back."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.phone import (
    ACTION_DO_NOT_LEARN,
    ACTION_LEARN,
    ACTION_LEARN_MISSED,
    ACTION_LEARN_RIGHT,
    ACTION_MISSED,
    ACTION_NOT_RIGHT,
    ACTION_RIGHT,
    ACTION_SILENCE,
    ACTION_SILENCE_HOME,
    action,
    parse_action,
)
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.delivery_kit import alert, camera_settings, make_delivery
from tests.fake_phones import Phones, PushService

LIVE_VIEW = "/home/overview?more-info-entity-id=camera.front_door"


def buttons(received: dict[str, Any]) -> list[str]:
    """Return what the buttons of a notification say."""
    return [one["title"] for one in received["data"]["actions"]]


@pytest.mark.parametrize("no_text", [False, True])
async def test_when_a_visit_is_over_what_people_may_say_of_it_comes_first(
    hass: HomeAssistant, phones: Phones, push: PushService, *, no_text: bool
) -> None:
    phone = await phones.register("phone")
    settings = camera_settings(phones=(phone,), no_text=no_text)
    await make_delivery(hass, settings).deliver(alert(lasted=timedelta(minutes=3)))
    (received,) = push.received
    assert buttons(received) == [
        "Right",
        "Not right" if no_text else "Not a person",
        "You missed someone",
        *([] if no_text else ["Live view"]),
        "Silence 30 min",
        "Silence until I am home",
    ]
    assert received["data"]["clickAction"] == ("/home/overview" if no_text else LIVE_VIEW)


async def test_a_test_alert_asks_for_no_opinion_that_it_could_not_be_about(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    phone = await phones.register("phone")
    await make_delivery(hass, camera_settings(phones=(phone,))).deliver(alert(is_test=True))
    assert buttons(push.received[0]) == [
        "Live view",
        "Silence 30 min",
        "Not a person",
        "Silence until I am home",
    ]


@pytest.mark.parametrize("kind", [Kind.ANIMAL, Kind.VEHICLE, None])
async def test_only_a_person_can_be_not_a_person(
    hass: HomeAssistant, phones: Phones, push: PushService, kind: Kind | None
) -> None:
    phone = await phones.register("phone")
    await make_delivery(hass, camera_settings(phones=(phone,))).deliver(alert(kind))
    assert push.received[0]["data"]["actions"][2]["title"] == "Not right"


async def test_a_button_can_be_told_apart_when_it_comes_back(
    hass: HomeAssistant, phones: Phones, push: PushService
) -> None:
    phone = await phones.register("phone")
    await make_delivery(hass, camera_settings(phones=(phone,))).deliver()
    actions = [one["action"] for one in push.received[0]["data"]["actions"]]
    assert [parse_action(one) for one in actions] == [
        None,
        (ACTION_SILENCE, "Zx-9_alert"),
        (ACTION_NOT_RIGHT, "Zx-9_alert"),
        (ACTION_SILENCE_HOME, "Zx-9_alert"),
        (ACTION_RIGHT, "Zx-9_alert"),
        (ACTION_MISSED, "Zx-9_alert"),
    ]


@pytest.mark.parametrize(
    "verb",
    [
        *(ACTION_LEARN, ACTION_LEARN_RIGHT, ACTION_LEARN_MISSED, ACTION_DO_NOT_LEARN),
        *(ACTION_RIGHT, ACTION_NOT_RIGHT, ACTION_MISSED),
    ],
)
def test_no_answer_is_taken_for_another_one(verb: str) -> None:
    assert parse_action(action(verb, "Zx-9_alert")) == (verb, "Zx-9_alert")


@pytest.mark.parametrize(
    "tapped",
    [
        *("", "ALARM", "CAMERA_SMART_ALERTS_SILENCE_", "CAMERA_SMART_ALERTS_OPEN_x"),
        *(None, 5, ["x"]),
    ],
)
def test_other_buttons_are_none_of_ours(tapped: object) -> None:
    assert parse_action(tapped) is None
