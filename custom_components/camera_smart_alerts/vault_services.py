"""For administrators only: the actions that destroy, and the ledger of what became of pictures."""

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

from .asking import async_asker
from .camera_services import ATTR_LIMIT, GET_VISITS_SCHEMA, asked_span
from .const import ATTR_VISIT_ID, DOMAIN
from .data import SmartAlertsConfigEntry
from .deletion import async_delete_camera, async_delete_everything, async_delete_visit
from .unenroll import async_unenroll_all

SERVICE_DELETE_PICTURES: Final = "delete_pictures"
SERVICE_GET_LEDGER: Final = "get_ledger"
SERVICE_UNENROLL_ALL: Final = "unenroll_all"

ATTR_ALL: Final = "all"
ATTR_PICTURE_ID: Final = "picture_id"

DELETE_PICTURES_SCHEMA: Final = probatio.All(
    probatio.Schema(
        {
            probatio.Exclusive(ATTR_ENTITY_ID, "what"): cv.entity_domain(CAMERA_DOMAIN),
            probatio.Exclusive(ATTR_VISIT_ID, "what"): cv.string,
            probatio.Exclusive(ATTR_PICTURE_ID, "what"): cv.string,
            probatio.Exclusive(ATTR_ALL, "what"): probatio.All(cv.boolean, probatio.IsTrue()),
        }
    ),
    cv.has_at_least_one_key(ATTR_ENTITY_ID, ATTR_VISIT_ID, ATTR_PICTURE_ID, ATTR_ALL),
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
    async_register_admin_service(
        hass,
        DOMAIN,
        SERVICE_GET_LEDGER,
        _async_get_ledger,
        GET_VISITS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_delete_pictures(call: ServiceCall) -> ServiceResponse:
    """Destroy one picture, those of a camera or a visit, or all of them; return the receipt.

    Raises:
        ServiceValidationError: There is no such picture, or camera.
        HomeAssistantError: The history cannot be written.
    """
    asker = await async_asker(call)
    vault = asker.runtime.vault
    if (visit_id := call.data.get(ATTR_VISIT_ID)) is not None:
        receipt = await async_delete_visit(asker.runtime, visit_id)
    elif (picture_id := call.data.get(ATTR_PICTURE_ID)) is not None:
        if (picture := await vault.async_find(picture_id)) is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="picture_not_kept"
            )
        receipt = await vault.async_delete_picture(picture.id)
    elif (entity_id := call.data.get(ATTR_ENTITY_ID)) is not None:
        receipt = await async_delete_camera(asker.runtime, asker.camera(entity_id))
    else:
        receipt = await async_delete_everything(asker.runtime)
    return receipt.as_dict()


async def _async_unenroll_all(call: ServiceCall) -> ServiceResponse:
    """Remove every camera and destroy all that was kept; return the receipt."""
    entry: SmartAlertsConfigEntry = async_get_config_entry(call.hass, DOMAIN, None)
    return (await async_unenroll_all(call.hass, entry)).as_dict()


async def _async_get_ledger(call: ServiceCall) -> ServiceResponse:
    """Return what was kept, shown to whom, sent where and deleted when, the newest first."""
    asker, entity_id = await async_asker(call), call.data.get(ATTR_ENTITY_ID)
    after, before = asked_span(call)
    which = None if entity_id is None else asker.camera(entity_id).settings.subentry_id
    entries = await asker.runtime.ledger.async_list(which, after, before, call.data[ATTR_LIMIT])
    return {"entries": [*entries]}
