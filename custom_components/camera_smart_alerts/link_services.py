"""The action ``create_link``: a picture for a target that cannot log in.

What a reader would get wrong: whoever gets the link needs no right. So only those get one made who
may see the picture themselves, and no automation where an option keeps pictures from some people.
"""

from collections.abc import Collection
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
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv
import probatio

from .access import async_for_some_only
from .asking import Asker, async_asker, unknown_visit
from .const import ATTR_VISIT_ID, DOMAIN
from .kept_picture import KeptPicture, Role
from .ledger import PERSON
from .visit_list import async_visit

SERVICE_CREATE_LINK: Final = "create_link"

CREATE_LINK_SCHEMA: Final = probatio.All(
    probatio.Schema(
        {
            probatio.Optional(ATTR_VISIT_ID): cv.string,
            probatio.Optional(ATTR_ENTITY_ID): cv.entity_domain(CAMERA_DOMAIN),
        }
    ),
    cv.has_at_least_one_key(ATTR_VISIT_ID, ATTR_ENTITY_ID),
)


@callback
def async_setup_link_services(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_CREATE_LINK,
        _async_create_link,
        schema=CREATE_LINK_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_create_link(call: ServiceCall) -> ServiceResponse:
    """Return a link to the best picture of a visit, or to the newest of a camera."""
    asker = await async_asker(call)
    picture = await _async_picture(
        asker, call.data.get(ATTR_VISIT_ID), call.data.get(ATTR_ENTITY_ID)
    )
    user = asker.user
    who = ("automation", "", "") if user is None else (PERSON, user.id, user.name or "")
    link = asker.runtime.links.async_make(picture, *who)
    return {"url": link.url, "path": link.path, "expires_at": link.expires_at.isoformat()}


async def _async_picture(asker: Asker, visit_id: str | None, entity_id: str | None) -> KeptPicture:
    """Return the newest picture of a visit, of a camera, or of both, that the asker may see.

    Raises:
        ServiceValidationError: There is none, the visit or the camera is not known, or an
            automation asks where pictures are not for everybody.
        Unauthorized: None is within rights.
    """
    seen = await _async_seen(asker)
    runtime, wanted = asker.runtime, set[str]()
    if visit_id is not None:
        if (visit := await async_visit(runtime.database, visit_id)) is None:
            raise unknown_visit()
        wanted.update(visit["seen"])
    only = None if entity_id is None else asker.camera(entity_id).settings.subentry_id
    if only is not None:
        wanted = {only}
    if runtime.cameras.keys() & wanted and not wanted.intersection(seen):
        raise Unauthorized
    pictures = await runtime.vault.async_list(subentry_id=only, visit_id=visit_id, limit=len(Role))
    for one in pictures:
        if one.role is not Role.PREVIEW and one.subentry_id in seen:
            return one
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="picture_not_kept")


async def _async_seen(asker: Asker) -> Collection[str]:
    """Return the subentry ids of the cameras whose pictures may be handed on.

    Raises:
        ServiceValidationError: An automation asks where pictures are not for everybody.
    """
    if not asker.is_home:
        return await asker.async_pictured()
    if async_for_some_only(asker.hass):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="links_for_people_only"
        )
    return asker.runtime.cameras
