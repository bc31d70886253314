"""The picture of what was seen: in its style, with boxes and their names, as JPEG."""

from collections.abc import Mapping, Sequence

from homeassistant.core import HomeAssistant

from .message import async_words
from .vision.annotate import annotate, draw_zones, encode_jpeg
from .vision.datatypes import Kind, Observation
from .vision.style import PictureStyle, apply_style
from .vision.zones import Zone


async def async_draw(
    hass: HomeAssistant,
    observation: Observation,
    style: PictureStyle,
    zones: Sequence[Zone] = (),
) -> bytes:
    """Return the picture of an observation in its style, with its boxes and zones, as JPEG."""
    words = await async_words(hass)
    labels = {kind: words.kind(kind) for kind in Kind}
    return await hass.async_add_executor_job(_draw, observation, style, zones, labels)


def _draw(
    observation: Observation,
    style: PictureStyle,
    zones: Sequence[Zone],
    labels: Mapping[Kind, str],
) -> bytes:
    image, shown = observation.frame.image, observation.detections
    image = apply_style(image, shown, style, observation.people)
    return encode_jpeg(annotate(draw_zones(image, zones) if zones else image, shown, labels=labels))
