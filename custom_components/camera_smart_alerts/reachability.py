"""Whether a camera can be reached: one log line each way, a repair issue when it lasts."""

from datetime import timedelta
import logging
from typing import Final

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .settings import CameraSettings
from .vision.errors import SourceFailure

_LOGGER = logging.getLogger(__name__)

LASTS: Final = timedelta(hours=1)
"""A camera unreachable for this long is worth a repair issue."""
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
        self._failure: SourceFailure | None = None
        self._failed_sessions = 0
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def async_state(self, entity_id: str | None) -> bool:
        """Take in the camera entity's current state; return whether it is available."""
        if entity_id is None:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                self._missing_issue,
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key="camera_missing",
                translation_placeholders={"camera": self._title},
            )
            return False
        ir.async_delete_issue(self._hass, DOMAIN, self._missing_issue)
        state = self._hass.states.get(entity_id)
        available = state is not None and state.state != STATE_UNAVAILABLE
        if not available and self._hass.state is CoreState.running:
            self._async_down(SourceFailure.CAMERA_UNAVAILABLE)
        elif available and self._failure is SourceFailure.CAMERA_UNAVAILABLE:
            self._async_up()
        return available

    @callback
    def async_sensors(self, *, lost: bool) -> None:
        """Take in whether a motion sensor of the camera is gone."""
        if not lost:
            ir.async_delete_issue(self._hass, DOMAIN, self._sensors_issue)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._sensors_issue,
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key="motion_missing",
            translation_placeholders={"camera": self._title},
        )

    @callback
    def async_session(self, failure: SourceFailure | None) -> None:
        """Take in how a session got on with the camera; None means it delivered frames."""
        if failure is None:
            self._async_up()
            return
        self._async_down(failure)
        self._failed_sessions += 1
        if self._failed_sessions >= FAILED_SESSIONS:
            self._async_create_issue()

    @callback
    def async_stop(self) -> None:
        """Forget the timer and the issues: a camera that is removed needs no repair."""
        self._async_stop_timer()
        for issue in (self._missing_issue, self._sensors_issue, self._issue):
            ir.async_delete_issue(self._hass, DOMAIN, issue)

    @callback
    def _async_stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _async_down(self, failure: SourceFailure) -> None:
        if self._failure is None:
            _LOGGER.warning("%s: the camera delivers no picture (%s)", self._title, failure)
            self._cancel_timer = async_call_later(self._hass, LASTS, self._async_lasted)
        self._failure = failure

    @callback
    def _async_up(self) -> None:
        if self._failure is not None:
            _LOGGER.info("%s: the camera delivers pictures again", self._title)
        self._failure = None
        self._failed_sessions = 0
        self._async_stop_timer()
        ir.async_delete_issue(self._hass, DOMAIN, self._issue)

    @callback
    def _async_lasted(self, _now: object) -> None:
        self._cancel_timer = None
        self._async_create_issue()

    @callback
    def _async_create_issue(self) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=_EXPLAINED.get(self._failure, "camera_unreachable"),
            translation_placeholders={"camera": self._title},
        )
