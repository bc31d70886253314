"""Which pictures a file for a bug report holds, and what is said of those that it does not."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.const import (
    CONF_ADMINS_ONLY,
    CONF_TWO_STEP_ONLY,
)
from custom_components.camera_smart_alerts.pictures import GIF
from custom_components.camera_smart_alerts.vision.annotate import encode_jpeg
from custom_components.camera_smart_alerts.vision.errors import ModelError
from tests.common import WhiteSquareDetector
from tests.looking_back import keep, saw
from tests.report_kit import (
    STREET,
    VISIT,
    Begin,
    ReportDialog,
    front,
    moved,
    street,
    unzipped,
    visited,
)

pytest_plugins = ("tests.report_fixtures",)


async def test_what_is_left_out_is_shown_no_more_and_not_in_the_file(
    network: WhiteSquareDetector, begin: Begin
) -> None:
    report = await begin()
    await visited(report, STREET, encode_jpeg(street()[:, ::-1]))
    await report.preview()
    assert [name for name, _ in report.pictures] == ["pictures/1.jpg", "pictures/2.jpg"]
    second = await report.fetch(report.pictures[1][1])
    old = report.pictures[0][1]
    result = await report.submit(leave_out=["pictures/1.jpg"])
    assert result["step_id"] == "report_preview"
    assert [name for name, _ in report.pictures] == ["pictures/2.jpg"]
    assert "You left out some pictures." in report.readme
    assert report.facts["pictures_missing"] == {"left_out": 1}
    assert await report.status(old) == 404
    assert (await report.submit())["step_id"] == "report_done"
    files = unzipped(await report.fetch(report.link))
    assert {name for name in files if name.startswith("pictures")} == {"pictures/2.jpg"}
    assert files["pictures/2.jpg"] == second


async def test_moving_previews_and_what_cannot_be_read_are_left_out_and_that_is_said(
    network: WhiteSquareDetector, begin: Begin
) -> None:
    report = await begin()
    visit = await saw(front(report))
    await moved(front(report), **VISIT)
    await keep(front(report), b"\xff\xd8 no picture", visit)
    await keep(front(report), STREET, visit, revision=2)
    await keep(front(report), b"GIF89a", visit, revision=3, content_type=GIF)
    await report.preview()
    assert [name for name, _ in report.pictures] == ["pictures/1.jpg"]
    assert report.facts["pictures_missing"] == {"unreadable": 1, "preview": 1}
    assert report.facts["pictures"]["pictures/1.jpg"]["role"] == "best"
    assert "Moving previews are never put into a report." in report.readme
    assert "Some pictures cannot be read" in report.readme


async def test_a_picture_that_cannot_be_opened_is_left_out(report: ReportDialog) -> None:
    front(report).config_entry.runtime_data.vault._ring.keys.clear()
    await report.preview(treatment="as_kept")
    assert not report.pictures
    assert report.facts["pictures_missing"] == {"unreadable": 1}


@pytest.mark.parametrize("error", [None, ModelError("it fails")])
async def test_without_a_network_nobody_can_be_covered_and_there_are_no_pictures(
    report: ReportDialog, network: WhiteSquareDetector, error: ModelError | None
) -> None:
    network.error = error
    if error is None:
        front(report).inference.running = None
    result = await report.preview()
    assert (result["step_id"], result["errors"]) == ("report", {"base": "report_no_network"})
    assert (await report.submit(about="0", report_pictures="none"))["step_id"] == "report_preview"
    assert not report.pictures


async def test_who_may_not_see_pictures_gets_a_file_without(
    hass: HomeAssistant, report: ReportDialog
) -> None:
    link = await report.done()
    options = {CONF_TWO_STEP_ONLY: True, CONF_ADMINS_ONLY: True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hass.config_entries, "async_schedule_reload", lambda _entry_id: None)
        hass.config_entries.async_update_entry(report.entry, options=options)
        await hass.async_block_till_done()
    assert await report.status(link) == 403
    await report.preview(treatment="as_kept")
    assert not report.pictures
    assert report.facts["pictures_missing"] == {"not_allowed": 1}
    await report.submit()
    assert set(unzipped(await report.fetch(report.link))) == {"README.txt", "report.json"}
