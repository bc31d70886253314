"""Which cameras an assistant may talk about, and which of them somebody means by a name.

What a reader would get wrong: a voice in a room is nobody known. What is exposed to the assistant
is meant for it; a user who is known hears only of cameras within rights, exposed or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re

from homeassistant.components.homeassistant import async_should_expose
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, entity_registry as er

from .asking import Asker
from .coordinator import CameraCoordinator
from .data import RuntimeData, loaded

_NOT_SPOKEN = re.compile(r"[^\w']+")


def plain(text: str) -> str:
    """Return a name as it sounds: without signs and capitals."""
    return (
        _NOT_SPOKEN.sub(" ", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
        .strip()
        .casefold()
    )


@callback
def names(hass: HomeAssistant, camera: CameraCoordinator) -> set[str]:
    """Return what a camera may be called, as ``plain`` writes it."""
    found = {camera.name}
    if (entry := er.async_get(hass).async_get(camera.source_entity_id)) is not None:
        found.update(er.async_get_entity_aliases(hass, entry, allow_empty=False))
    return {plain(one) for one in found} - {""}


@callback
def areas(hass: HomeAssistant, camera: CameraCoordinator) -> set[str]:
    """Return what the area of a camera may be called, as ``plain`` writes it."""
    entry = er.async_get(hass).async_get(camera.source_entity_id)
    area_id = entry and er.async_get_effective_area_id(hass, entry)
    area = area_id and ar.async_get(hass).async_get_area(area_id)
    return {plain(one) for one in (area.name, *area.aliases)} - {""} if area else set()


@dataclass(frozen=True, slots=True)
class Spoken:
    """The cameras that may be talked about."""

    hass: HomeAssistant
    runtime: RuntimeData
    cameras: dict[str, CameraCoordinator]
    """By subentry id; at least one."""

    def meant(self, name: str) -> list[str]:
        """Return the cameras of a name or in an area, else those whose name it is part of.

        Several cameras may have one name, and an area may be called like one of its cameras: all
        of them are meant. Without a name all cameras are.
        """
        if not (name := plain(name)):
            return list(self.cameras)
        exact = [key for key, one in self._named() if name in one]
        return exact or [key for key, one in self._named() if any(name in each for each in one)]

    def inside(self, area: str) -> list[str]:
        """Return the cameras in the areas of a name."""
        area = plain(area)
        return [key for key, one in self.cameras.items() if area in areas(self.hass, one)]

    def _named(self) -> Iterator[tuple[str, set[str]]]:
        for key, one in self.cameras.items():
            yield key, names(self.hass, one) | areas(self.hass, one)


@callback
def is_exposed(hass: HomeAssistant, assistant: str | None, camera: CameraCoordinator) -> bool:
    """Return whether an assistant may talk about a camera at all."""
    return assistant is not None and async_should_expose(hass, assistant, camera.source_entity_id)


async def async_spoken(
    hass: HomeAssistant, assistant: str | None, context: Context | None
) -> Spoken | None:
    """Return the cameras that an assistant may talk about with whoever asks; None for none.

    Args:
        hass: Home Assistant.
        assistant: What cameras are exposed to, for example ``conversation``.
        context: Of the question.
    """
    if (runtime := loaded(hass)) is None:
        return None
    user_id = context and context.user_id
    user = await hass.auth.async_get_user(user_id) if user_id else None
    asker = Asker(hass, runtime, user, is_home=not user_id)
    cameras = {key: one for key, one in asker.cameras().items() if is_exposed(hass, assistant, one)}
    return Spoken(hass, runtime, cameras) if cameras else None
