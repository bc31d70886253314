"""Chance leads through hours of visits, failing phones and kills; every promise is kept."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.camera_smart_alerts.const import (
    CONF_CONFIRM_WITHIN,
    CONF_COOLDOWN,
    CONF_GROUP,
    CONF_IMPORTANT,
    CONF_PHONES,
)
from tests.common import MOTION, enrol, subentry
from tests.fake_phones import Phones
from tests.street import Street
from tests.watched_home import WatchedHome

STEPS = 160
PHONES = ("Ann", "Ben", "Cem", "Dee")


@pytest.fixture(autouse=True)
async def served(hass: HomeAssistant) -> None:
    """What serves pictures must be there before the server is."""
    assert await async_setup_component(hass, "camera", {})
    assert await async_setup_component(hass, "image", {})


async def move_in(
    home: WatchedHome, phones: Phones, street: Street, freezer: FrozenDateTimeFactory
) -> None:
    """Enrol three cameras, two of one group, one that waits for a confirmation."""
    hass = phones._hass
    devices = {name: await phones.register(name) for name in PHONES}
    for entry in hass.config_entries.async_entries("mobile_app"):
        name = entry.data["device_name"]
        street.phones[name] = f"user of {name}"
        data = {**entry.data, "user_id": street.phones[name]}
        hass.config_entries.async_update_entry(entry, data=data)
    street.devices = devices
    # Not before: the phones have logged in by the clock on the wall. Midnight is far.
    freezer.move_to(dt_util.start_of_local_day() + timedelta(days=1, hours=2))
    ann, ben, cem, dee = devices.values()
    each = [
        {CONF_PHONES: [ann, ben], CONF_GROUP: "Front", CONF_COOLDOWN: 60},
        {CONF_PHONES: [cem, ben], CONF_GROUP: "Front", CONF_COOLDOWN: 0, CONF_IMPORTANT: True},
        {CONF_PHONES: [dee, ann, cem], CONF_COOLDOWN: 120, CONF_CONFIRM_WITHIN: 10},
    ]
    cameras = []
    for number, data in enumerate(each):
        hass.states.async_set(f"camera.street_{number}", "idle")
        cameras.append(
            subentry(f"camera.street_{number}", MOTION, title=f"Camera {number}", **data)
        )
    home.entry = await enrol(hass, *cameras)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_people_are_told_as_promised(
    home: WatchedHome, phones: Phones, freezer: FrozenDateTimeFactory, seed: int
) -> None:
    street = Street(phones._hass, home, freezer, seed)
    await move_in(home, phones, street, freezer)
    with street.made_up():
        try:
            for _ in range(STEPS):
                what, does = street.step()
                street.steps.append(what)
                await does()
                await street.pass_time(0.5)
                await street.check()
            await street.end()
        except AssertionError as err:
            steps = "\n".join(street.steps)
            # What went wrong is of no use without the way there.
            raise AssertionError(
                f"seed {seed}, {len(street.steps)} steps:\n{steps}\n{err}"
            ) from err
