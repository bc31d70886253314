"""Whether a camera can be reached: one log line each way, a repair issue when it lasts.

Its entity and its sessions tell different things: an entity that is available again has not
delivered a picture yet, and nothing is known of a camera between two sessions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .camera_calls import async_camera_problem
from .issues import async_create_issue, async_delete_issue
from .settings import CameraSettings
from .vision.errors import SourceFailure

_LOGGER = logging.getLogger(__name__)

LASTS: Final = timedelta(hours=1)
"""A camera unavailable for this long is worth a repair issue.

So are two motions this far apart without a usable frame, and none with one between.
"""
BLIND_SESSIONS: Final = 2
"""So are this many motions, the same time apart, in which it showed nothing, and none between."""
FAILED_SESSIONS: Final = 3
"""So is this many motions in a row without a usable frame."""
_EXPLAINED: Final[dict[SourceFailure | None, str]] = {
    SourceFailure.CAMERA_OFF: "camera_off",
    SourceFailure.NO_SOURCE: "camera_no_source",
    SourceFailure.REFUSED: "camera_refused",
    SourceFailure.UNREADABLE: "camera_unreadable",
    SourceFailure.FROZEN: "camera_frozen",
}
"""Translation keys of the repair issue, where there is more to say than unreachable."""


class Reachability:
    """Follows one camera. Fed with its entity's state and with what sessions met."""

    def __init__(self, hass: HomeAssistant, settings: CameraSettings) -> None:
        """Start with a camera that is believed to work."""
        self._hass = hass
        self._title = settings.title
        self._missing_issue = f"camera_missing_{settings.subentry_id}"
        self._issue = f"camera_unreachable_{settings.subentry_id}"
        self._sensors_issue = f"motion_missing_{settings.subentry_id}"
        self._is_unavailable = False
        self._outage_lasts = False
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._failure: SourceFailure | None = None
        """What the last session met."""
        self._failure_lasts = False
        self._failed_sessions = 0
        self._failing_since: datetime | None = None
        self._blind_issue = f"camera_blind_{settings.subentry_id}"
        self._ignored_issue = f"zones_ignored_{settings.subentry_id}"
        self._blind_since: datetime | None = None
        self._blind_sessions = 0

    @callback
    def async_state(self, entity_id: str | None) -> bool:
        """Take in the camera entity's current state; return whether it is available."""
        if entity_id is None:
            async_create_issue(
                self._hass,
                self._missing_issue,
                severity=ir.IssueSeverity.ERROR,
                translation_key="camera_missing",
                translation_placeholders={"camera": self._title},
            )
            return False
        async_delete_issue(self._hass, self._missing_issue)
        state = self._hass.states.get(entity_id)
        available = state is not None and state.state != STATE_UNAVAILABLE
        if not available and self._hass.state is CoreState.running:
            self._async_unavailable()
        elif available:
            self._async_available(entity_id)
        return available

    @callback
    def async_sensors(self, *, lost: bool) -> None:
        """Take in whether a motion sensor of the camera is gone."""
        if not lost:
            async_delete_issue(self._hass, self._sensors_issue)
            return
        async_create_issue(
            self._hass,
            self._sensors_issue,
            severity=ir.IssueSeverity.ERROR,
            translation_key="motion_missing",
            translation_placeholders={"camera": self._title},
        )

    @callback
    def async_session(self, failure: SourceFailure | None) -> None:
        """Take in how a session got on with the camera; None means it delivered frames."""
        if failure is None:
            if self._failure is not None:
                _LOGGER.info("%s: the camera delivers pictures again", self._title)
            self._async_forget_sessions()
            return
        if self._failure is None and not self._is_unavailable:
            self._log_down(failure)
        now = dt_util.utcnow()
        self._failure = failure
        self._failing_since = self._failing_since or now
        self._failed_sessions += 1
        self._failure_lasts = (
            self._failed_sessions >= FAILED_SESSIONS or now - self._failing_since >= LASTS
        )
        self._async_update_issue()

    @callback
    def async_sight(self, *, blind: bool) -> bool:
        """Take in whether a session saw nothing but darkness; return whether that lasts."""
        if not blind:
            self._blind_since, self._blind_sessions = None, 0
            async_delete_issue(self._hass, self._blind_issue)
            return False
        now = dt_util.utcnow()
        self._blind_since = self._blind_since or now
        self._blind_sessions += 1
        if self._blind_sessions < BLIND_SESSIONS or now - self._blind_since < LASTS:
            return False
        async_create_issue(
            self._hass,
            self._blind_issue,
            translation_key="camera_blind",
            translation_placeholders={"camera": self._title},
        )
        return True

    @callback
    def async_ignored(self, lines: Sequence[str]) -> None:
        """Take in which stored zones and masks cannot be used as they are."""
        if not lines:
            async_delete_issue(self._hass, self._ignored_issue)
            return
        async_create_issue(
            self._hass,
            self._ignored_issue,
            translation_key="zones_ignored",
            translation_placeholders={"camera": self._title, "lines": "\n".join(lines)},
        )

    @callback
    def async_stop(self) -> None:
        """Forget the timer and the issues: a camera that is removed needs no repair."""
        self._async_stop_timer()
        for issue in (
            *(self._missing_issue, self._sensors_issue, self._issue),
            *(self._blind_issue, self._ignored_issue),
        ):
            async_delete_issue(self._hass, issue)

    @callback
    def _async_stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    def _log_down(self, failure: SourceFailure) -> None:
        _LOGGER.warning("%s: the camera delivers no picture (%s)", self._title, failure)

    @callback
    def _async_unavailable(self) -> None:
        if not self._is_unavailable:
            self._is_unavailable = True
            self._log_down(SourceFailure.CAMERA_UNAVAILABLE)
            self._cancel_timer = async_call_later(self._hass, LASTS, self._async_lasted)

    @callback
    def _async_available(self, entity_id: str) -> None:
        if self._is_unavailable:
            _LOGGER.info("%s: the camera is available again", self._title)
            self._is_unavailable = self._outage_lasts = False
            self._async_stop_timer()
            if self._failure is SourceFailure.CAMERA_UNAVAILABLE:
                # Only that is over. The sessions still count as failed: one that comes and goes
                # has to show a picture before it is believed.
                self._failure, self._failure_lasts = None, False
            self._async_update_issue()
        # Whether it is on is no state. Its state changes every few minutes, with its token.
        if (
            self._failure is SourceFailure.CAMERA_OFF
            and async_camera_problem(self._hass, entity_id) is None
        ):
            _LOGGER.info("%s: the camera is on again", self._title)
            self._async_forget_sessions()

    @callback
    def _async_forget_sessions(self) -> None:
        self._failure, self._failure_lasts = None, False
        self._failed_sessions, self._failing_since = 0, None
        self._async_update_issue()

    @callback
    def _async_lasted(self, _now: object) -> None:
        self._cancel_timer = None
        self._outage_lasts = True
        self._async_update_issue()

    @callback
    def _async_update_issue(self) -> None:
        """Show what lasts, or nothing."""
        if not (self._outage_lasts or self._failure_lasts):
            async_delete_issue(self._hass, self._issue)
            return
        failure = None if self._outage_lasts else self._failure
        async_create_issue(
            self._hass,
            self._issue,
            translation_key=_EXPLAINED.get(failure, "camera_unreachable"),
            translation_placeholders={"camera": self._title},
        )
