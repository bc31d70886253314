"""What the tests of the history share: visits, tellings, a history in a folder of the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.camera_smart_alerts.alerts import Alert
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.telling import Telling
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Visit
from custom_components.camera_smart_alerts.visit_list import Wanted, async_page
from custom_components.camera_smart_alerts.visits import Visits
from tests.enrolled import alert

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
PHONE: Final = "phone:mine"
SPEAKER: Final = "speaker:media_player.hall"
CAMERAS: Final = ("front", "back", "gate")


def history_in(hass: HomeAssistant, path: Path) -> Path:
    """Let the history lie below a folder; return the folder it lies in itself."""
    hass.config.cache_path = lambda *parts: str(path.joinpath(*parts))  # type: ignore[method-assign]
    return path / DOMAIN


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory) -> Path:
    """Return where the file of this test lies; it is noon."""
    freezer.move_to(NOW)
    return history_in(hass, tmp_path)


@asynccontextmanager
async def opened(hass: HomeAssistant) -> AsyncIterator[Database]:
    """Open the history, and close it in the end."""
    database = Database(hass)
    await database.async_open()
    try:
        yield database
    finally:
        await database.async_close()


def visit(number: int = 1, *, camera: str = "front", at: datetime = NOW) -> Visit:
    """Return a visit that people were told of."""
    return Visit(
        id=f"secret-{number}",
        group="garden",
        started_at=at - timedelta(seconds=40),
        last_at=at,
        seen_at=at,
        seen={camera: {Kind.PERSON: 2, None: 1}, "gate": {Kind.PERSON: 1}},
        told={Kind.PERSON: 2},
        told_by=[camera],
        told_to={PHONE: camera, SPEAKER: camera},
        told_at=at,
        quality=0.5,
        revision=1,
        reached=True,
        known={Kind.PERSON: 1},
    )


def visits_of(*some: Visit) -> Visits:
    """Return open visits, with a cooldown of each kind of subject."""
    visits = Visits()
    visits.open = {one.id: one for one in some}
    visits.delivered = {("front", Kind.PERSON): NOW, ("gate", None): NOW}
    return visits


async def tell(database: Database, one: Visit, at: datetime = NOW) -> Alert:
    """Write what is about to be told of a visit; return it."""
    telling = alert(id=one.id, revision=one.revision, at=at)
    await database.async_tell(visits_of(one), one, telling, one.told_to, at)
    return telling


async def forget_at(database: Database, now: datetime, *cameras: str) -> None:
    """Forget as the upkeep does at a time to which the clock has jumped: at the second look."""
    for _ in range(2):
        await database.async_forget(now, cameras)


async def left_in(database: Database) -> dict[str, Telling]:
    """Return the tellings a start would find, by target."""
    return {one.target: one for one in await database.async_load(Visits())}


async def listed(database: Database) -> list[str]:
    """Return the public ids of all visits."""
    return [one["visit_id"] for one in await visits_in(database)]


async def visits_in(database: Database, *cameras: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return the visits of some cameras, otherwise of all of this kit, the newest first."""
    page = await async_page(database, Wanted(cameras=cameras or CAMERAS, **wanted))
    return page.visits
