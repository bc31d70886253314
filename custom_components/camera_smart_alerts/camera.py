"""The smart view: what the network sees while it looks, the last alert otherwise.

Stills and MJPEG are ours; live video (HLS, WebRTC) is the source camera's own, passed through
and never touched, so there is none where privacy masks hide a part of it. There are two classes
because Home Assistant looks at the class to decide what a camera can stream: one that overrides
the WebRTC offer counts as native WebRTC and gets no HLS.
"""

import asyncio
import logging
import time
from typing import Final, override

from homeassistant.components.camera import (
    Camera,
    CameraEntityDescription,
    CameraEntityFeature,
    WebRTCClientConfiguration,
    WebRTCSendMessage,
    async_get_image,
)
from homeassistant.components.camera.const import CAMERA_STREAM_SOURCE_TIMEOUT
from homeassistant.components.camera.helper import get_camera_from_entity_id
from homeassistant.components.stream import Stream
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_state_change_event
from webrtc_models import RTCIceCandidateInit

from .access import async_for_some_only, async_is_refused
from .camera_calls import async_ask, async_find_camera
from .coordinator import CameraCoordinator
from .data import SmartAlertsConfigEntry
from .drawing import async_draw
from .entity import SmartAlertsEntity
from .vision.annotate import masked_jpeg
from .vision.datatypes import Observation
from .vision.errors import ImageError, SourceError
from .vision.style import PictureStyle

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

DESCRIPTION: Final = CameraEntityDescription(key="smart_view", translation_key="smart_view")

_JPEG: Final = "image/jpeg"
_FRAME_INTERVAL_S: Final = 0.2
# The MJPEG view asks five times a second; the source need not answer more often than this.
_STILL_KEPT_S: Final = 2.0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the smart view of every camera, as soon as the camera itself is there."""
    for coordinator in entry.runtime_data.cameras.values():
        if coordinator.camera_entity_id is not None:
            _async_follow_source(
                hass, entry, async_add_entities, coordinator, coordinator.camera_entity_id
            )


@callback
def _async_follow_source(
    hass: HomeAssistant,
    entry: SmartAlertsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    coordinator: CameraCoordinator,
    source_id: str,
) -> None:
    """Add the smart view in the class that fits its source, now or when the source appears.

    Should the source come back with the other kind of stream, the entry starts over.
    """
    view: SmartView | None = None

    @callback
    def source_changed(_event: Event[EventStateChangedData] | None = None) -> None:
        nonlocal view
        source = async_find_camera(hass, source_id)
        if source is None:
            return
        native = _is_native(source) and not coordinator.mask.hides
        fitting = NativeSmartView if native else SmartView
        if view is None:
            view = fitting(coordinator, source_id)
            async_add_entities([view], config_subentry_id=coordinator.settings.subentry_id)
        elif type(view) is not fitting:
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(async_track_state_change_event(hass, source_id, source_changed))
    source_changed()


def _is_native(source: Camera) -> bool:
    """Return whether a camera speaks WebRTC itself. Home Assistant asks the same question."""
    offer = type(source).async_handle_async_webrtc_offer
    return offer is not Camera.async_handle_async_webrtc_offer


class SmartView(SmartAlertsEntity, Camera):
    """A camera with annotated stills, streaming what its source streams."""

    _attr_frame_interval = _FRAME_INTERVAL_S

    def __init__(self, coordinator: CameraCoordinator, source_id: str) -> None:
        """Prepare a view of the camera ``source_id``."""
        SmartAlertsEntity.__init__(self, coordinator, DESCRIPTION)
        Camera.__init__(self)
        self._source_id = source_id
        self._style = coordinator.settings.counts.style
        self._drawing = asyncio.Lock()
        self._drawn: tuple[Observation, bytes] | None = None
        self._still: tuple[float, bytes | None] | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Become the live view that notifications open and displays show."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_track_state_change_event(self.hass, self._source_id, self._async_source_changed)
        )
        self.coordinator.live_view = self.entity_id

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Leave the live view to the source."""
        self.coordinator.live_view = None if self.coordinator.mask.hides else self._source_id
        await super().async_will_remove_from_hass()

    @callback
    def _async_source_changed(self, _event: Event[EventStateChangedData]) -> None:
        self.async_write_ha_state()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Let go of the last frame when the session is over."""
        if not self.coordinator.data.analyzing:
            self._drawn = None
        super()._handle_coordinator_update()

    @property
    def _source(self) -> Camera | None:
        return async_find_camera(self.hass, self._source_id)

    @property
    def _streaming_source(self) -> Camera | None:
        """The source, where nothing in its live video is to be hidden."""
        return None if self.coordinator.mask.hides else self._source

    # State

    @property
    @override
    def supported_features(self) -> CameraEntityFeature:
        """Return whether the source streams."""
        if (source := self._streaming_source) is None:
            return CameraEntityFeature(0)
        return source.supported_features & CameraEntityFeature.STREAM

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the source is on: a camera that is off shows nothing."""
        return (source := self._source) is None or source.is_on

    @property
    @override
    def is_streaming(self) -> bool:
        """Return whether the network looks right now."""
        return self.coordinator.data.analyzing

    # Stills

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return the analysed frame or last alert if they are for everybody; else a plain still."""
        if self.is_over or async_is_refused(self._source_id):
            return None
        if async_for_some_only(self.hass):
            return await self._async_source_still()
        shown, observation = self.coordinator.last_picture, self.coordinator.live_observation
        if observation is not None and self._style is not PictureStyle.NONE:
            shown = await self._async_draw(observation)
        if shown is None:
            return await self._async_source_still()
        self.coordinator.alerting.async_viewed(self.entity_id)
        return shown

    async def _async_draw(self, observation: Observation) -> bytes:
        """Draw an observation once, however many people watch."""
        async with self._drawing:
            if self._drawn is None or self._drawn[0] is not observation:
                self._drawn = observation, await async_draw(self.hass, observation, self._style)
            return self._drawn[1]

    async def _async_source_still(self) -> bytes | None:
        """Return the source's own still as JPEG, at most ``_STILL_KEPT_S`` old."""
        now = time.monotonic()
        if self._still is None or now - self._still[0] > _STILL_KEPT_S:
            self._still = now, await self._async_fetch_still()
        return self._still[1]

    async def _async_fetch_still(self) -> bytes | None:
        try:
            image = await async_ask(async_get_image(self.hass, self._source_id))
            mask = self.coordinator.mask
            if image.content_type == _JPEG and not mask.hides:
                return image.content
            return await self.hass.async_add_executor_job(masked_jpeg, image.content, mask)
        except (SourceError, ImageError) as err:
            _LOGGER.debug("%s: no still: %s", self.coordinator.name, err)
            return None

    # Live video

    @override
    async def stream_source(self) -> str | None:
        """Return the source of the source, for whoever turns it into WebRTC (go2rtc)."""
        if (source := self._streaming_source) is None:
            return None
        try:
            async with asyncio.timeout(CAMERA_STREAM_SOURCE_TIMEOUT):
                return await async_ask(source.stream_source())
        except (SourceError, TimeoutError) as err:
            # Home Assistant asks while it adds this entity, which must not fail by it.
            _LOGGER.debug("%s: no stream source: %s", self.coordinator.name, err)
            return None

    @override
    async def async_create_stream(self) -> Stream | None:
        """Share the stream of the source: one connection, with its options and orientation."""
        source = self._streaming_source
        return None if source is None else await source.async_create_stream()


