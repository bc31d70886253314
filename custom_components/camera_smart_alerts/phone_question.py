"""The question on a phone before the first feedback teaches anything: what becomes of it.

What a reader would get wrong: what was called not right is gone by then, everywhere; only learning
waits for the answer. Of the rest nothing is even noted. The buttons carry the alert and what was
said of it, so a restart in between loses nothing. It names no camera.
"""

import asyncio
from collections.abc import Awaitable, Iterable
import logging
from typing import Any, Final

from homeassistant.core import Context, HomeAssistant

from .channel import DeliveryError
from .const import DOMAIN, TITLE
from .feedback import Opinion
from .message import Words, async_words
from .phone import (
    ACTION_DO_NOT_LEARN,
    ACTION_LEARN,
    ACTION_LEARN_MISSED,
    ACTION_LEARN_RIGHT,
    Phone,
    action,
    quiet,
)

_LOGGER = logging.getLogger(__name__)

TAG: Final = f"{DOMAIN}_feedback"
"""A newer question takes the place of an older one."""
YES: Final = {
    Opinion.NOT_RIGHT: ACTION_LEARN,
    Opinion.RIGHT: ACTION_LEARN_RIGHT,
    Opinion.MISSED: ACTION_LEARN_MISSED,
}
"""What the button says that agrees, by what was said of the alert."""


def question(words: Words, alert_id: str, opinion: Opinion) -> dict[str, Any]:
    """Return the data of the notify service."""
    text = words.notification
    message = text("may_learn")
    if opinion is Opinion.NOT_RIGHT:
        message = f"{text('taken_back')} {message}"
    return {
        "title": TITLE,
        "message": message,
        "data": {
            "tag": TAG,
            "group": DOMAIN,
            "priority": "high",
            "ttl": 900,
            "actions": [
                {"action": action(YES[opinion], alert_id), "title": text("learn")},
                {"action": action(ACTION_DO_NOT_LEARN, alert_id), "title": text("do_not_learn")},
            ],
        }
        | quiet(words),
    }


async def async_ask(
    hass: HomeAssistant, phones: Iterable[str], alert_id: str, opinion: Opinion
) -> None:
    """Ask on these phones (device ids) whether what was said of an alert may be learned from."""
    asked = question(await async_words(hass), alert_id, opinion)
    await _async_each(Phone(hass, one).async_ask(asked, Context()) for one in phones)


async def async_answered(hass: HomeAssistant, phones: Iterable[str]) -> None:
    """Take the question away from the phones on which it was not answered."""
    await _async_each(Phone(hass, one).async_clear(TAG, Context()) for one in phones)


async def _async_each(calls: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*(_async_try(one) for one in calls))


async def _async_try(call: Awaitable[None]) -> None:
    try:
        await call
    except DeliveryError as err:
        _LOGGER.warning("A phone could not be asked whether cameras may learn: %s", err)
