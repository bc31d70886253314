"""From a confirmed kind to people: draw the picture, publish the alert, hand it to every target."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
import secrets
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .alerts import Alert, hops_ms
from .delivery import Delivery, TargetResult
from .message import async_words
from .pictures import Picture, async_pictures, picture_path
from .settings import CameraSettings
from .vision.annotate import annotate, encode_jpeg
from .vision.datatypes import Kind, Observation
from .vision.session import AnalysisResult

type Publish = Callable[[Alert], None]


class Alerting:
    """Tells people about one camera."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        settings: CameraSettings,
        camera_entity_id: str | None,
        *,
        live_view: Callable[[], str | None],
    ) -> None:
        """Prepare the targets.

        Args:
            hass: Home Assistant.
            entry: Owner of what runs in the background.
            settings: Who is told, and how.
            camera_entity_id: The camera whose permissions decide who may see its pictures.
            live_view: Gives the camera entity that displays and taps open.
        """
        self._hass = hass
        self._settings = settings
        self._camera = camera_entity_id or settings.camera
        self._delivery = Delivery(hass, entry, settings, live_view=live_view)
        self.last_picture: Picture | None = None
        """Of the last alert."""

    def alert(self, kind: Kind, result: AnalysisResult, motion_at: float) -> Alert:
        """Return the alert about a kind that a session confirmed."""
        return self._alert(kind, result.kinds[kind], motion_at, hops_ms(result.timings))

    def test_alert(self, observation: Observation, started: float) -> Alert:
        """Return an alert that pretends to have seen a person."""
        return self._alert(Kind.PERSON, observation, started, {}, is_test=True)

    def _alert(
        self,
        kind: Kind,
        observation: Observation,
        motion_at: float,
        hops: Mapping[str, int],
        *,
        is_test: bool = False,
    ) -> Alert:
        seen = [d.confidence for d in observation.detections if d.kind is kind]
        age = timedelta(seconds=time.monotonic() - observation.frame.captured_at)
        return Alert(
            id=secrets.token_urlsafe(12),
            subentry_id=self._settings.subentry_id,
            camera=self._settings.title,
            kind=kind,
            count=max(1, len(seen)),
            confidence=max(seen, default=0.0),
            at=dt_util.utcnow() - age,
            motion_at=motion_at,
            hops_ms=hops,
            is_test=is_test,
        )

    async def async_tell(
        self,
        alert: Alert,
        observation: Observation,
        *,
        publish: Publish,
        on_reached: Callable[[], None],
    ) -> bool:
        """Publish and deliver an alert; return whether it reached anybody.

        With no target configured, the entities are the audience and have been reached.

        Args:
            alert: What happened.
            observation: The frame that triggered.
            publish: Gets the alert once its picture is ready, and again with the whole receipt.
            on_reached: Called once, when the first target has accepted.
        """
        hops = dict(alert.hops_ms)

        def since_motion() -> int:
            return round(1000 * (time.monotonic() - alert.motion_at))

        @callback
        def handed(_target: str) -> None:
            if "handed" not in hops:
                hops["handed"] = since_motion()
                on_reached()

        path = await self._async_draw(alert, observation)
        self.last_picture = async_pictures(self._hass).get(alert.id)
        hops["picture"] = since_motion()
        publish(replace(alert, hops_ms=dict(hops)))
        results = await self._delivery.deliver(alert, path, handed)
        publish(replace(alert, hops_ms=hops))
        if not results:
            on_reached()
        return not results or any(result.ok for result in results)

    async def async_test(self, alert: Alert, observation: Observation) -> list[TargetResult]:
        """Deliver an alert that no entity shows; return what became of each target."""
        path = await self._async_draw(alert, observation)
        return await self._delivery.deliver(alert, path, lambda _target: None)

    async def _async_draw(self, alert: Alert, observation: Observation) -> str:
        """Put the alert's picture on the shelf and return the path that serves it."""
        jpeg = await async_draw(self._hass, observation)
        async_pictures(self._hass).put(alert.id, jpeg, self._camera)
        return picture_path(alert.id)

    async def async_clear(self, kind: Kind) -> None:
        """Remove the camera's notification about a kind from the phones."""
        await self._delivery.clear(kind)

    async def async_stop(self) -> None:
        """Stop retrying, give displays back, and forget the pictures."""
        await self._delivery.async_close()
        async_pictures(self._hass).forget(self._camera)


async def async_draw(hass: HomeAssistant, observation: Observation) -> bytes:
    """Return the picture of an observation with its boxes, as JPEG."""
    words = await async_words(hass)
    labels = {kind: words.kind(kind) for kind in Kind}
    return await hass.async_add_executor_job(_draw, observation, labels)


def _draw(observation: Observation, labels: Mapping[Kind, str]) -> bytes:
    return encode_jpeg(annotate(observation.frame.image, observation.detections, labels=labels))
