"""What phones, speakers and displays have in common: a notice, a target, one service call.

A service call for an entity that is missing or unavailable *succeeds* in Home Assistant and does
nothing. So a target asks ``async_require_entity`` first.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
import logging
from typing import Any, Final, Protocol

from aiohttp import ClientError
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, CoreState, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError, ServiceNotFound, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import voluptuous as vol

from .alerts import Alert
from .message import Words
from .redaction import without_urls

_LOGGER = logging.getLogger(__name__)

ATTEMPT_S: Final = 10.0
"""How long one service call may take."""


class Channel(StrEnum):
    """How a target tells people."""

    PHONE = "phone"
    SPEAKER = "speaker"
    DISPLAY = "display"


def target_key(channel: Channel, target: str) -> str:
    """Return a name for a target; one player may both speak and show.

    Args:
        channel: How it tells people.
        target: Its id; what may be renamed before it is told, by what ``entity_key`` returns.
    """
    return f"{channel}:{target}"


class Failure(StrEnum):
    """Why a target was not reached. Each but ``STOPPED`` has its repair issue."""

    GONE = "gone"
    NO_ENGINE = "no_engine"
    NO_LIVE_VIEW = "no_live_view"
    NO_PUSH = "no_push"
    NOT_SUPPORTED = "not_supported"
    REFUSED = "refused"
    STOPPED = "stopped"
    TIMED_OUT = "timed_out"
    UNAVAILABLE = "unavailable"
    UNEXPECTED = "unexpected"


_PASSING: Final = frozenset({Failure.REFUSED, Failure.TIMED_OUT, Failure.UNAVAILABLE})


class DeliveryError(Exception):
    """A target was not reached. The text holds no address and no token."""

    def __init__(
        self, failure: Failure, cause: BaseException | None = None, *, retry: bool | None = None
    ) -> None:
        """Describe the failure.

        Args:
            failure: Why.
            cause: What was caught, for the text.
            retry: Whether to try again; by default, where the failure may pass by itself.
        """
        super().__init__(failure if cause is None else f"{failure}: {without_urls(str(cause))}")
        self.failure = failure
        self.retry = failure in _PASSING if retry is None else retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One alert, ready to be told."""

    alert: Alert
    message: str
    """The sentence that is shown and spoken."""
    picture_path: str | None
    """Path of the picture; whoever opens it must be logged in."""
    live_view: str | None
    """Entity id of the camera to show; None when it is gone."""
    critical: bool = False
    """Whether phones sound even when they are silenced."""
    no_text: bool = False
    """Whether phones learn neither the camera nor what was seen."""
    words: Words
    context: Context
    """Of every service call of this alert."""

    def again(self) -> Notice:
        """Return it for a target that has heard of the visit."""
        return replace(self, alert=replace(self.alert, is_update=True))


class Target(Protocol):
    """One phone, speaker or display."""

    @property
    def id(self) -> str:
        """Entity id or device id, as configured."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def channel(self) -> Channel:
        """How it tells people."""

    async def async_send(self, notice: Notice) -> None:
        """Hand over the notice once.

        Raises:
            DeliveryError: The target did not accept it.
        """


@callback
def async_require_entity(
    hass: HomeAssistant, entity_id: str, gone: Failure = Failure.GONE
) -> State:
    """Return the state of an entity that can be used now.

    Raises:
        DeliveryError: It does not exist (``gone``) or is unavailable.
    """
    state = hass.states.get(entity_id)
    if state is None:
        raise DeliveryError(gone)
    if state.state == STATE_UNAVAILABLE:
        raise DeliveryError(Failure.UNAVAILABLE)
    return state


@callback
def async_require_device(hass: HomeAssistant, device_id: str) -> None:
    """Check that a device exists.

    Raises:
        DeliveryError: It does not.
    """
    if dr.async_get(hass).async_get(device_id) is None:
        raise DeliveryError(Failure.GONE)


@callback
def async_entity_name(hass: HomeAssistant, entity_id: str) -> str:
    """Return what people call an entity, or its id once it is gone."""
    if (state := hass.states.get(entity_id)) is not None:
        return state.name
    entry = er.async_get(hass).async_get(entity_id)
    return (entry and (entry.name or entry.original_name)) or entity_id


@callback
def async_device_name(hass: HomeAssistant, device_id: str) -> str:
    """Return what people call a device, or its id once it is gone."""
    device = dr.async_get(hass).async_get(device_id)
    return (device and (device.name_by_user or device.name)) or device_id


async def async_call(
    hass: HomeAssistant,
    context: Context,
    action: str,
    data: Mapping[str, Any],
    *,
    limit_s: float = ATTEMPT_S,
    retry_late: bool = True,
) -> None:
    """Run one action (``domain.service``) to its end.

    Args:
        hass: Home Assistant.
        context: Whose doing it is.
        action: What to do.
        data: With what.
        limit_s: Seconds it may take.
        retry_late: Whether it may be tried again after it took too long.

    Raises:
        DeliveryError: It does not exist, refused, or took too long. Anything else is a bug of
            whoever implements the action, and passes.
    """
    domain, _, service = action.partition(".")
    try:
        async with asyncio.timeout(limit_s):
            await hass.services.async_call(
                domain, service, dict(data), blocking=True, context=context
            )
    except TimeoutError as err:
        raise DeliveryError(Failure.TIMED_OUT, retry=retry_late) from err
    except ServiceNotFound as err:
        # While Home Assistant starts, whoever implements it may be yet to come.
        is_running = hass.state is CoreState.running
        missing = Failure.NOT_SUPPORTED if is_running else Failure.UNAVAILABLE
        raise DeliveryError(missing, err) from err
    except (ServiceValidationError, vol.Invalid) as err:
        raise DeliveryError(Failure.NOT_SUPPORTED, err) from err
    except (HomeAssistantError, ClientError, OSError) as err:
        raise DeliveryError(Failure.REFUSED, err) from err
