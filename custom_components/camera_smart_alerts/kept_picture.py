"""A picture in the history: what is known of it, and how it is put there and taken out.

Everything here but ``KeptPicture`` blocks and belongs in the thread of the history.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
import hashlib
import logging
from sqlite3 import Connection
from typing import Any, Final, Self

from .alerts import visit_id as public_id
from .crypto import Sealed, UnsealError, seal, unseal
from .pictures import GIF, Picture, picture_path
from .sealing import note_key

_LOGGER = logging.getLogger(__name__)

_COLUMNS: Final = "id, public_id, subentry_id, role, taken_at, content_type, size"
HIDES: Final = "coalesce((SELECT hides FROM hidden WHERE picture_id = id), '')"
KNOWN: Final = f"{_COLUMNS}, {HIDES}"
"""What ``KeptPicture.from_row`` is made of."""
_WHAT: Final = "picture"
"""Bound to what is sealed."""


class Role(StrEnum):
    """What a picture of a visit is."""

    TRIGGER = "trigger"
    """What people were told first."""
    BEST = "best"
    """What they were told last; the one before is destroyed."""
    PREVIEW = "preview"
    """The moving preview; the one before is destroyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """What is known of a picture without opening it."""

    id: str
    """Holds the unguessable id of the alert: only for people who may see the picture."""
    visit_id: str
    """Public."""
    subentry_id: str
    role: Role
    taken_at: datetime
    """UTC."""
    content_type: str
    size: int
    """Bytes."""
    hides: str
    """What it does not show, see ``WhatCounts.hides``."""

    @property
    def link_id(self) -> str:
        """What it is called in links: of no use for answering, and found by the visit's index."""
        return f"{self.visit_id}-{hashlib.sha256(self.id.encode()).hexdigest()[:32]}"

    @property
    def path(self) -> str:
        """The path that serves it to whoever may see it."""
        return picture_path(self.link_id, self.content_type)

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Self:
        """Return what ``KNOWN`` of one row says."""
        picture_id, visit_id, subentry_id, role, taken_at, content_type, size, hides = row
        return cls(
            id=picture_id,
            visit_id=visit_id,
            subentry_id=subentry_id,
            role=Role(role),
            taken_at=datetime.fromtimestamp(taken_at, UTC),
            content_type=content_type,
            size=size,
            hides=hides,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPicture:
    """A picture that is to be kept."""

    id: str
    visit_id: str
    """The alert's own id."""
    subentry_id: str
    picture: Picture
    taken_at: datetime
    """UTC."""
    hides: str = ""
    """What it does not show, see ``WhatCounts.hides``."""

    def put(self, connection: Connection, camera_key: bytes) -> bool:
        """Seal it and write it; return whether another picture was destroyed for it.

        Without its visit it is not written: nothing would ever delete it with the visit.
        """
        if not connection.execute("SELECT 1 FROM visits WHERE id = ?", (self.visit_id,)).fetchall():
            return False
        role = self._role(connection)
        replaced = connection.execute(
            "DELETE FROM pictures WHERE id = ? OR (visit_id = ? AND role = ?)",
            (self.id, self.visit_id, role),
        ).rowcount
        data, camera = self.picture.data, self.subentry_id
        sealed = seal(data, camera_key, what=_WHAT, row_id=self.id, camera=camera)
        connection.execute(
            f"INSERT INTO pictures ({_COLUMNS}, visit_id, wrapped_key, sealed) "  # noqa: S608 - ours
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.id,
                public_id(self.visit_id),
                camera,
                role,
                self.taken_at.timestamp(),
                self.picture.content_type,
                len(data),
                self.visit_id,
                sealed.wrapped_key,
                sealed.data,
            ),
        )
        if self.hides:
            connection.execute("INSERT INTO hidden VALUES (?, ?)", (self.id, self.hides))
        note_key(connection, camera_key, camera)
        return replaced > 0

    def _role(self, connection: Connection) -> Role:
        if self.picture.content_type == GIF:
            return Role.PREVIEW
        others = connection.execute(
            "SELECT 1 FROM pictures WHERE visit_id = ? AND role = ? AND id <> ?",
            (self.visit_id, Role.TRIGGER, self.id),
        ).fetchall()
        return Role.BEST if others else Role.TRIGGER


def unsealed(sealed: Sealed, camera_key: bytes, picture_id: str, camera: str) -> bytes | None:
    """Return a picture, None if it cannot be opened."""
    try:
        return unseal(sealed, camera_key, what=_WHAT, row_id=picture_id, camera=camera)
    except UnsealError:
        _LOGGER.warning("A picture of the history cannot be opened: wrong key, or damaged")
        return None
