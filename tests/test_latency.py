"""How long alerts took in a day, and when that is too long."""

from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.latency import ENOUGH, WINDOW, Latencies
from custom_components.camera_smart_alerts.latency_watch import LatencyWatch
from custom_components.camera_smart_alerts.settings import HubSettings
from tests.delivery_kit import camera_settings
from tests.enrolled import alert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def taken(*seconds: float) -> Latencies:
    latencies = Latencies()
    for number, each in enumerate(seconds):
        latencies.add(NOW + timedelta(minutes=number), each)
    return latencies


@pytest.mark.parametrize(
    ("seconds", "p50", "p95"),
    [
        pytest.param([], None, None, id="none"),
        pytest.param([2.0], 2.0, 2.0, id="one"),
        pytest.param([3.0, 1.0], 1.0, 3.0, id="two"),
        pytest.param([*range(1, 101)], 50, 95, id="a hundred"),
    ],
)
def test_percentiles(seconds: list[float], p50: float | None, p95: float | None) -> None:
    latencies = taken(*seconds)
    assert (latencies.percentile(50), latencies.percentile(95)) == (p50, p95)


def test_a_day_later_it_is_forgotten() -> None:
    latencies = taken(9.0, 8.0)
    latencies.add(NOW + WINDOW, 1.0)
    assert latencies.percentile(95) == 8.0
    latencies.add(NOW + 2 * WINDOW, 1.0)
    assert latencies.percentile(95) == 1.0


def test_a_clock_set_back_forgets_the_future() -> None:
    latencies = taken(9.0)
    latencies.add(NOW - timedelta(days=1), 1.0)
    assert latencies.percentile(95) == 1.0


@pytest.mark.parametrize(
    ("seconds", "slow"),
    [
        pytest.param([9.0] * (ENOUGH - 1), False, id="too few"),
        pytest.param([9.0] * ENOUGH, True, id="all"),
        pytest.param([1.0] * 95 + [9.0] * 5, False, id="five of a hundred"),
        pytest.param([1.0] * 94 + [9.0] * 6, True, id="six of a hundred"),
        pytest.param([5.0] * ENOUGH, False, id="just in time"),
    ],
)
def test_what_is_too_slow(seconds: list[float], slow: bool) -> None:
    assert taken(*seconds).is_slow(timedelta(seconds=5)) is slow


async def test_slow_alerts_become_an_issue_that_goes_with_the_next_quick_ones(
    hass: HomeAssistant,
) -> None:
    settings = camera_settings()
    limit = HubSettings(frames_per_second=5, threads=2, latency_limit=timedelta(seconds=3))
    watch = LatencyWatch(hass, settings, limit)

    def tell(seconds: float, name: str, **what: bool) -> None:
        handed = {"handed": round(1000 * seconds)}
        watch.async_alert(alert(id=name, hops_ms=handed, **what), NOW)

    def issue() -> ir.IssueEntry | None:
        return ir.async_get(hass).async_get_issue(DOMAIN, f"alerts_slow_{settings.subentry_id}")

    watch.async_alert(alert(id="not handed"), NOW)
    for number in range(ENOUGH - 1):
        tell(4.0, str(number))
    tell(9.0, "3", is_update=True)
    tell(9.0, "3")
    assert issue() is None, "an update counts for nothing, nor does the same alert again"
    tell(4.0, "last")
    found = issue()
    assert found is not None
    assert found.translation_placeholders == {
        "camera": settings.title,
        "limit": "3",
        "seconds": "4.0",
    }
    assert watch.percentiles == {"latency_p50": 4.0, "latency_p95": 4.0}
    for number in range(95):
        tell(1.0, f"quick {number}")
    assert issue() is None
    for number in range(20):
        tell(4.0, f"slow {number}")
    assert issue() is not None
    watch.async_stop()
    assert issue() is None
