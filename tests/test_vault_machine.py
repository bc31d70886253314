"""The promises of the history, over whatever happens to it in whatever order.

A home lives through alerts, kills, clocks that jump, old files put back, lost keys and deletions;
after each of them, nobody reads what is too old, and nothing lies open on the disk.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
import shutil
import tempfile
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.pictures import GIF, JPEG, PICTURES, PictureShelf
from tests.database_kit import NOW
from tests.vault_kit import MOVING, SHOT, Home, key_file, living, on_disk, rows

RETENTION = timedelta(hours=24)
CAMERAS = ("front", "back")
BELOW_A_CHECK = timedelta(minutes=5)

STEPS = st.one_of(
    st.tuples(st.just("see"), st.integers(0, 5), st.sampled_from(CAMERAS)),
    st.tuples(st.just("preview"), st.integers(0, 5), st.sampled_from(CAMERAS)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("jump"), st.integers(-100, 100)),
    st.tuples(st.just("tidy")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("kill")),
    st.tuples(st.just("copy")),
    st.tuples(st.just("put back")),
    st.tuples(st.just("lose keys")),
    st.tuples(st.just("find keys")),
    st.tuples(st.just("start over")),
    st.tuples(st.just("delete picture"), st.integers(0, 5)),
    st.tuples(st.just("delete camera"), st.sampled_from(CAMERAS)),
    st.tuples(st.just("delete everything")),
)


class World:
    """A home, its disk, and what was promised about each picture."""

    def __init__(self, hass: HomeAssistant, root: Path) -> None:
        self.hass = hass
        self.root = root
        self.clock = NOW
        self.back = timedelta(0)
        """How far the clock was put back, in all."""
        self.lived = timedelta(0)
        """Time that really passed."""
        self.taken: dict[str, timedelta] = {}
        """When each picture was really taken."""
        self.revision = 0
        self.destroyed: dict[bytes, str] = {}
        """Wrapped keys that must not be anywhere."""
        self.copied: set[bytes] = set()
        self.keys: bytes | None = None
        self.context: Any = None
        self.home: Home

    @property
    def folder(self) -> Path:
        return self.root / "cache" / DOMAIN

    def cache_path(self, *parts: str) -> str:
        return str(self.root.joinpath("cache", *parts))

    def path(self, *parts: str) -> str:
        return str(self.root.joinpath("config", *parts))

    async def start(self) -> None:
        self.hass.data[PICTURES] = PictureShelf()
        self.context = living(self.hass, CAMERAS, retention=RETENTION)
        self.home = await self.context.__aenter__()
        await self.home.vault.async_tidy()

    async def stop(self) -> None:
        await self.context.__aexit__(None, None, None)

    def wrapped(self) -> dict[bytes, str]:
        found = rows(self.folder, "SELECT wrapped_key, id FROM pictures")
        return dict(found)

    async def step(self, what: str, *args: Any) -> None:
        """Let one thing happen; remember which keys it destroyed."""
        before = self.wrapped()
        await getattr(self, f"on_{what.replace(' ', '_')}")(*args)
        after = self.wrapped()
        gone = {one: name for one, name in before.items() if one not in after}
        if what != "put back":
            self.destroyed |= gone

    async def on_see(self, number: int, camera: str, data: bytes = SHOT, kind: str = JPEG) -> None:
        self.revision += 1
        picture_id = await self.home.see(
            number, self.revision, camera=camera, at=self.clock, data=data, content_type=kind
        )
        self.taken[picture_id] = self.lived

    async def on_preview(self, number: int, camera: str) -> None:
        await self.on_see(number, camera, MOVING, GIF)

    async def on_wait(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)
        self.lived += timedelta(hours=hours)

    async def on_jump(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)
        self.back += max(timedelta(0), -timedelta(hours=hours))

    async def on_tidy(self) -> None:
        await self.home.vault.async_tidy()

    async def on_restart(self) -> None:
        await self.stop()
        await self.start()

    async def on_kill(self) -> None:
        killed = self.root / "killed"
        shutil.copytree(self.folder, killed)
        await self.stop()
        shutil.rmtree(self.folder)
        killed.rename(self.folder)
        await self.start()

    async def on_copy(self) -> None:
        await self.home.database.async_scrub()
        shutil.copy(self.folder / FILE, self.root / "copy")
        self.copied = set(self.wrapped())

    async def on_put_back(self) -> None:
        if (self.root / "copy").exists():
            await self.stop()
            shutil.rmtree(self.folder)
            self.folder.mkdir()
            shutil.copy(self.root / "copy", self.folder / FILE)
            for one in self.copied:
                self.destroyed.pop(one, None)
            await self.start()

    async def on_lose_keys(self) -> None:
        if key_file(self.hass).exists():
            await self.stop()
            self.keys = key_file(self.hass).read_bytes()
            key_file(self.hass).unlink()
            await self.start()

    async def on_find_keys(self) -> None:
        if self.keys is not None and self.home.vault.lost:
            key_file(self.hass).write_bytes(self.keys)
            await self.home.vault.async_recheck()

    async def on_start_over(self) -> None:
        await self.home.vault.async_start_over()
        assert not self.home.vault.lost

    async def on_delete_picture(self, index: int) -> None:
        kept = await self.home.kept()
        if index < len(kept):
            await self.home.vault.async_delete_picture(kept[index])
            assert kept[index] not in await self.home.kept()

    async def on_delete_camera(self, camera: str) -> None:
        await self.home.vault.async_delete_camera(camera)
        assert await self.home.kept(subentry_id=camera) == []

    async def on_delete_everything(self) -> None:
        await self.home.vault.async_delete_everything()
        assert b"secret-" not in on_disk(self.folder)

    async def check(self) -> None:
        """Check everything that was promised."""
        kept = await self.home.vault.async_list()
        for one in kept:
            data = await self.home.data(one.id)
            assert data is not None or one.subentry_id in self.home.vault.lost
            # A clock that is put back makes a day longer, by so much and no more.
            age = self.lived - self.taken[one.id]
            assert age <= RETENTION + self.back + BELOW_A_CHECK
        everywhere = on_disk(self.folder)
        assert b"\xff\xd8\xff" not in everywhere
        assert b"GIF89a" not in everywhere
        for wrapped, name in self.destroyed.items():
            assert wrapped not in everywhere, f"the key of {name}"
        for orphan in (
            "SELECT * FROM pictures WHERE visit_id NOT IN (SELECT id FROM visits)",
            "SELECT * FROM tellings WHERE visit_id NOT IN (SELECT id FROM visits)",
            "SELECT id FROM pictures EXCEPT SELECT id FROM pictures NATURAL JOIN picture_keys",
        ):
            assert rows(self.folder, orphan) == []
        assert {path.name for path in self.folder.iterdir()} <= {
            FILE,
            f"{FILE}-wal",
            f"{FILE}-shm",
        }


@contextmanager
def world(hass: HomeAssistant) -> Iterator[World]:
    """Give every example a disk and a clock of its own."""
    with tempfile.TemporaryDirectory() as root, ExitStack() as stack:
        one = World(hass, Path(root))
        stack.enter_context(patch.object(hass.config, "cache_path", one.cache_path))
        stack.enter_context(patch.object(hass.config, "path", one.path))
        stack.enter_context(patch.object(dt_util, "utcnow", lambda: one.clock))
        yield one


@pytest.mark.usefixtures("real_storage")
async def test_what_was_promised_holds_whatever_happens(hass: HomeAssistant) -> None:
    loop = asyncio.get_running_loop()

    async def live(steps: list[tuple[Any, ...]]) -> None:
        with world(hass) as one:
            await one.start()
            try:
                for step in steps:
                    await one.step(*step)
                    await one.check()
            finally:
                await one.stop()

    @settings(
        max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(st.lists(STEPS, max_size=8))
    def examples(steps: list[tuple[Any, ...]]) -> None:
        asyncio.run_coroutine_threadsafe(live(steps), loop).result()

    await hass.async_add_executor_job(examples)
