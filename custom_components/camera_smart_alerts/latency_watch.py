"""Watches how long the alerts of one camera take, and says when that is too long."""

from datetime import datetime

from homeassistant.core import HomeAssistant, callback

from .alerts import Alert
from .issues import async_create_issue, async_delete_issue
from .latency import Latencies
from .settings import CameraSettings, HubSettings


class LatencyWatch:
    """The latencies of one camera, and the repair issue about them."""

    def __init__(self, hass: HomeAssistant, settings: CameraSettings, hub: HubSettings) -> None:
        """Start without any."""
        self._hass = hass
        self._title = settings.title
        self._limit = hub.latency_limit
        self._issue = f"alerts_slow_{settings.subentry_id}"
        self._latencies = Latencies()
        self._seen: str = ""

    @property
    def p50(self) -> float | None:
        """Median of the last day, seconds."""
        return self._latencies.percentile(50)

    @property
    def p95(self) -> float | None:
        """What 95 of 100 alerts of the last day kept within, seconds."""
        return self._latencies.percentile(95)

    @callback
    def async_alert(self, alert: Alert, now: datetime) -> None:
        """Take in the receipt of an alert; each visit counts once, by its first alert."""
        handed = alert.hops_ms.get("handed")
        if handed is None or alert.is_update or alert.id == self._seen:
            return
        self._seen = alert.id
        self._latencies.add(now, handed / 1000)
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
                "seconds": f"{self.p95:.1f}",
            },
        )

    @callback
    def async_stop(self) -> None:
        """Take the issue back: a camera that is removed needs no repair."""
        async_delete_issue(self._hass, self._issue)
