"""Our English texts, and what they want filled in."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
import string
from typing import Any

from custom_components.camera_smart_alerts.channel import Failure
from custom_components.camera_smart_alerts.feedback import Opinion
from custom_components.camera_smart_alerts.modes import HoursFault
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from custom_components.camera_smart_alerts.vision.lessons import Teaching
from tests.sources import modules

type Texts = Any

FAMILIES: Mapping[str, Iterable[StrEnum]] = {
    "delivery_failed_*": set(Failure) - {Failure.STOPPED},
    "no_picture_*": SourceFailure,
    "critical_hours_*": HoursFault,
    "quiet_hours_*": HoursFault,
    "learned_*": Teaching,
    **dict.fromkeys(("*_title", "ask_*", "yes_*"), Opinion),
    "nothing_from_*": set(Opinion) - {Opinion.RIGHT},
}
"""What the open end of a key may be."""
FIXABLE = "keys_lost"
"""The one repair issue with a dialog."""
TREES = dict(modules())
"""Every module beside ``vision`` by name."""


def placeholders(texts: Texts) -> set[str]:
    """Return what any of the texts wants filled in."""
    if isinstance(texts, dict):
        return {name for text in texts.values() for name in placeholders(text)}
    return {name for _, name, _, _ in string.Formatter().parse(texts) if name is not None}


def wanted(keys: Iterable[str]) -> set[str]:
    """Return keys without open ends."""
    return {
        key.replace("*", end) for key in keys for end in (FAMILIES[key] if "*" in key else [""])
    }
