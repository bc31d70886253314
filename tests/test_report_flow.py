"""The file for a bug report: what it holds is what was shown, and it names nobody and nothing."""

from datetime import timedelta
from io import BytesIO

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import numpy as np
from PIL import Image

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import (
    CONF_MASKS,
    DOMAIN,
)
from custom_components.camera_smart_alerts.learning import MotionExamples
from custom_components.camera_smart_alerts.vision.annotate import decode_image
from custom_components.camera_smart_alerts.vision.datatypes import Box, Kind
from custom_components.camera_smart_alerts.vision.lessons import Example
from tests.camera_peer import AddCamera, PeerCamera
from tests.common import MOTION, WhiteSquareDetector, subentry
from tests.leak_scanner import leaks
from tests.report_kit import (
    DRAWN,
    SOMEBODY,
    STREET,
    WINDOW,
    Begin,
    ReportDialog,
    front,
    moved,
    unzipped,
    visited,
)

pytest_plugins = ("tests.report_fixtures",)


async def test_the_person_in_its_picture_is_found_by_the_network_no_more(begin: Begin) -> None:
    report = await begin()
    detector = front(report).inference._loaded()
    await visited(report, DRAWN.read_bytes())

    def found(picture: bytes) -> list[Kind]:
        return [one.kind for one in detector.examine(decode_image(picture), 0.35)]

    assert found(DRAWN.read_bytes()) == [Kind.PERSON]
    files = unzipped(await report.fetch(await report.done()))
    assert found(files["pictures/1.jpg"]) == []


async def test_the_file_holds_what_was_shown_byte_for_byte(report: ReportDialog) -> None:
    await report.preview()
    shown = {name: await report.fetch(address) for name, address in report.pictures}
    readme, facts = (text.encode() for text in report.texts)
    sizes = report.shown["files"]
    await report.submit()
    files = unzipped(await report.fetch(report.link))
    assert files == {"README.txt": readme, "report.json": facts, **shown}
    assert list(shown) == ["pictures/1.jpg"]
    assert sizes == "\n".join(f"- `{name}`: {len(data)} bytes" for name, data in files.items())


async def test_nothing_is_in_it_that_names_people_places_or_things(
    hass: HomeAssistant, report: ReportDialog, hass_admin_user: User
) -> None:
    (kept,) = await front(report).config_entry.runtime_data.vault.async_list()
    archive = await report.fetch(await report.done())
    tokens = list(hass_admin_user.refresh_tokens)
    entities = er.async_get(hass).entities
    names = {
        *hass.states.async_entity_ids(),
        *(one.id for one in entities.values()),
        *(one.unique_id for one in entities.values() if one.platform == DOMAIN),
        *(one.id for one in dr.async_get(hass).devices),
        *(one.entry_id for one in hass.config_entries.async_entries()),
        *(MOTION, "Front door", front(report).settings.subentry_id, hass.config.location_name),
        *("anna", "secret", "rtsp", "192.0.2.1", "token", "/api/", "authSig"),
        *(kept.id, kept.visit_id, kept.link_id),
        *(hass_admin_user.id, str(hass_admin_user.name), *tokens),
    }
    for name, data in unzipped(archive).items():
        assert not leaks(data.decode("latin-1"), names), name
    assert len(names) > 30
    assert not leaks(archive.decode("latin-1"), {"Front door", MOTION})


async def test_no_original_picture_is_in_it_and_nothing_beside_pictures(
    report: ReportDialog,
) -> None:
    archive = await report.fetch(await report.done())
    files = unzipped(archive)
    assert STREET[20:] not in archive + b"".join(files.values())
    picture = Image.open(BytesIO(files["pictures/1.jpg"]))
    assert not picture.getexif()
    assert "comment" not in picture.info
    assert decode_image(files["pictures/1.jpg"])[SOMEBODY].max() < 250


async def test_what_is_masked_now_is_black_also_in_older_pictures(
    network: WhiteSquareDetector, begin: Begin
) -> None:
    report = await begin(**{CONF_MASKS: "Window: 75,0 100,0 100,100 75,100"})
    await visited(report)
    files = unzipped(await report.fetch(await report.done()))
    assert decode_image(STREET)[WINDOW].max() > 200
    assert decode_image(files["pictures/1.jpg"])[WINDOW].max() < 16


