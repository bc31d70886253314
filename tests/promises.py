"""What people were promised about what arrives on their phones, checked arrival by arrival."""

from dataclasses import dataclass, field

from custom_components.camera_smart_alerts.alerts import Alert
from custom_components.camera_smart_alerts.visit import Subject


@dataclass(frozen=True)
class Arrived:
    """A notification on a phone."""

    phone: str
    alert: Alert
    silent: bool
    overtaken: bool = False
    """Whether it was called wrong while it was being handed over: nobody can take that back."""
    sure: bool = True
    """Whether the phone could say that it has it; otherwise it may sound once more."""


@dataclass
class Promises:
    """What each phone has of each visit so far."""

    checked: int = 0
    retracted: set[str] = field(default_factory=set)
    _newest: dict[tuple[str, str], int] = field(default_factory=dict)
    _sounds: set[tuple[str, str]] = field(default_factory=set)
    _told: dict[tuple[str, str], set[Subject]] = field(default_factory=dict)
    _shown: dict[tuple[str, str], set[Subject]] = field(default_factory=dict)
    _dismissed: dict[tuple[str, str], set[Subject]] = field(default_factory=dict)

    def dismissed(self, phone: str, visit: str) -> None:
        """Take in that somebody has wiped a visit away: only something new brings it back."""
        # Which of what it could not confirm was wiped away, nobody knows.
        key = phone, visit
        self._dismissed[key] = set(self._told.get(key) or self._shown[key])

    def check(self, one: Arrived, kinds: set[Subject]) -> None:
        """Check what has arrived; ``kinds`` are all that the visit has by now."""
        self.checked += 1
        alert, key = one.alert, (one.phone, one.alert.id)
        assert one.overtaken or alert.id not in self.retracted, "told although it was called wrong"
        assert alert.revision >= self._newest.get(key, 0), "older than what was there"
        self._newest[key] = alert.revision
        if not one.silent:
            assert key not in self._sounds, "a second sound"
            if one.sure:
                self._sounds.add(key)
        told: set[Subject] = set(alert.kinds) or {None}
        self._shown[key] = self._shown.get(key, set()) | told
        if one.sure:
            self._told[key] = self._told.get(key, set()) | told
        if key in self._dismissed:
            assert (kinds | told) - self._dismissed.pop(key), "brought back without news"
