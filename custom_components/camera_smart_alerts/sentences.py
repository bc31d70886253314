"""What people say to Assist to ask who was there, in every language of ours at once.

Home Assistant takes sentences of integrations only as sentence triggers. What a reader would get
wrong: a sentence that matches is answered here and reaches no language model. So places are the
names of our cameras and areas, not any word; only "the camera so-and-so" may be one we do not know.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)

from .const import DOMAIN
from .coordinator import CameraCoordinator
from .intent import (
    INTENT,
    MOST_HOURS,
    SLOT_HOURS,
    SLOT_KIND,
    SLOT_NAME,
    SLOT_WHEN,
    TODAY,
    YESTERDAY,
)
from .message import Words, async_words
from .spoken import areas, names
from .vision.datatypes import Kind

if TYPE_CHECKING:
    # What Assist needs is only there where it is set up.
    from hassil.recognize import RecognizeResult
    from homeassistant.components.conversation import ConversationInput

ASSISTANT: Final = "conversation"
LANGUAGES: Final = ("en", "de", "es", "fr", "nl")
_FORMS: Final = ("at_place", "there", "at_camera")
"""Whoever matches first is taken: what is known goes before what is not."""
_SPANS: Final[Mapping[str, Mapping[str, Any]]] = {
    "yesterday": {SLOT_WHEN: YESTERDAY},
    "hours": {},
    "hour": {SLOT_HOURS: 1},
    "today": {SLOT_WHEN: TODAY},
}
_KINDS: Final = (*Kind, None)
_NAME: Final = f"{{{SLOT_NAME}}}"
_EVENTS: Final = (
    ar.EVENT_AREA_REGISTRY_UPDATED,
    dr.EVENT_DEVICE_REGISTRY_UPDATED,
    er.EVENT_ENTITY_REGISTRY_UPDATED,
)
"""What may give a camera another name or area."""


class Sentences:
    """The sentences that Assist knows while the cameras are loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        cameras: Mapping[str, CameraCoordinator],
        languages: Sequence[Words],
    ) -> None:
        """Prepare; ``async_start`` begins."""
        self._hass = hass
        self._cameras = cameras
        self._languages = languages
        self._called: set[str] = set()
        """What all cameras and their areas are called."""
        self._doors = {words.asked("door") for words in languages}
        self._known: dict[str, tuple[str, Words]] = {}
        """The form and the language of every sentence."""
        self._forget: CALLBACK_TYPE = lambda: None

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Tell Assist the sentences, again when a camera is called otherwise; return the end."""
        self._async_teach()
        ends = [self._hass.bus.async_listen(event, self._async_changed) for event in _EVENTS]

        @callback
        def end() -> None:
            for one in (*ends, self._forget):
                one()

        return end

    @callback
    def _async_changed(self, _event: Event[Any]) -> None:
        if self._async_names() != self._called:
            self._forget()
            self._async_teach()

    @callback
    def _async_names(self) -> set[str]:
        return {
            name
            for one in self._cameras.values()
            for name in names(self._hass, one) | areas(self._hass, one)
        }

    @callback
    def _async_teach(self) -> None:
        from homeassistant.components.conversation.agent_manager import (  # noqa: PLC0415 - see above
            get_agent_manager,
        )

        self._called = self._async_names()
        places = "|".join(sorted(self._called | self._doors))
        # Few and long: Home Assistant reads them in its event loop.
        self._known = {
            _filled(
                words.asked(form),
                kind="|".join(words.asked(kind or "thing") for kind in _KINDS),
                when=_optional("|".join(_span(words, one) for one in _SPANS), form),
                place=f"({places})",
            ): (form, words)
            for form in _FORMS
            for words in self._languages
        }
        manager = get_agent_manager(self._hass)
        self._forget = manager.register_trigger(list(self._known), self._async_answer)

    async def _async_answer(self, asked: ConversationInput, found: RecognizeResult) -> str:
        """Return the answer to a sentence."""
        form, words = self._known[getattr(found.intent_sentence, "text", "")]
        slots = await self._hass.async_add_executor_job(
            _slots,
            asked.text,
            self._hass.config.language,
            form,
            words,
            self._called | self._doors,
        )
        if slots.get(SLOT_NAME) in self._doors and not self._has_door(slots[SLOT_NAME]):
            del slots[SLOT_NAME]
        response = await intent.async_handle(
            self._hass,
            DOMAIN,
            INTENT,
            {key: {"value": value} for key, value in slots.items()},
            asked.text,
            asked.context,
            asked.language,
            assistant=ASSISTANT,
            device_id=asked.device_id,
            satellite_id=asked.satellite_id,
            conversation_agent_id=asked.agent_id,
        )
        said: str = response.speech["plain"]["speech"]
        return said

    def _has_door(self, door: str) -> bool:
        """Return whether anything is called like a door; else it is just where people come in."""
        return any(door in one for one in self._called)


def _slots(
    text: str, language: str, form: str, words: Words, places: Collection[str]
) -> dict[str, Any]:
    """Return what a sentence asks for. Blocks.

    Args:
        text: The sentence.
        language: Of numbers in words; that of the home, as where the sentence was recognized.
        form: Of the sentence.
        words: In the language of the sentence.
        places: All that may be called in it.
    """
    from hassil import Intents, recognize_all  # noqa: PLC0415 - see above

    blocks = [
        {
            "sentences": [
                _filled(
                    words.asked(form),
                    kind=words.asked(kind or "thing"),
                    when=_optional(_span(words, span), form if span == "today" else ""),
                    place=_NAME,
                )
            ],
            "slots": {**slots, SLOT_KIND: kind},
        }
        for span, slots in _SPANS.items()
        for kind in _KINDS
    ]
    name = {"wildcard": True} if form == "at_camera" else {"values": sorted(places)}
    known = Intents.from_dict(
        {
            "language": language,
            "intents": {INTENT: {"data": blocks}},
            "lists": {SLOT_NAME: name},
        }
    )
    # It was recognized a moment ago, or this would not have been called.
    found = next(iter(recognize_all(text, known)))
    return {key: one.value for key, one in found.entities.items() if one.value is not None}


def _filled(sentence: str, *, kind: str, when: str, place: str) -> str:
    """Return a sentence of the translations as Home Assistant writes them."""
    parts = {"{kind}": f"({kind})", "{when}": when, "{place}": place, "{camera}": _NAME}
    for part, text in parts.items():
        sentence = sentence.replace(part, text)
    return f"({sentence})"


def _span(words: Words, span: str) -> str:
    return words.asked(span).replace("{hours}", f"{{1..{MOST_HOURS}:{SLOT_HOURS}}}")


def _optional(when: str, form: str) -> str:
    """Return the words of a time; with a place none are needed."""
    return f"[{when}]" if form.startswith("at_") else f"({when})"


async def async_teach(
    hass: HomeAssistant, cameras: Mapping[str, CameraCoordinator]
) -> CALLBACK_TYPE:
    """Tell Assist the sentences, where it is set up; return what takes them back."""
    if ASSISTANT not in hass.config.components:
        return lambda: None
    languages = [await async_words(hass, language) for language in LANGUAGES]
    return Sentences(hass, cameras, languages).async_start()
