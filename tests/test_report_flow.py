"""The file for a bug report: what it holds is what was shown, and it names nobody and nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from io import BytesIO
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import numpy as np
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import (
    CONF_ADMINS_ONLY,
    CONF_MASKS,
    CONF_TTS_ENGINE,
    CONF_TWO_STEP_ONLY,
    DOMAIN,
)
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.kept_picture import KeptPicture
from custom_components.camera_smart_alerts.learning import MotionExamples
from custom_components.camera_smart_alerts.pictures import GIF
from custom_components.camera_smart_alerts.vision.annotate import decode_image, encode_jpeg
from custom_components.camera_smart_alerts.vision.datatypes import Box, Kind, RgbImage
from custom_components.camera_smart_alerts.vision.errors import ModelError
from custom_components.camera_smart_alerts.vision.lessons import Example
from tests.camera_peer import AddCamera, PeerCamera
from tests.common import MOTION, WhiteSquareDetector, enrol, subentry
from tests.leak_scanner import leaks
from tests.looking_back import keep, saw
from tests.people import ADMIN, READ_ONLY, Person, people
from tests.report_kit import DRAWN, ReportDialog, moved, unzipped
from tests.test_diagnostics import PRIVATE
from tests.vault_kit import on_disk

TEN = timedelta(minutes=10)
VISIT = {"alert_ids": ("secret1",)}
"""Of a motion that belongs to the first visit."""


def street() -> RgbImage:
    """Return a grey street with somebody in white, and a bright window on the right."""
    image = np.full((240, 320, 3), 90, np.uint8)
    image[::8] = 140
    image[60:200, 40:100] = 255
    image[:, 240:] = (230, 180, 60)
    return image


STREET = encode_jpeg(street())
SOMEBODY = np.s_[80:180, 50:90]
WINDOW = np.s_[20:220, 260:310]

type Begin = Callable[..., Awaitable[ReportDialog]]


@pytest.fixture
async def begin(
    hass: HomeAssistant, still_camera: PeerCamera, hass_client: ClientSessionGenerator
) -> Begin:
    """Return a function that enrols the camera and puts an administrator before the dialog."""
    assert await async_setup_component(hass, "config", {})
    still_camera.source = "rtsp://anna:secret@192.0.2.1/live"

    async def begin(*others: Any, **data: Any) -> ReportDialog:
        chosen = {**PRIVATE, CONF_TTS_ENGINE: "tts.annas_voice", **data}
        entry = await enrol(hass, subentry(still_camera.entity_id, MOTION, **chosen), *others)
        return ReportDialog(hass, await hass_client(), entry, {})

    return begin


@pytest.fixture
async def dialog(network: WhiteSquareDetector, begin: Begin) -> ReportDialog:
    """Return an administrator of a camera that has seen somebody."""
    dialog = await begin()
    await visited(dialog)
    return dialog


def front(dialog: ReportDialog) -> CameraCoordinator:
    camera: CameraCoordinator = next(iter(dialog.entry.runtime_data.cameras.values()))
    return camera


async def visited(dialog: ReportDialog, *pictures: bytes) -> list[KeptPicture]:
    """Let the camera have seen somebody, with these pictures; return what is kept."""
    visit = await saw(front(dialog))
    await moved(front(dialog), **VISIT)
    return [
        await keep(front(dialog), data, visit, revision=number)
        for number, data in enumerate(pictures or (STREET,), 1)
    ]


# What is in it


async def test_the_person_in_its_picture_is_found_by_the_network_no_more(begin: Begin) -> None:
    dialog = await begin()
    detector = front(dialog).inference._loaded()
    await visited(dialog, DRAWN.read_bytes())

    def found(picture: bytes) -> list[Kind]:
        return [one.kind for one in detector.examine(decode_image(picture), 0.35)]

    assert found(DRAWN.read_bytes()) == [Kind.PERSON]
    files = unzipped(await dialog.fetch(await dialog.done()))
    assert found(files["pictures/1.jpg"]) == []


async def test_the_file_holds_what_was_shown_byte_for_byte(dialog: ReportDialog) -> None:
    await dialog.preview()
    shown = {name: await dialog.fetch(address) for name, address in dialog.pictures}
    readme, facts = (text.encode() for text in dialog.texts)
    sizes = dialog.shown["files"]
    await dialog.submit()
    files = unzipped(await dialog.fetch(dialog.link))
    assert files == {"README.txt": readme, "report.json": facts, **shown}
    assert list(shown) == ["pictures/1.jpg"]
    assert sizes == "\n".join(f"- `{name}`: {len(data)} bytes" for name, data in files.items())


async def test_nothing_is_in_it_that_names_people_places_or_things(
    hass: HomeAssistant, dialog: ReportDialog, hass_admin_user: User
) -> None:
    (kept,) = await front(dialog).config_entry.runtime_data.vault.async_list()
    archive = await dialog.fetch(await dialog.done())
    tokens = list(hass_admin_user.refresh_tokens)
    entities = er.async_get(hass).entities
    names = {
        *hass.states.async_entity_ids(),
        *(one.id for one in entities.values()),
        *(one.unique_id for one in entities.values() if one.platform == DOMAIN),
        *(one.id for one in dr.async_get(hass).devices),
        *(one.entry_id for one in hass.config_entries.async_entries()),
        *(MOTION, "Front door", front(dialog).settings.subentry_id, hass.config.location_name),
        *("anna", "secret", "rtsp", "192.0.2.1", "token", "/api/", "authSig"),
        *(kept.id, kept.visit_id, kept.link_id),
        *(hass_admin_user.id, str(hass_admin_user.name), *tokens),
    }
    for name, data in unzipped(archive).items():
        assert not leaks(data.decode("latin-1"), names), name
    assert len(names) > 30
    assert not leaks(archive.decode("latin-1"), {"Front door", MOTION})


async def test_no_original_picture_is_in_it_and_nothing_beside_pictures(
    dialog: ReportDialog,
) -> None:
    archive = await dialog.fetch(await dialog.done())
    files = unzipped(archive)
    assert STREET[20:] not in archive + b"".join(files.values())
    picture = Image.open(BytesIO(files["pictures/1.jpg"]))
    assert not picture.getexif()
    assert "comment" not in picture.info
    assert decode_image(files["pictures/1.jpg"])[SOMEBODY].max() < 250


async def test_what_is_masked_now_is_black_also_in_older_pictures(
    network: WhiteSquareDetector, begin: Begin
) -> None:
    dialog = await begin(**{CONF_MASKS: "Window: 75,0 100,0 100,100 75,100"})
    await visited(dialog)
    files = unzipped(await dialog.fetch(await dialog.done()))
    assert decode_image(STREET)[WINDOW].max() > 200
    assert decode_image(files["pictures/1.jpg"])[WINDOW].max() < 16


async def test_who_was_seen_in_the_motion_is_covered_though_nobody_is_found_now(
    hass: HomeAssistant, dialog: ReportDialog, network: WhiteSquareDetector
) -> None:
    network.kind = Kind.ANIMAL
    look = np.full(128, 128**-0.5, np.float32)
    here, other = Box(0.1, 0.2, 0.35, 0.9), Box(0.7, 0.0, 1.0, 1.0)
    camera = front(dialog)
    examples = [
        ("secret1", Example(Kind.PERSON, here, look, 0.9), None),
        ("secret1", Example(Kind.ANIMAL, other, look, 0.9), None),
        ("another", Example(Kind.PERSON, other, look, 0.9), None),
    ]
    camera.learning.motions = tuple(
        MotionExamples("id", dt_util.utcnow(), (alert_id,), (believed,), candidate)
        for alert_id, believed, candidate in examples
    )
    files = unzipped(await dialog.fetch(await dialog.done()))
    shown, before = decode_image(files["pictures/1.jpg"]), decode_image(STREET)
    assert shown[SOMEBODY].mean() < before[SOMEBODY].mean() - 10
    assert np.abs(shown[WINDOW].astype(int) - before[WINDOW]).max() < 30


async def test_as_they_were_kept_or_none_only_when_that_was_chosen(dialog: ReportDialog) -> None:
    await dialog.preview(treatment="as_kept")
    assert "NOTHING WAS COVERED" in dialog.readme
    ((_, address),) = dialog.pictures
    assert await dialog.fetch(address) == STREET
    assert "pictures/1.jpg" not in unzipped(await dialog.fetch(await dialog.done(treatment="none")))
    form = await dialog.open()
    (field,) = [one for one in form["data_schema"] if one["name"] == "report_pictures"]
    assert field["default"] == "covered"


async def test_a_motion_is_told_by_numbers_and_reasons(dialog: ReportDialog) -> None:
    await moved(
        front(dialog),
        dt_util.utcnow(),
        outcome=Outcome.CAMERA_UNREACHABLE,
        reason="camera_off",
        failures={"stream": "timeout"},
        alert_ids=(),
    )
    form = await dialog.open()
    (about,) = [one for one in form["data_schema"] if one["name"] == "about"]
    titles = [one["label"] for one in about["selector"]["select"]["options"]]
    sentences = [title.partition(" ")[2].partition(" ")[2] for title in titles]
    assert sentences[0].startswith("There was motion at Front door, but it gave no picture: ")
    assert sentences[1:] == ["Front door saw 1 person, and people were told."]
    at = dt_util.as_local(front(dialog).records[-1].at)
    assert titles[0].startswith(f"{at:%Y-%m-%d %H:%M:%S} ")
    await dialog.submit(about="0", report_pictures="covered")
    facts = dialog.facts
    assert facts["about"] | {"at": "", "explained": ""} == {
        "at": "",
        "camera": "camera_1",
        "trigger": "binary_sensor_1",
        "outcome": "camera_unreachable",
        "reason": "camera_off",
        "verdict": "person",
        "count": 1,
        "confidence": 0.9,
        "frames": 4,
        "source": "still",
        "failures": {"stream": "timeout"},
        "hops_ms": {"first_frame": 100, "verdict": 300},
        "inference_ms": 12.34,
        "feedback": "",
        "visits": 0,
        "explained": "",
    }
    assert facts["about"]["explained"].startswith("There was motion at camera_1, but it gave no")
    assert facts["versions"].keys() == {
        *("camera_smart_alerts", "home_assistant", "python", "machine"),
    }
    (camera,) = facts["cameras"]
    assert (camera["title"], camera["source"]["entity_id"]) == ("camera_1", "camera_1")
    assert camera["motion"] == ["binary_sensor_1"]
    assert camera["settings"]["tts_engine"] == "tts_1"
    assert [one["trigger"] for one in camera["analyses"]] == ["binary_sensor_1"] * 2
    assert facts["pictures"] == {}


async def test_without_a_motion_it_is_about_all_cameras_and_has_no_picture(
    hass: HomeAssistant, network: WhiteSquareDetector, begin: Begin, add_camera: AddCamera
) -> None:
    garden = await add_camera(PeerCamera("Garden"))
    gone = subentry("0123456789abcdef0123456789abcdef", MOTION, title="Gone")
    dialog = await begin(subentry(garden.entity_id, MOTION, title="Garden"), gone)
    await visited(dialog)
    await dialog.preview(about=None)
    facts = dialog.facts
    assert [one["title"] for one in facts["cameras"]] == ["camera_1", "camera_2", "entity_1"]
    assert facts["about"] is None
    assert not dialog.pictures
    assert dialog.result["data_schema"] == []
    assert unzipped(await dialog.fetch(await dialog.done(about=None))).keys() == {
        *("README.txt", "report.json"),
    }
    front(dialog).inference.running = None
    assert (await dialog.preview(about=None))["step_id"] == "report_preview"
    assert dialog.facts["engine"] is None


async def test_without_a_history_only_the_technical_part_can_be_had(
    network: WhiteSquareDetector, begin: Begin
) -> None:
    dialog = await begin()
    form = await dialog.open()
    (about,) = [one for one in form["data_schema"] if one["name"] == "about"]
    assert about["selector"]["select"]["options"] == []
    assert "default" not in about
    assert (await dialog.submit(report_pictures="covered"))["step_id"] == "report_preview"


async def test_only_the_newest_motions_are_offered(dialog: ReportDialog) -> None:
    at = dt_util.utcnow() - timedelta(minutes=1)
    for number in range(1, 23):
        await moved(front(dialog), at + timedelta(seconds=number), count=number + 1)
    form = await dialog.open()
    (about,) = [one for one in form["data_schema"] if one["name"] == "about"]
    titles = [one["label"] for one in about["selector"]["select"]["options"]]
    assert len(titles) == 20
    assert [int(title.split(" saw ")[1].split()[0]) for title in titles] == [1, *range(23, 4, -1)]


# Which pictures


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


# Who gets it


async def test_the_link_is_for_the_login_that_asked_and_nobody_is_banned(
    hass: HomeAssistant,
    dialog: ReportDialog,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    everybody = await people(hass)
    stranger = await hass_client_no_auth()
    link = await dialog.done()
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
    assert await dialog.status(path.replace("report.zip", "other.zip")) == 404
    freezer.tick(TEN + timedelta(seconds=1))
    assert await status(link) == 403


async def test_nobody_else_goes_on_with_the_dialog(
    hass: HomeAssistant, dialog: ReportDialog, hass_client: ClientSessionGenerator
) -> None:
    everybody = await people(hass)
    await dialog.preview()
    other = await hass_client(everybody[ADMIN].access_token)
    intruder = ReportDialog(hass, other, dialog.entry, dialog.result)
    assert (await intruder.look_again())["reason"] == "report_forgotten"
    stranger = await hass_client(everybody[READ_ONLY].access_token)
    response = await stranger.post(
        "/api/config/config_entries/options/flow", json={"handler": dialog.entry.entry_id}
    )
    assert response.status == 401, "Home Assistant's own answer"


@pytest.mark.parametrize("user", [None, "read only"])
async def test_nobody_known_or_no_administrator_can_make_one(
    hass: HomeAssistant,
    dialog: ReportDialog,
    monkeypatch: pytest.MonkeyPatch,
    user: str | None,
) -> None:
    flow = await hass.config_entries.options.async_init(dialog.entry.entry_id)
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
    hass: HomeAssistant, dialog: ReportDialog, hass_admin_user: User
) -> None:
    link = await dialog.done()
    database = dialog.entry.runtime_data.database

    async def shown() -> list[Any]:
        return await database.async_read("SELECT who_id FROM ledger WHERE what = 'shown'")

    assert not await shown()
    await dialog.fetch(link)
    assert await shown() == [(hass_admin_user.id,)]


# How long


async def close(dialog: ReportDialog) -> None:
    await dialog.close()


async def finish(dialog: ReportDialog) -> None:
    assert (await dialog.submit())["reason"] == "report_forgotten"


async def unload(dialog: ReportDialog) -> None:
    assert await dialog.hass.config_entries.async_unload(dialog.entry.entry_id)


async def reload(dialog: ReportDialog) -> None:
    assert await dialog.hass.config_entries.async_reload(dialog.entry.entry_id)
    await dialog.hass.async_block_till_done()


async def wait(dialog: ReportDialog) -> None:
    async_fire_time_changed(dialog.hass, dt_util.utcnow() + TEN + timedelta(seconds=1))
    await dialog.hass.async_block_till_done()


@pytest.mark.parametrize("end", [close, finish, unload, reload, wait])
async def test_it_is_forgotten_when_the_dialog_ends_or_ten_minutes_later(
    dialog: ReportDialog, end: Callable[[ReportDialog], Awaitable[None]]
) -> None:
    link = await dialog.done()
    held = dialog.entry.runtime_data.reports._held
    assert len(held) == 1
    await end(dialog)
    assert not held
    assert await dialog.status(link) == 404


@pytest.mark.parametrize("end", [unload, reload, wait])
async def test_a_dialog_says_that_its_file_is_forgotten(
    dialog: ReportDialog, end: Callable[[ReportDialog], Awaitable[None]]
) -> None:
    await dialog.preview()
    await end(dialog)
    assert (await dialog.submit())["reason"] == "report_forgotten"


async def test_a_page_that_is_loaded_anew_shows_the_same(dialog: ReportDialog) -> None:
    await dialog.preview()
    texts = dialog.texts
    assert (await dialog.look_again())["step_id"] == "report_preview"
    assert dialog.texts == texts
    await dialog.submit()
    await dialog.look_again()
    assert set(unzipped(await dialog.fetch(dialog.link))) > {"pictures/1.jpg"}
    assert len(dialog.entry.runtime_data.reports._held) == 1


async def test_what_the_history_has_forgotten_is_handed_out_no_more(dialog: ReportDialog) -> None:
    await dialog.preview()
    ((_, picture),) = dialog.pictures
    vault = dialog.entry.runtime_data.vault
    (kept,) = await vault.async_list()
    await vault.async_delete_picture(kept.id)
    assert await dialog.status(picture) == 404
    await dialog.submit()
    assert await dialog.status(dialog.link) == 404


async def test_nothing_of_it_is_on_disk(
    hass: HomeAssistant, dialog: ReportDialog, real_storage: None
) -> None:
    archive = await dialog.fetch(await dialog.done())
    files = unzipped(archive)
    await hass.async_block_till_done()
    lies = await hass.async_add_executor_job(on_disk, Path(hass.config.config_dir))
    assert b"SQLite" in lies
    for data in (archive, *files.values()):
        assert data[50:150] not in lies


async def test_while_nothing_is_loaded_there_is_nothing_to_report(dialog: ReportDialog) -> None:
    await unload(dialog)
    assert (await dialog.open())["reason"] == "not_loaded"


async def test_a_camera_that_is_removed_meanwhile_is_asked_about_no_more(
    hass: HomeAssistant, dialog: ReportDialog
) -> None:
    await dialog.open()
    entry: ConfigEntry[Any] = dialog.entry
    (subentry_id,) = entry.subentries
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    result = await dialog.submit(about="0", report_pictures="covered")
    assert result["errors"] == {"base": "report_camera_gone"}
    assert json.dumps(result["data_schema"]).count("Front door") == 0
