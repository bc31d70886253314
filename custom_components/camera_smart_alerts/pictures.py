"""The pictures of recent alerts, in memory: a phone asks for them right after it was told.

Nothing here is ever written to disk; what is kept there is sealed (``vault.py``). Every picture has
an unguessable id and belongs to one camera, whose permissions decide who may see it (``views.py``).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

PICTURES_PER_CAMERA: Final = 10
PICTURE_URL: Final = f"/api/{DOMAIN}/pictures/{{picture_id}}.jpg"
PREVIEW_URL: Final = f"/api/{DOMAIN}/pictures/{{picture_id}}.gif"
JPEG: Final = "image/jpeg"
GIF: Final = "image/gif"
_CLOCK_OFF: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and the camera it came from."""

    data: bytes
    camera_entity_id: str
    content_type: str = JPEG
    """``JPEG``, or ``GIF`` of a moving preview."""
    since: datetime = field(default_factory=dt_util.utcnow, compare=False)
    """UTC, when it came into memory."""


class PictureShelf:
    """The newest pictures of each camera; older ones fall off."""

    def __init__(self) -> None:
        """Start empty."""
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self.retention = timedelta(days=1)
        """How long a picture may be shown, even if nothing newer comes."""

    @callback
    def put(
        self, picture_id: str, data: bytes, camera_entity_id: str, content_type: str = JPEG
    ) -> None:
        """Keep a picture, and forget the camera's oldest beyond ``PICTURES_PER_CAMERA``."""
        self.put_back(picture_id, Picture(data, camera_entity_id, content_type))

    @callback
    def put_back(self, picture_id: str, picture: Picture) -> None:
        """Keep a picture that is as old as it is."""
        camera_entity_id = picture.camera_entity_id
        self._pictures[picture_id] = picture
        same = [i for i, p in self._pictures.items() if p.camera_entity_id == camera_entity_id]
        for old in same[:-PICTURES_PER_CAMERA]:
            del self._pictures[old]

    @callback
    def get(self, picture_id: str) -> Picture | None:
        """Return a picture, or None once it is forgotten."""
        self.forget_old()
        return self._pictures.get(picture_id)

    @callback
    def forget(self, camera_entity_id: str) -> None:
        """Forget everything of one camera."""
        self._forget(lambda _id, picture: picture.camera_entity_id == camera_entity_id)

    @callback
    def forget_picture(self, picture_id: str) -> None:
        """Forget one picture, or all of a visit."""
        self._forget(lambda one, _: one == picture_id or one.startswith(f"{picture_id}-"))

    @callback
    def forget_old(self) -> None:
        """Forget what is older than the retention, or from when the clock was wrong."""
        now = dt_util.utcnow()
        self._forget(lambda _id, one: not -_CLOCK_OFF <= now - one.since <= self.retention)

    @callback
    def forget_everything(self) -> None:
        """Forget all pictures."""
        self._pictures.clear()

    def _forget(self, which: Callable[[str, Picture], bool]) -> None:
        for picture_id in [one for one, picture in self._pictures.items() if which(one, picture)]:
            del self._pictures[picture_id]


PICTURES: HassKey[PictureShelf] = HassKey(f"{DOMAIN}_pictures")


@callback
def async_pictures(hass: HomeAssistant) -> PictureShelf:
    """Return the one shelf of this Home Assistant."""
    return hass.data[PICTURES]


@callback
def async_camera_of(hass: HomeAssistant, path: str) -> str | None:
    """Return the camera of the picture that a path serves, None once it is forgotten."""
    picture = async_pictures(hass).get(PurePosixPath(path).stem)
    return None if picture is None else picture.camera_entity_id


def picture_path(picture_id: str, content_type: str = JPEG) -> str:
    """Return the path that serves a picture to whoever is logged in and may see its camera.

    Its ending tells the phones what to expect.
    """
    url = PREVIEW_URL if content_type == GIF else PICTURE_URL
    return url.format(picture_id=picture_id)
