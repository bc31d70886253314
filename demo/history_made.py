"""A history of many visits, made within a minute, for ``history_bench.py``.

The parts are the real ones, in a Home Assistant that only lends its loop and its folder. What a
reader would get wrong: filling goes past the queue of the writer, a thousand visits at a time, but
by the tables and the keys that every visit and picture is written with.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
import json
from pathlib import Path
import secrets
from sqlite3 import Connection
import time
from types import SimpleNamespace
from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from custom_components.camera_smart_alerts.alerts import MotionRecord, Outcome
from custom_components.camera_smart_alerts.database import Database
from custom_components.camera_smart_alerts.kept_picture import NewPicture
from custom_components.camera_smart_alerts.keys import KeyRing
from custom_components.camera_smart_alerts.pictures import JPEG, PICTURES, Picture, PictureShelf
from custom_components.camera_smart_alerts.settings import HubSettings, WhatCounts
from custom_components.camera_smart_alerts.vault import Vault
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Visit

from .paper import Paper

CAMERAS = tuple(f"camera_{number}" for number in range(8))
DAYS = 7
_BATCH = 1000
_SMALL = 2_000
"""Bytes of the pictures that fill the history: as many as fit into what it may have at most."""
_ROOM = 2_000_000_000


class History(NamedTuple):
    """A history that is open."""

    database: Database
    vault: Vault
    keys: Mapping[str, bytes]
    """Of the cameras."""


class _Taught:
    """What people taught a camera: nothing."""

    async def async_sync(self) -> None:
        """Follow what became of the file."""


@asynccontextmanager
async def history(folder: Path, retention: timedelta) -> AsyncIterator[History]:
    """Open the history below a folder, and close it in the end."""
    hass = HomeAssistant(str(folder))
    hass.data[PICTURES] = PictureShelf()
    await ir.async_load(hass, load_empty=True)
    hub = replace(HubSettings.from_options({}), retention=retention, history_bytes=_ROOM)
    database, ring = Database(hass, hub), KeyRing(hass)
    cameras: Any = {
        one: SimpleNamespace(
            name=one,
            source_entity_id=f"camera.{one}",
            taught=_Taught(),
            settings=SimpleNamespace(counts=WhatCounts()),
        )
        for one in CAMERAS
    }
    vault = Vault(hass, database, cameras)
    await database.async_open()
    try:
        await ring.async_load()
        for camera in CAMERAS:
            if camera not in ring.keys:
                await ring.async_new(camera)
        await vault.async_load()
        yield History(database, vault, ring.keys)
    finally:
        await vault.async_stop()
        await database.async_close()
        await hass.async_stop(force=True)


def visit_at(number: int, at: datetime) -> Visit:
    """Return a visit of one of the cameras; every fourth is of two, every third of an animal."""
    camera = CAMERAS[number % len(CAMERAS)]
    also = [CAMERAS[(number + 1) % len(CAMERAS)]] if number % 4 == 0 else []
    kind = Kind.ANIMAL if number % 3 == 0 else Kind.PERSON
    return Visit(
        id=secrets.token_urlsafe(12),
        group="",
        started_at=at - timedelta(seconds=30),
        last_at=at,
        seen_at=at,
        seen={one: {kind: 1} for one in (camera, *also)},
    )


def picture_of(visit: Visit, size: int) -> NewPicture:
    """Return a picture of a visit; what cannot be compressed stands for one."""
    return NewPicture(
        id=f"{visit.id}-1",
        visit_id=visit.id,
        subentry_id=visit.cameras[0],
        picture=Picture(secrets.token_bytes(size), f"camera.{visit.cameras[0]}", JPEG),
        taken_at=visit.last_at,
    )


async def fill(home: History, visits: int, paper: Paper) -> None:
    """Write visits over ``DAYS`` days, each with a motion and a small picture."""
    now = dt_util.utcnow()
    apart = timedelta(days=DAYS) / visits
    began = time.monotonic()
    for first in range(0, visits, _BATCH):
        numbers = range(first, min(first + _BATCH, visits))

        def write(connection: Connection, numbers: range = numbers) -> None:
            for number in numbers:
                at = now - timedelta(days=DAYS) + (number + 1) * apart
                visit = visit_at(number, at)
                _write_visit(connection, visit)
                picture_of(visit, _SMALL).put(connection, home.keys[visit.cameras[0]])

        await home.database.async_write(write)
        if (first // _BATCH) % 10 == 0:
            paper.step("Filling", f"{numbers.stop:,} visits", time.monotonic() - began)


def _write_visit(connection: Connection, visit: Visit) -> None:
    at = visit.last_at.timestamp()
    row = visit.id, json.dumps(visit.as_dict()), at, at
    connection.execute("REPLACE INTO visits VALUES (?, ?, ?, ?)", row)
    motion = MotionRecord(
        at=visit.last_at, trigger="bench", outcome=Outcome.ALERTED, alert_ids=(visit.id,)
    )
    connection.execute(
        "INSERT INTO motions (at, subentry_id, data) VALUES (?, ?, ?)",
        (at, visit.cameras[0], json.dumps(motion.as_dict())),
    )
