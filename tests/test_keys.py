"""The keys of the cameras on disk."""

import json
import stat
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
import pytest

from custom_components.camera_smart_alerts.crypto import KEY_BYTES
from custom_components.camera_smart_alerts.keys import KeyRing
from tests.vault_kit import key_file

pytestmark = pytest.mark.usefixtures("real_storage")


async def read(hass: HomeAssistant) -> KeyRing:
    """Return the keys as a restart finds them."""
    ring = KeyRing(hass)
    await ring.async_load()
    return ring


async def test_a_key_is_on_disk_before_anything_is_sealed_with_it(hass: HomeAssistant) -> None:
    ring = await read(hass)
    assert not ring.keys
    key = await ring.async_new("front")
    assert key is not None
    assert len(key) == KEY_BYTES
    assert (await read(hass)).keys == ring.keys == {"front": key}
    assert stat.S_IMODE(key_file(hass).stat().st_mode) == 0o600


async def test_a_key_that_cannot_be_written_is_none(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    ring = await read(hass)
    with patch.object(Store, "_write_prepared_data", side_effect=WriteError("no space")):
        assert await ring.async_new("front") is None
    assert not ring.keys
    assert "cannot be written" in caplog.text


async def test_a_key_is_destroyed_on_disk_too(hass: HomeAssistant) -> None:
    ring = await read(hass)
    await ring.async_new("front")
    back = await ring.async_new("back")
    assert await ring.async_destroy(["front"])
    assert (await read(hass)).keys == {"back": back}
    with patch.object(Store, "async_save") as save:
        assert await ring.async_destroy(["front", "nobody"])
    save.assert_not_called()


async def test_what_a_backup_brought_back_is_taken_in_but_for_what_is_known_better(
    hass: HomeAssistant,
) -> None:
    ring = await read(hass)
    await ring.async_new("lost")
    backup = key_file(hass).read_bytes()
    lost = ring.keys["lost"]
    key_file(hass).unlink()
    ring = await read(hass)
    new = await ring.async_new("new")
    key_file(hass).write_bytes(backup)
    await ring.async_merge(["new"])
    assert (await read(hass)).keys == ring.keys == {"lost": lost, "new": new}
    await ring.async_merge(["new"])
    assert ring.keys == {"lost": lost, "new": new}


@pytest.mark.parametrize(
    "content",
    [
        b"{ not json",
        json.dumps({"version": 9, "data": {}}).encode(),
        json.dumps({"version": 1, "key": "x", "data": {"keys": ["a"]}}).encode(),
        json.dumps({"version": 1, "key": "x", "data": {"keys": {"front": "!"}}}).encode(),
        json.dumps({"version": 1, "key": "x", "data": {"keys": {"front": "AAAA"}}}).encode(),
        json.dumps({"version": 1, "key": "x", "data": {"other": 1}}).encode(),
        json.dumps([1]).encode(),
    ],
    ids=["no json", "newer", "a list", "no base64", "too short", "something else", "no object"],
)
async def test_a_file_that_is_unreadable_holds_no_key(hass: HomeAssistant, content: bytes) -> None:
    key_file(hass).parent.mkdir(parents=True, exist_ok=True)
    key_file(hass).write_bytes(content)
    assert not (await read(hass)).keys


async def test_whoever_removes_the_integration_keeps_no_key(hass: HomeAssistant) -> None:
    ring = await read(hass)
    await ring.async_new("front")
    corrupt = key_file(hass).with_suffix(".keys.corrupt.2026-11-21T12:00:00")
    corrupt.write_bytes(key_file(hass).read_bytes())
    await ring.async_remove()
    assert not ring.keys
    assert not corrupt.exists()
    assert not key_file(hass).exists()
    await ring.async_remove()
