"""Tells another system the verdict of each analysed motion of a camera, where its user opted in.

The only code of ours that sends anything. What a reader would get wrong: it sends no picture and
cannot open one. ``image`` is a link for one use (``links.py``), which is fetched from this home.
"""

import asyncio
import hashlib
import hmac
from http import HTTPStatus
import json
import logging
import time
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError, ClientTimeout, hdrs
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .access import async_for_some_only
from .alerts import MotionRecord, Outcome
from .const import DOMAIN
from .issues import async_create_issue, async_delete_issue
from .redaction import log_unexpected
from .share_target import ShareTarget
from .tasks import Tasks

if TYPE_CHECKING:
    from .coordinator import CameraCoordinator
    from .data import RuntimeData

_LOGGER = logging.getLogger(__name__)

SIGNATURE: Final = "X-Camera-Smart-Alerts-Signature"
RETRY_AFTER_S: Final = (1.0, 5.0, 30.0)
"""Pauses before further tries; the link in the message lives for much longer."""
TIMEOUT_S: Final = 10.0


class Sharing:
    """Shares the verdicts of one camera.

    No queue can grow: a motion takes seconds, and what cannot be sent is given up in little more
    than a minute.
    """

    def __init__(self, camera: CameraCoordinator, runtime: RuntimeData) -> None:
        """Prepare; without a target nothing is ever sent."""
        self._hass = camera.hass
        self._camera = camera
        self._runtime = runtime
        self._target = camera.settings.share
        self._tasks = Tasks(camera.hass, f"{DOMAIN} sharing")
        self._issue = f"share_failed_{camera.settings.subentry_id}"
        self._is_failing = False

    @callback
    def async_share(self, record: MotionRecord) -> None:
        """Share how a motion ended, if it was looked at; nothing waits for that."""
        if self._target is not None and record.frames:
            self._tasks.async_run(self._async_share(self._target, record), long=True)

    async def async_stop(self) -> None:
        """Give up what is on its way, and send nothing any more."""
        self._target = None
        await self._tasks.async_stop()
        async_delete_issue(self._hass, self._issue)

    async def _async_share(self, target: ShareTarget, record: MotionRecord) -> None:
        try:
            await self._async_send(target, await self._async_message(target, record))
        except Exception as err:  # noqa: BLE001 - the outermost frame of a task
            log_unexpected(f"{self._camera.name}: sharing a verdict", err)

    async def _async_message(self, target: ShareTarget, record: MotionRecord) -> bytes:
        """Return all that is sent."""
        message = {
            "status": record.verdict,
            "image": await self._async_image(target, record),
            "timestamp": record.at.isoformat(),
            "camera_id": self._camera.settings.subentry_id,
        }
        return json.dumps(message).encode()

    async def _async_image(self, target: ShareTarget, record: MotionRecord) -> str | None:
        """Return a link to this camera's picture of the visit; None where nobody unknown may."""
        if not record.alert_ids or async_for_some_only(self._hass):
            return None
        picture = await self._runtime.vault.async_newest(
            subentry_id=self._camera.settings.subentry_id, own_visit_id=record.alert_ids[-1]
        )
        if picture is None:
            return None
        return self._runtime.links.async_make(picture, "webhook", target.host, target.host).url

    async def _async_send(self, target: ShareTarget, message: bytes) -> None:
        """Send a message until it is taken, is refused, or was tried often enough."""
        for pause in (0.0, *RETRY_AFTER_S):
            await asyncio.sleep(pause)
            if self._camera.control.situation.may_look is not Outcome.ALERTED:
                # Switched off meanwhile: then the camera says nothing to anybody.
                return
            status = await self._async_post(target, message)
            if status // 100 == HTTPStatus.OK // 100:
                self._async_taken(target)
                return
            if 0 < status < HTTPStatus.INTERNAL_SERVER_ERROR and (
                status != HTTPStatus.TOO_MANY_REQUESTS
            ):
                break
        self._async_give_up(target, status)

    async def _async_post(self, target: ShareTarget, message: bytes) -> int:
        """Return the status that the target answers with; 0 without an answer."""
        headers = {
            hdrs.CONTENT_TYPE: "application/json",
            # Else it names the versions of Home Assistant and of Python.
            hdrs.USER_AGENT: DOMAIN,
            SIGNATURE: signature(target.secret, round(time.time()), message),
        }
        try:
            async with async_get_clientsession(self._hass).post(
                target.address,
                data=message,
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=TIMEOUT_S),
            ) as answer:
                return answer.status
        except ClientError, TimeoutError:
            return 0

    @callback
    def _async_taken(self, target: ShareTarget) -> None:
        self._runtime.ledger.async_sent(self._camera.settings.subentry_id, f"webhook:{target.host}")
        if self._is_failing:
            self._is_failing = False
            _LOGGER.warning("%s: %s takes verdicts again", self._camera.name, target.host)
            async_delete_issue(self._hass, self._issue)

    @callback
    def _async_give_up(self, target: ShareTarget, status: int) -> None:
        if self._is_failing:
            return
        self._is_failing = True
        name, why = self._camera.name, status or "no answer"
        _LOGGER.warning("%s: %s does not take the verdict (%s)", name, target.host, why)
        async_create_issue(
            self._hass,
            self._issue,
            translation_key="share_failed",
            translation_placeholders={"camera": name, "host": target.host},
        )


def signature(secret: str, sent_at: int, message: bytes) -> str:
    """Return the proof that a message comes from whoever knows the secret, and when it was sent.

    Args:
        secret: Both sides have it.
        sent_at: Seconds UTC: whoever receives it refuses what is too old, so that nobody can send
            an overheard message again.
        message: The very bytes that are sent.
    """
    signed = b"%d.%b" % (sent_at, message)
    return f"t={sent_at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
