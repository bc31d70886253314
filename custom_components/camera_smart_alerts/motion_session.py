"""One motion, from its signal to its one record.

Looking and telling are two steps: the camera is free for its next motion as soon as it has been
looked at, while the alerts of this one may still be on their way.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .alerting import Seen
from .alerts import MotionRecord, Outcome, conclude, hops_ms, summary
from .forgetting import RUNNING
from .frame_source import CameraFrames
from .redaction import log_unexpected
from .vision.datatypes import Detection, Kind, Observation, Verdict
from .vision.findings import quality
from .vision.session import AnalysisResult, SessionSettings, analyze
from .vision.storyboard import Storyboard
from .visit import Sighting

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

DELETED: Final = "deleted"
"""Reason of a motion whose visit people deleted before it had ended."""
_ERROR: Final = "error"


class _Seen(NamedTuple):
    """What followed from a sighting."""

    outcome: Outcome
    visit_id: str
    telling: asyncio.Task[bool] | None
    """Under way; ends with whether it reached anybody."""


class MotionSession:
    """What one motion of one camera leads to."""

    def __init__(self, camera: CameraCoordinator, trigger: str) -> None:
        """Begin at this moment.

        Args:
            camera: Whose motion it is; keeps the state that outlives this motion.
            trigger: Entity id that signalled the motion.
        """
        self._camera = camera
        self._trigger = trigger
        self._started = time.monotonic()
        self._at = dt_util.utcnow()
        self.is_over = False
        """Whether looking has ended; the camera may still be being closed."""
        self._failures: dict[str, str] = {}
        self._sightings: list[_Seen] = []
        self._storyboard = Storyboard(style=camera.settings.counts.style)

    async def async_run(self) -> None:
        """Look at the camera and tell people; whatever happens, the motion ends in one record."""
        camera = self._camera
        result, reason = None, _ERROR
        camera.log.async_note(self._record(Outcome.INCONCLUSIVE, RUNNING))
        camera.async_analyzing(analyzing=True)
        try:
            result = await self._async_look()
            # Also where frames came before it broke off: what came after was not seen.
            camera.reachability.async_session(result.failure)
            if result.frames:
                blind = camera.reachability.async_sight(blind=result.blind)
                camera.async_set_updated_data(replace(camera.data, blind=blind))
                camera.memory.things = result.known
                camera.async_changed()
        except asyncio.CancelledError:
            reason = "stopped"
            raise
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{camera.name}: the analysis", err)
        finally:
            camera.async_analyzing(analyzing=False)
            camera.async_conclude(self._async_conclude(result, reason))

    async def _async_look(self) -> AnalysisResult:
        """Look at the camera until there is a verdict; people are told meanwhile."""
        camera, settings = self._camera, self._camera.settings
        async with CameraFrames(
            camera.hass,
            camera.source_entity_id,
            fps=camera.hub.frames_per_second,
            verify_tls=settings.verify_tls,
            mask=camera.mask,
        ) as frames:
            try:
                return await analyze(
                    frames,
                    camera.inference.looker(self._storyboard, camera.learning.lessons),
                    SessionSettings(
                        settings.kinds,
                        settings.sensitivity,
                        filters=settings.counts.filters,
                        known=camera.memory.things,
                        lessons=camera.learning.lessons,
                        started_at=self._at.timestamp(),
                    ),
                    motion_at=self._started,
                    is_moving=camera.is_moving,
                    on_verdict=self._async_verdict,
                    on_observation=self._async_observation,
                )
            finally:
                self.is_over = True
                self._failures = {rung: str(why) for rung, why in frames.failures.items()}

    async def _async_conclude(self, result: AnalysisResult | None, reason: str) -> None:
        """Follow up, wait for the deliveries, then end the motion.

        Args:
            result: What was seen, or None when looking was cut short.
            reason: Why it was cut short.
        """
        if result is not None:
            reason = result.failure or result.reason
            preview = await self._async_preview()
            if not self._is_deleted:
                self._async_follow_up(result, preview)
                self._async_learn(result)
        elif reason == _ERROR:
            self._async_fail_open({})
        if tellings := [one.telling for one in self._sightings if one.telling is not None]:
            await asyncio.wait(tellings)
        if self._is_deleted:
            result, reason = None, DELETED
        seen = self._seen
        tellings = [one.telling for one in seen if one.telling is not None]
        reached = [None if one.cancelled() else one.result() for one in tellings]
        rulings = [one.outcome for one in seen]
        record = self._record(conclude(result, rulings, reached), reason, result)
        receipts = [self._camera.keeper.receipt(one) for one in self._visit_ids]
        handed = [hops["handed"] for hops in receipts if "handed" in hops]
        if handed and Outcome.ALERTED in rulings:
            # Also where it was another target than those that were tried first.
            hops = {**record.hops_ms, "handed": handed[0]}
            record = replace(record, outcome=Outcome.ALERTED, hops_ms=hops)
        self._camera.log.async_record(record)

    async def _async_preview(self) -> bytes | None:
        """Return the session's moving preview, where a phone would show it."""
        told = {Outcome.ALERTED, Outcome.UPDATED}.intersection(one.outcome for one in self._seen)
        if not told or not self._camera.settings.alerts.phones:
            return None
        return await self._camera.hass.async_add_executor_job(self._storyboard.encode)

    @callback
    def _async_follow_up(self, result: AnalysisResult, preview: bytes | None) -> None:
        """Tell what the whole session adds to its first verdict, or that there was none."""
        if result.best is not None:
            kind = Kind(result.verdict)
            hops = hops_ms(result.timings)
            self._async_see(kind, result.best, hops, count=result.count, preview=preview)
        elif result.verdict is Verdict.INCONCLUSIVE:
            self._async_fail_open(hops_ms(result.timings))

    @callback
    def _async_fail_open(self, hops: Mapping[str, int]) -> None:
        """Tell of what could not be analysed: people rather look themselves than miss somebody."""
        if self._camera.settings.important:
            self._async_see(None, None, hops, count=1)

    @callback
    def async_end(
        self, outcome: Outcome, reason: str = "", result: AnalysisResult | None = None
    ) -> None:
        """End the motion with its one outcome."""
        self._camera.log.async_record(self._record(outcome, reason, result))

    def _record(
        self, outcome: Outcome, reason: str, result: AnalysisResult | None = None
    ) -> MotionRecord:
        return MotionRecord(
            at=self._at,
            trigger=self._trigger,
            outcome=outcome,
            reason=reason,
            failures=self._failures,
            alert_ids=self._visit_ids,
            **({} if result is None else summary(result)),
        )

    @callback
    def _async_observation(self, observation: Observation, believed: tuple[Detection, ...]) -> None:
        self._camera.live_observation = replace(observation, detections=believed)

    @callback
    def _async_verdict(self, kind: Kind, result: AnalysisResult) -> None:
        """Tell people about a kind the moment it is confirmed, or note why not."""
        self._camera.async_seen(kind)
        observation = result.kinds[kind]
        count = sum(one.kind is kind for one in observation.detections)
        self._async_see(kind, observation, hops_ms(result.timings), count=max(1, count))
        self._async_learn(result)

    @callback
    def _async_learn(self, result: AnalysisResult) -> None:
        """Keep what can be learned: already at a verdict, as an answer may come at once."""
        if not self._is_deleted:
            self._camera.learning.async_note(self._at, self._visit_ids, result)

    @callback
    def _async_see(
        self,
        kind: Kind | None,
        observation: Observation | None,
        hops: Mapping[str, int],
        *,
        count: int,
        preview: bytes | None = None,
    ) -> None:
        """Hand a sighting to the keeper of visits, and remember what follows."""
        camera, settings = self._camera, self._camera.settings
        shown = () if observation is None else observation.detections
        sighting = Sighting(
            camera=settings.subentry_id,
            group=settings.group,
            kind=kind,
            count=count,
            quality=max((quality(one) for one in shown if one.kind is kind), default=0.0),
            is_news=preview is not None,
            cooldown=settings.alerts.cooldown,
            permit=camera.control.situation.may_tell(dt_util.utcnow()),
        )
        seen = Seen(observation, hops, self._started, preview=preview)
        self._sightings.append(_Seen(*camera.keeper.async_see(camera, sighting, seen)))

    @property
    def _seen(self) -> list[_Seen]:
        """What was seen, but for what belongs to visits that people deleted meanwhile."""
        deleted = self._camera.keeper.is_deleted
        return [one for one in self._sightings if not deleted(one.visit_id)]

    @property
    def _is_deleted(self) -> bool:
        """Whether people deleted a visit of this motion: what all of it found tells of that one."""
        return len(self._seen) < len(self._sightings)

    @property
    def _visit_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.visit_id for one in self._seen))
