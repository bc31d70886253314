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
    dialog = await begin()
    await visited(dialog, STREET, encode_jpeg(street()[:, ::-1]))
    await dialog.preview()
    assert [name for name, _ in dialog.pictures] == ["pictures/1.jpg", "pictures/2.jpg"]
    second = await dialog.fetch(dialog.pictures[1][1])
    old = dialog.pictures[0][1]
    result = await dialog.submit(leave_out=["pictures/1.jpg"])
    assert result["step_id"] == "report_preview"
    assert [name for name, _ in dialog.pictures] == ["pictures/2.jpg"]
    assert "You left out some pictures." in dialog.readme
    assert dialog.facts["pictures_missing"] == {"left_out": 1}
    assert await dialog.status(old) == 404
    assert (await dialog.submit())["step_id"] == "report_done"
    files = unzipped(await dialog.fetch(dialog.link))
    assert {name for name in files if name.startswith("pictures")} == {"pictures/2.jpg"}
    assert files["pictures/2.jpg"] == second


async def test_moving_previews_and_what_cannot_be_read_are_left_out_and_that_is_said(
    network: WhiteSquareDetector, begin: Begin
) -> None:
    dialog = await begin()
    visit = await saw(front(dialog))
    await moved(front(dialog), **VISIT)
    await keep(front(dialog), b"\xff\xd8 no picture", visit)
    await keep(front(dialog), STREET, visit, revision=2)
    await keep(front(dialog), b"GIF89a", visit, revision=3, content_type=GIF)
    await dialog.preview()
    assert [name for name, _ in dialog.pictures] == ["pictures/1.jpg"]
    assert dialog.facts["pictures_missing"] == {"unreadable": 1, "preview": 1}
    assert dialog.facts["pictures"]["pictures/1.jpg"]["role"] == "best"
    assert "Moving previews are never put into a report." in dialog.readme
    assert "Some pictures cannot be read" in dialog.readme


async def test_a_picture_that_cannot_be_opened_is_left_out(dialog: ReportDialog) -> None:
    front(dialog).config_entry.runtime_data.vault._ring.keys.clear()
    await dialog.preview(treatment="as_kept")
    assert not dialog.pictures
    assert dialog.facts["pictures_missing"] == {"unreadable": 1}


@pytest.mark.parametrize("error", [None, ModelError("it fails")])
async def test_without_a_network_nobody_can_be_covered_and_there_are_no_pictures(
    dialog: ReportDialog, network: WhiteSquareDetector, error: ModelError | None
) -> None:
    network.error = error
    if error is None:
        front(dialog).inference.running = None
    result = await dialog.preview()
    assert (result["step_id"], result["errors"]) == ("report", {"base": "report_no_network"})
    assert (await dialog.submit(about="0", report_pictures="none"))["step_id"] == "report_preview"
    assert not dialog.pictures


async def test_who_may_not_see_pictures_gets_a_file_without(
    hass: HomeAssistant, dialog: ReportDialog
) -> None:
    link = await dialog.done()
    options = {CONF_TWO_STEP_ONLY: True, CONF_ADMINS_ONLY: True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hass.config_entries, "async_schedule_reload", lambda _entry_id: None)
        hass.config_entries.async_update_entry(dialog.entry, options=options)
        await hass.async_block_till_done()
    assert await dialog.status(link) == 403
    await dialog.preview(treatment="as_kept")
    assert not dialog.pictures
    assert dialog.facts["pictures_missing"] == {"not_allowed": 1}
    await dialog.submit()
    assert set(unzipped(await dialog.fetch(dialog.link))) == {"README.txt", "report.json"}
