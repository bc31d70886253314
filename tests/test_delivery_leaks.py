"""Nothing leaves through any channel that must stay at home: pictures, credentials, names."""

import base64
from datetime import timedelta
from typing import Any

from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.camera_smart_alerts.shows import EVENT_SHOW
from custom_components.camera_smart_alerts.vision.annotate import encode_jpeg
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.delivery_kit import CAMERA, alert, camera_settings, make_delivery
from tests.fake_phones import Phones, PushService
from tests.fake_players import SCREEN, Room, furnish
from tests.leak_scanner import leaks
from tests.vision.test_storyboard import noise

NAMES = ("front", "door", "garage", "person", "people", "animal", "vehicle", "camera.", "picture")
TELLINGS: tuple[dict[str, Any], ...] = (
    {},
    {"is_update": True, "kinds": {Kind.PERSON: 2, Kind.ANIMAL: 1}, "others": ("Garage",)},
    {"kind": None, "id": "next"},
    {"lasted": timedelta(minutes=3)},
    {"is_test": True, "id": "test"},
)
JPEG = encode_jpeg(noise(64, 48))


class Home:
    """A house with one of everything, and everything that was sent to it."""

    def __init__(self, hass: HomeAssistant, push: PushService, targets: dict[str, Any]) -> None:
        self._hass = hass
        self._push = push
        self._targets = targets
        self._calls: list[dict[str, Any]] = []
        self._shown = async_capture_events(hass, EVENT_SHOW)
        hass.bus.async_listen(EVENT_CALL_SERVICE, self._called)

    @callback
    def _called(self, event: Event[Any]) -> None:
        self._calls.append(dict(event.data["service_data"]) | {"of": event.data["domain"]})

    async def tell(self, **settings: Any) -> None:
        """Tell everybody of a visit as it goes on."""
        under_test = make_delivery(self._hass, camera_settings(**self._targets, **settings))
        for telling in TELLINGS:
            results = await under_test.deliver(alert(**telling))
            assert [result.error for result in results] == [""] * 6
        await under_test.delivery.clear("Zx-9_alert")
        await self._hass.async_block_till_done()

    @property
    def notifications(self) -> list[dict[str, Any]]:
        """What the phones got, without what only Home Assistant's own push service adds."""
        own = {"push_token", "registration_info"}
        received = [
            {key: value for key, value in push.items() if key not in own}
            for push in self._push.received
        ]
        return received + [
            call for call in self._calls if call["of"] == "notify" and "data" in call
        ]

    @property
    def everything(self) -> list[dict[str, Any]]:
        return [*self.notifications, *self._calls, *(dict(event.data) for event in self._shown)]


@pytest.fixture
async def room(hass: HomeAssistant) -> Room:
    return await furnish(hass)


@pytest.fixture
async def home(hass: HomeAssistant, room: Room, push: PushService, phones: Phones) -> Home:
    phone = await phones.register("phone")
    entry = MockConfigEntry(domain="alexa_devices")
    entry.add_to_hass(hass)
    echo = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("alexa_devices", "1")}
    )

    async def nothing(_call: ServiceCall) -> None:
        """Take whatever comes."""

    speakers = ("assist_satellite.hall", "notify.kitchen", "media_player.radio")
    for entity_id in (*speakers, "tts.voice"):
        hass.states.async_set(entity_id, "idle")
    for domain, service in (
        ("alexa_devices", "send_text_command"),
        ("assist_satellite", "announce"),
        ("notify", "send_message"),
        ("tts", "speak"),
    ):
        hass.services.async_register(domain, service, nothing)
    targets = {
        "phones": (phone,),
        "speakers": speakers,
        "tts_engine": "tts.voice",
        "displays": (SCREEN,),
        "echo_shows": (echo.id,),
    }
    return Home(hass, push, targets)


async def test_no_channel_carries_a_picture_or_a_password(home: Home) -> None:
    await home.tell(critical=True)
    assert {call["of"] for call in home.everything if "of" in call} == {
        *("alexa_devices", "assist_satellite", "camera", "notify", "tts")
    }
    assert [leaks(payload) for payload in home.everything if leaks(payload)] == []
    # The scanner sees the names that may be there.
    assert leaks(home.everything, NAMES)


async def test_a_notification_without_text_names_neither_camera_nor_kind(home: Home) -> None:
    await home.tell(no_text=True)
    assert len(home.notifications) == 2 * (len(TELLINGS) + 1)
    assert [leaks(payload, NAMES) for payload in home.notifications if leaks(payload, NAMES)] == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (JPEG, "bytes"),
        (bytearray(JPEG), "bytes"),
        ("data:image/png;base64,xyz", "picture"),
        (base64.b64encode(JPEG).decode(), "picture"),
        (base64.urlsafe_b64encode(JPEG).decode(), "picture"),
        (f"look: {base64.b64encode(JPEG).decode()}", "picture"),
        ("rtsp://admin:secret@10.0.0.5/stream", "credentials"),
        ("/api/camera_proxy/camera.x?token=abc", "credentials"),
        ("/api/pictures/1.jpg?authSig=abc", "credentials"),
        ("Front door", "name: front"),
        ({"deep": [{"er": CAMERA}]}, "name: camera."),
        ({"2 people": 1}, "name: people"),
    ],
    ids=range(12),
)
async def test_whatever_is_slipped_into_a_notification_is_found(
    home: Home, planted: Any, found: str
) -> None:
    await home.tell(no_text=True)
    notification = home.notifications[0]
    assert leaks(notification, NAMES) == []
    assert found in leaks(notification | {"data": {**notification["data"], "x": planted}}, NAMES)
