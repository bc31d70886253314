"""What counts: entered in the form, stored, and followed from motion to motion."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.const import (
    CONF_LOITER,
    CONF_MASKS,
    CONF_MIN_CONFIDENCE,
    CONF_MIN_HEIGHT,
    CONF_ZONES,
    DOMAIN,
)
from custom_components.camera_smart_alerts.settings import WhatCounts
from custom_components.camera_smart_alerts.store import CameraMemory
from custom_components.camera_smart_alerts.vision.datatypes import Box, Kind
from custom_components.camera_smart_alerts.vision.static import Thing
from custom_components.camera_smart_alerts.vision.style import PictureStyle
from custom_components.camera_smart_alerts.vision.zones import Filters, Zone
from tests.camera_dialog import CAMERA, Dialog
from tests.camera_peer import PeerCamera
from tests.common import Motions, WhiteSquareDetector
from tests.enrolled import enrolled

pytest_plugins = ("tests.camera_dialog_fixtures",)

GARDEN = "Garden: 0,50 100,50 100,100 0,100"
LOWER = ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0))
CHOSEN = {
    CONF_MIN_CONFIDENCE: 60,
    CONF_MIN_HEIGHT: 15,
    CONF_LOITER: 3,
    CONF_ZONES: GARDEN,
    CONF_MASKS: GARDEN,
}


def test_without_a_choice_everything_counts_and_nothing_is_hidden() -> None:
    assert WhatCounts.from_data({}) == WhatCounts()
    assert WhatCounts() == WhatCounts(Filters((), 0.0, 0.0, 0.0), (), PictureStyle.FULL, ())


def test_what_was_chosen_is_read() -> None:
    filters = Filters((Zone("Garden", LOWER),), 0.15, 0.6, 3)
    assert WhatCounts.from_data(CHOSEN) == WhatCounts(filters, (LOWER,))


def test_an_unusable_stored_zone_is_ignored_and_named() -> None:
    counts = WhatCounts.from_data({CONF_ZONES: f"?\n{GARDEN}", CONF_MASKS: "Half: 0,0 50,100"})
    assert [zone.name for zone in counts.filters.zones] == ["Garden"]
    assert counts.masks == (((0, 0), (0.5, 0), (0.5, 1), (0, 1)),)
    assert counts.ignored == ("?", "Half: 0,0 50,100")


async def test_what_is_entered_is_stored_and_shown_again(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    await dialog.add()
    await dialog.submit(camera=CAMERA)
    assert "counts" not in dialog.open_sections()
    await dialog.submit(**CHOSEN)
    await dialog.watch()
    await dialog.submit(next="save")
    await hass.async_block_till_done()
    (camera,) = hub.subentries.values()
    assert {key: camera.data[key] for key in CHOSEN} == CHOSEN
    await dialog.change()
    assert {key: dialog.suggested()[key] for key in CHOSEN} == CHOSEN
    assert "counts" in dialog.open_sections()


@pytest.mark.parametrize(
    ("field", "text", "error", "detail"),
    [
        (CONF_ZONES, "Garden", "zone_no_shape", "1 (Garden)"),
        (CONF_ZONES, f"{GARDEN}\n\nA: 0,0 9,9", "zone_too_few_points", "3 (A: 0,0 9,9)"),
        (CONF_ZONES, f"Cat [cat]:{GARDEN[7:]}", "zone_unknown_kind", "1 (Cat [cat]:"),
        (CONF_ZONES, "A: 0,0 101,0 9,9", "zone_outside_picture", "1 (A: 0,0"),
        (CONF_MASKS, "A: 0,0 9,9 9,0 0,9", "zone_crosses_itself", "1 (A: 0,0"),
        (
            CONF_MASKS,
            "A: " + " ".join(f"{n},{n * n / 100}" for n in range(61)),
            "zone_too_many_points",
            "1 (A: 0,0",
        ),
    ],
    ids=["no shape", "two corners", "kind", "outside", "crossed", "too many corners"],
)
async def test_a_line_that_makes_no_area_is_named(
    form: Dialog, field: str, text: str, error: str, detail: str
) -> None:
    result = await form.submit(**{field: text})
    assert result["errors"] == {"counts": error}
    assert result["description_placeholders"]["detail"].startswith(detail)
    assert "counts" in form.open_sections()
    assert form.suggested()[field] == text


def test_what_stands_still_is_remembered_over_a_restart() -> None:
    look = np.zeros(128, np.float32)
    look[3] = 1
    memory = CameraMemory(things=(Thing(Kind.PERSON, Box(0.1, 0.2, 0.3, 0.4), look, 1.0, 2.0),))
    (thing,) = CameraMemory.from_dict(memory.as_dict()).things
    assert (thing.kind, thing.box, thing.last_seen) == (Kind.PERSON, (0.1, 0.2, 0.3, 0.4), 2.0)
    older = memory.as_dict()
    del older["things"]
    assert CameraMemory.from_dict(older).things == ()
    assert CameraMemory.from_dict(memory.as_dict() | {"things": "?"}).things == ()


def standing(index: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a white statue that never moves; a pixel far away tells the pictures apart."""
    image = np.full((240, 320, 3), 90, np.uint8)
    image[:, ::8] = 120
    image[60:180, 100:160] = 255
    image[:8, :8] = index % 200
    return image


async def test_a_statue_alerts_once(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = standing
    coordinator = await enrolled(hass, still_camera)
    assert (await motions.run())["verdict"] == "person"
    assert len(coordinator.memory.things) == 1
    again = await motions.run()
    assert (again["verdict"], again["reason"]) == ("nothing", "static")
    assert coordinator.memory.things[0].sessions == 2


async def test_somebody_outside_the_zone_is_nothing_and_the_reason_is_told(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = standing
    await enrolled(hass, still_camera, **{CONF_ZONES: "Far: 60,0 100,0 100,100 60,100"})
    ended = await motions.run()
    assert (ended["verdict"], ended["reason"]) == ("nothing", "outside_zones")


async def test_an_unusable_stored_zone_is_a_repair_issue_and_the_alert_goes_out(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = standing
    await enrolled(hass, still_camera, **{CONF_ZONES: "Two: 0,0 1,1"})
    issues = [issue.translation_key for issue in ir.async_get(hass).issues.values()]
    assert "zones_ignored" in issues
    assert (await motions.run())["verdict"] == "person"


async def test_a_camera_that_shows_nothing_is_told_to_be_blind_after_an_hour(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector, motions: Motions
) -> None:
    still_camera.pictures = lambda index: np.full((240, 320, 3), index % 3, np.uint8)
    coordinator = await enrolled(hass, still_camera)
    await motions.run()
    assert not coordinator.data.blind
    reachability = coordinator.reachability
    assert reachability._blind_since is not None
    reachability._blind_since = reachability._blind_since.replace(year=2020)
    await motions.run()
    assert coordinator.data.blind
    assert ir.async_get(hass).async_get_issue(
        DOMAIN, f"camera_blind_{coordinator.settings.subentry_id}"
    )
    still_camera.pictures = standing
    await motions.run()
    assert not coordinator.data.blind
