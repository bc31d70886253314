"""What the tests of deleting share: the ways to delete, and that nothing is left of a visit."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
import json
from pathlib import Path
import pkgutil
import time
from typing import Any, Final
from unittest.mock import patch

from homeassistant.core import HomeAssistant

from custom_components.camera_smart_alerts.alerting import Seen
from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.const import (
    DOMAIN,
)
from custom_components.camera_smart_alerts.pictures import async_pictures
from custom_components.camera_smart_alerts.vision.datatypes import (
    Box,
    Detection,
    Frame,
    Kind,
    Observation,
)
from custom_components.camera_smart_alerts.visit import Sighting
from custom_components.camera_smart_alerts.visits import QUIET
from tests.camera_actions import ask
from tests.camera_peer import moving_square
from tests.vault_kit import rows
from tests.watched_home import WatchedHome

OVER = QUIET + timedelta(seconds=10)
CLEAR = "clear_notification"
GATED = "async_send_message"


@contextmanager
def held_up(name: str) -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Let what a function has done wait; yields what is set then, and what lets it go on."""
    full = f"custom_components.{DOMAIN}.{name}"
    real, waiting, gate = pkgutil.resolve_name(full), asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **kwargs: Any) -> Any:
        done = await real(*args, **kwargs)
        waiting.set()
        await gate.wait()
        return done

    with patch(full, slow):
        yield waiting, gate


def messages(home: WatchedHome) -> list[str]:
    return [one["message"] for one in home.pushes]


KINDS: Final = ("visit", "camera", "all")


def history(hass: HomeAssistant) -> Path:
    """Return where the history lies."""
    return Path(hass.config.cache_path(DOMAIN))


async def delete(hass: HomeAssistant, home: WatchedHome, what: str, own_id: str) -> dict[str, Any]:
    """Delete a visit, its first camera, or everything; return the receipt."""
    which: dict[str, Any] = {
        "visit": {"visit_id": visit_id(own_id)},
        "camera": {"entity_id": home.cameras[0].camera_entity_id},
        "all": {"all": True},
    }[what]
    receipt: dict[str, Any] = await ask(hass, "delete_pictures", **which)
    return receipt


def everything(hass: HomeAssistant) -> dict[str, list[Any]]:
    """Return all rows of all tables but the ledger, which promises to remember."""
    tables = rows(history(hass), "SELECT name FROM sqlite_schema WHERE type = 'table'")
    found = {name: rows(history(hass), f"SELECT * FROM {name}") for (name,) in tables}  # noqa: S608
    del found["ledger"]
    return found


def assert_no_trace(hass: HomeAssistant, home: WatchedHome, own_id: str) -> None:
    """Check that a visit is nowhere: not in the file, not in memory, not at any camera."""
    texts = json.dumps(everything(hass), default=repr)
    assert own_id not in texts
    assert visit_id(own_id) not in texts
    assert not [one for one in async_pictures(hass)._pictures if one.startswith(own_id)]
    assert own_id not in home.entry.runtime_data.keeper._visits.open
    for camera in home.cameras:
        assert own_id not in camera.memory.alerts
        assert camera.data.last_alert is None or camera.data.last_alert.id != own_id
        for record in (camera.data.last_motion, *camera.records):
            assert record is None or own_id not in record.alert_ids


def now_seen() -> Observation:
    """Return a frame of this moment with one person on it."""
    seen = Detection(Box(20, 20, 90, 200), Kind.PERSON, 0.9)
    return Observation(Frame(moving_square(0), time.monotonic()), (seen,))


async def see_now(hass: HomeAssistant, home: WatchedHome, *, camera: int = 0, **what: Any) -> str:
    """Let a camera see a person at this moment; return the visit."""
    seeing = home.cameras[camera]
    sighting = Sighting(
        camera=seeing.settings.subentry_id,
        group=seeing.settings.group,
        kind=Kind.PERSON,
        **what,
    )
    _, own_id, _ = seeing.keeper.async_see(seeing, sighting, Seen(now_seen()))
    await hass.async_block_till_done()
    return own_id
