"""The history in the media browser: camera, day, visit, pictures.

What a reader would get wrong: Home Assistant does not say who browses. It is who has the WebSocket
connection that is being answered; where there is none, nobody is known, and nothing is shown.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.media_player import (
    BrowseError,
    MediaClass,
    MediaType,
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.components.websocket_api import current_connection
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .access import async_signed
from .asking import Asker
from .const import DOMAIN, TITLE
from .coordinator import CameraCoordinator
from .data import loaded
from .kept_picture import KeptPicture, Role
from .media_search import Searched, searched
from .message import Words, async_words
from .vision.datatypes import Kind
from .visit_list import (
    Page,
    Wanted,
    async_count,
    async_days,
    async_page,
    async_visit,
    within,
)

_MOST: Final = 200
"""Visits of one day that are listed; more would be slow to draw, and nobody reads them."""
_MOST_FOUND: Final = 50


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return the one media source."""
    return HistorySource(hass)


class HistorySource(MediaSource):
    """What the cameras saw, for those who may see it."""

    name = TITLE

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare."""
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return a folder: all cameras, a camera, a day, or a visit.

        Raises:
            BrowseError: It is not there, or not for this person.
        """
        page = await self._async_page()
        if not item.identifier:
            return page.cameras()
        camera_id, *rest = item.identifier.split("/")
        if camera_id not in page.seen:
            raise _nothing()
        match rest:
            case []:
                return await page.async_days(camera_id)
            case [day]:
                return await page.async_day(camera_id, _day(day))
            case [_, visit_id]:
                return await page.async_visit(item.identifier, visit_id)
        raise _nothing()

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the address of a picture, signed for the login that asks and for ten minutes.

        Home Assistant would sign it for a day.

        Raises:
            Unresolvable: It is not there, or not for this person.
        """
        page, connection = await self._async_page(Unresolvable), current_connection.get()
        token = None if connection is None else connection.refresh_token_id
        *_, visit_id, link_id = ["", "", *(item.identifier or "").split("/")]
        for picture in await page.async_pictures([visit_id]):
            if picture.link_id == link_id and token is not None:
                url = async_signed(self._hass, picture.path, token)
                return PlayMedia(url, picture.content_type)
        raise Unresolvable(translation_domain=DOMAIN, translation_key="nothing_to_see")

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Return visits by the name of a camera, a kind, or a day."""
        page = await self._async_page()
        below = (item.identifier or "").split("/")[0]
        names = {key: one.name for key, one in page.seen.items() if below in ("", key)}
        wanted = searched(query.search_query, names, page.words, dt_util.now().date())
        return SearchMedia(result=[] if wanted is None else await page.async_search(wanted))

    async def _async_page(self, error: type[HomeAssistantError] = BrowseError) -> _Pages:
        """Return what there is for the person who browses; raise an error if nothing is loaded."""
        runtime, connection = loaded(self._hass), current_connection.get()
        if runtime is None:
            raise error(translation_domain=DOMAIN, translation_key="nothing_to_see")
        asker = Asker(self._hass, runtime, None if connection is None else connection.user)
        return _Pages(asker, await asker.async_pictured(), await async_words(self._hass))