async def test_who_was_seen_in_the_motion_is_covered_though_nobody_is_found_now(
    hass: HomeAssistant, report: ReportDialog, network: WhiteSquareDetector
) -> None:
    network.kind = Kind.ANIMAL
    look = np.full(128, 128**-0.5, np.float32)
    here, other = Box(0.1, 0.2, 0.35, 0.9), Box(0.7, 0.0, 1.0, 1.0)
    camera = front(report)
    examples = [
        ("secret1", Example(Kind.PERSON, here, look, 0.9), None),
        ("secret1", Example(Kind.ANIMAL, other, look, 0.9), None),
        ("another", Example(Kind.PERSON, other, look, 0.9), None),
    ]
    camera.learning.motions = tuple(
        MotionExamples("id", dt_util.utcnow(), (alert_id,), (believed,), candidate)
        for alert_id, believed, candidate in examples
    )
    files = unzipped(await report.fetch(await report.done()))
    shown, before = decode_image(files["pictures/1.jpg"]), decode_image(STREET)
    assert shown[SOMEBODY].mean() < before[SOMEBODY].mean() - 10
    assert np.abs(shown[WINDOW].astype(int) - before[WINDOW]).max() < 30


async def test_as_they_were_kept_or_none_only_when_that_was_chosen(report: ReportDialog) -> None:
    await report.preview(treatment="as_kept")
    assert "NOTHING WAS COVERED" in report.readme
    ((_, address),) = report.pictures
    assert await report.fetch(address) == STREET
    assert "pictures/1.jpg" not in unzipped(await report.fetch(await report.done(treatment="none")))
    form = await report.open()
    (field,) = [one for one in form["data_schema"] if one["name"] == "report_pictures"]
    assert field["default"] == "covered"


async def test_a_motion_is_told_by_numbers_and_reasons(report: ReportDialog) -> None:
    await moved(
        front(report),
        dt_util.utcnow(),
        outcome=Outcome.CAMERA_UNREACHABLE,
        reason="camera_off",
        failures={"stream": "timeout"},
        alert_ids=(),
    )
    form = await report.open()
    (about,) = [one for one in form["data_schema"] if one["name"] == "about"]
    titles = [one["label"] for one in about["selector"]["select"]["options"]]
    sentences = [title.partition(" ")[2].partition(" ")[2] for title in titles]
    assert sentences[0].startswith("There was motion at Front door, but it gave no picture: ")
    assert sentences[1:] == ["Front door saw 1 person, and people were told."]
    at = dt_util.as_local(front(report).records[-1].at)
    assert titles[0].startswith(f"{at:%Y-%m-%d %H:%M:%S} ")
    await report.submit(about="0", report_pictures="covered")
    facts = report.facts
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
    report = await begin(subentry(garden.entity_id, MOTION, title="Garden"), gone)
    await visited(report)
    await report.preview(about=None)
    facts = report.facts
    assert [one["title"] for one in facts["cameras"]] == ["camera_1", "camera_2", "entity_1"]
    assert facts["about"] is None
    assert not report.pictures
    assert report.result["data_schema"] == []
    assert unzipped(await report.fetch(await report.done(about=None))).keys() == {
        *("README.txt", "report.json"),
    }
    front(report).inference.running = None
    assert (await report.preview(about=None))["step_id"] == "report_preview"
    assert report.facts["engine"] is None


async def test_without_a_history_only_the_technical_part_can_be_had(
    network: WhiteSquareDetector, begin: Begin
) -> None:
    report = await begin()
    form = await report.open()
    (about,) = [one for one in form["data_schema"] if one["name"] == "about"]
    assert about["selector"]["select"]["options"] == []
    assert "default" not in about
    assert (await report.submit(report_pictures="covered"))["step_id"] == "report_preview"


async def test_only_the_newest_motions_are_offered(report: ReportDialog) -> None:
    at = dt_util.utcnow() - timedelta(minutes=1)
    for number in range(1, 23):
        await moved(front(report), at + timedelta(seconds=number), count=number + 1)
    form = await report.open()
    (about,) = [one for one in form["data_schema"] if one["name"] == "about"]
    titles = [one["label"] for one in about["selector"]["select"]["options"]]
    assert len(titles) == 20
    assert [int(title.split(" saw ")[1].split()[0]) for title in titles] == [1, *range(23, 4, -1)]
