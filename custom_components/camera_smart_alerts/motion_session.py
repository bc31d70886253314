"""One motion, from its signal to its one record.

Looking and telling are two steps: the camera is free for its next motion as soon as it has been
looked at, while the alerts of this one may still be on their way.
"""

import asyncio
from dataclasses import replace
import time
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .alerts import Alert, MotionRecord, Outcome, conclude, decide, summary
from .const import DOMAIN
from .frame_source import CameraFrames
from .redaction import log_unexpected
from .vision.datatypes import Detection, Kind, Observation
from .vision.errors import SourceFailure
from .vision.session import AnalysisResult, SessionSettings, analyze

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator


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
        self._refusals: list[Outcome] = []
        self._alerts: dict[str, asyncio.Task[bool]] = {}
        """Alert id to a delivery under way, which ends with whether it reached anybody."""

    async def async_run(self) -> None:
        """Look at the camera and tell people; whatever happens, the motion ends in one record."""
        camera = self._camera
        result, reason = None, "error"
        camera.async_analyzing(analyzing=True)
        try:
            result = await self._async_look()
            frozen = result.failure is SourceFailure.FROZEN
            camera.reachability.async_session(
                result.failure if frozen or not result.frames else None
            )
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
            camera.camera_entity_id or settings.camera,
            fps=camera.hub.frames_per_second,
            verify_tls=settings.verify_tls,
        ) as frames:
            try:
                return await analyze(
                    frames,
                    camera.inference.looker(),
                    SessionSettings(settings.kinds, settings.sensitivity),
                    motion_at=self._started,
                    is_moving=camera.is_moving,
                    on_verdict=self._async_verdict,
                    on_observation=self._async_observation,
                )
            finally:
                self.is_over = True
                self._failures = {rung: str(why) for rung, why in frames.failures.items()}

    async def _async_conclude(self, result: AnalysisResult | None, reason: str) -> None:
        """Wait for the deliveries, then end the motion.

        Args:
            result: What was seen, or None when looking was cut short.
            reason: Why it was cut short.
        """
        reached = [await alert for alert in self._alerts.values()]
        if result is not None:
            reason = result.failure or result.reason
        outcome = conclude(result, reached, self._refusals)
        self.async_end(outcome, reason, result)

    @callback
    def async_end(
        self, outcome: Outcome, reason: str = "", result: AnalysisResult | None = None
    ) -> None:
        """End the motion with its one outcome."""
        self._camera.async_record(
            MotionRecord(
                at=self._at,
                trigger=self._trigger,
                outcome=outcome,
                reason=reason,
                failures=self._failures,
                alert_ids=tuple(self._alerts),
                **({} if result is None else summary(result)),
            )
        )

    @callback
    def _async_observation(self, observation: Observation, believed: tuple[Detection, ...]) -> None:
        self._camera.live_observation = replace(observation, detections=believed)

    @callback
    def _async_verdict(self, kind: Kind, result: AnalysisResult) -> None:
        """Tell people about a kind the moment it is confirmed, or note why not."""
        camera = self._camera
        camera.async_seen(kind)
        policy = camera.memory.policy
        outcome = decide(kind, policy, camera.settings.alerts.cooldown, dt_util.utcnow())
        if outcome is not Outcome.ALERTED:
            self._refusals.append(outcome)
            return
        policy.pending.add(kind)
        alert = camera.alerting.alert(kind, result, self._started)
        self._alerts[alert.id] = camera.hass.async_create_task(
            self._async_tell(alert, result.kinds[kind]), f"{DOMAIN} {alert.camera} alert"
        )

    async def _async_tell(self, alert: Alert, observation: Observation) -> bool:
        """Deliver an alert; the cooldown starts only if it reached somebody."""
        camera = self._camera
        policy = camera.memory.policy
        camera.memory.remember_alert(alert.id, alert.kind)

        @callback
        def reached() -> None:
            policy.pending.discard(alert.kind)
            policy.delivered_at[alert.kind] = dt_util.utcnow()

        try:
            return await camera.alerting.async_tell(
                alert, observation, publish=camera.async_publish, on_reached=reached
            )
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{alert.camera}: an alert", err)
            return False
        finally:
            policy.pending.discard(alert.kind)
            camera.async_changed()
