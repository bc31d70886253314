"""Displays: the live view comes, or there is a clear reason why not."""

import asyncio
from datetime import timedelta

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.camera_smart_alerts.channel import Failure
from tests.camera_peer import NativePeerCamera, PeerCamera
from tests.delivery_kit import CAMERA, camera_settings, issues, make_delivery, pass_time
from tests.fake_players import FILM, SCREEN, SHOWN, FakePlayer, Room, add_player, furnish, show


@pytest.fixture
async def screen(hass: HomeAssistant) -> FakePlayer:
    return await add_player(hass, "screen")


@pytest.fixture
async def room(hass: HomeAssistant) -> Room:
    return await furnish(hass)


@pytest.mark.parametrize("expected_lingering_timers", [True])  # of the stream itself
async def test_a_real_camera_streams_to_the_screen(
    hass: HomeAssistant, screen: FakePlayer, stream_camera: PeerCamera
) -> None:
    assert await async_setup_component(hass, "stream", {})
    await hass.config.async_update(internal_url="http://127.0.0.1:8123")
    under_test = make_delivery(hass, camera_settings(displays=(SCREEN,)))
    under_test.live_view = stream_camera.entity_id
    asked = stream_camera.sources_asked
    await show(under_test)
    assert stream_camera.sources_asked == asked + 1
    (played,) = screen.does
    assert played.startswith("play http://127.0.0.1:8123/api/hls/")
    await under_test.delivery.async_close()
    assert screen.does == [played, "stop"]


async def test_a_camera_that_offers_webrtc_only_is_a_clear_failure_at_once(
    hass: HomeAssistant, screen: FakePlayer, native_camera: NativePeerCamera
) -> None:
    assert await async_setup_component(hass, "stream", {})
    under_test = make_delivery(hass, camera_settings(displays=(SCREEN,)))
    under_test.live_view = native_camera.entity_id
    (result,) = await under_test.deliver()
    assert (result.error, result.attempts) == (Failure.NOT_SUPPORTED, 1)
    assert list(issues(hass).values()) == ["delivery_failed_not_supported"]
    assert screen.does == []


async def test_a_camera_that_cannot_stream_is_a_clear_failure_at_once(
    hass: HomeAssistant, screen: FakePlayer, still_camera: PeerCamera
) -> None:
    under_test = make_delivery(hass, camera_settings(displays=(SCREEN,)))
    under_test.live_view = still_camera.entity_id
    (result,) = await under_test.deliver()
    assert (result.error, result.attempts) == (Failure.NOT_SUPPORTED, 1)
    assert screen.does == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [("source_raises", Failure.REFUSED), ("source_hangs", Failure.TIMED_OUT)],
)
async def test_a_camera_that_does_not_say_where_its_stream_is_is_asked_again(
    hass: HomeAssistant,
    screen: FakePlayer,
    stream_camera: PeerCamera,
    caplog: pytest.LogCaptureFixture,
    *,
    fault: str,
    error: Failure,
) -> None:
    assert await async_setup_component(hass, "stream", {})
    under_test = make_delivery(hass, camera_settings(displays=(SCREEN,)))
    under_test.live_view = stream_camera.entity_id
    stream_camera.fault = fault
    task = await under_test.start()
    for seconds in (10, 1, 10, 4, 10):
        await pass_time(hass, seconds)
    (result,) = await task
    assert (result.error, result.attempts) == (error, 3)
    assert screen.does == []
    assert "secret" not in caplog.text


async def test_a_screen_that_refuses_is_tried_again_and_not_touched_later(
    hass: HomeAssistant, room: Room
) -> None:
    room.screen.error = HomeAssistantError("busy")
    task = await room.camera().start()
    await pass_time(hass, 1)
    await pass_time(hass, 4)
    (result,) = await task
    assert (result.error, result.attempts) == (Failure.REFUSED, 3)
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN] * 3


@pytest.mark.parametrize("entity_id", [None, "camera.gone"])
async def test_a_camera_that_is_gone_is_a_clear_failure(
    hass: HomeAssistant, room: Room, entity_id: str | None
) -> None:
    camera = room.camera()
    camera.live_view = entity_id
    (result,) = await camera.deliver()
    assert (result.error, result.attempts) == (Failure.NO_LIVE_VIEW, 1)
    assert list(issues(hass).values()) == ["delivery_failed_no_live_view"]


