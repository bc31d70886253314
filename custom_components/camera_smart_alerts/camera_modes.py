"""Which mode of a camera holds: one for when somebody is home, one for when nobody is.

The settings give both their initial value. A mode that is chosen later holds until the setting it
took the place of is changed itself: the newer choice wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from .modes import Mode
from .settings import CameraSettings


class When(StrEnum):
    """The two situations a camera has a mode for."""

    HOME = "home"
    AWAY = "away"


@dataclass(slots=True)
class ChosenModes:
    """Modes that were chosen after set-up."""

    chosen: dict[When, tuple[Mode, Mode]] = field(default_factory=dict)
    """What was chosen, and the setting it took the place of."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {when: list(modes) for when, modes in self.chosen.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Restore what ``as_dict`` returned."""
        return cls(
            {When(when): (Mode(mode), Mode(instead)) for when, (mode, instead) in data.items()}
        )


def initial_mode(settings: CameraSettings, when: When) -> Mode:
    """Return the mode that the settings give."""
    return settings.mode_home if when is When.HOME else settings.mode_away


def mode_when(settings: CameraSettings, modes: ChosenModes, when: When) -> Mode:
    """Return the mode that holds in a situation."""
    initial = initial_mode(settings, when)
    mode, instead = modes.chosen.get(when, (initial, initial))
    return mode if instead is initial else initial
