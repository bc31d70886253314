"""Telling people of visits, so that nothing is lost and nothing said twice.

A telling is in the database before anybody is told; what becomes of it after the first attempts
is the business of ``pursuit.py``. What one would get wrong: whether a telling makes a sound is a
question of each target, not of the visit. One that has taken none yet is told aloud.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .alerting import Seen, since
from .alerts import Alert
from .channel import Failure
from .const import DOMAIN
from .database import Database
from .delivery import TargetResult
from .ladder import Ladder, rungs
from .pursuit import Pursuit
from .receipts import Receipts
from .redaction import log_unexpected
from .tasks import Tasks
from .telling import Telling, TellingState
from .visit import DISMISSED, Subject, Visit
from .visits import Visits

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator


class Teller:
    """Tells the people of one home."""

    def __init__(self, hass: HomeAssistant, database: Database, visits: Visits) -> None:
        """Prepare; ``async_start`` takes up what was left."""
        self._hass = hass
        self._database = database
        self._visits = visits
        self._cameras: Mapping[str, CameraCoordinator] = {}
        self._planned: list[Telling] = []
        self.receipts = Receipts()
        self._tasks = Tasks(hass, f"{DOMAIN} visit")
        self._pursuit = Pursuit(hass, database, visits, self._tasks, self.receipts)
        self._ladder = Ladder(hass, database, self.receipts, self._tasks, self._async_tell_rung)

    async def async_load(self) -> None:
        """Read the visits, and what was on its way when Home Assistant stopped or was killed."""
        self._planned = await self._pursuit.async_load()

    @callback
    def async_start(self, cameras: Mapping[str, CameraCoordinator]) -> None:
        """Take up what was left, with these cameras (by subentry id)."""
        self._cameras = cameras
        self._pursuit.async_start(cameras)
        self._ladder.async_start(self._planned)

    async def async_stop(self) -> None:
        """Stop telling; what is on its way stays in the database."""
        self._ladder.async_stop()
        self._pursuit.async_stop()
        await self._tasks.async_stop()

    @callback
    def async_tell(self, visit: Visit, camera: CameraCoordinator, seen: Seen) -> asyncio.Task[bool]:
        """Begin to tell of a visit; the task ends with whether anybody was reached."""
        return self._tasks.async_run(self._async_tell(visit, camera, seen))

    @callback
    def async_keep(self, visit: Visit, *, ended: bool = False) -> None:
        """Write a visit as it is now."""
        self._tasks.async_run(self._database.async_keep(self._visits, visit, ended=ended))

    @callback
    def async_forget(self, visit_ids: Collection[str]) -> None:
        """Have nothing more on its way about visits that were called wrong, or deleted."""
        self._pursuit.async_forget(visit_ids)
        for visit_id in visit_ids:
            self.receipts.confirmation(visit_id).set()
            self.receipts.async_forget(visit_id)

    @callback
    def async_forget_camera(self, camera: str) -> None:
        """Have nothing more on its way that a camera was to tell."""
        self._pursuit.async_forget_camera(camera)

    @callback
    def async_dismissed(self, visit: Visit, targets: Collection[str]) -> None:
        """Take in that targets have wiped a visit away."""
        visit.told_to |= dict.fromkeys(self._pursuit.async_dismissed(visit, targets), DISMISSED)
        self.async_keep(visit)

    async def _async_tell(self, visit: Visit, camera: CameraCoordinator, seen: Seen) -> bool:
        """Write a telling, then deliver it; return whether anybody was reached."""
        # Both may change while this telling is on its way.
        revision, told = visit.revision, dict(visit.told)
        try:
            reached = await self._async_deliver(visit, told, camera, seen)
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{camera.name}: an alert", err)
            reached = False
        if not reached:
            self._visits.failed(visit, revision)
        ended = visit.id not in self._visits.open
        await self._database.async_keep(self._visits, visit, ended=ended)
        return reached

    async def _async_deliver(
        self, visit: Visit, kinds: Mapping[Subject, int], camera: CameraCoordinator, seen: Seen
    ) -> bool:
        """Draw, write, then tell; return whether anybody was reached."""
        told, owner = visit.told_to, camera.settings.subentry_id
        alert = self._alert(visit, camera, seen)
        audience, planned = self._audience(visit, camera, alert)
        # Whoever was told by another camera of the visit hears how it goes on, and whoever wiped
        # it away hears only of what is new.
        is_new = not visit.known.keys() >= kinds.keys()
        owners = {one: told[one] for one in told if told[one] in self._cameras}
        owners |= {one: owner for one in audience if told.get(one) != DISMISSED or is_new}
        visit.told_to = told | owners
        heard = {one for one in owners if one in told and self._pursuit.has_heard(alert.id, one)}
        camera.memory.remember_alert(alert.id)
        camera.async_changed()
        hops = dict(seen.hops_ms)
        await self._async_write(visit, alert, owners, heard, planned)
        self._ladder.async_climb(planned)
        hops["stored"] = since(seen.motion_at)
        path = await self._async_draw(camera, alert, seen)
        if self._pursuit.is_forgotten(visit.id):
            return True  # Called wrong, or deleted, meanwhile: nobody is to hear of it.
        hops["picture"] = since(seen.motion_at)
        if seen.lasted is None:
            alert = replace(alert, hops_ms=hops)
        groups: dict[tuple[str, bool], list[str]] = {}
        for target, one in owners.items():
            groups.setdefault((one, target in heard), []).append(target)
        # Without any target, the entities are told.
        groups.setdefault((owner, bool(told)), [])
        batches = await asyncio.gather(
            *(
                self._async_tell_by(
                    self._cameras[one], kinds, replace(alert, is_update=again), path, targets
                )
                for (one, again), targets in groups.items()
            )
        )
        done = [result for batch in batches for result in batch]
        # What was cut short may have arrived.
        return not done or any(one.ok or one.error == Failure.STOPPED for one in done)

    async def _async_draw(self, camera: CameraCoordinator, alert: Alert, seen: Seen) -> str | None:
        """Return the path of the alert's picture; an alert goes out without one, too."""
        try:
            return await camera.alerting.async_picture(alert, seen)
        except Exception as err:  # noqa: BLE001 - whatever it is, people are told
            log_unexpected(f"{camera.name}: the picture of an alert", err)
            return None

    @callback
    def _audience(
        self, visit: Visit, camera: CameraCoordinator, alert: Alert
    ) -> tuple[list[str], list[Telling]]:
        """Return who is told now, and with patience for a confirmation who is told later."""
        audience = camera.alerting.audience(first=not visit.told_to)
        patience = camera.settings.alerts.confirm_within
        if patience is None:
            return audience, []
        if visit.told_to or self._ladder.is_climbing(visit.id):
            return [target for target in audience if target in visit.told_to], []
        return audience[:1], rungs(alert, audience[1:], patience, dt_util.utcnow())

    async def _async_write(
        self,
        visit: Visit,
        alert: Alert,
        owners: Mapping[str, str],
        heard: Collection[str] = (),
        planned: Sequence[Telling] = (),
    ) -> None:
        """Write what is about to be told, and let nothing older arrive after it."""
        if self._pursuit.is_forgotten(visit.id):
            return
        self._pursuit.expect(alert, owners)
        await self._database.async_tell(
            self._visits, visit, alert, owners, dt_util.utcnow(), heard=heard, planned=planned
        )

    async def _async_tell_by(
        self,
        camera: CameraCoordinator,
        kinds: Mapping[Subject, int],
        alert: Alert,
        path: str | None,
        targets: Sequence[str],
    ) -> list[TargetResult]:
        """Tell targets of one camera; go on in the background with those that failed.

        Args:
            camera: Whose targets they are.
            kinds: What they are told of, and how many.
            alert: What happened.
            path: Serves its picture.
            targets: Who is told.
        """
        owner, now = camera.settings.subentry_id, dt_util.utcnow()

        @callback
        def publish(receipt: Alert) -> None:
            mine = alert.lasted is None and owner == alert.subentry_id
            if mine and not self._pursuit.is_forgotten(alert.id):
                self.receipts.async_publish(camera, receipt)

        @callback
        def reached() -> None:
            self._pursuit.async_reached(alert.id, owner, kinds)

        results = await camera.alerting.async_tell(
            alert,
            path,
            targets,
            publish=publish,
            on_reached=reached,
            live_view=self._cameras[alert.subentry_id].live_view,
            turns=self._pursuit.turns(alert),
        )
        for target in targets:
            telling = Telling(owner, target, alert, TellingState.WAITING, now)
            if target in results:
                await self._pursuit.async_ended(telling, results[target])
            else:
                await self._pursuit.async_passed_over(telling)
        return list(results.values())

    async def _async_tell_rung(self, rung: Telling) -> None:
        """Tell the next target, as nobody has confirmed."""
        alert, target, owner = rung.alert, rung.target, rung.subentry_id
        camera = self._cameras.get(owner)
        if camera is None or self._pursuit.is_forgotten(alert.id):
            await self._pursuit.async_passed_over(rung)
            return
        if (visit := self._visits.open.get(alert.id)) is not None:
            alert = replace(alert, revision=visit.revision)
            visit.told_to = visit.told_to | {target: owner}
            await self._async_write(visit, alert, {target: owner})
        else:
            self._pursuit.expect(alert, [target])
            await self._database.async_result(alert, target, TellingState.SENDING)
        path = await camera.alerting.async_picture_of(alert)
        await self._async_tell_by(camera, alert.subjects, alert, path, [target])

    def _alert(self, visit: Visit, camera: CameraCoordinator, seen: Seen) -> Alert:
        cameras = [self._cameras[one] for one in visit.told_by if one in self._cameras]
        return camera.alerting.alert(
            visit,
            seen,
            tuple(one.name for one in cameras if one is not camera),
            no_text=any(one.settings.alerts.no_text for one in cameras),
        )