class NativeSmartView(SmartView):
    """A smart view whose source speaks WebRTC itself: the sessions are handed on to it."""

    def __init__(self, coordinator: CameraCoordinator, source_id: str) -> None:
        """Start without sessions."""
        super().__init__(coordinator, source_id)
        self._sessions: dict[str, Camera] = {}

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Close what viewers left open."""
        for session_id in list(self._sessions):
            self.close_webrtc_session(session_id)
        await super().async_will_remove_from_hass()

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Hand an offer to the source.

        Raises:
            HomeAssistantError: The source is gone or off, or refuses.
        """
        source = get_camera_from_entity_id(self.hass, self._source_id)
        self._sessions[session_id] = source
        await source.async_handle_async_webrtc_offer(offer_sdp, session_id, send_message)

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Hand a candidate to the source that got the offer."""
        if (source := self._sessions.get(session_id)) is not None:
            await source.async_on_webrtc_candidate(session_id, candidate)

    @callback
    @override
    def close_webrtc_session(self, session_id: str) -> None:
        """Close the session at the source that got the offer."""
        if (source := self._sessions.pop(session_id, None)) is not None:
            source.close_webrtc_session(session_id)

    @callback
    @override
    def _async_get_webrtc_client_configuration(self) -> WebRTCClientConfiguration:
        """Return what the source asks of its clients."""
        if (source := self._source) is None:
            return super()._async_get_webrtc_client_configuration()
        # The public method adds the ICE servers, which Home Assistant will add to ours as well.
        return source._async_get_webrtc_client_configuration()  # noqa: SLF001