async def test_a_camera_that_is_away_for_a_moment_is_waited_for(
    hass: HomeAssistant, room: Room
) -> None:
    hass.states.async_set(CAMERA, STATE_UNAVAILABLE)
    task = await room.camera().start()
    hass.states.async_set(CAMERA, "idle")
    await pass_time(hass, 1)
    (result,) = await task
    assert (result.ok, result.attempts) == (True, 2)


async def test_a_screen_that_also_speaks_finishes_its_sentence_first(
    hass: HomeAssistant, room: Room
) -> None:
    hass.states.async_set("tts.voice", "unknown")
    spoken = async_mock_service(hass, "tts", "speak")
    room.screen.play(FILM)
    task = await room.camera(speakers=(SCREEN,), tts_engine="tts.voice").start()
    assert len(spoken) == 1
    room.screen.play("media-source://tts/x", "music")
    await pass_time(hass, 2)
    assert room.screen.does == []
    await pass_time(hass, 4)
    assert [result.ok for result in await task] == [True, True]
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, f"play {FILM}"]


@pytest.mark.parametrize(
    ("dashboard", "shown"),
    [
        ("wall/front", {"view_path": "front", "dashboard_path": "wall"}),
        ("/wall/front/", {"view_path": "front", "dashboard_path": "wall"}),
        ("front", {"view_path": "front"}),
    ],
)
async def test_a_cast_device_shows_the_chosen_dashboard(
    hass: HomeAssistant, room: Room, dashboard: str, shown: dict[str, str]
) -> None:
    entity_id = cast_device(hass)
    calls = async_mock_service(hass, "cast", "show_lovelace_view")
    settings = camera_settings(displays=(entity_id,), dashboard=dashboard)
    await show(make_delivery(hass, settings))
    assert calls[0].data == {"entity_id": entity_id} | shown
    assert room.play_stream == []


def cast_device(hass: HomeAssistant) -> str:
    entry = er.async_get(hass).async_get_or_create("media_player", "cast", "hub")
    hass.states.async_set(entry.entity_id, "off")
    return entry.entity_id


async def test_without_dashboard_a_cast_device_shows_the_stream(
    hass: HomeAssistant, room: Room
) -> None:
    entity_id = cast_device(hass)
    await show(make_delivery(hass, camera_settings(displays=(entity_id,))))
    assert room.play_stream[0].data["media_player"] == entity_id


async def test_a_dashboard_is_for_cast_devices_only(hass: HomeAssistant, room: Room) -> None:
    await show(room.camera(dashboard="wall/front"))
    assert room.screen.does == [SHOWN]


@pytest.fixture
def echo(hass: HomeAssistant) -> str:
    """Return the device id of an Echo Show."""
    entry = MockConfigEntry(domain="alexa_devices")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("alexa_devices", "1")}, name="Echo"
    )
    return device.id


async def test_an_echo_show_is_told_to_show_the_camera_and_to_go_home(
    hass: HomeAssistant, echo: str
) -> None:
    calls = async_mock_service(hass, "alexa_devices", "send_text_command")
    camera = make_delivery(hass, camera_settings(echo_shows=(echo,)))
    camera.live_view = None
    await show(camera)
    await show(camera, is_update=True)
    await show(camera, id="next", camera="Back {camera}")
    await show(camera, lasted=timedelta(minutes=1))
    await pass_time(hass, 60)
    assert len(calls) == 2
    await show(camera, id="next", lasted=timedelta(minutes=1))
    assert [(call.data["device_id"], call.data["text_command"]) for call in calls] == [
        (echo, "show Front door"),
        (echo, "show Back {camera}"),
        (echo, "go home"),
    ]


async def test_a_removed_echo_show_is_a_clear_failure(hass: HomeAssistant) -> None:
    (result,) = await make_delivery(hass, camera_settings(echo_shows=("gone",))).deliver()
    assert (result.error, result.attempts) == (Failure.GONE, 1)


async def test_a_stream_that_does_not_start_in_time_is_tried_again(
    hass: HomeAssistant, room: Room
) -> None:
    starts = 0

    async def hang(_call: ServiceCall) -> None:
        nonlocal starts
        starts += 1
        await asyncio.Event().wait()

    hass.services.async_register("camera", "play_stream", hang)
    task = await room.camera().start()
    for seconds in (10, 1, 10, 4, 10):
        await pass_time(hass, seconds)
    (result,) = await task
    assert (result.error, starts) == (Failure.TIMED_OUT, 3)
