"""The lines in the logbook."""

from typing import Any

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.logbook import async_describe_events
from custom_components.camera_smart_alerts.state import EVENT_MOTION
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.enrolled import enrolled


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest) -> None:
    """Prepare the database, where a test wants one, before there is a Home Assistant."""
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_db_url")
    request.getfixturevalue("enable_custom_integrations")


def describe(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Return the line about one motion."""
    described: dict[str, Any] = {}

    def collect(domain: str, event_type: str, describer: Any) -> None:
        assert (domain, event_type) == (DOMAIN, EVENT_MOTION)
        described.update(describer(Event(EVENT_MOTION, data)))

    async_describe_events(hass, collect)
    return described


PERSON = {"verdict": "person", "confidence": 0.93, "count": 1}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"outcome": "alerted", **PERSON}, "saw a person (93%): alert sent"),
        (
            {"outcome": "alerted", "verdict": "animal", "confidence": 0.8, "count": 2},
            "saw 2 animals (80%): alert sent",
        ),
        (
            {"outcome": "nothing_found", "verdict": "nothing", "reason": "nothing_found"},
            "had motion, but there was nothing to tell",
        ),
        (
            {"outcome": "cooldown", **PERSON},
            "saw a person (93%) again: no further alert so soon",
        ),
        ({"outcome": "silenced", **PERSON}, "saw a person (93%): alerts are silenced"),
        ({"outcome": "switched_off", "verdict": ""}, "had motion, but smart alerts are off"),
        (
            {"outcome": "camera_unreachable", "reason": "no_source"},
            "had motion, but gave no picture (no source)",
        ),
        (
            {"outcome": "inconclusive", "reason": "too_few_frames"},
            "had motion that could not be analysed (too few frames)",
        ),
        (
            {"outcome": "inconclusive", "reason": ""},
            "had motion that could not be analysed",
        ),
        (
            {"outcome": "delivery_failed", "verdict": "vehicle", "confidence": 0.0},
            "saw a vehicle, but the alert reached nobody",
        ),
        ({"outcome": "alerted", "verdict": "unknown"}, "saw something: alert sent"),
        ({"outcome": "of a later version"}, "had motion"),
        ({}, "had motion"),
    ],
)
async def test_every_motion_reads_as_a_sentence(
    hass: HomeAssistant, data: dict[str, Any], message: str
) -> None:
    assert describe(hass, **data)["message"] == message


@pytest.mark.parametrize("outcome", Outcome)
async def test_no_outcome_is_left_without_words(hass: HomeAssistant, outcome: Outcome) -> None:
    assert describe(hass, outcome=str(outcome))["message"] != "had motion"


async def test_a_line_belongs_to_the_camera_while_there_is_one(hass: HomeAssistant) -> None:
    line = describe(hass, camera="Front door", entity_id="camera.front", outcome="alerted")
    assert line["name"] == "Front door"
    assert line["entity_id"] == "camera.front"
    assert "entity_id" not in describe(hass, camera="Front door", entity_id=None)


async def test_a_motion_appears_in_the_logbook_of_the_camera(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    still_camera: PeerCamera,
    network: WhiteSquareDetector,
    hass_client: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, "logbook", {})
    motions = Motions(hass)
    begin = dt_util.utcnow()
    await enrolled(hass, still_camera)
    client = await hass_client()
    await motions.run()
    await get_instance(hass).async_block_till_done()
    response = await client.get(f"/api/logbook/{begin.isoformat()}")
    lines = [line for line in await response.json() if line.get("domain") == DOMAIN]
    assert [(line["name"], line["message"], line["entity_id"]) for line in lines] == [
        ("Front door", "saw a person (90%): alert sent", still_camera.entity_id)
    ]
