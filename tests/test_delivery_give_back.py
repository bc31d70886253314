"""Displays: the live view stays as long as its visit, then what was there before returns."""

from datetime import timedelta

from homeassistant.components.media_player.const import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.delivery_kit import CAMERA, pass_time
from tests.fake_players import FILM, PLAYER_FEATURES, SCREEN, SHOWN, Room, furnish, show


@pytest.fixture
async def room(hass: HomeAssistant) -> Room:
    return await furnish(hass)


async def test_the_live_view_stays_until_the_visit_is_over(hass: HomeAssistant, room: Room) -> None:
    camera = room.camera()
    await show(camera)
    assert room.play_stream[0].data == {"entity_id": CAMERA, "media_player": SCREEN}
    await pass_time(hass, 500)
    assert room.screen.does == [SHOWN]
    await show(camera, lasted=timedelta(seconds=500))
    assert room.screen.does == [SHOWN, "stop"]
    await show(camera, lasted=timedelta(seconds=500))
    await pass_time(hass, 900)
    assert room.screen.does == [SHOWN, "stop"]


async def test_no_visit_keeps_a_screen_for_more_than_ten_minutes(
    hass: HomeAssistant, room: Room
) -> None:
    camera = room.camera()
    await show(camera)
    await pass_time(hass, 598)
    assert room.screen.does == [SHOWN]
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, "stop"]
    await show(camera, is_update=True)
    await show(room.camera("back", view="camera.back"), is_update=True, subentry_id="back")
    assert room.screen.does == [SHOWN, "stop"]


async def test_a_test_is_over_after_a_minute(hass: HomeAssistant, room: Room) -> None:
    await show(room.camera(), is_test=True)
    await pass_time(hass, 60)
    assert room.screen.does == [SHOWN, "stop"]


async def test_what_was_playing_is_played_again(hass: HomeAssistant, room: Room) -> None:
    room.screen.play(FILM, "movie")
    await show(room.camera())
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, f"play {FILM}"]
    assert hass.states.get(SCREEN).attributes["media_content_type"] == "movie"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("kxopViU98Xo", "video"),
        (None, None),
        (FILM, None),
        ("http://ha.invalid/api/tts_proxy/x.mp3", "music"),
        ("media-source://tts/tts.voice?message=hi", "music"),
        ("http://ha.invalid/api/hls/other/master_playlist.m3u8", "video"),
    ],
    ids=["id_of_an_app", "nothing_known", "no_type", "speech", "speech_source", "camera"],
)
async def test_what_cannot_be_played_again_is_stopped(
    hass: HomeAssistant, room: Room, content: str | None, content_type: str | None
) -> None:
    room.screen.play(content, content_type)
    await show(room.camera())
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, "stop"]


@pytest.mark.parametrize(
    ("features", "before", "end"),
    [
        (PLAYER_FEATURES, MediaPlayerState.OFF, ["turn off"]),
        (PLAYER_FEATURES, MediaPlayerState.PAUSED, ["stop"]),
        (PLAYER_FEATURES & ~MediaPlayerEntityFeature.TURN_OFF, MediaPlayerState.OFF, ["stop"]),
        (PLAYER_FEATURES & ~MediaPlayerEntityFeature.STOP, MediaPlayerState.IDLE, ["turn off"]),
        (MediaPlayerEntityFeature.PLAY_MEDIA, MediaPlayerState.OFF, []),
    ],
    ids=["was_off", "was_paused", "was_off_cannot_turn_off", "cannot_stop", "can_do_nothing"],
)
async def test_a_screen_is_given_back_as_far_as_it_can(
    hass: HomeAssistant,
    room: Room,
    features: MediaPlayerEntityFeature,
    before: MediaPlayerState,
    end: list[str],
) -> None:
    room.screen._attr_supported_features = features
    room.screen.change(before)
    await show(room.camera())
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, *end]


@pytest.mark.parametrize(
    "change", ["other_content", "turned_off", "paused", "unplugged", "removed"]
)
async def test_a_screen_that_somebody_used_meanwhile_is_left_alone(
    hass: HomeAssistant, room: Room, change: str
) -> None:
    await show(room.camera())
    match change:
        case "other_content":
            room.screen.play(FILM)
        case "turned_off":
            room.screen.change(MediaPlayerState.OFF)
        case "paused":
            room.screen.change(MediaPlayerState.PAUSED)
        case "unplugged":
            room.screen.change(MediaPlayerState.PLAYING, available=False)
        case _:
            await room.screen.async_remove()
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN]


