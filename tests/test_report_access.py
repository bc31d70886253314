"""Who gets a file for a bug report, and for how long."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.people import ADMIN, READ_ONLY, Person, people
from tests.report_kit import (
    ReportDialog,
    unzipped,
)
from tests.vault_kit import on_disk

pytest_plugins = ("tests.report_fixtures",)


TEN = timedelta(minutes=10)


# Who gets it


async def test_the_link_is_for_the_login_that_asked_and_nobody_is_banned(
    hass: HomeAssistant,
    report: ReportDialog,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    everybody = await people(hass)
    stranger = await hass_client_no_auth()
    link = await report.done()
    path = link.partition("?")[0]

    async def status(address: str, person: Person | None = None) -> int:
        headers = {} if person is None else person.headers
        return int((await stranger.get(address, headers=headers)).status)

    def signed(person: Person | None) -> str:
        token = None if person is None else person.token.id
        return async_sign_path(hass, path, TEN, refresh_token_id=token, use_content_user=True)

    assert await status(path) == 403
    assert await status(signed(None)) == 403
    for name in (ADMIN, READ_ONLY):
        assert await status(path, everybody[name]) == 403
        assert await status(signed(everybody[name])) == 403
    response = await stranger.get(path, headers={"Authorization": "Bearer wrong"})
    assert response.status == 401
    response = await stranger.get(link)
    assert response.status == 200
    assert response.content_type == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="camera_smart_alerts_report.zip"'
    )
    assert await status(path.replace("camera_smart_alerts_report.zip", "other.zip")) == 403
    assert await report.status(path.replace("report.zip", "other.zip")) == 404
    freezer.tick(TEN + timedelta(seconds=1))
    assert await status(link) == 403


async def test_nobody_else_goes_on_with_the_dialog(
    hass: HomeAssistant, report: ReportDialog, hass_client: ClientSessionGenerator
) -> None:
    everybody = await people(hass)
    await report.preview()
    other = await hass_client(everybody[ADMIN].access_token)
    intruder = ReportDialog(hass, other, report.entry, report.result)
    assert (await intruder.look_again())["reason"] == "report_forgotten"
    stranger = await hass_client(everybody[READ_ONLY].access_token)
    response = await stranger.post(
        "/api/config/config_entries/options/flow", json={"handler": report.entry.entry_id}
    )
    assert response.status == 401, "Home Assistant's own answer"


@pytest.mark.parametrize("user", [None, "read only"])
async def test_nobody_known_or_no_administrator_can_make_one(
    hass: HomeAssistant,
    report: ReportDialog,
    monkeypatch: pytest.MonkeyPatch,
    user: str | None,
) -> None:
    flow = await hass.config_entries.options.async_init(report.entry.entry_id)
    if user is not None:
        person = (await people(hass))[READ_ONLY]
        module = "custom_components.camera_smart_alerts.report_flow"
        monkeypatch.setattr(f"{module}.async_asking_user", lambda: person.user)
        monkeypatch.setattr(f"{module}.async_asking_login", lambda: person.token.id)
    result = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "report"}
    )
    assert (result["type"], result["reason"]) == ("abort", "report_not_yours")


async def test_who_fetched_pictures_is_in_the_ledger(
    hass: HomeAssistant, report: ReportDialog, hass_admin_user: User
) -> None:
    link = await report.done()
    database = report.entry.runtime_data.database

    async def shown() -> list[Any]:
        return await database.async_read("SELECT who_id FROM ledger WHERE what = 'shown'")

    assert not await shown()
    await report.fetch(link)
    assert await shown() == [(hass_admin_user.id,)]


# How long


async def close(report: ReportDialog) -> None:
    await report.close()


async def finish(report: ReportDialog) -> None:
    assert (await report.submit())["reason"] == "report_forgotten"


async def unload(report: ReportDialog) -> None:
    assert await report.hass.config_entries.async_unload(report.entry.entry_id)


async def reload(report: ReportDialog) -> None:
    assert await report.hass.config_entries.async_reload(report.entry.entry_id)
    await report.hass.async_block_till_done()


async def wait(report: ReportDialog) -> None:
    async_fire_time_changed(report.hass, dt_util.utcnow() + TEN + timedelta(seconds=1))
    await report.hass.async_block_till_done()


@pytest.mark.parametrize("end", [close, finish, unload, reload, wait])
async def test_it_is_forgotten_when_the_dialog_ends_or_ten_minutes_later(
    report: ReportDialog, end: Callable[[ReportDialog], Awaitable[None]]
) -> None:
    link = await report.done()
    held = report.entry.runtime_data.reports._held
    assert len(held) == 1
    await end(report)
    assert not held
    assert await report.status(link) == 404


@pytest.mark.parametrize("end", [unload, reload, wait])
async def test_a_dialog_says_that_its_file_is_forgotten(
    report: ReportDialog, end: Callable[[ReportDialog], Awaitable[None]]
) -> None:
    await report.preview()
    await end(report)
    assert (await report.submit())["reason"] == "report_forgotten"


async def test_a_page_that_is_loaded_anew_shows_the_same(report: ReportDialog) -> None:
    await report.preview()
    texts = report.texts
    assert (await report.look_again())["step_id"] == "report_preview"
    assert report.texts == texts
    await report.submit()
    await report.look_again()
    assert set(unzipped(await report.fetch(report.link))) > {"pictures/1.jpg"}
    assert len(report.entry.runtime_data.reports._held) == 1


async def test_what_the_history_has_forgotten_is_handed_out_no_more(report: ReportDialog) -> None:
    await report.preview()
    ((_, picture),) = report.pictures
    vault = report.entry.runtime_data.vault
    (kept,) = await vault.async_list()
    await vault.async_delete_picture(kept.id)
    assert await report.status(picture) == 404
    await report.submit()
    assert await report.status(report.link) == 404


async def test_nothing_of_it_is_on_disk(
    hass: HomeAssistant, report: ReportDialog, real_storage: None
) -> None:
    archive = await report.fetch(await report.done())
    files = unzipped(archive)
    await hass.async_block_till_done()
    lies = await hass.async_add_executor_job(on_disk, Path(hass.config.config_dir))
    assert b"SQLite" in lies
    for data in (archive, *files.values()):
        assert data[50:150] not in lies


async def test_while_nothing_is_loaded_there_is_nothing_to_report(report: ReportDialog) -> None:
    await unload(report)
    assert (await report.open())["reason"] == "not_loaded"


async def test_a_camera_that_is_removed_meanwhile_is_asked_about_no_more(
    hass: HomeAssistant, report: ReportDialog
) -> None:
    await report.open()
    entry: ConfigEntry[Any] = report.entry
    (subentry_id,) = entry.subentries
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    result = await report.submit(about="0", report_pictures="covered")
    assert result["errors"] == {"base": "report_camera_gone"}
    assert json.dumps(result["data_schema"]).count("Front door") == 0