class _Pages:
    """The folders, as one person sees them."""

    def __init__(self, asker: Asker, seen: dict[str, CameraCoordinator], words: Words) -> None:
        self._database = asker.runtime.database
        self._vault = asker.runtime.vault
        self.seen = seen
        """Cameras whose pictures the person may see, by subentry id."""
        self.words = words

    def cameras(self) -> BrowseMediaSource:
        """Return the folder of all cameras."""
        folders = [_folder(key, one.name) for key, one in self.seen.items()]
        return _folder("", TITLE, sorted(folders, key=lambda one: one.title))

    async def async_days(self, camera_id: str) -> BrowseMediaSource:
        """Return the folder of a camera."""
        days = await async_days(self._database, camera_id)
        folders = [_folder(f"{camera_id}/{day}", day.isoformat()) for day in days]
        return _folder(camera_id, self.seen[camera_id].name, folders)

    async def async_day(self, camera_id: str, day: date) -> BrowseMediaSource:
        """Return the folder of a day."""
        after, before = _span(day)
        wanted = Wanted(cameras=(camera_id,), after=after, before=before, limit=_MOST)
        page = await async_page(self._database, wanted)
        folder = _folder(
            f"{camera_id}/{day}", day.isoformat(), await self._async_folders(page, camera_id)
        )
        if page.cursor is not None:
            count = await async_count(self._database, camera_id, after, before)
            folder.not_shown = max(0, count - len(page.visits))
        return folder

    async def async_visit(self, identifier: str, visit_id: str) -> BrowseMediaSource:
        """Return the folder of a visit, with the pictures of all cameras this person may see."""
        visit = await async_visit(self._database, visit_id)
        if visit is None or not self.seen.keys() & visit["seen"].keys():
            raise _nothing()
        pictures = await self.async_pictures([visit_id])
        return _folder(
            identifier,
            self._title(within(visit, self.seen)),
            [
                BrowseMediaSource(
                    domain=DOMAIN,
                    identifier=f"{identifier}/{one.link_id}",
                    media_class=MediaClass.IMAGE,
                    media_content_type=one.content_type,
                    title=f"{self.words.role(one.role)} · {_clock(one.taken_at)}",
                    can_play=True,
                    can_expand=False,
                    thumbnail=one.path,
                )
                for one in pictures
            ],
        )

    async def async_search(self, wanted: Searched) -> Sequence[BrowseMediaSource]:
        """Return the visits that were searched for."""
        after, before = (0.0, float("inf")) if wanted.day is None else _span(wanted.day)
        question = Wanted(cameras=wanted.cameras, after=after, before=before, limit=_MOST_FOUND)
        if wanted.kind is not None:
            question = replace(question, kind=str(wanted.kind))
        return await self._async_folders(await async_page(self._database, question))

    async def async_pictures(self, visit_ids: Sequence[str]) -> list[KeptPicture]:
        """Return the pictures of visits that this person may see, the oldest first."""
        found = await self._vault.async_of_visits(visit_ids)
        return [one for one in found if one.subentry_id in self.seen]

    async def _async_folders(
        self, page: Page, camera_id: str | None = None
    ) -> list[BrowseMediaSource]:
        """Return the folders of visits, each below one of its cameras."""
        pictures = await self.async_pictures([one["visit_id"] for one in page.visits])
        # The best one comes last and takes the place of the others; none moves.
        still = [one for one in pictures if one.role is not Role.PREVIEW]
        shown = {one.visit_id: one.path for one in still}
        folders = []
        for visit in (within(one, self.seen) for one in page.visits):
            below = camera_id or visit["cameras"][0]
            # By when it was last seen it is found: under which day does not matter.
            day = _local(visit["started_at"]).date()
            visit_id = visit["visit_id"]
            folders.append(
                _folder(
                    f"{below}/{day}/{visit_id}", self._title(visit), thumbnail=shown.get(visit_id)
                )
            )
        return folders

    def _title(self, visit: dict[str, Any]) -> str:
        """Return for example "18:05 · 2 people · Front door, Garden"."""
        words = [self.words.amount(Kind(kind), count) for kind, count in visit["kinds"].items()]
        what = ", ".join(words) or self.words.kind(None)
        names = (self.seen[one].name for one in visit["cameras"])
        return f"{_local(visit['started_at']):%H:%M} · {what} · {', '.join(names)}"


def _folder(
    identifier: str,
    title: str,
    children: Sequence[BrowseMediaSource] | None = None,
    *,
    thumbnail: str | None = None,
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.IMAGE,
        title=title,
        can_play=False,
        can_expand=True,
        children=children,
        thumbnail=thumbnail,
        can_search=True,
    )


def _nothing() -> BrowseError:
    return BrowseError(translation_domain=DOMAIN, translation_key="nothing_to_see")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise _nothing() from err


def _span(day: date) -> tuple[float, float]:
    """Return when a local day begins and ends, in seconds UTC."""
    next_day = dt_util.start_of_local_day(day + timedelta(days=1)).timestamp()
    # What happens on the stroke belongs to the next one.
    return dt_util.start_of_local_day(day).timestamp(), next_day - 1e-3


def _local(text: str) -> datetime:
    return dt_util.as_local(datetime.fromisoformat(text))


def _clock(at: datetime) -> str:
    return f"{dt_util.as_local(at):%H:%M:%S}"
