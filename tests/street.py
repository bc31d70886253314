"""A street of three cameras and four phones, what chance does there, and what must always hold.

The clock is frozen and moved by hand, so that hours pass in seconds. Everything of ours is real,
up to the history on disk; only the looking is made up, and what stands between Home Assistant and
the phones. What a reader would get wrong: a *kill* puts the history back as it was at that moment,
whatever is written while the entry is unloaded afterwards.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
import json
from pathlib import Path
import random
import sqlite3
from typing import Any, Final
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.mobile_app.notify import MobileAppNotificationService
from homeassistant.core import Context, HomeAssistant

from custom_components.camera_smart_alerts import phone
from custom_components.camera_smart_alerts.alerts import Outcome, visit_id
from custom_components.camera_smart_alerts.answers import (
    EVENT_ACTION,
    EVENT_CLEARED,
    EVENT_RECEIVED,
)
from custom_components.camera_smart_alerts.channel import Notice
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.database import FILE
from custom_components.camera_smart_alerts.deletion import (
    async_delete_everything,
    async_delete_visit,
)
from custom_components.camera_smart_alerts.explain import async_explain
from custom_components.camera_smart_alerts.motion_session import MotionSession
from custom_components.camera_smart_alerts.vision.datatypes import (
    Kind,
)
from custom_components.camera_smart_alerts.vision.result import (
    AnalysisResult,
)
from tests.common import MOTION
from tests.frozen_time import FrozenTime
from tests.made_up import Mood, Post, found
from tests.promises import Promises
from tests.watched_home import WatchedHome

STREET: Final = "custom_components.camera_smart_alerts"


class Street(FrozenTime):
    """Does what chance wants, and holds what arrives against what was promised."""

    def __init__(
        self, hass: HomeAssistant, home: WatchedHome, freezer: FrozenDateTimeFactory, seed: int
    ) -> None:
        """Begin with phones that work; ``steps`` is for whoever has to repeat it."""
        super().__init__(hass, freezer)
        self._home = home
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.post = Post()
        self.steps: list[str] = []
        self._looks: dict[str, AnalysisResult | None] = {}
        self.phones: dict[str, str] = {}
        """Name to the id of its user."""
        self.devices: dict[str, str] = {}
        """Name to the id of its device."""
        self.promises = Promises(retracted=self.post.retracted)
        self.motions = 0
        self.maybe_lost = 0
        """Motions that a kill may have come before, or that were deleted."""
        self.deleted: set[str] = set()
        """Ids of visits."""

    @contextmanager
    def made_up(self) -> Iterator[None]:
        """Make up what cameras see and phones do."""

        def with_alert(notice: Notice, **kwargs: Any) -> dict[str, Any]:
            made = build(notice, **kwargs)
            made["data"]["alert"] = notice.alert
            return made

        async def draw(*_args: Any) -> bytes:
            return b"picture"

        async def preview(_session: MotionSession) -> bytes | None:
            return self.chance.choice((None, b"preview"))

        async def send(_service: Any, entry: Any, data: dict[str, Any]) -> None:
            await self.post.send(entry, data)

        async def look(session: MotionSession) -> AnalysisResult:
            return self._look(session)

        build = phone.payload
        self._hass.loop.slow_callback_duration = 1e9
        with (
            self.jobs_noted(),
            patch.object(phone, "payload", with_alert),
            patch.object(MobileAppNotificationService, "_async_send_remote_message_target", send),
            patch(f"{STREET}.alerting.async_draw", draw),
            patch.object(MotionSession, "_async_preview", preview),
            patch.object(MotionSession, "_async_look", look),
            patch(f"{STREET}.delivery.RETRY_AFTER_S", (1.0,)),
        ):
            yield

    def _look(self, session: MotionSession) -> AnalysisResult:
        result = self._looks.pop(session._camera.settings.subentry_id)
        session.is_over = True
        if result is None:
            raise ZeroDivisionError
        for kind in result.kinds:
            session._async_verdict(kind, result)
        return result

    def step(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        """Return what happens next, in words, and how to do it."""
        chance = self.chance
        name = chance.choices(
            ["motion", "time", "mood", "dismiss", "confirm", "wrong", "delete", "reload", "kill"],
            [10, 8, 5, 2, 2, 1, 1, 1, 2],
        )[0]
        match name:
            case "motion":
                return self._motion()
            case "time":
                seconds = chance.choice((1, 4, 10, 15, 20, 31, 60, 61, 100, 131, 400))
                return f"{seconds} s pass", lambda: self.pass_time(seconds)
            case "mood":
                who = chance.choice(sorted(self.phones))
                mood = chance.choices(list(Mood), [6, 3, 1, 2, 1])[0]
                return f"{who} {mood}", lambda: self._change(who, mood)
            case "reload":
                return name, self._reload
            case "kill":
                turns = chance.choice((0, 1, 2, 3, 5, 8, 13, 21, 34))
                what, begin = self._motion()
                return f"{what}, killed after {turns}", lambda: self._kill(begin, turns)
        return self._delete() if name == "delete" else self._answer(name)

    def _motion(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        chance = self.chance
        number = chance.randrange(len(self._home.cameras))
        kind = chance.choices([*Kind, None], [5, 1, 2, 1])[0]
        count, quality = chance.randint(1, 3), chance.randint(1, 4)
        result = found(kind, count, quality)
        fails = chance.random() < 0.1

        async def begin() -> None:
            camera: CameraCoordinator = self._home.cameras[number]
            self._looks[camera.settings.subentry_id] = None if fails else result
            self.motions += 1
            camera._async_motion(MOTION, moving=True)

        return f"camera {number}: {'fails' if fails else f'{count} {kind}'}", begin

    def _answer(self, name: str) -> tuple[str, Callable[[], Awaitable[None]]]:
        """A phone that shows something says something about it."""
        if not self.post.arrived:
            return "nothing", self.settle
        last = self.chance.choice(self.post.arrived[-12:])
        who, alert = last.phone, last.alert
        context = Context(user_id=self.phones[who])
        data: dict[str, Any] = {"tag": phone.visit_tag(alert.id)}

        async def dismiss() -> None:
            if alert.id in self.open:
                self.promises.dismissed(who, alert.id)
            self._hass.bus.async_fire(EVENT_CLEARED, data, context=context)

        async def confirm() -> None:
            self._hass.bus.async_fire(EVENT_RECEIVED, data, context=context)

        async def wrong() -> None:
            device = self.devices[who]
            asked = [one for one in self._home.cameras if device in one.settings.alerts.phones]
            if any(alert.id in one.memory.alerts for one in asked):
                self.promises.retracted.add(alert.id)
            action = phone.action(phone.ACTION_NOT_RIGHT, alert.id)
            self._hass.bus.async_fire(EVENT_ACTION, {"action": action}, context=context)

        does = {"dismiss": dismiss, "confirm": confirm, "wrong": wrong}[name]
        return f"{who}: {name} {visit_id(alert.id)[:4]} r{alert.revision}", does

    def _delete(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        """Somebody deletes a visit that is open, or that a phone shows, or everything."""
        runtime = self._home.entry.runtime_data
        known = dict.fromkeys([*(one.alert.id for one in self.post.arrived[-12:]), *self.open])
        own_id = self.chance.choice([*known, None])
        gone = {*known} if own_id is None else {own_id}

        async def delete() -> None:
            (before,) = await self.rows("SELECT count(*) FROM motions")
            self.promises.retracted |= gone
            self.deleted |= gone
            if own_id is None:
                await self.drive(async_delete_everything(runtime))
            else:
                await self.drive(async_delete_visit(runtime, visit_id(own_id)))
            (after,) = await self.rows("SELECT count(*) FROM motions")
            self.maybe_lost += before[0] - after[0]

        return f"delete {visit_id(own_id)[:4] if own_id else 'everything'}", delete

    @property
    def open(self) -> Any:
        return self._home.entry.runtime_data.keeper._visits.open

    async def _change(self, who: str, mood: Mood) -> None:
        self.post.moods[who] = mood
        self.post.woken.set()
        self.post.woken = asyncio.Event()

    async def _reload(self) -> None:
        await self.drive(self._hass.config_entries.async_reload(self._home.entry.entry_id))

    async def _kill(self, begin: Callable[[], Awaitable[None]], turns: int) -> None:
        """Begin a motion, and start anew from what is on disk so shortly after."""
        await begin()
        self.maybe_lost += 1
        for _ in range(turns):
            await asyncio.sleep(0)
        path = Path(self._hass.config.cache_path(DOMAIN, FILE))
        kept = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(path)) as file:
            file.backup(kept)
        entry_id = self._home.entry.entry_id
        self.post.dead = True
        await self.drive(self._hass.config_entries.async_unload(entry_id))
        self.post.dead = False
        for part in ("-wal", "-shm"):
            path.with_name(path.name + part).unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as file, closing(kept):
            kept.backup(file)
        await self.drive(self._hass.config_entries.async_setup(entry_id))

    async def check(self) -> None:
        """Hold what has arrived since the last time against what was promised."""
        for table in ("visits", "tellings", "motions", "pictures"):
            texts = str(await self.rows(f"SELECT * FROM {table}"))  # noqa: S608
            for own_id in self.deleted:
                assert own_id not in texts, f"a deleted visit is among {table}"
                assert visit_id(own_id) not in texts, f"a deleted visit is among {table}"
        for one in self.post.arrived[self.promises.checked :]:
            sound = "silently" if one.silent else "with a sound"
            name = f"{visit_id(one.alert.id)[:4]} r{one.alert.revision}"
            self.steps.append(f"    {one.phone} got {name} {sound}")
            visit = self.open.get(one.alert.id)
            self.promises.check(one, set() if visit is None else set(visit.kinds))

    async def rows(self, statement: str) -> Any:
        """Return what the history has."""
        database = self._home.entry.runtime_data.database
        return await database.async_run(database._file.read, statement)

    async def end(self) -> None:
        """Let everybody be reached, and everything end; nothing is left over."""
        self.steps.append("the end")
        for who in self.phones:
            await self._change(who, Mood.WORKS)
        await self.pass_time(1200)
        await self.check()
        assert not self.open
        done = {(one.phone, one.alert.id, one.alert.revision) for one in self.post.arrived}
        unsure: set[str] = set()
        names = {f"phone:{device}": name for name, device in self.devices.items()}
        for visit, target, state, error, alert in await self.rows(
            "SELECT visit_id, target, state, error, alert FROM tellings"
        ):
            assert state in ("done", "gave_up"), f"left {state}"
            if state == "done":
                assert (names[target], visit, json.loads(alert)["revision"]) in done
            else:
                assert error, "given up without a reason"
                unsure.add(visit_id(visit))
        rows = await self.rows("SELECT subentry_id, at, data FROM motions")
        assert len({row[:2] for row in rows}) == len(rows), "two outcomes"
        assert self.motions - self.maybe_lost <= len(rows) <= self.motions, "a motion was lost"
        runtime = self._home.entry.runtime_data
        told = {visit_id(one.alert.id) for one in self.post.arrived}
        for _, _, data in rows:
            motion = json.loads(data)
            assert motion["reason"] != "running"
            if motion["outcome"] == Outcome.ALERTED:
                # Of what a restart cut short nobody knows; then the history says so.
                assert (told | unsure).intersection(motion["visit_ids"]), "nobody heard"
        for camera in runtime.cameras.values():
            day = (await async_explain(self._hass, runtime, camera, None))["day"]
            assert day["motions"] == day["sent"] + sum(day["suppressed"].values())
