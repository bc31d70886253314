"""The ledger: what was kept, shown to whom, sent where, and deleted when. It holds no picture.

What a reader would get wrong: nothing here writes down what is kept or deleted. The file does that
itself (triggers, ``schema.py``), in the same transaction, so that no way to delete can forget it.
What was shown or sent waits in memory as long as the file cannot be written.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, Final

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .access import async_viewer
from .channel import async_device_name, async_entity_name
from .const import DOMAIN
from .database import Database

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator

PERSON: Final = "person"
_SHOWN: Final = "shown"
_LINKED: Final = "linked"
_SENT: Final = "sent"
_LINK: Final = "link"
_AN_HOUR: Final = timedelta(hours=1)
_EVERY: Final = ("kept", _SHOWN, _LINKED, _SENT, "deleted")


_MOST_WAITING: Final = 10_000
"""Entries that wait for a disk; more would fill the memory."""

type _Row = tuple[float, str, str, str, str, str]


class Ledger:
    """The ledger of one home."""

    def __init__(
        self, hass: HomeAssistant, database: Database, cameras: Mapping[str, CameraCoordinator]
    ) -> None:
        """Prepare.

        Args:
            hass: Home Assistant.
            database: Opened and closed by whoever made it.
            cameras: By subentry id.
        """
        self._hass = hass
        self._database = database
        self._cameras = cameras
        self._viewed: dict[tuple[str, str], datetime] = {}
        """When an entity's picture was last noted as seen, by entity id and user id."""
        self._unwritten: list[_Row] = []
        """Entries that are not in the file, the oldest first."""

    @callback
    def async_shown(self, camera_entity_id: str, user: User) -> None:
        """Note that a person was shown a picture, by the name they have now."""
        camera = next((i for i, one in self._entity_ids().items() if one == camera_entity_id), "")
        self._async_note(_SHOWN, camera, PERSON, user.id, user.name or "")

    @callback
    def async_viewed(self, subentry_id: str, entity_id: str) -> None:
        """Note that an entity gave its picture away: once an hour, as dashboards ask all the time.

        Mostly it is not known who asks: a dashboard comes with the entity's token, an automation
        or another integration with nothing at all. Then no name is noted.
        """
        user, now = async_viewer(), dt_util.utcnow()
        view = entity_id, "" if user is None else user.id
        if (last := self._viewed.get(view)) is None or abs(now - last) >= _AN_HOUR:
            self._viewed[view] = now
            name = "" if user is None else user.name or ""
            who_id = entity_id if user is None else user.id
            self._async_note(_SHOWN, subentry_id, "entity", who_id, name)

    @callback
    def async_linked(self, subentry_id: str, channel: str, who_id: str, who: str) -> None:
        """Note that a link to a picture was made, and for whom; see ``Links.async_make``."""
        self._async_note(_LINKED, subentry_id, channel, who_id, who)

    @callback
    def async_fetched(self, subentry_id: str) -> None:
        """Note that a picture was shown to whoever had the link."""
        self._async_note(_SHOWN, subentry_id, _LINK, "", "")

    @callback
    def async_sent(self, subentry_id: str, target: str) -> None:
        """Note that a target was told of an alert.

        Args:
            subentry_id: Of the camera.
            target: Its key, see ``delivery.target_key``.
        """
        channel, _, target_id = target.partition(":")
        named = async_entity_name if "." in target_id else async_device_name
        self._async_note(_SENT, subentry_id, channel, target_id, named(self._hass, target_id))

    async def async_list(
        self, subentry_id: str | None, after: datetime, before: datetime, limit: int
    ) -> list[dict[str, Any]]:
        """Return entries, the newest first; of all cameras without ``subentry_id``."""
        await self._async_write()
        rows = await self._database.async_read(
            "SELECT at, what, subentry_id, role, channel, who_id, who FROM ledger "
            "WHERE at BETWEEN ? AND ? AND subentry_id = coalesce(?, subentry_id) "
            "ORDER BY at DESC, id DESC LIMIT ?",
            (after.timestamp(), before.timestamp(), subentry_id, limit),
        )
        cameras = self._entity_ids()
        return [
            {
                "at": dt_util.utc_from_timestamp(at).isoformat(),
                "what": what,
                # None of one that was removed.
                "camera": cameras.get(camera),
                "picture": role or None,
                "channel": channel or None,
                "to_id": who_id or None,
                "to": who or None,
            }
            for at, what, camera, role, channel, who_id, who in rows
        ]

    async def async_counts(self, after: datetime) -> dict[str, int]:
        """Return how many entries of each sort there are since then."""
        await self._async_write()
        rows = await self._database.async_read(
            "SELECT what, count(*) FROM ledger WHERE at >= ? GROUP BY what", (after.timestamp(),)
        )
        return dict.fromkeys(_EVERY, 0) | dict(rows)

    async def async_fetches(self) -> int | None:
        """Return how many pictures were fetched through links, as long as that is remembered.

        None where the file cannot be read: it must not pass for none.
        """
        await self._async_write()
        rows = await self._database.async_ask("SELECT count(*) FROM ledger WHERE channel = 'link'")
        if rows is None:
            return None
        waiting = sum(row[3] == _LINK for row in self._unwritten)
        return int(rows[0][0]) + waiting

    def phones(self) -> list[str]:
        """Return the names of the phones that are told: a push service carries the words."""
        phones = {one for camera in self._cameras.values() for one in camera.settings.alerts.phones}
        return sorted(async_device_name(self._hass, one) for one in phones)

    def webhooks(self) -> list[str]:
        """Return the hosts that get links to pictures, as verdicts are shared with them."""
        targets = (camera.settings.share for camera in self._cameras.values())
        return sorted({target.host for target in targets if target is not None})

    def _entity_ids(self) -> dict[str, str]:
        return {
            subentry_id: camera.source_entity_id for subentry_id, camera in self._cameras.items()
        }

    @callback
    def _async_note(self, what: str, subentry_id: str, channel: str, who_id: str, who: str) -> None:
        """Take down an entry, and write it whenever the disk comes round: nobody waits for that."""
        now = dt_util.utcnow().timestamp()
        self._unwritten.append((now, what, subentry_id, channel, who_id, who))
        self._hass.async_create_background_task(self._async_write(), f"{DOMAIN} ledger")

    async def _async_write(self) -> None:
        """Write what waits."""
        rows, self._unwritten = self._unwritten, []

        def insert(connection: Connection) -> None:
            connection.executemany(
                "INSERT INTO ledger (at, what, subentry_id, role, channel, who_id, who) "
                "VALUES (?, ?, ?, '', ?, ?, ?)",
                rows,
            )

        if rows and not await self._database.async_write(insert):
            self._unwritten = [*rows, *self._unwritten][-_MOST_WAITING:]
