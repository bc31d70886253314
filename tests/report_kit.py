"""An administrator in the dialog that makes a file for a bug report, over HTTP as the frontend."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
import json
from pathlib import Path
import re
from typing import Any
from zipfile import ZipFile

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.kept_picture import KeptPicture, Role
from custom_components.camera_smart_alerts.report import Report, ReportPicture, Treatment
from custom_components.camera_smart_alerts.vision.annotate import encode_jpeg
from custom_components.camera_smart_alerts.vision.datatypes import RgbImage
from tests.enrolled import record
from tests.looking_back import keep, saw

DRAWN = Path(__file__).parents[1] / "custom_components/camera_smart_alerts/test_picture.jpg"
"""Somebody whom the network that ships finds."""
FLOW = "/api/config/config_entries/options/flow"

type Result = dict[str, Any]
type Begin = Callable[..., Awaitable[ReportDialog]]


async def moved(camera: CameraCoordinator, at: datetime | None = None, **changes: Any) -> None:
    """Put a motion into the history and among the last ones of its camera."""
    one = record(**{"at": at or dt_util.utcnow(), "outcome": Outcome.ALERTED, **changes})
    camera.records.append(one)
    await camera.config_entry.runtime_data.database.async_motion(
        camera.settings.subentry_id, one.at, one.as_dict() | {"camera": camera.name}
    )


def a_report(camera: CameraCoordinator, login: str, kept: KeptPicture, data: bytes) -> Report:
    """Return a report with one picture."""
    picture = ReportPicture(
        kept_id=kept.id,
        camera_entity_id=camera.source_entity_id,
        camera="camera_1",
        role=Role.TRIGGER,
        taken_at=kept.taken_at,
        data=data,
    )
    return Report(
        login=login,
        made_at=dt_util.utcnow(),
        facts={"engine": None},
        treatment=Treatment.COVERED,
        pictures={"pictures/1.jpg": picture},
        missing={},
    )


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the files of a report by name."""
    with ZipFile(BytesIO(data)) as file:
        assert file.testzip() is None
        return {one.filename: file.read(one) for one in file.infolist()}


@dataclass
class ReportDialog:
    """One administrator, and the step in front of them."""

    hass: HomeAssistant
    client: Any
    entry: ConfigEntry[Any]
    result: Result

    async def _post(self, path: str, answers: Any) -> Result:
        response = await self.client.post(path, json=answers)
        assert response.status == HTTPStatus.OK, await response.text()
        self.result = dict(await response.json())
        return self.result

    async def open(self) -> Result:
        """Click "Configure", and choose the file for a bug report."""
        await self._post(FLOW, {"handler": self.entry.entry_id})
        assert (self.result["type"], self.result["step_id"]) == ("menu", "init")
        return await self.submit(next_step_id="report")

    async def submit(self, **answers: Any) -> Result:
        """Submit the form that is shown."""
        return await self._post(f"{FLOW}/{self.result['flow_id']}", answers)

    async def preview(self, about: str | None = "0", treatment: str = "covered") -> Result:
        """Go as far as to what is in the file."""
        await self.open()
        chosen = {} if about is None else {"about": about}
        return await self.submit(report_pictures=treatment, **chosen)

    async def done(self, about: str | None = "0", treatment: str = "covered") -> str:
        """Go to the end; return the link."""
        await self.preview(about, treatment)
        await self.submit()
        return self.link

    async def close(self) -> None:
        """Close the dialog."""
        response = await self.client.delete(f"{FLOW}/{self.result['flow_id']}")
        assert response.status == HTTPStatus.OK

    async def look_again(self) -> Result:
        """Load the page anew."""
        response = await self.client.get(f"{FLOW}/{self.result['flow_id']}")
        assert response.status == HTTPStatus.OK
        self.result = dict(await response.json())
        return self.result

    @property
    def shown(self) -> Mapping[str, str]:
        shown: Mapping[str, str] = self.result["description_placeholders"]
        return shown

    @property
    def link(self) -> str:
        found = re.search(r'href="(.*?)"', self.shown["link"])
        assert found is not None
        return found[1]

    @property
    def pictures(self) -> list[tuple[str, str]]:
        """Name and address of every picture that is shown."""
        return re.findall(r"`(.+)`\n\n!\[\]\((.+)\)", self.shown["pictures"])

    @property
    def texts(self) -> list[str]:
        """The texts that are shown letter by letter: what the file is, and what it says."""
        return [
            self.shown[name].removeprefix("````\n").removesuffix("\n````")
            for name in ("readme", "facts")
        ]

    @property
    def readme(self) -> str:
        """The text for whoever gets the file, however its lines are broken."""
        return " ".join(self.texts[0].split())

    @property
    def facts(self) -> Any:
        return json.loads(self.texts[1])

    async def fetch(self, address: str) -> bytes:
        response = await self.client.get(address)
        assert response.status == HTTPStatus.OK, response.status
        return bytes(await response.read())

    async def status(self, address: str) -> int:
        return int((await self.client.get(address)).status)


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
