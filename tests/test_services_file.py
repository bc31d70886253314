"""The action ``analyze`` with a picture file."""

import os
from pathlib import Path

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
)
import pytest

from custom_components.camera_smart_alerts import services
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from tests.camera_peer import PeerCamera, jpeg, moving_square
from tests.common import WhiteSquareDetector
from tests.enrolled import analyze, enrolled, words


@pytest.fixture
def album(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a directory that Home Assistant may read."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return tmp_path


async def test_a_picture_file_is_analyzed(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, album: Path
) -> None:
    await enrolled(hass, still_camera)
    network.kind = Kind.ANIMAL
    (album / "garden.jpg").write_bytes(jpeg(moving_square(3)))
    answer = await analyze(hass, path=str(album / "garden.jpg"))
    assert answer["verdict"] == "animal"
    assert answer["source"] == "file"
    assert (answer["width"], answer["height"]) == (320, 240)


async def test_the_network_that_ships_sees_nobody_in_a_pattern(
    hass: HomeAssistant, still_camera: PeerCamera, album: Path
) -> None:
    await enrolled(hass, still_camera)
    (album / "pattern.jpg").write_bytes(jpeg(moving_square(3, width=1920, height=1080)))
    answer = await analyze(hass, path=str(album / "pattern.jpg"))
    assert answer["verdict"] == "nothing"
    assert answer["inference_ms"] > 0
    assert (answer["width"], answer["height"]) == (1280, 720), "scaled down for the network"


def damaged(album: Path, what: str) -> Path:
    """Put a file that cannot be analyzed into the album."""
    file = album / "file.jpg"
    match what:
        case "empty":
            file.write_bytes(b"")
        case "text":
            file.write_text("not a picture")
        case "cut":
            file.write_bytes(jpeg(moving_square(1))[:900])
        case "huge":
            with file.open("wb") as sparse:
                sparse.truncate(services._LARGEST_FILE + 1)
        case "pipe":
            os.mkfifo(file)
        case "directory":
            file.mkdir()
        case "loop":
            file.symlink_to(file)
        case "outside":
            file.symlink_to("/etc/hostname")
    return file


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize(
    ("what", "key"),
    [
        ("nothing", "file_missing"),
        ("empty", "not_a_picture"),
        ("text", "not_a_picture"),
        ("cut", "not_a_picture"),
        ("huge", "file_too_large"),
        ("pipe", "file_missing"),
        ("directory", "file_missing"),
        ("loop", "file_unreadable"),
        ("outside", "path_not_allowed"),
    ],
)
async def test_a_file_that_is_no_picture_is_explained(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    album: Path,
    what: str,
    key: str,
) -> None:
    await enrolled(hass, still_camera)
    path = str(damaged(album, what))
    with pytest.raises(HomeAssistantError) as caught:
        await analyze(hass, path=path)
    assert caught.value.translation_key == key
    assert path in await words(hass, caught.value)


@pytest.mark.parametrize("path", ["/etc/passwd", "{album}/../../etc/passwd", "/no/such/place"])
async def test_a_file_outside_the_allowed_directories_is_refused(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    album: Path,
    path: str,
) -> None:
    await enrolled(hass, still_camera)
    with pytest.raises(ServiceValidationError) as caught:
        await analyze(hass, path=path.format(album=album))
    assert caught.value.translation_key == "path_not_allowed"


async def test_a_path_that_cannot_be_one_is_refused(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, album: Path
) -> None:
    await enrolled(hass, still_camera)
    with pytest.raises(ServiceValidationError) as caught:
        await analyze(hass, path=f"{album}/a\0.jpg")
    assert caught.value.translation_key in ("path_not_allowed", "file_unreadable")


# The picture that comes with us


async def test_without_camera_and_file_our_own_picture_shows_whether_the_network_sees(
    hass: HomeAssistant, still_camera: PeerCamera
) -> None:
    coordinator = await enrolled(hass, still_camera)
    answer = await analyze(hass)
    assert answer["verdict"] == "person"
    (detection,) = answer["detections"]
    assert detection["confidence"] == 0.92
    assert (answer["source"], answer["width"], answer["height"]) == ("test_picture", 640, 480)
    inference = coordinator.config_entry.runtime_data.inference
    assert answer["engine"] == inference.running.engine
    await inference.async_stop()
    with pytest.raises(HomeAssistantError) as caught:
        await analyze(hass)
    assert "network could not be loaded" in await words(hass, caught.value)


async def test_our_own_picture_is_no_secret(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    hass_read_only_user: User,
) -> None:
    await enrolled(hass, still_camera)
    assert (await analyze(hass, Context(user_id=hass_read_only_user.id)))["width"] == 640


async def test_a_test_picture_that_is_gone_is_said_without_its_path(
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    await enrolled(hass, still_camera)
    monkeypatch.setattr(services, "TEST_PICTURE", tmp_path / "test_picture.jpg")
    with pytest.raises(ServiceValidationError) as caught:
        await analyze(hass)
    assert await words(hass, caught.value) == "The file test_picture.jpg cannot be read."


def test_the_test_picture_is_small_and_tells_nothing_about_who_drew_it() -> None:
    shipped = services.TEST_PICTURE.read_bytes()
    assert len(shipped) < 60_000
    assert b"Exif" not in shipped
