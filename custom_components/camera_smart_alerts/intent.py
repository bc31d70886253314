"""The intent behind "Who was at the front door today?", answered without a language model.

What a reader would get wrong: it counts what was seen, and knows nobody. Who comes twice counts
twice. Home Assistant loads this file once, where there are intents at all; no assistant makes a
tool of it, as ``llm.py`` has a better one. What people say to get here is in ``sentences.py``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
import math
from typing import Any, Final, Self, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent
from homeassistant.util import dt as dt_util
import probatio

from .message import Words, async_words
from .spoken import Spoken, async_spoken
from .vision.datatypes import Kind
from .visit_list import ANY_KIND, Seen, async_seen

INTENT: Final = "CameraSmartAlertsWhoWasThere"
TODAY: Final = "today"
YESTERDAY: Final = "yesterday"
SLOT_AREA: Final = "area"
SLOT_HOURS: Final = "hours"
SLOT_KIND: Final = "kind"
SLOT_NAME: Final = "name"
SLOT_WHEN: Final = "when"
MOST_HOURS: Final = 720
"""As long as anything may be kept."""
_MOST_NAMES: Final = 3
"""Cameras; of more than these nobody wants to hear all the names."""


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register the intent; called once by Home Assistant."""
    intent.async_register(hass, WhoWasThere())


@dataclass(frozen=True, slots=True)
class _Span:
    """The time that was asked about."""

    after: datetime
    """UTC, like ``before``."""
    before: datetime | None
    key: str
    """Of its words."""
    hours: int = 0

    @classmethod
    def of(cls, when: str, hours: int | None, now: datetime) -> Self:
        """Return the time that the slots mean."""
        if hours is not None:
            return cls.last(hours, now)
        today = dt_util.start_of_local_day(dt_util.as_local(now))
        if when == YESTERDAY:
            yesterday = dt_util.start_of_local_day(today.date() - timedelta(days=1))
            return cls(dt_util.as_utc(yesterday), dt_util.as_utc(today), YESTERDAY)
        return cls(dt_util.as_utc(today), None, TODAY)

    @classmethod
    def last(cls, hours: int, now: datetime) -> Self:
        """Return the last hours."""
        key = "hour" if hours == 1 else "hours"
        return cls(now - timedelta(hours=hours), None, key, hours)

    def words(self, words: Words) -> str:
        """Return for example "today"."""
        return words.answer(self.key, hours=str(self.hours))


class WhoWasThere(intent.IntentHandler):
    """Says in a sentence or two what cameras saw."""

    intent_type = INTENT
    description = "Says how many people, animals or vehicles the home's cameras saw, and when"

    @property
    @override
    def slot_schema(self) -> dict[Any, Any]:
        """Return what may be asked for."""
        return {
            probatio.Optional(SLOT_NAME): intent.non_empty_string,
            probatio.Optional(SLOT_AREA): intent.non_empty_string,
            probatio.Optional(SLOT_KIND): probatio.In(list(Kind)),
            probatio.Optional(SLOT_WHEN): probatio.In([TODAY, YESTERDAY]),
            probatio.Optional(SLOT_HOURS): probatio.All(
                probatio.Coerce(int), probatio.Range(min=1, max=MOST_HOURS)
            ),
        }

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Return the answer, in the language of the question."""
        slots = {
            key: slot["value"] for key, slot in self.async_validate_slots(intent_obj.slots).items()
        }
        hass, response = intent_obj.hass, intent_obj.create_response()
        words = await async_words(hass, intent_obj.language)
        spoken = await async_spoken(hass, intent_obj.assistant, intent_obj.context)
        if spoken is None:
            return _failed(response, words.answer("no_camera"))
        name, area = slots.get(SLOT_NAME, ""), slots.get(SLOT_AREA)
        meant = spoken.meant(name)
        if area is not None:
            inside = spoken.inside(area)
            meant = [key for key in meant if key in inside]
        if not meant:
            return _failed(response, words.answer("unknown", name=name or area or ""))
        response.response_type = intent.IntentResponseType.QUERY_ANSWER
        response.async_set_speech(await _async_answer(spoken, meant, slots, words))
        return response


def _failed(response: intent.IntentResponse, why: str) -> intent.IntentResponse:
    response.async_set_error(intent.IntentResponseErrorCode.NO_VALID_TARGETS, why)
    return response


async def _async_answer(
    spoken: Spoken, meant: list[str], slots: dict[str, Any], words: Words
) -> str:
    """Return what some cameras saw, in words."""
    database, now, kind = spoken.runtime.database, dt_util.utcnow(), slots.get(SLOT_KIND)
    span = _Span.of(slots.get(SLOT_WHEN, TODAY), slots.get(SLOT_HOURS), now)
    if span.after < (oldest := now - database.retention):
        # What is forgotten was not nobody.
        if span.before is not None and span.before <= oldest:
            return words.answer("forgotten")
        span = _Span.last(round(database.retention / timedelta(hours=1)), now)
    seen = await async_seen(
        database,
        meant,
        kind or ANY_KIND,
        span.after.timestamp(),
        math.inf if span.before is None else span.before.timestamp(),
    )
    when = span.words(words)
    if seen is None:
        cameras = _cameras(spoken, meant, words)
        return words.answer(f"no_{kind or 'thing'}", cameras=cameras, when=when)
    return words.answer(
        "seen_one" if sum(seen.kinds.values()) == 1 else "seen_many",
        what=words.joined([words.amount(one, count) for one, count in seen.kinds.items()]),
        cameras=_cameras(spoken, seen.cameras, words),
        when=when,
        at=_at(seen, span, now, words),
    )


def _cameras(spoken: Spoken, keys: list[str], words: Words) -> str:
    if len(keys) > _MOST_NAMES:
        return words.answer("cameras", count=str(len(keys)))
    return words.joined([spoken.cameras[key].name for key in keys])


def _at(seen: Seen, span: _Span, now: datetime, words: Words) -> str:
    """Return when something was seen last, with the day where that is not plain."""
    at = dt_util.as_local(seen.last_at)
    days = (dt_util.as_local(now).date() - at.date()).days
    key = "at" if days <= 0 or span.key == YESTERDAY else "at_yesterday" if days == 1 else "at_days"
    return words.answer(key, time=at.strftime("%H:%M"), days=str(days))
