"""The actions that destroy: ``delete_pictures`` and ``unenroll_all``, for administrators only."""

from typing import Final

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
import probatio

from .camera_services import enrolled_camera
from .const import DOMAIN
from .data import SmartAlertsConfigEntry
from .unenroll import async_unenroll_all

SERVICE_DELETE_PICTURES: Final = "delete_pictures"
SERVICE_UNENROLL_ALL: Final = "unenroll_all"

ATTR_ALL: Final = "all"
ATTR_VISIT_ID: Final = "visit_id"

DELETE_PICTURES_SCHEMA: Final = probatio.All(
    probatio.Schema(
        {
            probatio.Exclusive(ATTR_ENTITY_ID, "what"): cv.entity_domain(CAMERA_DOMAIN),
            probatio.Exclusive(ATTR_VISIT_ID, "what"): cv.string,
            probatio.Exclusive(ATTR_ALL, "what"): probatio.All(cv.boolean, probatio.IsTrue()),
        }
    ),
    cv.has_at_least_one_key(ATTR_ENTITY_ID, ATTR_VISIT_ID, ATTR_ALL),
)


@callback
def async_setup_vault_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, action, schema in (
        (SERVICE_DELETE_PICTURES, _async_delete_pictures, DELETE_PICTURES_SCHEMA),
        (SERVICE_UNENROLL_ALL, _async_unenroll_all, probatio.Schema({})),
    ):
        async_register_admin_service(
            hass, DOMAIN, name, action, schema, supports_response=SupportsResponse.OPTIONAL
        )


async def _async_delete_pictures(call: ServiceCall) -> ServiceResponse:
    """Destroy the pictures of a camera, of a visit, or all of them; return the receipt."""
    runtime = _entry(call).runtime_data
    vault = runtime.vault
    if (visit_id := call.data.get(ATTR_VISIT_ID)) is not None:
        receipt = await vault.async_delete_visit(visit_id)
    elif (entity_id := call.data.get(ATTR_ENTITY_ID)) is not None:
        if (camera := enrolled_camera(runtime, entity_id)) is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="camera_not_enrolled",
                translation_placeholders={"camera": entity_id},
            )
        receipt = await vault.async_delete_camera(camera.settings.subentry_id)
    else:
        receipt = await vault.async_delete_everything()
    return receipt.as_dict()


async def _async_unenroll_all(call: ServiceCall) -> ServiceResponse:
    """Remove every camera and destroy all that was kept; return the receipt."""
    return (await async_unenroll_all(call.hass, _entry(call))).as_dict()


def _entry(call: ServiceCall) -> SmartAlertsConfigEntry:
    entry: SmartAlertsConfigEntry = async_get_config_entry(call.hass, DOMAIN, None)
    return entry
