"""How the motions of one camera ended, and what turned out about them later.

A motion ends once, for the logbook and for automations. What the history and the sensors say of it
is put right afterwards: somebody was reached after all, or a person called the alert wrong.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import replace
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .alerts import MotionRecord, Outcome
from .database import Database
from .latency import MOST, WINDOW
from .latency_watch import LatencyWatch
from .state import EVENT_MOTION, motion_event

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

_LOGGER = logging.getLogger(__name__)

_RECORDS: Final = 10


class MotionLog:
    """The newest motions of one camera, and the way to the history."""

    def __init__(
        self, camera: CameraCoordinator, database: Database, latency: LatencyWatch
    ) -> None:
        """Start without any; ``async_load`` reads the last day."""
        self._camera = camera
        self._database = database
        self._latency = latency
        self.records: deque[MotionRecord] = deque(maxlen=_RECORDS)

    async def async_load(self) -> None:
        """Read from the history how long the alerts of the last day took."""
        now, subentry_id = dt_util.utcnow(), self._camera.settings.subentry_id
        self._latency.async_load(
            await self._database.async_motions(subentry_id, now - WINDOW, now, MOST)
        )

    @callback
    def async_record(self, record: MotionRecord) -> None:
        """Keep and show how a motion ended, fire it for the logbook, and share its verdict."""
        camera = self._camera
        event = motion_event(camera.name, camera.camera_entity_id, record)
        _LOGGER.debug("%s: %s", camera.name, event)
        self.records.append(record)
        camera.async_set_updated_data(replace(camera.data, last_motion=record))
        camera.hass.bus.async_fire(EVENT_MOTION, event)
        self.async_note(record)
        camera.sharing.async_share(record)

    @callback
    def async_note(self, record: MotionRecord) -> None:
        """Write a motion into the history: when it begins, when it has ended, and later."""
        camera = self._camera
        camera.async_conclude(
            self._database.async_motion(
                camera.settings.subentry_id, record.at, record.as_dict() | {"camera": camera.name}
            )
        )

    @callback
    def async_reached(self, alert_id: str) -> None:
        """Put right what counts as not told, now that somebody was reached after all."""
        now = dt_util.utcnow()
        for index, record in enumerate(self.records):
            if alert_id in record.alert_ids and record.outcome is Outcome.DELIVERY_FAILED:
                corrected = record.reached(now)
                self._latency.async_add(alert_id, now, corrected.hops_ms["handed"])
                self._async_rewrite(index, corrected)

    @callback
    def async_feedback(self, alert_id: str, feedback: str) -> None:
        """Note what a person said of an alert: ``not_right``, ``right`` or ``missed``."""
        for index, record in enumerate(self.records):
            if alert_id in record.alert_ids and record.feedback != feedback:
                self._async_rewrite(index, replace(record, feedback=feedback))

    @callback
    def async_forget(self, visit_ids: Collection[str] | None) -> None:
        """Forget the motions of deleted visits, None: all; the history forgets them by itself.

        One that belongs to another visit, too, stays for that one.
        """
        kept = []
        for record in self.records:
            left = tuple(one for one in record.alert_ids if one not in (visit_ids or ()))
            if visit_ids is not None and (left or not record.alert_ids):
                kept.append(replace(record, alert_ids=left))
        self.records.clear()
        self.records.extend(kept)
        last = kept[-1] if kept else None
        self._camera.async_set_updated_data(replace(self._camera.data, last_motion=last))

    @callback
    def _async_rewrite(self, index: int, record: MotionRecord) -> None:
        camera = self._camera
        if camera.data.last_motion is self.records[index]:
            camera.async_set_updated_data(
                replace(camera.data, last_motion=record, **self._latency.percentiles)
            )
        self.records[index] = record
        self.async_note(record)
