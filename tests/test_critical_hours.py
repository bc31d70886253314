"""A silenced phone sounds only in the hours that were chosen for that."""

from datetime import time
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts.modes import QuietHours
from tests.delivery_kit import alert, camera_settings, make_delivery
from tests.fake_phones import Phones, PushService


@pytest.mark.parametrize(
    ("hour", "critical"),
    [
        pytest.param(21, False, id="before"),
        pytest.param(22, True, id="from the start on"),
        pytest.param(3, True, id="over midnight"),
        pytest.param(6, False, id="no more at the end"),
    ],
)
async def test_a_silenced_phone_sounds_only_in_the_hours_that_were_chosen(
    hass: HomeAssistant,
    phones: Phones,
    push: PushService,
    *,
    hour: int,
    critical: bool,
) -> None:
    phone = await phones.register("phone")
    hours = QuietHours(time(22), time(6))
    settings = camera_settings(phones=(phone,), critical=True, critical_hours=hours)
    local = dt_util.now().replace(hour=hour, minute=0)
    with patch("custom_components.camera_smart_alerts.delivery.dt_util.now", return_value=local):
        await make_delivery(hass, settings).deliver(alert())
    assert (push.received[0]["data"]["channel"] == "alarm_stream") is critical
