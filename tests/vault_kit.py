"""What the tests of kept pictures share: a vault in a folder of the test, and pictures for it."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
import pytest

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.database import FILE, Database
from custom_components.camera_smart_alerts.kept_picture import NewPicture
from custom_components.camera_smart_alerts.keys import STORE
from custom_components.camera_smart_alerts.pictures import GIF, PICTURES, Picture, PictureShelf
from custom_components.camera_smart_alerts.settings import HubSettings, WhatCounts
from custom_components.camera_smart_alerts.taught import Taught
from custom_components.camera_smart_alerts.vault import Vault
from tests.database_kit import NOW, visit, visits_of

_REAL: Final = {
    name: getattr(Store, name) for name in ("_async_load", "_async_write_data", "async_remove")
}
SHOT: Final = b"\xff\xd8\xff\xe0 a picture of somebody " * 20
MOVING: Final = b"GIF89a somebody walks " * 20
FRONT: Final = ("front",)


@pytest.fixture
def real_storage(hass: HomeAssistant) -> Iterator[None]:
    """Let Home Assistant's own storage write files, which tests usually only pretend."""
    with patch.multiple(Store, **_REAL):
        yield


class Home(NamedTuple):
    """A history that is open, its pictures, and what its cameras were taught."""

    database: Database
    vault: Vault
    cameras: dict[str, Any]
    """By name, with what they were taught."""

    async def see(
        self,
        number: int = 1,
        revision: int = 1,
        *,
        camera: str = "front",
        at: datetime = NOW,
        data: bytes = SHOT,
        content_type: str = "image/jpeg",
    ) -> str:
        """Let a camera see something, and keep a picture of it; return the picture's id."""
        one = visit(number, camera=camera, at=at)
        seen = replace(one, seen={camera: one.seen[camera]})
        await self.database.async_keep(visits_of(), seen)
        picture_id = f"{seen.id}-{revision}" + ("-preview" if content_type == GIF else "")
        picture, known = Picture(data, f"camera.{camera}", content_type), self.cameras.get(camera)
        await self.vault.async_keep(
            NewPicture(
                id=picture_id,
                visit_id=seen.id,
                subentry_id=camera,
                picture=picture,
                taken_at=at,
                hides=known.settings.counts.hides if known is not None else "",
            )
        )
        return picture_id

    async def data(self, picture_id: str) -> bytes | None:
        """Return what is kept as a picture."""
        opened = await self.vault.async_open(picture_id)
        return None if opened is None else opened.data

    async def kept(self, **which: Any) -> list[str]:
        """Return the ids of all pictures, the newest first."""
        return [one.id for one in await self.vault.async_list(**which)]


def enrol_in(
    hass: HomeAssistant, database: Database, names: Collection[str]
) -> tuple[Vault, dict[str, Any]]:
    """Return the pictures of some cameras, and the cameras by subentry id."""
    cameras: dict[str, Any] = {}
    vault = Vault(hass, database, cameras)
    for name in names:
        taught = Taught(hass, database, vault, name)
        cameras[name] = SimpleNamespace(
            source_entity_id=f"camera.{name}",
            name=name.title(),
            settings=SimpleNamespace(counts=WhatCounts()),
            taught=taught,
            learning=taught.learning,
        )
    return vault, cameras


@asynccontextmanager
async def living(
    hass: HomeAssistant,
    cameras: Collection[str] = FRONT,
    *,
    retention: timedelta = timedelta(days=7),
    most: int = 500_000_000,
) -> AsyncIterator[Home]:
    """Open the history of a home with some cameras, and close it in the end."""
    hass.data.setdefault(PICTURES, PictureShelf())
    hub = replace(HubSettings.from_options({}), retention=retention, history_bytes=most)
    database = Database(hass, hub)
    await database.async_open()
    vault, enrolled = enrol_in(hass, database, cameras)
    await vault.async_load()
    for camera in enrolled.values():
        await camera.taught.async_sync()
    # What the thread says of the disk may come a moment later than what it did.
    await hass.async_block_till_done()
    try:
        yield Home(database, vault, enrolled)
    finally:
        for camera in enrolled.values():
            await camera.taught.async_stop()
        await vault.async_stop()
        await database.async_close()


def key_file(hass: HomeAssistant) -> Path:
    """Return where the keys lie."""
    return Path(hass.config.path(".storage", STORE))


def issue(hass: HomeAssistant, issue_id: str) -> ir.IssueEntry | None:
    """Return a repair issue that is shown."""
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id)


def rows(folder: Path, statement: str) -> list[Any]:
    """Return what a second reader finds in the file."""
    connection = sqlite3.connect(folder / FILE)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def on_disk(folder: Path) -> bytes:
    """Return everything that lies in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
