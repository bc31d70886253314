"""The actions ``analyze`` and ``test_alert``, and their errors in words.

Those about enrolled cameras: ``camera_services.py``; those that destroy: ``vault_services.py``;
those that teach: ``feedback_services.py``; links to pictures: ``link_services.py``.

They exist from start-up on, also while the integration is not loaded, so that an automation
which uses them can be checked; then they say so.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
import stat
import time
from typing import Any, Final, Never

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_platform_entity_service
import probatio

from .asking import async_asker
from .camera import SmartView
from .camera_services import async_setup_camera_services
from .const import DOMAIN
from .data import RuntimeData
from .feedback_services import async_setup_feedback_services
from .inference import StillLook, async_look_once
from .link_services import async_setup_link_services
from .test_alert import async_test_alert
from .vault_services import async_setup_vault_services
from .vision.annotate import decode_image
from .vision.datatypes import Frame, Kind, RgbImage, Sensitivity
from .vision.errors import ImageError, ModelError, SourceError
from .vision.mask import NO_MASK
from .vision.verdict import judge_still

SERVICE_ANALYZE: Final = "analyze"
SERVICE_TEST_ALERT: Final = "test_alert"

ATTR_PATH: Final = "path"

_LARGEST_FILE: Final = 50_000_000
"""Bytes. A picture of 8K is smaller; a video somebody mistook for one is not."""
_LEAST_CONFIDENCE: Final = 0.2
"""What the network is less sure of is noise to everybody but itself."""

ANALYZE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Exclusive(ATTR_ENTITY_ID, "what"): cv.entity_domain(CAMERA_DOMAIN),
        probatio.Exclusive(ATTR_PATH, "what"): cv.string,
    }
)

TEST_PICTURE: Final = Path(__file__).parent / "test_picture.jpg"
"""Somebody drawn by ``models/test_picture.py``, for whoever wants to know whether we see at all."""


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    async_setup_camera_services(hass)
    async_setup_vault_services(hass)
    async_setup_feedback_services(hass)
    async_setup_link_services(hass)
    hass.services.async_register(
        DOMAIN,
        SERVICE_ANALYZE,
        _async_analyze,
        schema=ANALYZE_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        SERVICE_TEST_ALERT,
        entity_domain=CAMERA_DOMAIN,
        func=_async_test_alert,
        schema=None,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_test_alert(view: SmartView, _call: ServiceCall) -> ServiceResponse:
    """Send a test alert of one camera; return what became of each target."""
    with _translated_errors(view.coordinator.name):
        results = await async_test_alert(view.coordinator)
    return {"targets": [asdict(result) for result in results]}


async def _async_analyze(call: ServiceCall) -> ServiceResponse:
    """Look at one camera, one picture file or our own picture, and return what is there."""
    hass = call.hass
    asker = await async_asker(call)
    runtime = asker.runtime
    if (path := call.data.get(ATTR_PATH)) is not None:
        # Whose camera took it is not known.
        if not (asker.is_home or (asker.user is not None and asker.user.is_admin)):
            raise Unauthorized(context=call.context)
        with _translated_errors(path):
            still = await _async_look_at_file(
                hass, runtime, partial(_read_picture, hass, path), "file"
            )
        return _response(runtime, still, Sensitivity.BALANCED)
    if (entity_id := call.data.get(ATTR_ENTITY_ID)) is None:
        with _translated_errors(TEST_PICTURE.name):
            still = await _async_look_at_file(hass, runtime, _read_test_picture, "test_picture")
        return _response(runtime, still, Sensitivity.BALANCED)
    camera = asker.enrolled(entity_id, POLICY_CONTROL)
    with _translated_errors(entity_id):
        still = await async_look_once(
            hass,
            runtime.inference,
            # Our own view shows boxes: look at what it looks at.
            entity_id if camera is None else camera.camera_entity_id or entity_id,
            verify_tls=camera is not None and camera.settings.verify_tls,
            mask=NO_MASK if camera is None else camera.mask,
        )
    sensitivity = Sensitivity.BALANCED if camera is None else camera.settings.sensitivity
    return _response(runtime, still, sensitivity)


async def _async_look_at_file(
    hass: HomeAssistant, runtime: RuntimeData, read: Callable[[], RgbImage], source: str
) -> StillLook:
    """Analyse one picture file.

    Raises:
        ServiceValidationError: The file may not be read, or is none.
        ImageError: The file holds no picture.
        ModelError: There is no network to look with.
    """
    started = time.monotonic()
    image = await hass.async_add_executor_job(read)
    observation = await runtime.inference.async_examine(Frame(image, time.monotonic()))
    return StillLook(observation, source, round(1000 * (time.monotonic() - started)))


def _read_test_picture() -> RgbImage:
    """Return the picture that comes with us. Blocking.

    Raises:
        ServiceValidationError: It is missing.
    """
    try:
        return decode_image(TEST_PICTURE.read_bytes())
    except OSError:
        _refuse("file_unreadable", TEST_PICTURE.name)


def _read_picture(hass: HomeAssistant, path: str) -> RgbImage:
    """Return a picture file of an allowed directory. Blocking.

    Raises:
        ServiceValidationError: The file may not be read, or is none.
        ImageError: The file holds no picture.
    """
    try:
        if not hass.config.is_allowed_path(path):
            _refuse("path_not_allowed", path)
        file = Path(path).resolve(strict=True)
        details = file.stat()
        # A pipe in an allowed directory would keep this thread waiting for ever.
        if not stat.S_ISREG(details.st_mode):
            _refuse("file_missing", path)
        if details.st_size > _LARGEST_FILE:
            _refuse("file_too_large", path)
        data = file.read_bytes()
    except FileNotFoundError:
        _refuse("file_missing", path)
    except OSError, ValueError:
        _refuse("file_unreadable", path)
    return decode_image(data)


def _refuse(key: str, path: str) -> Never:
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders={"path": path}
    )


@contextmanager
def _translated_errors(what: str) -> Iterator[None]:
    """Turn what can go wrong between a camera and a verdict into words.

    Args:
        what: The camera or file that is looked at, as the person wrote it.

    Raises:
        HomeAssistantError: With a translation key for every reason.
    """
    try:
        yield
    except SourceError as err:
        key, error = f"no_picture_{err.failure}", err
        raise _translated(key, what) from error
    except ImageError as err:
        raise _translated("not_a_picture", what) from err
    except ModelError as err:
        raise _translated("model_unusable", what) from err


def _translated(key: str, what: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders={"what": what}
    )


def _response(runtime: RuntimeData, still: StillLook, sensitivity: Sensitivity) -> dict[str, Any]:
    """Return what one picture shows, ready for JSON."""
    observation, running = still.observation, runtime.inference.running
    height, width = observation.frame.image.shape[:2]
    return {
        "verdict": judge_still(observation.detections, frozenset(Kind), sensitivity).value,
        "detections": [
            {
                "kind": detection.kind.value,
                "confidence": round(detection.confidence, 3),
                "box": [round(side) for side in detection.box],
            }
            for detection in observation.detections
            if detection.confidence >= _LEAST_CONFIDENCE
        ],
        "width": width,
        "height": height,
        "engine": running and running.engine,
        "inference_ms": round(1000 * observation.inference_s, 1),
        "source": still.source,
        "took_ms": still.took_ms,
    }
