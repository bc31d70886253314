"""A home and its history beside what they should hold, whatever happens to them."""

from datetime import timedelta
import json
from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.kept_picture import KeptPicture
from custom_components.camera_smart_alerts.learning import Learning
from custom_components.camera_smart_alerts.pictures import GIF, JPEG, PICTURES, PictureShelf
from custom_components.camera_smart_alerts.settings import WhatCounts
from custom_components.camera_smart_alerts.vision.style import PictureStyle
from tests.database_kit import NOW
from tests.lessons_kit import example, result
from tests.vault_kit import MOVING, SHOT, Home, key_file, living, on_disk, rows

RETENTION = timedelta(hours=24)
CAMERAS = ("front", "back")
BELOW_A_CHECK = timedelta(minutes=5)


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
        self.taught: dict[str, set[str]] = {camera: set() for camera in CAMERAS}
        """Ids of the lessons of each camera that were neither taken back nor destroyed."""
        self.copied_lessons = self.taught
        self.spellings: list[bytes] = []
        """How what was taught would look, if it lay there in the open."""
        self.noted: dict[str, timedelta] = {}
        """When motions really were, by an alert of theirs."""
        self.styles = dict.fromkeys(CAMERAS, PictureStyle.FULL)
        self.keys: bytes | None = None
        """The file of the keys, as it was when it was lost."""
        self.copied_keys: bytes | None = None
        self.context: Any = None
        self.home: Home

    @property
    def folder(self) -> Path:
        return self.root / "cache" / DOMAIN

    def monotonic(self) -> float:
        return self.lived.total_seconds()

    def cache_path(self, *parts: str) -> str:
        return str(self.root.joinpath("cache", *parts))

    def path(self, *parts: str) -> str:
        return str(self.root.joinpath("config", *parts))

    async def start(self) -> None:
        self.hass.data[PICTURES] = PictureShelf()
        self.context = living(self.hass, CAMERAS, retention=RETENTION)
        self.home = await self.context.__aenter__()
        for camera, style in self.styles.items():
            self.home.cameras[camera].settings.counts = WhatCounts(style=style)
        await self.home.vault.async_tidy()

    async def stop(self) -> None:
        await self.context.__aexit__(None, None, None)

    def wrapped(self) -> dict[bytes, str]:
        # Examples that made room for newer ones leave the log with the next upkeep only.
        found = rows(
            self.folder,
            "SELECT wrapped_key, id FROM pictures UNION ALL "
            "SELECT wrapped_key, id FROM taught WHERE what = 'lesson'",
        )
        return dict(found)

    def lessons_in_file(self) -> dict[str, set[str]]:
        """Return the ids of the lessons that lie on the disk, readable or not."""
        found = rows(self.folder, "SELECT subentry_id, id FROM taught WHERE what = 'lesson'")
        return {camera: {i for one, i in found if one == camera} for camera in CAMERAS}

    def learning(self, camera: str) -> Learning:
        found: Learning = self.home.cameras[camera].learning
        return found

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

    async def on_show(self, camera: str, style: PictureStyle) -> None:
        """Its pictures are to show this much, as after a reload."""
        self.styles[camera] = style
        await self.on_restart()
        await self.home.vault.async_hide()

    async def on_wait(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)
        self.lived += timedelta(hours=hours)

    async def on_jump(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)
        self.back += max(timedelta(0), -timedelta(hours=hours))

    async def on_tidy(self) -> None:
        await self.home.vault.async_tidy()

    def lose_unwritten(self) -> None:
        """Take in that memory goes: what no key could seal was never on the disk."""
        for camera, kept in self.lessons_in_file().items():
            self.taught[camera] &= kept

    async def on_restart(self) -> None:
        self.lose_unwritten()
        await self.stop()
        await self.start()

    async def on_kill(self) -> None:
        self.lose_unwritten()
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
        self.copied_lessons = self.lessons_in_file()
        if key_file(self.hass).exists():
            self.copied_keys = key_file(self.hass).read_bytes()

    async def on_put_back(self) -> None:
        if (self.root / "copy").exists():
            await self.stop()
            shutil.rmtree(self.folder)
            self.folder.mkdir()
            shutil.copy(self.root / "copy", self.folder / FILE)
            for one in self.copied:
                self.destroyed.pop(one, None)
            self.taught = {camera: set(ids) for camera, ids in self.copied_lessons.items()}
            await self.start()

    async def on_lose_keys(self) -> None:
        if key_file(self.hass).exists():
            self.lose_unwritten()
            await self.stop()
            self.keys = key_file(self.hass).read_bytes()
            key_file(self.hass).unlink()
            await self.start()

    async def on_put_keys_back(self) -> None:
        """Home Assistant's own backups hold the keys, and nothing of what they seal."""
        if self.copied_keys is not None:
            self.lose_unwritten()
            await self.stop()
            key_file(self.hass).write_bytes(self.copied_keys)
            await self.start()

    async def on_find_keys(self) -> None:
        if self.keys is not None and self.home.vault.lost:
            key_file(self.hass).write_bytes(self.keys)
            await self.home.vault.async_recheck()

    async def on_start_over(self) -> None:
        for camera in self.home.vault.lost:
            self.taught[camera] &= {one.id for one in self.learning(camera).lessons}
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
        self.taught[camera] = set()

    async def on_delete_visit(self, number: int) -> None:
        own_id = f"secret-{number}"
        await self.home.vault.async_delete_visit(visit_id(own_id))
        assert await self.home.kept(own_visit_id=own_id) == []
        for camera in CAMERAS:
            assert not any(own_id in one.alert_ids for one in self.learning(camera).motions)
        assert visit_id(own_id).encode() not in on_disk(self.folder)

    async def on_delete_everything(self) -> None:
        await self.home.vault.async_delete_everything()
        assert b"secret-" not in on_disk(self.folder)
        self.taught = {camera: set() for camera in CAMERAS}

    async def on_teach(self, number: int, camera: str) -> None:
        self.revision += 1
        learning, alerts = self.learning(camera), (f"secret-{number}", f"only-{self.revision}")
        learning.async_note(self.clock, alerts, result(example(look=self.revision)))
        self.noted[alerts[1]] = self.lived
        for lesson in learning.async_false_alarm(alerts[1]):
            self.taught[camera].add(lesson.id)
            self.spellings.append(json.dumps(lesson.as_dict()["look"]).encode())
        await self.hass.async_block_till_done()

    async def on_take_back(self, index: int, camera: str) -> None:
        known = self.learning(camera).lessons
        if index < len(known):
            assert await self.home.cameras[camera].taught.async_forget(known[index].id) == 1
            self.taught[camera].remove(known[index].id)

    async def on_take_all_back(self, camera: str) -> None:
        await self.home.cameras[camera].taught.async_forget(None)
        assert rows(self.folder, f"SELECT * FROM taught WHERE subentry_id = '{camera}'") == []  # noqa: S608
        self.taught[camera] = set()

    async def check(self) -> None:
        """Check everything that was promised."""
        kept = await self.home.vault.async_list()
        for one in kept:
            data = await self.home.data(one.id)
            assert data is not None or one.subentry_id in self.home.vault.lost
            assert self.styles[one.subentry_id] is PictureStyle.FULL or one.hides == self.hides(one)
            # A clock that is put back makes a day longer, by so much and no more.
            age = self.lived - self.taken[one.id]
            assert age <= RETENTION + self.back + BELOW_A_CHECK
        await self.check_lessons()
        everywhere = on_disk(self.folder)
        for spelling in (*self.spellings, b"only-", b"false_alarm"):
            assert spelling not in everywhere
        assert b"\xff\xd8\xff" not in everywhere
        assert b"GIF89a" not in everywhere
        for wrapped, name in self.destroyed.items():
            assert wrapped not in everywhere, f"the key of {name}"
        for orphan in (
            "SELECT * FROM pictures WHERE visit_id NOT IN (SELECT id FROM visits)",
            "SELECT * FROM tellings WHERE visit_id NOT IN (SELECT id FROM visits)",
            "SELECT id FROM pictures EXCEPT SELECT id FROM pictures NATURAL JOIN picture_keys",
            "SELECT picture_id FROM hidden EXCEPT SELECT id FROM pictures",
            "SELECT id FROM taught EXCEPT SELECT id FROM taught NATURAL JOIN picture_keys",
        ):
            assert rows(self.folder, orphan) == []
        assert {path.name for path in self.folder.iterdir()} <= {
            FILE,
            f"{FILE}-wal",
            f"{FILE}-shm",
        }

    def hides(self, one: KeptPicture) -> str:
        return WhatCounts(style=self.styles[one.subentry_id]).hides

    async def check_lessons(self) -> None:
        """Check that what was taught holds until it is taken back, and no example for longer."""
        for camera, kept in self.lessons_in_file().items():
            learning, taught = self.learning(camera), self.taught[camera]
            heeded = {one.id for one in learning.lessons}
            assert heeded <= taught <= heeded | kept
            # Without all keys, some wait in memory and some cannot be opened; both is said.
            assert self.home.vault.lost or heeded == kept
            learning.async_tidy()
            for motion in learning.motions:
                age = self.lived - self.noted[motion.alert_ids[1]]
                assert age <= RETENTION + self.back + BELOW_A_CHECK
