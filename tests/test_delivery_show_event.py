"""The bus says which camera to show, for screens that automations drive."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.shows import EVENT_SHOW
from tests.delivery_kit import CAMERA, alert, camera_settings, make_delivery


def said(until: str, dashboard: str | None = None) -> dict[str, Any]:
    return {
        "entity_id": CAMERA,
        "dashboard": dashboard,
        "visit_id": visit_id("Zx-9_alert"),
        "until": until,
    }


async def test_a_visit_is_shown_once_for_each_camera_and_ends(hass: HomeAssistant) -> None:
    events = async_capture_events(hass, EVENT_SHOW)
    settings = camera_settings(dashboard="wall/front")
    front = make_delivery(hass, settings)
    back = make_delivery(hass, camera_settings(subentry_id="back"))
    await front.deliver()
    await front.deliver(alert(is_update=True))
    # The phones of the first camera hear of the second one, too.
    for camera in (back, front):
        await camera.deliver(alert(is_update=True, subentry_id="back"))
    await back.deliver(alert(lasted=timedelta(minutes=1), subentry_id="back"))
    assert [event.data for event in events] == [
        said("started", "wall/front"),
        said("started"),
        said("ended"),
    ]
    assert "Zx-9_alert" not in str([event.data for event in events])


async def test_a_visit_that_is_taken_back_need_not_be_shown_any_more(hass: HomeAssistant) -> None:
    events = async_capture_events(hass, EVENT_SHOW)
    under_test = make_delivery(hass, camera_settings(dashboard="wall/front"))
    await under_test.deliver()
    for _camera_of_the_visit in range(2):
        await under_test.delivery.clear("Zx-9_alert")
    assert [event.data for event in events] == [
        said("started", "wall/front"),
        said("ended", "wall/front"),
    ]


async def test_visits_whose_end_is_never_told_are_forgotten(hass: HomeAssistant) -> None:
    events = async_capture_events(hass, EVENT_SHOW)
    under_test = make_delivery(hass, camera_settings())
    for number in range(51):
        await under_test.deliver(alert(id=f"visit-{number}"))
    await under_test.deliver(alert(id="visit-50", is_update=True))
    assert len(events) == 51
    await under_test.deliver(alert(id="visit-0", is_update=True))
    assert len(events) == 52


async def test_each_test_is_shown(hass: HomeAssistant) -> None:
    events = async_capture_events(hass, EVENT_SHOW)
    under_test = make_delivery(hass, camera_settings())
    await under_test.deliver(alert(is_test=True))
    await under_test.deliver(alert(is_test=True))
    assert len(events) == 2


async def test_a_camera_that_is_gone_is_not_shown(hass: HomeAssistant) -> None:
    events = async_capture_events(hass, EVENT_SHOW)
    under_test = make_delivery(hass, camera_settings())
    under_test.live_view = None
    await under_test.deliver()
    assert events == []
