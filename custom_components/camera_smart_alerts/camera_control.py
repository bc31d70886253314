"""What people decide about one camera in daily life: its switch, its modes, its silence."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .camera_modes import When, initial_mode, mode_when
from .home_mode import HomeMode
from .modes import Mode, QuietHours, Situation
from .settings import CameraSettings
from .store import StateStore

AT_HOME: Final = timedelta(minutes=30)
AT_MOST: Final = timedelta(hours=24)
"""Nobody may know that somebody is home, and an alert must not stay away for ever."""


class CameraControl:
    """The decisions about one camera. They survive a restart."""

    def __init__(
        self,
        settings: CameraSettings,
        store: StateStore,
        home: HomeMode,
        quiet_hours: QuietHours | None,
        on_change: Callable[[], None],
    ) -> None:
        """Take up what was decided before.

        Args:
            settings: The camera's, which give its modes to begin with.
            store: Keeps what is decided.
            home: Whether somebody is home.
            quiet_hours: When only important cameras tell people.
            on_change: Called when the camera may look or tell otherwise than before.
        """
        self._settings = settings
        self._store = store
        self._memory = store.camera(settings.subentry_id)
        self._home = home
        self._quiet_hours = quiet_hours
        self._on_change = on_change

    @property
    def is_switched_on(self) -> bool:
        """Whether this camera's own switch is on, whatever the one for all cameras says."""
        return self._memory.policy.enabled

    @property
    def is_enabled(self) -> bool:
        """Whether this camera's switch and the one for all cameras are on."""
        return self._store.all_enabled and self.is_switched_on

    @property
    def mode(self) -> Mode:
        """What this camera may do now."""
        return self.mode_when(When.HOME if self._home.is_home else When.AWAY)

    def mode_when(self, when: When) -> Mode:
        """Return what this camera may do when somebody, or nobody, is home."""
        return mode_when(self._settings, self._memory.modes, when)

    @property
    def situation(self) -> Situation:
        """What decides whether this camera may look and tell now."""
        policy, quiet = self._memory.policy, self._quiet_hours
        return Situation(
            enabled=self.is_enabled,
            mode=self.mode,
            silenced_until=policy.silenced_until,
            quiet=quiet is not None and quiet.cover(dt_util.now()),
            important=self._settings.important,
        )

    @callback
    def async_set_enabled(self, enabled: bool) -> None:
        """Switch this camera on or off; off ends a running session at once."""
        self._memory.policy.enabled = enabled
        self._async_changed()

    @callback
    def async_set_mode(self, when: When, mode: Mode) -> None:
        """Choose a mode; off ends a running session at once."""
        self._memory.modes.chosen[when] = mode, initial_mode(self._settings, when)
        self._async_changed()

    @callback
    def async_home_changed(self) -> None:
        """Take in that somebody came home, or the last one left."""
        policy = self._memory.policy
        if self._home.is_home and policy.silenced_until_home:
            policy.silenced_until_home, policy.silenced_until = False, None
        self._async_changed()

    @callback
    def async_silence(self, duration: timedelta | None) -> None:
        """Tell nobody for a while; looking goes on.

        Args:
            duration: How long; None: until somebody comes home, at most ``AT_MOST``, and for
                ``AT_HOME`` where somebody is home already.
        """
        policy = self._memory.policy
        policy.silenced_until_home = duration is None and not self._home.is_home
        if duration is None:
            duration = AT_HOME if self._home.is_home else AT_MOST
        policy.silenced_until = dt_util.utcnow() + duration
        self._store.async_changed()

    @callback
    def async_resume(self) -> None:
        """Tell people again."""
        self.async_silence(timedelta(0))

    @callback
    def _async_changed(self) -> None:
        self._on_change()
        self._store.async_changed()