async def test_a_player_that_does_not_say_what_it_plays_is_believed_to_show_the_camera(
    hass: HomeAssistant, room: Room
) -> None:
    await show(room.camera())
    room.screen.play(None)
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, "stop"]


async def test_an_update_does_not_start_the_stream_anew(hass: HomeAssistant, room: Room) -> None:
    camera = room.camera()
    await show(camera)
    await show(camera, is_update=True)
    assert room.screen.does == [SHOWN]


async def test_another_camera_of_the_visit_takes_over_and_the_film_comes_back_once(
    hass: HomeAssistant, room: Room
) -> None:
    room.screen.play(FILM)
    front, back = room.camera("front"), room.camera("back", view="camera.back")
    await show(front)
    await show(back, is_update=True, subentry_id="back")
    await show(back, is_update=True, subentry_id="back")
    await front.delivery.async_close()
    assert room.screen.does == [SHOWN, SHOWN]
    # The visit ends, whichever camera tells of it.
    await show(room.camera("side"), lasted=timedelta(minutes=1))
    assert room.screen.does == [SHOWN, SHOWN, f"play {FILM}"]
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, SHOWN, f"play {FILM}"]


async def test_a_screen_that_is_not_for_the_other_camera_keeps_its_own(
    hass: HomeAssistant, room: Room
) -> None:
    camera = room.camera()
    await show(camera)
    # Told by another camera, to whom this screen was not given.
    await show(camera, is_update=True, subentry_id="back")
    assert room.screen.does == [SHOWN]


async def test_a_screen_that_hears_of_a_visit_late_shows_it(
    hass: HomeAssistant, room: Room
) -> None:
    await show(room.camera(), is_update=True)
    assert room.screen.does == [SHOWN]


async def test_an_older_visit_does_not_displace_a_newer_one(
    hass: HomeAssistant, room: Room
) -> None:
    front, back = room.camera("front"), room.camera("back", view="camera.back")
    await show(front)
    await show(back, id="newer", subentry_id="back")
    await show(front, is_update=True)
    await show(front, lasted=timedelta(minutes=1))
    assert room.screen.does == [SHOWN, SHOWN]


async def test_an_update_leaves_a_screen_alone_that_somebody_uses(
    hass: HomeAssistant, room: Room
) -> None:
    await show(room.camera("front"))
    room.screen.play(FILM)
    await show(room.camera("back", view="camera.back"), is_update=True, subentry_id="back")
    assert room.screen.does == [SHOWN]


async def test_the_next_visit_takes_the_screen_and_its_own_time(
    hass: HomeAssistant, room: Room
) -> None:
    room.screen.play(FILM)
    camera = room.camera()
    await show(camera, is_test=True)
    await show(camera, id="next")
    await pass_time(hass, 60)
    assert room.screen.does == [SHOWN, SHOWN]
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, SHOWN, f"play {FILM}"]


async def test_a_camera_that_interrupts_a_film_started_meanwhile_returns_to_that(
    hass: HomeAssistant, room: Room
) -> None:
    front, back = room.camera("front"), room.camera("back", view="camera.back")
    await show(front)
    room.screen.play(FILM)
    await show(back, id="next", subentry_id="back")
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, SHOWN, f"play {FILM}"]


async def test_closing_gives_the_screen_back_at_once(hass: HomeAssistant, room: Room) -> None:
    camera = room.camera()
    await show(camera)
    await camera.delivery.async_close()
    assert room.screen.does == [SHOWN, "stop"]
    await pass_time(hass, 600)
    assert room.screen.does == [SHOWN, "stop"]


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (HomeAssistantError("no"), "Front door: screen keeps the live view (refused: no)"),
        (ValueError("http://x/t0ken"), "Front door: screen: failed unexpectedly"),
    ],
    ids=["refused", "bug"],
)
async def test_a_screen_that_cannot_be_given_back_is_logged(
    hass: HomeAssistant,
    room: Room,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    logged: str,
) -> None:
    await show(room.camera())
    room.screen.error = error
    await pass_time(hass, 600)
    assert logged in caplog.text
    assert "t0ken" not in caplog.text
