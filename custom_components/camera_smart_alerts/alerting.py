"""From a confirmed kind to people: draw the picture, publish the alert, hand it to every target."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
import math
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .alerts import Alert
from .delivery import Delivery, TargetResult
from .drawing import async_draw
from .history_thread import PATIENCE_S
from .kept_picture import KeptPicture, NewPicture
from .ledger import Ledger
from .pictures import GIF, Picture, async_pictures, picture_path
from .settings import CameraSettings
from .turns import Turns
from .vault import Vault
from .vision.datatypes import Kind, Observation
from .vision.style import PictureStyle
from .visit import Visit

type Publish = Callable[[Alert], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to tell of a visit, beside the visit itself."""

    observation: Observation | None
    """None where nothing could be seen."""
    hops_ms: Mapping[str, int] = field(default_factory=dict)
    motion_at: float = 0.0
    """Monotonic seconds; 0 where no motion stands behind it."""
    preview: bytes | None = None
    """Moving preview (GIF) of the whole session, in place of the picture."""
    lasted: timedelta | None = None
    """Set where the visit is over."""


class Alerting:
    """Tells people about one camera."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        settings: CameraSettings,
        camera_entity_id: str,
        *,
        vault: Vault,
        ledger: Ledger,
        live_view: Callable[[], str | None],
    ) -> None:
        """Prepare the targets.

        Args:
            hass: Home Assistant.
            entry: Owner of what runs in the background.
            settings: Who is told, and how.
            camera_entity_id: The camera whose permissions decide who may see its pictures.
            vault: Keeps the pictures.
            ledger: Notes who was told.
            live_view: Gives the camera entity that displays and taps open.
        """
        self._hass = hass
        self._vault = vault
        self._ledger = ledger
        self._settings = settings
        self._camera = camera_entity_id
        self._delivery = Delivery(hass, entry, settings, live_view=live_view)
        self._last_id = ""
        self._deleted_at = -math.inf
        self.kept: KeptPicture | None = None
        """The newest picture of the history at the start."""

    @property
    def last_picture(self) -> Picture | None:
        """Of the last alert, as long as it may be shown."""
        return async_pictures(self._hass).get(self._last_id)

    async def async_load(self) -> None:
        """Look for the picture from before."""
        self.kept = await self._vault.async_newest(subentry_id=self._settings.subentry_id)

    async def async_open_kept(self) -> bytes | None:
        """Return the picture from before, None once it is forgotten."""
        opened = None if self.kept is None else await self._vault.async_open(self.kept.id)
        return None if opened is None else opened.data

    @callback
    def async_deleted(self) -> None:
        """Keep and show nothing more of what was seen until now: people delete it."""
        self._deleted_at = time.monotonic()

    @callback
    def async_viewed(self, entity_id: str) -> None:
        """Note that an entity gave a picture of this camera away."""
        self._ledger.async_viewed(self._settings.subentry_id, entity_id)

    def alert(self, visit: Visit, seen: Seen, others: tuple[str, ...], *, no_text: bool) -> Alert:
        """Return what is told of a visit now.

        Args:
            visit: As it is after this telling.
            seen: What there is to tell.
            others: Names of the other cameras that saw the visit.
            no_text: Whether a camera of the visit is not to be named.
        """
        kinds = {kind: visit.told[kind] for kind in Kind if visit.told.get(kind)}
        kind = next(iter(kinds), None)
        shown = () if seen.observation is None else seen.observation.detections
        age = timedelta(0)
        if seen.observation is not None:
            age = timedelta(seconds=time.monotonic() - seen.observation.frame.captured_at)
        return Alert(
            id=visit.id,
            revision=visit.revision,
            subentry_id=self._settings.subentry_id,
            camera=self._settings.title,
            others=others,
            kind=kind,
            count=1 if kind is None else kinds[kind],
            kinds=kinds,
            confidence=max((one.confidence for one in shown if one.kind is kind), default=0.0),
            at=dt_util.utcnow() - age,
            motion_at=seen.motion_at,
            hops_ms=seen.hops_ms,
            no_text=no_text,
            lasted=seen.lasted,
        )

    def audience(self, *, first: bool) -> list[str]:
        """Return who hears of a visit first, or of how it goes on; see ``Delivery``."""
        return self._delivery.audience(first=first)

    async def async_tell(
        self,
        alert: Alert,
        path: str | None,
        targets: Collection[str],
        *,
        publish: Publish | None = None,
        on_reached: Callable[[], None] = lambda: None,
        live_view: str | None = None,
        turns: Turns | None = None,
    ) -> dict[str, TargetResult]:
        """Publish and deliver an alert; return what became of each target, by its key.

        With no target configured, the entities are the audience and have been reached.

        Args:
            alert: What happened.
            path: Serves its picture, None where there is none.
            targets: Who is told.
            publish: Gets the alert before it is delivered, and again with the whole receipt.
            on_reached: Called once, when the first target has accepted.
            live_view: Camera to show, where another one than this tells.
            turns: Asked before each attempt whether and how a target is told.
        """
        hops = dict(alert.hops_ms)
        publish = publish or (lambda _alert: None)

        @callback
        def handed(target: str) -> None:
            self._async_sent(target)
            if "handed" not in hops:
                hops["handed"] = since(alert.motion_at)
                on_reached()

        publish(alert)
        results = await self._delivery.deliver(
            alert, path, handed, targets, live_view=live_view, turns=turns
        )
        if not self.audience(first=True):
            on_reached()
        publish(replace(alert, hops_ms=hops))
        return results

    async def async_try_out(self, alert: Alert, observation: Observation) -> list[TargetResult]:
        """Deliver an alert that no entity shows; return what became of each target."""
        path = await self.async_picture(alert, Seen(observation))
        return list((await self._delivery.deliver(alert, path, self._async_sent)).values())

    @callback
    def _async_sent(self, target: str) -> None:
        self._ledger.async_sent(self._settings.subentry_id, target)

    async def async_picture(self, alert: Alert, seen: Seen) -> str | None:
        """Put the alert's picture on the shelf and keep it; return the path that serves it.

        Where nothing was seen since people last deleted something, the newest picture of the visit
        stays; where the camera's alerts are to show nothing, there is none.
        """
        style, observation = self._settings.counts.style, seen.observation
        if style is PictureStyle.NONE:
            return None
        if observation is None or observation.frame.captured_at <= self._deleted_at:
            return await self.async_picture_of(alert)
        picture_id = _picture_id(alert.id, alert.revision)
        drawn = await async_draw(self._hass, observation, style)
        if observation.frame.captured_at <= self._deleted_at:
            return None
        pictures = {picture_id: Picture(drawn, self._camera)}
        path = picture_path(picture_id)
        if seen.preview is not None:
            preview_id = f"{picture_id}-preview"
            pictures[preview_id] = Picture(seen.preview, self._camera, GIF)
            path = picture_path(preview_id, GIF)
        shelf = async_pictures(self._hass)
        for one, picture in pictures.items():
            shelf.put(one, picture.data, self._camera, picture.content_type)
        if not alert.is_test:
            self._last_id = picture_id
            await self._async_keep(alert, pictures)
        return path

    async def _async_keep(self, alert: Alert, pictures: Mapping[str, Picture]) -> None:
        await asyncio.gather(
            *(
                self._vault.async_keep(
                    NewPicture(
                        id=one,
                        visit_id=alert.id,
                        subentry_id=alert.subentry_id,
                        picture=picture,
                        taken_at=alert.at,
                        hides=self._settings.counts.hides,
                    )
                )
                for one, picture in pictures.items()
            )
        )

    async def async_picture_of(self, alert: Alert) -> str | None:
        """Return the path of the newest picture of a visit, after a restart the one kept."""
        if (path := self.picture_of(alert)) is not None:
            return path
        deleted_at = self._deleted_at
        try:
            async with asyncio.timeout(PATIENCE_S):
                kept = await self._vault.async_newest(own_visit_id=alert.id)
                picture = None if kept is None else await self._vault.async_open(kept.id)
        except TimeoutError:
            return None
        if kept is None or picture is None or deleted_at != self._deleted_at:
            return None
        async_pictures(self._hass).put_back(kept.id, picture)
        return picture_path(kept.id)

    def picture_of(self, alert: Alert) -> str | None:
        """Return the path of the newest picture of a visit on the shelf."""
        shelf = async_pictures(self._hass)
        for revision in range(alert.revision, 0, -1):
            if shelf.get(picture_id := _picture_id(alert.id, revision)) is not None:
                return picture_path(picture_id)
        return None

    async def async_clear(self, alert_id: str) -> None:
        """Remove the notification about a visit from the camera's phones."""
        await self._delivery.clear(alert_id)

    async def async_stop(self) -> None:
        """Stop retrying, give displays back, and forget the pictures."""
        await self._delivery.async_close()
        async_pictures(self._hass).forget(self._camera)


def since(motion_at: float) -> int:
    """Return the milliseconds since a motion, at a moment on the monotonic clock."""
    return round(1000 * (time.monotonic() - motion_at))


def _picture_id(alert_id: str, revision: int) -> str:
    return f"{alert_id}-{revision}"
