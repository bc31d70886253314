"""Taking everything out again: the actions that destroy, the button, and their receipts."""

from typing import Any
from unittest.mock import patch

from homeassistant.auth.models import User
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import entity_registry as er
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.database import FILE, Database
from custom_components.camera_smart_alerts.keys import STORE
from custom_components.camera_smart_alerts.pictures import async_pictures
from tests.camera_actions import ask, call
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.deletion_kit import everything, history
from tests.enrolled import enrolled
from tests.vault_kit import on_disk, rows


@pytest.fixture
async def told(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> CameraCoordinator:
    """Return a camera that has told people of somebody."""
    camera = await enrolled(hass, still_camera)
    await motions.run()
    return camera


def entry_of(hass: HomeAssistant) -> MockConfigEntry:
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    return entry


def button(hass: HomeAssistant) -> str:
    unique_id = f"{entry_of(hass).entry_id}_unenroll_all"
    found = er.async_get(hass).async_get_entity_id("button", DOMAIN, unique_id)
    assert found is not None
    return found


async def press(hass: HomeAssistant, user: User | None = None, user_id: str | None = None) -> None:
    context = Context(user_id=user_id or (user and user.id))
    await hass.services.async_call(
        "button", "press", {"entity_id": button(hass)}, blocking=True, context=context
    )


def assert_nothing_left(hass: HomeAssistant, hass_storage: dict[str, Any], was: bytes) -> None:
    assert not entry_of(hass).subentries
    assert not entry_of(hass).runtime_data.cameras
    left = everything(hass)
    assert left.pop("facts") in ([], [("cooldowns", '{"delivered":[]}')])
    assert not any(left.values())
    assert was not in on_disk(history(hass))
    assert not hass_storage.get(STORE, {"data": {"keys": {}}})["data"]["keys"]
    assert hass_storage[DOMAIN]["data"]["cameras"] == {}
    assert not async_pictures(hass)._pictures


async def test_one_action_takes_everything_out_and_shows_the_receipt(
    hass: HomeAssistant, told: CameraCoordinator, hass_storage: dict[str, Any]
) -> None:
    ((wrapped, size),) = rows(history(hass), "SELECT wrapped_key, size FROM pictures")
    assert told.learning.async_false_alarm(told.data.last_alert.id)
    await hass.async_block_till_done()
    assert len(rows(history(hass), "SELECT id FROM taught")) == 2
    receipt = await ask(hass, "unenroll_all")
    assert receipt.pop("at")
    assert receipt == {
        "cameras": 1,
        "what": "everything",
        "pictures": 1,
        "visits": 1,
        "lessons": 1,
        "bytes": size,
        # Of the picture, the lesson, the examples of the motion, and the camera.
        "keys": 4,
    }
    await hass.async_block_till_done()
    assert_nothing_left(hass, hass_storage, wrapped)
    (shown,) = _async_get_or_create_notifications(hass).values()
    assert shown["title"] == "All cameras were removed"
    assert "Cameras removed: 1. Destroyed: 1 pictures" in shown["message"]
    assert "1 visits, 1 lessons, 4 keys" in shown["message"]


async def test_the_button_does_the_same(
    hass: HomeAssistant,
    told: CameraCoordinator,
    hass_storage: dict[str, Any],
    hass_admin_user: User,
) -> None:
    await press(hass, hass_admin_user)
    await hass.async_block_till_done()
    assert_nothing_left(hass, hass_storage, b"\xff\xd8\xff")
    assert _async_get_or_create_notifications(hass)


async def test_an_automation_may_press_the_button(
    hass: HomeAssistant, told: CameraCoordinator
) -> None:
    await press(hass)
    assert not entry_of(hass).subentries


async def test_only_administrators_destroy(
    hass: HomeAssistant, told: CameraCoordinator, hass_read_only_user: User
) -> None:
    hass_read_only_user.mock_policy({"entities": True})
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await press(hass, hass_read_only_user)
    with pytest.raises(HomeAssistantError):
        await press(hass, user_id="nobody")
    with pytest.raises(Unauthorized):
        await ask(hass, "unenroll_all", context)
    with pytest.raises(Unauthorized):
        await ask(hass, "delete_pictures", context, all=True)
    assert await told.config_entry.runtime_data.vault.async_list()


async def test_where_nothing_can_be_destroyed_the_cameras_go_and_the_rest_follows(
    hass: HomeAssistant, told: CameraCoordinator, hass_storage: dict[str, Any]
) -> None:
    with patch.object(Database, "async_write", return_value=False):
        with pytest.raises(HomeAssistantError, match=r"history_unwritable|cannot be written"):
            await call(hass, "unenroll_all")
        await hass.async_block_till_done()
    assert not entry_of(hass).runtime_data.cameras
    await entry_of(hass).runtime_data.vault.async_tidy()
    await entry_of(hass).runtime_data.store.async_save()
    assert_nothing_left(hass, hass_storage, b"\xff\xd8\xff")


async def test_a_reload_meanwhile_and_a_second_click_do_no_harm(
    hass: HomeAssistant, told: CameraCoordinator
) -> None:
    entry, unload = entry_of(hass), hass.config_entries.async_unload

    async def reload_meanwhile(entry_id: str, **options: Any) -> bool:
        hass.config_entries.async_schedule_reload(entry_id)
        return await unload(entry_id, **options)

    with patch.object(hass.config_entries, "async_unload", reload_meanwhile):
        first = await ask(hass, "unenroll_all")
    await hass.async_block_till_done()
    second = await ask(hass, "unenroll_all")
    assert [(one["cameras"], one["pictures"]) for one in (first, second)] == [(1, 1), (0, 0)]
    assert entry.state is ConfigEntryState.LOADED
    assert not entry.subentries
    (shown,) = _async_get_or_create_notifications(hass).values()
    assert "Cameras removed: 1" in shown["message"]


@pytest.mark.parametrize("what", ["camera", "visit", "picture", "all"])
async def test_pictures_are_deleted_by_camera_by_visit_or_all(
    hass: HomeAssistant, told: CameraCoordinator, motions: Motions, what: str
) -> None:
    vault = told.config_entry.runtime_data.vault
    (kept,) = await vault.async_list()
    data: dict[str, dict[str, Any]] = {
        "camera": {"entity_id": told.camera_entity_id},
        "visit": {"visit_id": kept.visit_id},
        "picture": {"picture_id": kept.link_id},
        "all": {"all": True},
    }
    receipt = await ask(hass, "delete_pictures", **data[what])
    assert (receipt["pictures"], receipt["visits"]) == (1, 0 if what == "picture" else 1)
    assert await vault.async_list() == []
    assert told.last_picture is None


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"entity_id": "camera.unknown"}, ServiceValidationError),
        ({"picture_id": "unknown"}, ServiceValidationError),
        ({}, probatio.Invalid),
        ({"all": False}, probatio.Invalid),
        ({"all": True, "visit_id": "a"}, probatio.Invalid),
    ],
)
async def test_it_has_to_be_clear_what_is_to_be_deleted(
    hass: HomeAssistant, told: CameraCoordinator, data: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await ask(hass, "delete_pictures", **data)
    assert await told.config_entry.runtime_data.vault.async_list()


async def test_removing_the_integration_removes_file_and_keys(
    hass: HomeAssistant, told: CameraCoordinator, hass_storage: dict[str, Any]
) -> None:
    assert hass_storage[STORE]["data"]["keys"]
    assert (history(hass) / FILE).exists()
    await hass.config_entries.async_remove(entry_of(hass).entry_id)
    assert not hass_storage.get(STORE, {"data": {"keys": {}}})["data"]["keys"]
    assert list(history(hass).iterdir()) == []
