"""A camera breaks off in the middle of a motion, and the motion goes on."""

from collections.abc import Iterator
from functools import partial
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.camera_smart_alerts import frame_source
from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.reachability import FAILED_SESSIONS
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.vision.errors import SourceFailure
from custom_components.camera_smart_alerts.vision.session import SessionSettings
from tests.camera_peer import PeerCamera, moving_square
from tests.common import Motions, WhiteSquareDetector, enrol_only


@pytest.fixture
def longer(motions: Motions) -> Iterator[Motions]:
    """Raise motion in sessions that last until somebody is seen, or nearly as long as real ones."""
    settings = partial(SessionSettings, burst_s=15, cap_s=15, settle_s=0.1)
    with patch("custom_components.camera_smart_alerts.motion_session.SessionSettings", settings):
        yield motions


async def test_who_comes_after_the_stream_has_hung_up_is_seen_in_the_stills(
    hass: HomeAssistant, stream_camera: PeerCamera, network: WhiteSquareDetector, longer: Motions
) -> None:
    somebody = False

    def pictures(index: int) -> NDArray[np.uint8]:
        return moving_square(index) if somebody else moving_square(index) // 2

    stream_camera.pictures = pictures
    stream_camera.stills = True
    stream_camera.still_delay = 0.5
    assert stream_camera.live is not None
    stream_camera.live.frames = 5
    coordinator = await enrol_only(hass, stream_camera)
    longer.on()
    await stream_camera.asked(stills=2)
    somebody = True
    stream_camera.still_delay = 0.0
    ended = await longer.ended()
    longer.off()
    await hass.async_block_till_done()

    assert ended["outcome"] == Outcome.ALERTED
    assert ended["verdict"] == Kind.PERSON
    record = coordinator.records[-1]
    assert record.source == "still"
    assert record.failures == {"webrtc": SourceFailure.NO_SOURCE, "stream": SourceFailure.ENDED}


async def test_a_camera_that_breaks_off_in_every_motion_is_worth_a_repair_issue(
    hass: HomeAssistant,
    stream_camera: PeerCamera,
    network: WhiteSquareDetector,
    motions: Motions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frame_source, "CLIMBS_AGAIN", 0)
    network.confidence = 0.01
    assert stream_camera.live is not None
    stream_camera.live.frames = 5
    coordinator = await enrol_only(hass, stream_camera)
    issue = f"camera_unreachable_{coordinator.settings.subentry_id}"
    issues = ir.async_get(hass)
    for _ in range(FAILED_SESSIONS):
        assert issues.async_get_issue(DOMAIN, issue) is None
        ended = await motions.run()
        assert (ended["outcome"], ended["reason"]) == (Outcome.INCONCLUSIVE, SourceFailure.ENDED)
        assert ended["frames"] > 0
    assert issues.async_get_issue(DOMAIN, issue) is not None

    stream_camera.live.frames = None
    assert (await motions.run())["outcome"] == Outcome.NOTHING_FOUND
    assert issues.async_get_issue(DOMAIN, issue) is None
