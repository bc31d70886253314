"""One log line each way, and a repair issue when it lasts."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.reachability import (
    FAILED_SESSIONS,
    LASTS,
    Reachability,
)
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from tests.camera_peer import PeerCamera
from tests.common import camera_settings

CAMERA = "camera.front"


@pytest.fixture
def reachability(hass: HomeAssistant) -> Reachability:
    hass.states.async_set(CAMERA, "idle")
    return Reachability(hass, camera_settings())


def issues(hass: HomeAssistant) -> dict[str, str | None]:
    """Return our repair issues: id without the camera, and translation key."""
    return {
        issue.issue_id.removesuffix("_front"): issue.translation_key
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN
    }


async def test_an_outage_is_logged_once_each_way(
    hass: HomeAssistant, reachability: Reachability, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert reachability.async_state(CAMERA)
    reachability.async_session(None)
    hass.states.async_set(CAMERA, STATE_UNAVAILABLE)
    assert not reachability.async_state(CAMERA)
    assert not reachability.async_state(CAMERA)
    reachability.async_session(SourceFailure.CAMERA_UNAVAILABLE)
    hass.states.async_set(CAMERA, "idle")
    assert reachability.async_state(CAMERA)
    assert caplog.text.count("delivers no picture") == 1
    assert caplog.text.count("available again") == 1
    # Nothing has been delivered yet.
    assert "delivers pictures again" not in caplog.text
    reachability.async_session(SourceFailure.TIMEOUT)
    reachability.async_session(None)
    assert caplog.text.count("delivers no picture") == 2
    assert caplog.text.count("delivers pictures again") == 1


async def test_a_short_outage_is_no_repair_issue_but_an_hour_is(
    hass: HomeAssistant, reachability: Reachability, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_remove(CAMERA)
    assert not reachability.async_state(CAMERA)
    assert issues(hass) == {}
    freezer.tick(LASTS + timedelta(seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert issues(hass) == {"camera_unreachable": "camera_unreachable"}
    hass.states.async_set(CAMERA, "idle")
    assert reachability.async_state(CAMERA)
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("failure", "key"),
    [
        (SourceFailure.TIMEOUT, "camera_unreachable"),
        (SourceFailure.CAMERA_OFF, "camera_off"),
        (SourceFailure.NO_SOURCE, "camera_no_source"),
        (SourceFailure.REFUSED, "camera_refused"),
        (SourceFailure.UNREADABLE, "camera_unreadable"),
    ],
)
async def test_motions_in_a_row_without_a_picture_are_a_repair_issue_that_says_why(
    hass: HomeAssistant, reachability: Reachability, failure: SourceFailure, key: str
) -> None:
    for _ in range(FAILED_SESSIONS - 1):
        reachability.async_session(failure)
    assert issues(hass) == {}
    reachability.async_session(failure)
    assert issues(hass) == {"camera_unreachable": key}
    reachability.async_session(None)
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("minutes", "lasts"),
    [
        pytest.param([0], False, id="once"),
        pytest.param([0, 59], False, id="not for an hour"),
        pytest.param([0, 60], True, id="for an hour"),
    ],
)
async def test_failures_last_by_the_motions_that_met_them_not_by_the_clock(
    hass: HomeAssistant,
    reachability: Reachability,
    freezer: FrozenDateTimeFactory,
    minutes: list[int],
    lasts: bool,
) -> None:
    began = dt_util.utcnow()
    for minute in minutes:
        freezer.move_to(began + timedelta(minutes=minute))
        reachability.async_session(SourceFailure.TIMEOUT)
    shown = {"camera_unreachable": "camera_unreachable"} if lasts else {}
    assert issues(hass) == shown
    # No motion, no news, also not of the entity.
    freezer.tick(3 * LASTS)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    hass.states.async_set(CAMERA, "streaming")
    assert reachability.async_state(CAMERA)
    assert issues(hass) == shown
    reachability.async_session(None)
    assert issues(hass) == {}


async def test_a_camera_that_comes_and_goes_has_to_show_a_picture_before_it_is_believed(
    hass: HomeAssistant, reachability: Reachability, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for failed in range(1, FAILED_SESSIONS + 1):
        reachability.async_session(SourceFailure.REFUSED)
        for state in (STATE_UNAVAILABLE, "idle"):
            hass.states.async_set(CAMERA, state)
            reachability.async_state(CAMERA)
        shown = {"camera_unreachable": "camera_refused"} if failed == FAILED_SESSIONS else {}
        assert issues(hass) == shown
    assert "delivers pictures again" not in caplog.text
    reachability.async_session(None)
    assert issues(hass) == {}
    assert caplog.text.count("delivers pictures again") == 1


async def test_what_only_its_being_unavailable_explains_is_over_with_it(
    hass: HomeAssistant, reachability: Reachability
) -> None:
    hass.states.async_set(CAMERA, STATE_UNAVAILABLE)
    reachability.async_state(CAMERA)
    for _ in range(FAILED_SESSIONS):
        reachability.async_session(SourceFailure.CAMERA_UNAVAILABLE)
    assert issues(hass) == {"camera_unreachable": "camera_unreachable"}
    hass.states.async_set(CAMERA, "idle")
    reachability.async_state(CAMERA)
    assert issues(hass) == {}
    # It is back, and still nobody can look: one motion more is enough.
    reachability.async_session(SourceFailure.REFUSED)
    assert issues(hass) == {"camera_unreachable": "camera_refused"}


async def test_a_camera_that_is_on_again_needs_no_motion_to_be_believed(
    hass: HomeAssistant, still_camera: PeerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    reachability = Reachability(hass, camera_settings())
    still_camera.turn(on=False)
    for _ in range(FAILED_SESSIONS):
        reachability.async_session(SourceFailure.CAMERA_OFF)
    assert reachability.async_state(still_camera.entity_id)
    assert issues(hass) == {"camera_unreachable": "camera_off"}
    still_camera.turn(on=True)
    assert reachability.async_state(still_camera.entity_id)
    assert issues(hass) == {}
    assert caplog.text.count("on again") == 1
    # What came while it was off says nothing about it.
    reachability.async_session(SourceFailure.TIMEOUT)
    assert issues(hass) == {}


async def test_failures_that_are_not_in_a_row_are_no_repair_issue(
    hass: HomeAssistant, reachability: Reachability
) -> None:
    for _ in range(FAILED_SESSIONS):
        reachability.async_session(SourceFailure.TIMEOUT)
        reachability.async_session(None)
    assert issues(hass) == {}


async def test_a_removed_camera_is_a_repair_issue_until_it_is_unenrolled(
    hass: HomeAssistant, reachability: Reachability
) -> None:
    assert not reachability.async_state(None)
    assert issues(hass) == {"camera_missing": "camera_missing"}
    reachability.async_stop()
    assert issues(hass) == {}


async def test_a_camera_that_comes_later_than_we_do_is_no_outage(
    hass: HomeAssistant, reachability: Reachability, caplog: pytest.LogCaptureFixture
) -> None:
    hass.states.async_remove(CAMERA)
    hass.set_state(CoreState.starting)
    assert not reachability.async_state(CAMERA)
    assert "delivers no picture" not in caplog.text
    hass.set_state(CoreState.running)
    assert not reachability.async_state(CAMERA)
    assert caplog.text.count("delivers no picture") == 1
    reachability.async_stop()


@pytest.mark.parametrize(
    ("minutes", "blind"),
    [
        pytest.param([0], False, id="once"),
        pytest.param([0, 59], False, id="not for an hour"),
        pytest.param([0, 60], True, id="for an hour"),
        pytest.param([0, 20, 40, 90], True, id="all the time"),
    ],
)
async def test_a_camera_that_is_blind_for_an_hour_is_a_repair_issue_until_it_sees(
    hass: HomeAssistant,
    reachability: Reachability,
    freezer: FrozenDateTimeFactory,
    minutes: list[int],
    blind: bool,
) -> None:
    began = dt_util.utcnow()
    lasts = False
    for minute in minutes:
        freezer.move_to(began + timedelta(minutes=minute))
        lasts = reachability.async_sight(blind=True)
    assert lasts is blind
    assert issues(hass) == ({"camera_blind": "camera_blind"} if blind else {})
    assert not reachability.async_sight(blind=False)
    assert issues(hass) == {}


async def test_a_camera_that_sees_now_and_then_is_not_blind(
    hass: HomeAssistant, reachability: Reachability, freezer: FrozenDateTimeFactory
) -> None:
    for number in range(8):
        assert not reachability.async_sight(blind=number % 2 == 0)
        freezer.tick(timedelta(minutes=40))
    assert issues(hass) == {}


async def test_unusable_zones_are_a_repair_issue_that_names_them(
    hass: HomeAssistant, reachability: Reachability
) -> None:
    reachability.async_ignored(["Garden: 1,2", "?"])
    assert issues(hass) == {"zones_ignored": "zones_ignored"}
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "zones_ignored_front")
    assert issue is not None
    assert issue.translation_placeholders == {"camera": "Front door", "lines": "Garden: 1,2\n?"}
    reachability.async_ignored([])
    assert issues(hass) == {}


async def test_a_lost_motion_sensor_is_a_repair_issue_until_it_is_back(
    hass: HomeAssistant, reachability: Reachability
) -> None:
    reachability.async_sensors(lost=True)
    assert issues(hass) == {"motion_missing": "motion_missing"}
    reachability.async_sensors(lost=False)
    assert issues(hass) == {}
