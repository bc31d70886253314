"""Watches how long the alerts of one camera take, and says when that is too long."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

from homeassistant.core import HomeAssistant, callback

from .alerts import Alert, Outcome
from .issues import async_create_issue, async_delete_issue
from .latency import Latencies
from .settings import CameraSettings, HubSettings

_MOST_SEEN: Final = 100


class Percentiles(TypedDict):
    """Seconds; None without any alert."""

    latency_p50: float | None
    latency_p95: float | None


class LatencyWatch:
    """The latencies of one camera, and the repair issue about them."""

    def __init__(self, hass: HomeAssistant, settings: CameraSettings, hub: HubSettings) -> None:
        """Start without any."""
        self._hass = hass
        self._title = settings.title
        self._limit = hub.latency_limit
        self._issue = f"alerts_slow_{settings.subentry_id}"
        self._latencies = Latencies()
        self._seen: dict[str, None] = {}
        """Ids of the newest alerts that were counted, in this order."""

    @property
    def percentiles(self) -> Percentiles:
        """What half, and 95 of 100, of the alerts of the last day kept within."""
        return {
            "latency_p50": self._latencies.percentile(50),
            "latency_p95": self._latencies.percentile(95),
        }

    @callback
    def async_load(self, motions: Sequence[Mapping[str, Any]]) -> None:
        """Take in the motions of the last day, the newest first."""
        for motion in reversed(motions):
            handed = motion["hops_ms"].get("handed")
            if handed is not None and motion["outcome"] == Outcome.ALERTED:
                self._latencies.add(datetime.fromisoformat(motion["at"]), handed / 1000)
        self._async_judge()

    @callback
    def async_alert(self, alert: Alert, now: datetime) -> None:
        """Take in the receipt of an alert; each visit counts once, by its first alert."""
        handed = alert.hops_ms.get("handed")
        if handed is not None and not alert.is_update:
            self.async_add(alert.id, now, handed)

    @callback
    def async_add(self, alert_id: str, now: datetime, handed_ms: float) -> None:
        """Take in how long an alert took; each visit counts once."""
        if alert_id not in self._seen:
            self._seen = dict(list(self._seen.items())[1 - _MOST_SEEN :]) | {alert_id: None}
            self._latencies.add(now, handed_ms / 1000)
            self._async_judge()

    @callback
    def _async_judge(self) -> None:
        if not self._latencies.is_slow(self._limit):
            async_delete_issue(self._hass, self._issue)
            return
        async_create_issue(
            self._hass,
            self._issue,
            translation_key="alerts_slow",
            translation_placeholders={
                "camera": self._title,
                "limit": f"{self._limit.total_seconds():g}",
                "seconds": f"{self._latencies.percentile(95):.1f}",
            },
        )

    @callback
    def async_stop(self) -> None:
        """Take the issue back: a camera that is removed needs no repair."""
        async_delete_issue(self._hass, self._issue)
