"""Tells people about the alerts of one camera: every target side by side, none waits for another.

A target that fails for a reason that may pass is tried again. One that still fails is logged once,
and its repair issue stays until it works again.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .alerts import Alert
from .channel import Channel, DeliveryError, Failure, Notice, Target, target_key
from .const import DOMAIN
from .display import EchoShow, PlayerScreen
from .followed import entity_key
from .issues import async_create_issue, async_delete_issue
from .message import async_message, async_words, template_issue
from .phone import Phone, visit_tag
from .redaction import log_unexpected
from .settings import CameraSettings
from .shows import async_end_show, async_end_visit, async_fire_over, async_fire_show
from .speaker import Speaker, async_end_speech
from .turns import AnyTurn, Turns

_LOGGER = logging.getLogger(__name__)

RETRY_AFTER_S: Final = (1.0, 4.0)
"""Pause before each further attempt."""


@dataclass(frozen=True, slots=True)
class TargetResult:
    """What became of one alert at one target."""

    target: str
    """Entity id or device id, as configured."""
    channel: Channel
    ok: bool
    attempts: int
    error: str = ""
    """Value of ``Failure``; empty when it worked."""
    may_pass: bool = False
    """Whether it may work later by itself."""


class Delivery:
    """The targets of one camera."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        settings: CameraSettings,
        *,
        live_view: Callable[[], str | None],
    ) -> None:
        """Prepare the targets; none need exist yet.

        Args:
            hass: Home Assistant.
            entry: Owner of the tasks.
            settings: Who is told, and how.
            live_view: Gives the entity id of the camera to show, None when it is gone.
        """
        self._hass = hass
        self._entry = entry
        self._settings = settings
        self._title = settings.title
        self._live_view = live_view
        alerts = settings.alerts
        self._phones = [Phone(hass, device_id) for device_id in alerts.phones]
        self._screens: list[PlayerScreen | EchoShow] = [
            *(
                PlayerScreen(
                    hass, player, dashboard=alerts.dashboard, speaks=player in alerts.speakers
                )
                for player in alerts.displays
            ),
            *(EchoShow(hass, device_id) for device_id in alerts.echo_shows),
        ]
        self._speakers = [
            Speaker(
                hass, one, alerts.tts_engine, volume=alerts.volume, shows=one in alerts.displays
            )
            for one in alerts.speakers
        ]
        # Displays before speakers: one that is both must note what it plays before it speaks.
        self._targets: dict[str, Target] = {
            target_key(one.channel, entity_key(hass, one.id)): one
            for one in (*self._phones, *self._screens, *self._speakers)
        }
        self._failing: dict[str, Failure] = {}
        """Repair issue id to why, for every target that failed last."""
        self._tasks: set[asyncio.Task[TargetResult]] = set()
        self._closed = False

    def audience(self, *, first: bool) -> list[str]:
        """Return the keys of the targets that hear of a visit first, or of how it goes on."""
        return [
            key
            for key, target in self._targets.items()
            if first or target.channel is not Channel.SPEAKER
        ]

    async def deliver(
        self,
        alert: Alert,
        picture_path: str | None,
        on_handed: Callable[[str], None],
        keys: Collection[str] | None = None,
        *,
        live_view: str | None = None,
        turns: Turns | None = None,
    ) -> dict[str, TargetResult]:
        """Tell targets, and return what became of each by its key, in the order of the settings.

        Args:
            alert: What happened.
            picture_path: Path that serves the picture to whoever is logged in.
            on_handed: Called the moment each target has accepted, with its key by its present id.
            keys: Which targets; all by default. What is no target any more is passed over.
            live_view: Camera to show, where another one than this tells.
            turns: Asked before each attempt whether and how the target is told.
        """
        targets = {key: one for key, one in self._targets.items() if keys is None or key in keys}
        words = await async_words(self._hass)
        if self._closed:
            return {key: _stopped(one) for key, one in targets.items()}
        notice = Notice(
            alert=alert,
            message=async_message(self._hass, self._settings, alert, words),
            picture_path=picture_path,
            live_view=live_view or self._live_view(),
            critical=self._settings.alerts.is_critical(dt_util.now()),
            no_text=self._settings.alerts.no_text or alert.no_text,
            words=words,
            context=Context(),
        )
        if alert.subentry_id == self._settings.subentry_id:
            async_fire_show(self._hass, notice, self._settings.alerts.dashboard)
        ask = turns or AnyTurn()
        tasks = [
            self._async_start(key, target, notice, on_handed, ask)
            for key, target in targets.items()
        ]
        try:
            if tasks:
                await asyncio.wait(tasks)
        except asyncio.CancelledError:
            await _async_cancel(tasks)
            raise
        return {
            key: _stopped(target) if task.cancelled() else task.result()
            for (key, target), task in zip(targets.items(), tasks, strict=True)
        }

    async def clear(self, alert_id: str) -> None:
        """Take the notification of a visit off the phones, and its live view off the displays."""
        tag, context = visit_tag(alert_id), Context()
        async_fire_over(self._hass, alert_id, context)
        for screen in self._screens:
            await async_end_visit(self._hass, screen.id, alert_id)
        done = await asyncio.gather(
            *(phone.async_clear(tag, context) for phone in self._phones), return_exceptions=True
        )
        for phone, error in zip(self._phones, done, strict=True):
            if isinstance(error, DeliveryError):
                _LOGGER.debug("%s: %s was not cleared (%s)", self._title, phone.name, error)
            elif isinstance(error, Exception):
                log_unexpected(f"{self._title}: {phone.name}", error)

    async def async_close(self) -> None:
        """Stop trying, and give displays back at once. Nothing is delivered afterwards."""
        self._closed = True
        await _async_cancel(self._tasks)
        await asyncio.gather(
            *(async_end_show(self._hass, screen) for screen in self._screens),
            *(async_end_speech(self._hass, speaker.id) for speaker in self._speakers),
        )
        # What fails is found out again; what was removed is not.
        for issue_id in (*self._failing, template_issue(self._settings.subentry_id)):
            async_delete_issue(self._hass, issue_id)
        self._failing.clear()

    @callback
    def _async_start(
        self,
        key: str,
        target: Target,
        notice: Notice,
        on_handed: Callable[[str], None],
        turns: Turns,
    ) -> asyncio.Task[TargetResult]:
        task = self._entry.async_create_background_task(
            self._hass,
            self._async_deliver_to(key, target, notice, on_handed, turns),
            f"{DOMAIN} {self._title} {target.channel}",
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _async_deliver_to(
        self,
        key: str,
        target: Target,
        notice: Notice,
        on_handed: Callable[[str], None],
        turns: Turns,
    ) -> TargetResult:
        try:
            result = await self._async_try(key, target, notice, on_handed, turns)
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{self._title}: {target.name}", err)
            result = _failed(target, Failure.UNEXPECTED, attempts=1)
            self._async_failed(target, DeliveryError(Failure.UNEXPECTED))
        return result

    async def _async_try(
        self,
        key: str,
        target: Target,
        notice: Notice,
        on_handed: Callable[[str], None],
        turns: Turns,
    ) -> TargetResult:
        attempts = 0
        while True:
            async with turns.lock(key):
                if not turns.is_newest(key):
                    return _stopped(target)
                attempts += 1
                try:
                    await target.async_send(notice.again() if turns.has_heard(key) else notice)
                except DeliveryError as err:
                    error = err
                else:
                    turns.taken(key)
                    on_handed(target_key(target.channel, target.id))
                    self._async_worked(target)
                    return TargetResult(target.id, target.channel, ok=True, attempts=attempts)
            _LOGGER.debug("%s: %s, attempt %s: %s", self._title, target.name, attempts, error)
            if not error.retry or attempts > len(RETRY_AFTER_S):
                self._async_failed(target, error)
                return _failed(target, error.failure, attempts, may_pass=error.retry)
            await asyncio.sleep(RETRY_AFTER_S[attempts - 1])

    @callback
    def _async_failed(self, target: Target, error: DeliveryError) -> None:
        issue_id = self._issue_id(target)
        if issue_id not in self._failing:
            _LOGGER.warning("%s: %s could not be told (%s)", self._title, target.name, error)
        self._failing[issue_id] = error.failure
        async_create_issue(
            self._hass,
            issue_id,
            translation_key=f"delivery_failed_{error.failure}",
            translation_placeholders={"camera": self._title, "target": target.name},
        )

    @callback
    def _async_worked(self, target: Target) -> None:
        issue_id = self._issue_id(target)
        if self._failing.pop(issue_id, None) is not None:
            _LOGGER.info("%s: %s can be told again", self._title, target.name)
            async_delete_issue(self._hass, issue_id)

    def _issue_id(self, target: Target) -> str:
        return f"delivery_failed_{self._settings.subentry_id}_{target.channel}_{target.id}"


def _failed(
    target: Target, failure: Failure, attempts: int, *, may_pass: bool = False
) -> TargetResult:
    return TargetResult(
        target.id, target.channel, ok=False, attempts=attempts, error=failure, may_pass=may_pass
    )


def _stopped(target: Target) -> TargetResult:
    return _failed(target, Failure.STOPPED, attempts=0, may_pass=True)


async def _async_cancel(tasks: Iterable[asyncio.Task[TargetResult]]) -> None:
    """Cancel tasks and wait until they have ended."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)
