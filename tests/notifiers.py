"""Two targets of a delivery whose answers a test decides."""

import asyncio
from collections.abc import Awaitable, Callable

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall

from custom_components.camera_smart_alerts.channel import Channel, Failure
from custom_components.camera_smart_alerts.delivery import TargetResult

KITCHEN = "notify.kitchen"
HALL = "notify.hall"


def key(entity_id: str) -> str:
    return f"speaker:{entity_id}"


type Answer = Callable[[ServiceCall], Awaitable[None]]


class Notifiers:
    """Notify entities whose answers a test decides. What they were sent is in ``calls``."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.calls: list[ServiceCall] = []
        self.answers: dict[str, Answer] = {}
        for entity_id in (KITCHEN, HALL):
            hass.states.async_set(entity_id, STATE_UNKNOWN)
        hass.services.async_register("notify", "send_message", self._called)

    async def _called(self, call: ServiceCall) -> None:
        self.calls.append(call)
        if (answer := self.answers.get(call.data["entity_id"])) is not None:
            await answer(call)

    def told(self, entity_id: str) -> int:
        return sum(call.data["entity_id"] == entity_id for call in self.calls)


def fails(error: Exception, times: int = 1000) -> Answer:
    left = times

    async def answer(call: ServiceCall) -> None:
        nonlocal left
        if left:
            left -= 1
            raise error

    return answer


def waits_for(event: asyncio.Event) -> Answer:
    async def answer(call: ServiceCall) -> None:
        await event.wait()

    return answer


def worked(entity_id: str, attempts: int = 1) -> TargetResult:
    return TargetResult(entity_id, Channel.SPEAKER, ok=True, attempts=attempts)


def failed(entity_id: str, failure: Failure, attempts: int = 1) -> TargetResult:
    may_pass = failure in (Failure.REFUSED, Failure.STOPPED)
    return TargetResult(
        entity_id, Channel.SPEAKER, ok=False, attempts=attempts, error=failure, may_pass=may_pass
    )
