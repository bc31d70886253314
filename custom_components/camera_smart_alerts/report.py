"""The file for a bug report: what is in it, and where it lies until it is fetched or forgotten.

Nothing here sends anything, or writes to a disk. What a reader would get wrong: the dialog shows
the very bytes of ``Report.files``, and the file is made of the same; nothing is added later.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from io import BytesIO
import json
import secrets
from textwrap import fill
from typing import Any, Final, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .kept_picture import Role

REPORT_URL: Final = f"/api/{DOMAIN}/reports/{{report_id}}/{{file:.+}}"
ZIP: Final = f"{DOMAIN}_report.zip"
README: Final = "README.txt"
FACTS: Final = "report.json"
LASTS: Final = timedelta(minutes=10)
"""How long a report is held, and its links work, after it was last shown."""


class Treatment(StrEnum):
    """How pictures are put into a report."""

    COVERED = "covered"
    """Masks black, people and vehicles smeared."""
    NONE = "none"
    AS_KEPT = "as_kept"


class Missing(StrEnum):
    """Why a picture of the history is not in a report."""

    PREVIEW = "preview"
    NOT_ALLOWED = "not_allowed"
    UNREADABLE = "unreadable"
    LEFT_OUT = "left_out"


_ROLES: Final = {
    Role.TRIGGER: "what people were told first",
    Role.BEST: "what people were told last",
}
_TREATED: Final = {
    Treatment.COVERED: "privacy masks are black; people and vehicles that the network found in it, "
    "however doubtfully, are smeared",
    Treatment.AS_KEPT: "as it was kept: NOTHING WAS COVERED FOR THIS REPORT",
}
_MISSING: Final = {
    Missing.PREVIEW: "Moving previews are never put into a report.",
    Missing.NOT_ALLOWED: "You may not see some of the pictures, so they are not in it.",
    Missing.UNREADABLE: "Some pictures cannot be read or were deleted, so they are not in it.",
    Missing.LEFT_OUT: "You left out some pictures.",
}
_TITLE: Final = "Camera Smart Alerts: a file for a bug report"
_MADE: Final = "You asked for it at {at} (UTC). It was sent to nobody: who gets it is up to you."
_WITHOUT: Final = (
    "Names of cameras, rooms and people, entity ids, addresses, passwords and your own texts are "
    "not in it. Cameras and entities are numbered. Times of motions are in it (UTC), and which "
    "kinds were seen."
)
_LOOK: Final = (
    "Whom the network does not find is not covered, and what the camera itself writes into its "
    "picture, such as a name, is not either. Look at every picture before you give it to anybody."
)
_COLUMNS: Final = 64
"""As wide as the dialog shows without scrolling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPicture:
    """One picture of a report."""

    kept_id: str
    """Of the picture in the history. Not in the file, like the next one."""
    camera_entity_id: str
    """Who may see this camera may have the picture."""
    camera: str
    """Its neutral name."""
    role: Role
    taken_at: datetime
    """UTC."""
    data: bytes
    """JPEG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one file will hold."""

    login: str
    """Id of the login it was made for. Nobody else gets it."""
    made_at: datetime
    """UTC."""
    facts: Mapping[str, Any]
    """Ready for JSON, without anything that names this home or its people."""
    treatment: Treatment
    pictures: Mapping[str, ReportPicture]
    """By the name of their file."""
    missing: Mapping[Missing, int]
    """How many pictures are not in it."""

    def without(self, names: Collection[str]) -> Self:
        """Return it without some of the pictures."""
        pictures = {name: one for name, one in self.pictures.items() if name not in names}
        left_out = self.missing.get(Missing.LEFT_OUT, 0) + len(self.pictures) - len(pictures)
        missing = {**self.missing, Missing.LEFT_OUT: left_out}
        return replace(self, pictures=pictures, missing=missing)

    def files(self) -> dict[str, bytes]:
        """Return what will be in the file, byte for byte, by name."""
        facts = {
            "made_at": self.made_at.isoformat(),
            **self.facts,
            "pictures": {
                name: {
                    "camera": one.camera,
                    "role": one.role,
                    "taken_at": one.taken_at.isoformat(),
                    "treatment": self.treatment,
                }
                for name, one in self.pictures.items()
            },
            "pictures_missing": dict(self.missing),
        }
        return {
            README: self._readme().encode(),
            FACTS: json.dumps(facts, indent=2, ensure_ascii=False).encode(),
            **{name: one.data for name, one in self.pictures.items()},
        }

    def zipped(self) -> bytes:
        """Return the file itself. Blocks for some milliseconds."""
        out = BytesIO()
        with ZipFile(out, "w", ZIP_DEFLATED) as file:
            for name, data in self.files().items():
                # By default it would tell the local time.
                entry = ZipInfo(name)
                entry.external_attr = 0o644 << 16
                file.writestr(entry, data, ZIP_DEFLATED)
        return out.getvalue()

    def _readme(self) -> str:
        lines = {
            README: "this text",
            FACTS: "versions, settings in numbers, and how the last motions ended",
            **{
                name: f"{one.camera}, {one.taken_at:%Y-%m-%d %H:%M:%S} (UTC), {_ROLES[one.role]}; "
                f"{_TREATED[self.treatment]}"
                for name, one in self.pictures.items()
            },
        }
        paragraphs = [
            _TITLE,
            _MADE.format(at=f"{self.made_at:%Y-%m-%d %H:%M:%S}"),
            *(f"{name}: {what}" for name, what in lines.items()),
            _WITHOUT,
            *(_MISSING[why] for why, number in self.missing.items() if number),
            *([_LOOK] if self.pictures else []),
        ]
        return "\n\n".join(fill(one, _COLUMNS) for one in paragraphs) + "\n"


class Reports:
    """The reports of one hub that were made and not yet forgotten. In memory only."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without any."""
        self._hass = hass
        self._held: dict[str, tuple[Report, CALLBACK_TYPE]] = {}

    @callback
    def async_hold(self, report: Report) -> str:
        """Hold a report for a while; return its unguessable id."""
        report_id = secrets.token_urlsafe(24)

        @callback
        def forget(_now: datetime) -> None:
            del self._held[report_id]

        job = HassJob(forget, f"{DOMAIN} forget a report", cancel_on_shutdown=True)
        self._held[report_id] = report, async_call_later(self._hass, LASTS, job)
        return report_id

    @callback
    def get(self, report_id: str) -> Report | None:
        """Return a report, None once it is forgotten."""
        report, _ = self._held.get(report_id, (None, None))
        return report

    @callback
    def async_forget(self, report_id: str) -> None:
        """Forget a report now, if it is still there."""
        _, cancel = self._held.pop(report_id, (None, None))
        if cancel is not None:
            cancel()

    @callback
    def async_stop(self) -> None:
        """Forget all of them."""
        for report_id in [*self._held]:
            self.async_forget(report_id)


def report_path(report_id: str, file: str) -> str:
    """Return the path that serves a file of a report to the login that made it."""
    return REPORT_URL.partition("{")[0] + f"{report_id}/{file}"
