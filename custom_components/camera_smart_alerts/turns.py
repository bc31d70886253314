"""Whose turn it is: tellings of one visit reach one target one after the other, and in order."""

import asyncio
from typing import Protocol


class Turns(Protocol):
    """What decides, at the moment of each attempt, whether and how a target is told."""

    def lock(self, key: str) -> asyncio.Lock:
        """Return what an attempt at this target holds: two at once could arrive in any order."""

    def is_newest(self, key: str) -> bool:
        """Return whether a target has nothing newer on its way."""

    def has_heard(self, key: str) -> bool:
        """Return whether a target has taken a telling of the visit before: no sound."""

    def taken(self, key: str) -> None:
        """Take in that a target has accepted, while others may still be tried."""


class AnyTurn:
    """For an alert that stands for itself."""

    def lock(self, key: str) -> asyncio.Lock:  # noqa: ARG002
        """See ``Turns``."""
        return asyncio.Lock()

    def is_newest(self, key: str) -> bool:  # noqa: ARG002
        """See ``Turns``."""
        return True

    def has_heard(self, key: str) -> bool:  # noqa: ARG002
        """See ``Turns``."""
        return False

    def taken(self, key: str) -> None:
        """See ``Turns``."""
