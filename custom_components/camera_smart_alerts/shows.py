"""Live views on screens: how long each stays, and who may change it.

A screen may be shared by several cameras, each with its own ``Delivery``. What is shown where is
therefore known once per Home Assistant (``hass.data``): whoever ends a show gives the screen back
to what was there before the *first* camera of the visit.
"""

from dataclasses import dataclass, field
from datetime import datetime
import logging
from typing import Any, Final, Protocol

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .alerts import visit_id
from .channel import DeliveryError, Notice
from .const import DOMAIN
from .redaction import log_unexpected

_LOGGER = logging.getLogger(__name__)

EVENT_SHOW: Final = f"{DOMAIN}_show"
"""For screens that are told by automations, such as browsers on wall tablets."""
VISIT_MOST_S: Final = 600
"""How long a live view stays at most; it ends with its visit."""
_OPEN_MOST: Final = 50
"""Visits that may be open at once, as far as anybody remembers."""
TEST_S: Final = 60
"""How long the live view of a test alert stays."""


class Screen(Protocol):
    """What shows a live view and can undo it."""

    @property
    def id(self) -> str:
        """Entity id or device id; two cameras may show on the same."""

    @property
    def name(self) -> str:
        """What people call it."""

    async def async_give_back(self, notice: Notice, before: State | None) -> None:
        """Undo the live view, unless the screen is used for something else by now.

        Raises:
            DeliveryError: It cannot be undone.
        """


@dataclass(slots=True)
class Show:
    """A live view on a screen."""

    screen: Screen
    notice: Notice
    before: State | None
    """What the screen showed before the visit."""
    cancel: CALLBACK_TYPE


@dataclass(slots=True)
class _Shows:
    running: dict[str, Show] = field(default_factory=dict)
    """By id of the screen."""
    over: dict[str, str] = field(default_factory=dict)
    """Id of the screen to the visit that was last shown there and is not any more."""
    said: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """Id of an open visit to the camera that told of it last, and what the bus was told then."""


_SHOWS: HassKey[_Shows] = HassKey(f"{DOMAIN}_shows")


@callback
def _async_shows(hass: HomeAssistant) -> _Shows:
    if _SHOWS not in hass.data:
        hass.data[_SHOWS] = _Shows()
    return hass.data[_SHOWS]


@callback
def async_shown(hass: HomeAssistant, screen_id: str) -> Show | None:
    """Return what is shown on a screen."""
    return _async_shows(hass).running.get(screen_id)


@callback
def async_may_show(hass: HomeAssistant, screen_id: str, notice: Notice) -> bool:
    """Tell whether a telling changes what a screen shows.

    The first one does. A later one only where another camera of the visit is to be shown, or where
    the screen has not heard of the visit yet: a stream is not started anew, a newer visit is not
    displaced, and a screen that was given back is left alone.
    """
    alert = notice.alert
    if not alert.is_update:
        return True
    shows = _async_shows(hass)
    if (show := shows.running.get(screen_id)) is None:
        return shows.over.get(screen_id) != alert.id
    return show.notice.alert.id == alert.id and show.notice.live_view != notice.live_view


@callback
def async_keep(hass: HomeAssistant, screen: Screen, notice: Notice, before: State | None) -> None:
    """Let a live view stay until its visit is over, or for as long as any may stay."""
    running = _async_shows(hass).running
    if (shown := running.get(screen.id)) is not None:
        if shown.notice.alert.id == notice.alert.id:
            shown.screen, shown.notice = screen, notice
            return
        shown.cancel()

    async def end(_now: datetime) -> None:
        await async_end_visit(hass, screen.id, notice.alert.id)

    stays_s = TEST_S if notice.alert.is_test else VISIT_MOST_S
    running[screen.id] = Show(screen, notice, before, async_call_later(hass, stays_s, end))


async def async_end_visit(hass: HomeAssistant, screen_id: str, alert_id: str) -> None:
    """End the live view of a visit on a screen, whichever camera shows there. Never raises."""
    show = async_shown(hass, screen_id)
    if show is not None and show.notice.alert.id == alert_id:
        await _async_end(hass, show)


async def async_end_show(hass: HomeAssistant, screen: Screen) -> None:
    """End a live view now, if this camera was the last to show one there. Never raises."""
    show = async_shown(hass, screen.id)
    if show is not None and show.screen is screen:
        await _async_end(hass, show)


async def _async_end(hass: HomeAssistant, show: Show) -> None:
    shows, screen, alert = _async_shows(hass), show.screen, show.notice.alert
    show.cancel()
    del shows.running[screen.id]
    shows.over[screen.id] = alert.id
    try:
        await screen.async_give_back(show.notice, show.before)
    except DeliveryError as err:
        _LOGGER.warning("%s: %s keeps the live view (%s)", alert.camera, screen.name, err)
    except Exception as err:  # noqa: BLE001 - the outermost frame of a timer
        log_unexpected(f"{alert.camera}: {screen.name}", err)


@callback
def async_fire_show(hass: HomeAssistant, notice: Notice, dashboard: str | None) -> None:
    """Say on the bus that a camera should be shown, or need not be any more.

    Once for each camera of a visit; a telling that is only tried again says nothing.
    """
    alert, said = notice.alert, _async_shows(hass).said
    is_over = alert.lasted is not None
    data = {
        "entity_id": notice.live_view,
        "dashboard": dashboard,
        "visit_id": visit_id(alert.id),
        "until": "ended" if is_over else "started",
    }
    if is_over:
        said.pop(alert.id, None)
    elif notice.live_view is None or said.get(alert.id, ("",))[0] == alert.subentry_id:
        return
    elif not alert.is_test:
        said[alert.id] = alert.subentry_id, data
        if len(said) > _OPEN_MOST:
            # The end of a visit that nobody was told of.
            del said[next(iter(said))]
    hass.bus.async_fire(EVENT_SHOW, data, context=notice.context)


@callback
def async_fire_over(hass: HomeAssistant, alert_id: str, context: Context) -> None:
    """Say on the bus that a visit that was taken back need not be shown any more."""
    if (said := _async_shows(hass).said.pop(alert_id, None)) is not None:
        hass.bus.async_fire(EVENT_SHOW, said[1] | {"until": "ended"}, context=context)
