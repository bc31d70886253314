"""What somebody who subscribes is told of, as it happens: ``subscribe`` of ``websocket.py``.

What a reader would get wrong: rights are asked anew with everything that happens, because they may
have changed since.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .access import may_know_of
from .const import ATTR_VISIT_ID
from .data import loaded
from .state import EVENT_MOTION, EVENT_VISIT, SIGNAL_CHANGED, SIGNAL_RENEWED
from .visit_list import within

_VISIT_KEYS: Final = ("type", "visit_id", "cameras", "kinds", "told", "started_at", "lasted_s")
"""What is told of a visit, beside the kinds that are named for the first time."""


class Subscription:
    """One subscription of one person."""

    def __init__(
        self, hass: HomeAssistant, user: User, send: Callable[[Mapping[str, Any]], None]
    ) -> None:
        """Prepare; ``async_start`` listens.

        Args:
            hass: It outlives what is loaded now.
            user: Who is told.
            send: Tells.
        """
        self._hass = hass
        self._user = user
        self._send = send
        self._named: dict[str, set[str]] = {}
        """By visit: the kinds that were told of here."""

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Tell of everything from now on; return how to stop."""
        hass = self._hass
        stops = (
            hass.bus.async_listen(EVENT_VISIT, self._async_visit),
            hass.bus.async_listen(EVENT_MOTION, self._async_motion),
            async_dispatcher_connect(hass, SIGNAL_RENEWED, self._async_renewed),
            async_dispatcher_connect(hass, SIGNAL_CHANGED, self._async_changed),
        )

        @callback
        def stop() -> None:
            for one in stops:
                one()

        return stop

    @callback
    def _async_visit(self, event: Event[dict[str, Any]]) -> None:
        shown = within(event.data, [one for one in event.data["seen"] if self._may(one)])
        if not shown["cameras"]:
            return
        told = {key: shown[key] for key in _VISIT_KEYS}
        known = self._named.pop(told["visit_id"], set())
        told["new_kinds"] = [one for one in told["kinds"] if one not in known]
        if told["type"] != "ended":
            self._named[told["visit_id"]] = known | told["kinds"].keys()
        self._send({"visit": told})

    @callback
    def _async_motion(self, event: Event[dict[str, Any]]) -> None:
        if self._may(event.data[ATTR_ENTITY_ID] or ""):
            self._send({"motion": dict(event.data)})

    @callback
    def _async_renewed(self, subentry_id: str, visit_id: str) -> None:
        runtime = loaded(self._hass)
        camera = runtime and runtime.cameras.get(subentry_id)
        if camera and self._may(camera.source_entity_id):
            told = {ATTR_VISIT_ID: visit_id, "camera": camera.source_entity_id}
            self._send({"renewed": told})

    @callback
    def _async_changed(self) -> None:
        # Not what: that is nobody's business who may not know of it. Whoever may asks again.
        self._send({"changed": {}})

    def _may(self, entity_id: str) -> bool:
        return may_know_of(self._user, entity_id)
