"""Links to pictures, as people make them."""

from typing import Any

from custom_components.camera_smart_alerts.data import RuntimeData
from tests.access_house import House
from tests.camera_actions import ask

LATER = b"\xff\xd8 later"


def runtime_of(house: House) -> RuntimeData:
    return house.camera.config_entry.runtime_data


async def link_to(house: House, **data: Any) -> str:
    """Return the path of a new link, by default to the picture of the house's visit."""
    answer = await ask(house.hass, "create_link", **(data or {"visit_id": house.kept.visit_id}))
    path = answer["path"]
    assert isinstance(path, str)
    return path
