"""Keys that are lost: nothing is replaced, nothing is kept, until people have decided."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.history import HistoryFile
from custom_components.camera_smart_alerts.sealing import ISSUE_KEYS
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.enrolled import enrolled
from tests.vault_kit import SHOT, issue, key_file, living, on_disk, rows

pytestmark = pytest.mark.usefixtures("real_storage")


def gone(path: Path) -> None:
    path.unlink()


def corrupt(path: Path) -> None:
    path.write_bytes(b"{ not json")


def another(path: Path) -> None:
    """Let the file hold a key, but a wrong one."""
    text = path.read_text()
    key = text.split('"front":')[1].split('"')[1]
    path.write_text(text.replace(key, "A" * 43 + "="))


LOSSES: list[Callable[[Path], None]] = [gone, corrupt, another]


@pytest.mark.parametrize("lose", LOSSES)
async def test_no_new_key_is_made_until_the_backup_is_back(
    hass: HomeAssistant, folder: Path, lose: Callable[[Path], None]
) -> None:
    async with living(hass) as home:
        picture_id = await home.see(1)
    backup = key_file(hass).read_bytes()
    lose(key_file(hass))
    async with living(hass, ("front", "back")) as home:
        shown = issue(hass, ISSUE_KEYS)
        assert shown is not None
        assert shown.is_fixable
        assert shown.translation_placeholders == {"cameras": "Front"}
        before = key_file(hass).read_bytes() if key_file(hass).exists() else None
        await home.see(2)
        await home.see(3, camera="back")
        await home.vault.async_tidy()
        assert rows(folder, "SELECT id FROM pictures") == [(picture_id,)]
        assert await home.data(picture_id) is None
        assert not await home.vault.async_recheck()
        after = key_file(hass).read_bytes() if key_file(hass).exists() else None
        assert after == before, "nothing was replaced"

        key_file(hass).write_bytes(backup)
        assert await home.vault.async_recheck()
        assert issue(hass, ISSUE_KEYS) is None
        assert await home.data(picture_id) == SHOT
        new = [await home.see(4), await home.see(5, camera="back")]
        assert sorted(await home.kept()) == sorted([picture_id, *new])


@pytest.mark.parametrize("lose", LOSSES)
async def test_whoever_starts_over_loses_what_nobody_can_open_and_only_that(
    hass: HomeAssistant, folder: Path, lose: Callable[[Path], None]
) -> None:
    async with living(hass) as home:
        await home.see(1)
        ((wrapped,),) = rows(folder, "SELECT wrapped_key FROM pictures")
    lose(key_file(hass))
    async with living(hass) as home:
        receipt = await home.vault.async_start_over()
        assert (receipt.what, receipt.pictures, receipt.visits) == ("unreadable", 1, 0)
        assert issue(hass, ISSUE_KEYS) is None
        assert wrapped not in on_disk(folder)
        assert not list(key_file(hass).parent.glob("*.corrupt.*"))
        picture_id = await home.see(1, revision=2)
        assert await home.data(picture_id) == SHOT


async def test_a_camera_whose_key_is_there_goes_on_meanwhile(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass, ("front", "back")) as home:
        await home.see(1)
        await home.see(2, camera="back")
    another(key_file(hass))
    async with living(hass, ("front", "back")) as home:
        picture_id = await home.see(3, camera="back")
        assert await home.data(picture_id) == SHOT
        await home.vault.async_start_over()
        assert sorted(await home.kept()) == ["secret-2-1", "secret-3-1"]


async def test_a_history_that_cannot_be_read_does_not_pass_for_one_without_anything_to_open(
    hass: HomeAssistant, folder: Path
) -> None:
    async with living(hass) as home:
        await home.see()
    key_file(hass).unlink()
    with patch.object(HistoryFile, "read", return_value=None):
        async with living(hass) as home:
            await home.see(2)
    async with living(hass) as home:
        assert home.vault.lost == {"front"}
        with patch.object(HistoryFile, "read", return_value=None):
            await home.vault.async_tidy()
        await home.see(3)
        assert home.vault.lost == {"front"}
        assert issue(hass, ISSUE_KEYS) is not None
    assert not key_file(hass).exists()


async def test_once_the_pictures_are_too_old_there_is_nothing_left_to_decide(
    hass: HomeAssistant, folder: Path, freezer: FrozenDateTimeFactory
) -> None:
    async with living(hass) as home:
        await home.see(1)
    gone(key_file(hass))
    async with living(hass) as home:
        assert home.vault.lost
        freezer.tick(timedelta(days=8))
        await home.vault.async_tidy()
        assert not home.vault.lost
        assert issue(hass, ISSUE_KEYS) is None


class Repair:
    """The dialog of the repair issue, as the frontend shows it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._flow = ""

    async def start(self) -> dict[str, Any]:
        answer = await self._client.post(
            "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": ISSUE_KEYS}
        )
        return await self._read(answer)

    async def submit(self, **data: Any) -> dict[str, Any]:
        return await self._read(
            await self._client.post(f"/api/repairs/issues/fix/{self._flow}", json=data)
        )

    async def _read(self, answer: Any) -> dict[str, Any]:
        assert answer.status == HTTPStatus.OK
        step: dict[str, Any] = await answer.json()
        self._flow = step["flow_id"]
        return step


@pytest.fixture
async def repair(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
) -> Repair:
    """Lose the key of a camera that has kept a picture; return the dialog about it."""
    for component in ("repairs", "image", DOMAIN):
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    entry = (await enrolled(hass, still_camera)).config_entry
    await motions.run()
    assert await entry.runtime_data.vault.async_list()
    key_file(hass).rename(key_file(hass).with_suffix(".backup"))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert issue(hass, ISSUE_KEYS) is not None
    return Repair(client)


async def test_the_dialog_looks_again_until_the_backup_is_there(
    hass: HomeAssistant, repair: Repair
) -> None:
    assert (await repair.start())["menu_options"] == ["restore", "start_over"]
    assert (await repair.submit(next_step_id="restore"))["errors"] == {}
    assert (await repair.submit())["errors"] == {"base": "still_lost"}
    key_file(hass).with_suffix(".backup").rename(key_file(hass))
    assert (await repair.submit())["type"] == "create_entry"
    assert issue(hass, ISSUE_KEYS) is None


async def test_the_dialog_destroys_only_after_a_second_question(
    hass: HomeAssistant, repair: Repair
) -> None:
    (entry,) = hass.config_entries.async_loaded_entries(DOMAIN)
    await repair.start()
    assert (await repair.submit(next_step_id="start_over"))["type"] == "form"
    assert await entry.runtime_data.vault.async_list()
    assert (await repair.submit())["type"] == "create_entry"
    assert await entry.runtime_data.vault.async_list() == []
    assert issue(hass, ISSUE_KEYS) is None


@pytest.mark.parametrize("step", [None, "restore", "start_over"])
async def test_the_dialog_says_when_there_is_nothing_to_repair_with(
    hass: HomeAssistant, repair: Repair, step: str | None
) -> None:
    (entry,) = hass.config_entries.async_loaded_entries(DOMAIN)
    if step is not None:
        await repair.start()
        await repair.submit(next_step_id=step)
    await hass.config_entries.async_unload(entry.entry_id)
    answer = await (repair.start() if step is None else repair.submit())
    assert (answer["type"], answer["reason"]) == ("abort", "not_loaded")
