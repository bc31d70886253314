"""One camera: motion starts a session, a verdict becomes an alert, entities see the state.

Everything here runs on the event loop and touches no pixel. Every motion ends in exactly one
``MotionRecord``, also when the camera is dead or the session is cancelled.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .alerting import Alerting
from .alerts import Alert, Outcome
from .camera_control import CameraControl
from .const import DOMAIN
from .followed import FollowedEntities
from .latency_watch import LatencyWatch
from .motion import async_follow_motion, is_moving
from .motion_log import MotionLog
from .motion_session import MotionSession
from .presence import Presence
from .reachability import Reachability
from .settings import CameraSettings
from .share import Sharing
from .state import CameraState
from .taught import Taught
from .vision.datatypes import Kind, Observation
from .vision.mask import PrivacyMask

if TYPE_CHECKING:
    from .data import RuntimeData, SmartAlertsConfigEntry

_LOGGER = logging.getLogger(__name__)

_STOP_WAIT_S: Final = 5.0


class CameraCoordinator(DataUpdateCoordinator[CameraState]):
    """Follows one camera from motion to alert."""

    config_entry: SmartAlertsConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartAlertsConfigEntry,
        settings: CameraSettings,
        runtime: RuntimeData,
    ) -> None:
        """Prepare; ``async_start`` begins to follow the motion sensors."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=settings.title)
        self._followed = FollowedEntities(hass, settings)
        self.settings = settings = replace(settings, alerts=self._followed.alerts)
        self.camera_entity_id = self._followed.camera
        """None when the camera's entity is gone."""
        self.motion_entity_ids = self._followed.motion
        self.mask = PrivacyMask(settings.counts.masks)
        self.live_view = None if self.mask.hides else self.camera_entity_id
        """The camera entity that shows the live view; the smart view, once it is there."""
        self.live_observation: Observation | None = None
        """The newest analysed frame while a session runs."""
        self.alerting = Alerting(
            hass,
            entry,
            settings,
            self.source_entity_id,
            vault=runtime.vault,
            ledger=runtime.ledger,
            live_view=lambda: self.live_view,
        )
        self.hub = runtime.hub
        self.inference = runtime.inference
        self.home = runtime.home
        self.control = CameraControl(
            settings,
            runtime.store,
            runtime.home,
            runtime.hub.quiet_hours,
            self.async_control_changed,
        )
        self._latency = LatencyWatch(hass, settings, runtime.hub)
        self.log = MotionLog(self, runtime.database, self._latency)
        self.sharing = Sharing(self, runtime)
        self.records = self.log.records
        self.keeper = runtime.keeper
        self._store = runtime.store
        self.memory = runtime.store.camera(settings.subentry_id)
        self.taught = Taught(hass, runtime.database, runtime.vault, settings.subentry_id)
        self.learning = self.taught.learning
        self.reachability = Reachability(hass, settings)
        self._presence = Presence(
            hass, settings.hold, is_busy=lambda: self.is_busy, on_change=self._async_present
        )
        self._session: asyncio.Task[None] | None = None
        self._motion: MotionSession | None = None
        self._next_motion: MotionSession | None = None
        """Came while the camera of the last one was still being closed."""
        self._is_stopping = False
        self._concluding: set[asyncio.Task[None]] = set()
        self.data = CameraState(
            available=self.reachability.async_state(self.camera_entity_id),
            enabled=self.control.is_enabled,
            last_seen=dict(self.memory.last_seen),
            detections_today=self._detections_today(),
        )

    @property
    def last_picture(self) -> bytes | None:
        """Annotated JPEG of the last alert."""
        return None if (shown := self.alerting.last_picture) is None else shown.data

    @property
    def is_busy(self) -> bool:
        """Whether motion or an analysis goes on."""
        return self._session is not None or self.is_moving()

    @property
    def source_entity_id(self) -> str:
        """The camera entity that rights are about, by its old name where it is gone."""
        return self.camera_entity_id or self.settings.camera

    @property
    def device_id(self) -> str | None:
        """Our own device of this camera."""
        return self._followed.own_device(self.config_entry.entry_id)

    def is_moving(self) -> bool:
        """Whether any of the motion sensors still signals motion."""
        return is_moving(self.hass, self.motion_entity_ids, dt_util.utcnow())

    def _detections_today(self) -> int:
        return self.memory.detections_on(dt_util.now().date())

    @callback
    def _async_present(self, kinds: frozenset[Kind]) -> None:
        self.async_set_updated_data(replace(self.data, present=kinds))

    async def async_load(self) -> None:
        """Read what the history knows of the last day, and what was taught."""
        await asyncio.gather(self.log.async_load(), self.alerting.async_load())
        await self.taught.async_sync()
        self.data = replace(self.data, **self._latency.percentiles)

    @callback
    def async_start(self) -> None:
        """Follow the camera and its motion sensors until the entry is unloaded."""
        hass, unload = self.hass, self.config_entry.async_on_unload
        if self.camera_entity_id is not None:
            unload(async_track_state_change_event(hass, self.camera_entity_id, self._async_camera))
        self.reachability.async_ignored(self.settings.counts.ignored)
        self.reachability.async_sensors(lost=self._followed.lost_motion)
        unload(self._followed.async_watch(self.config_entry))
        unload(self.home.async_listen(self.control.async_home_changed))
        unload(async_follow_motion(hass, self.motion_entity_ids, self._async_motion))
        unload(async_track_time_change(hass, self._async_new_day, hour=0, minute=0, second=0))
        # The camera may have come or gone while the platforms were set up, or not be there yet.
        unload(async_at_started(hass, self._async_camera))

    async def async_stop(self) -> None:
        """End the running session, and with it every stream and peer connection."""
        self._is_stopping = True
        if self._session is not None:
            self._session.cancel()
            await asyncio.wait([self._session])
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_WAIT_S):
                while self._concluding:
                    await asyncio.wait(self._concluding)
        self._presence.async_stop()
        self.reachability.async_stop()
        self._latency.async_stop()
        await self.sharing.async_stop()
        await self.alerting.async_stop()
        await self.taught.async_stop()

    @callback
    def _async_camera(self, _change: Event[EventStateChangedData] | HomeAssistant) -> None:
        available = self.reachability.async_state(self.camera_entity_id)
        if available is not self.data.available:
            self.async_set_updated_data(replace(self.data, available=available))

    @callback
    def _async_new_day(self, _now: datetime) -> None:
        self.async_set_updated_data(replace(self.data, detections_today=self._detections_today()))

    @callback
    def _async_motion(self, entity_id: str, moving: bool) -> None:
        """Start a session; motion during a session extends it instead."""
        if not moving:
            return
        motion = MotionSession(self, entity_id)
        if self._motion is None:
            self._async_begin(motion)
        elif self._motion.is_over and self._next_motion is None:
            # The camera is still being closed.
            self._next_motion = motion

    @callback
    def _async_begin(self, motion: MotionSession) -> None:
        if self._is_stopping:
            motion.async_end(Outcome.INCONCLUSIVE, "stopped")
        elif (refused := self.control.situation.may_look) is not Outcome.ALERTED:
            motion.async_end(refused)
        else:
            self._motion = motion
            self._session = self.config_entry.async_create_background_task(
                self.hass, motion.async_run(), f"{DOMAIN} {self.name}"
            )
            self._session.add_done_callback(self._async_session_over)

    @callback
    def _async_session_over(self, _session: asyncio.Task[None]) -> None:
        self._session = self._motion = None
        motion, self._next_motion = self._next_motion, None
        if motion is not None:
            self._async_begin(motion)

    @callback
    def async_analyzing(self, analyzing: bool) -> None:
        """Show whether the camera is being looked at."""
        self.live_observation = None
        self.async_set_updated_data(replace(self.data, analyzing=analyzing))

    @callback
    def async_conclude(self, conclusion: Coroutine[Any, Any, None]) -> None:
        """Let a motion end in its own time; the camera is free for the next one."""
        task = self.hass.async_create_task(conclusion)
        self._concluding.add(task)
        task.add_done_callback(self._concluding.discard)
        task.add_done_callback(lambda _task: self.inference.async_rest())

    @callback
    def async_seen(self, kind: Kind) -> None:
        """Show that a kind is there; count it unless it already was."""
        now = dt_util.utcnow()
        if kind not in self._presence.kinds:
            self.memory.add_detection(dt_util.as_local(now).date())
        self.memory.last_seen[kind] = now
        self._presence.async_seen(kind, now)
        self.async_set_updated_data(
            replace(
                self.data,
                present=self._presence.kinds,
                last_seen=dict(self.memory.last_seen),
                detections_today=self._detections_today(),
            )
        )
        self.async_changed()

    @callback
    def async_publish(self, alert: Alert) -> None:
        """Show an alert, or its completed receipt unless a newer one is shown by now."""
        self._latency.async_alert(alert, dt_util.utcnow())
        if alert.is_newer_than(self.data.last_alert):
            self.async_set_updated_data(
                replace(self.data, last_alert=alert, **self._latency.percentiles)
            )

    @callback
    def async_changed(self) -> None:
        """Have the changed memory written soon."""
        self._store.async_changed()

    @callback
    def async_control_changed(self) -> None:
        """Follow the camera's switch, the one for all cameras, and the mode."""
        situation = self.control.situation
        if situation.may_look is not Outcome.ALERTED and self._session is not None:
            self._session.cancel()
        self.async_set_updated_data(replace(self.data, enabled=situation.enabled))

    async def async_not_right(self, alert_id: str) -> None:
        """Take back an alert that a person called wrong, everywhere it was told."""
        cameras = self.keeper.cameras_around(alert_id, self)
        for camera in cameras:
            camera.async_note_wrong(alert_id)
        self.keeper.async_retract(alert_id)
        await asyncio.gather(*(camera.alerting.async_clear(alert_id) for camera in cameras))

    @callback
    def async_note_wrong(self, alert_id: str) -> None:
        """Take in that a person called an alert wrong."""
        alert = self.data.last_alert
        if alert is not None and alert.id == alert_id:
            for kind in alert.kinds:
                self._presence.async_dismiss(kind)
        self.log.async_feedback(alert_id, "not_right")
