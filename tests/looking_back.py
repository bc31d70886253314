"""What the tests of looking back share: visits in the history of a home, with pictures."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.kept_picture import KeptPicture, NewPicture
from custom_components.camera_smart_alerts.pictures import JPEG, Picture
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Visit
from tests.people import Person

ROOT = f"media-source://{DOMAIN}"


async def saw(
    *cameras: CameraCoordinator,
    number: int = 1,
    at: datetime | None = None,
    kinds: dict[Kind | None, int] | None = None,
) -> Visit:
    """Let cameras have seen something, all of them the same; return the visit, which is over."""
    at = at or dt_util.utcnow()
    visit = Visit(
        id=f"secret{number}",
        group="",
        started_at=at - timedelta(seconds=30),
        last_at=at,
        seen_at=at,
        seen={
            one.settings.subentry_id: {Kind.PERSON: 1} if kinds is None else dict(kinds)
            for one in cameras
        },
    )
    runtime = cameras[0].config_entry.runtime_data
    await runtime.database.async_keep(runtime.keeper._visits, visit, ended=True)
    return visit


async def keep(
    camera: CameraCoordinator,
    data: bytes,
    visit: Visit | None = None,
    *,
    revision: int = 1,
    content_type: str = JPEG,
) -> KeptPicture:
    """Keep a picture of a visit, by default of a new one."""
    visit = visit or await saw(camera)
    runtime = camera.config_entry.runtime_data
    await runtime.vault.async_keep(
        NewPicture(
            id=f"{visit.id}-{revision}",
            visit_id=visit.id,
            subentry_id=camera.settings.subentry_id,
            picture=Picture(data, camera.settings.camera, content_type),
            taken_at=visit.last_at,
            hides=camera.settings.counts.hides,
        )
    )
    found = await runtime.vault.async_list(own_visit_id=visit.id)
    return next(one for one in found if one.id == f"{visit.id}-{revision}")


class Talk:
    """What a person says to Home Assistant over a WebSocket."""

    def __init__(self, hass: HomeAssistant, clients: WebSocketGenerator) -> None:
        self._hass = hass
        self._clients = clients
        self._open: dict[str, Any] = {}

    async def client(self, person: Person) -> Any:
        """Return the connection of a person."""
        if person.user.id not in self._open:
            self._open[person.user.id] = await self._clients(self._hass, person.access_token)
        return self._open[person.user.id]

    async def ask(self, person: Person, command: str, **data: Any) -> dict[str, Any]:
        """Send a command; return the whole answer."""
        client = await self.client(person)
        await client.send_json_auto_id({"type": command, **data})
        answer: dict[str, Any] = await client.receive_json()
        return answer


class Browser:
    """The media browser of a person."""

    def __init__(self, talk: Talk, person: Person) -> None:
        self._talk = talk
        self._person = person

    async def open(self, media_id: str = ROOT) -> dict[str, Any]:
        """Return a folder."""
        answer = await self._talk.ask(
            self._person, "media_source/browse_media", media_content_id=media_id
        )
        assert answer["success"], answer
        result: dict[str, Any] = answer["result"]
        return result

    async def titles(self, media_id: str = ROOT) -> list[str]:
        """Return what a folder holds."""
        return [one["title"] for one in (await self.open(media_id))["children"]]

    async def search(self, text: str, media_id: str = ROOT) -> list[str]:
        """Return what is found."""
        answer = await self._talk.ask(
            self._person,
            "media_source/search_media",
            media_content_id=media_id,
            search_query=text,
        )
        return [one["title"] for one in answer["result"]["result"]]

    async def refused(self, what: str, media_id: str) -> str:
        """Return the words with which something is refused."""
        answer = await self._talk.ask(
            self._person, f"media_source/{what}_media", media_content_id=media_id
        )
        assert not answer["success"], answer
        text: str = answer["error"]["message"]
        return text
