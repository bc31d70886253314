"""What the tests of lessons share: a coat in the wind, and motions that can be learned from."""

from datetime import timedelta
import secrets
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
from numpy.typing import NDArray

from custom_components.camera_smart_alerts.learning import MotionExamples
from custom_components.camera_smart_alerts.vision.datatypes import Box, Kind, Verdict
from custom_components.camera_smart_alerts.vision.lessons import Example, Lesson
from custom_components.camera_smart_alerts.vision.session import (
    AnalysisResult,
    ResultReason,
    Timings,
)
from tests.database_kit import NOW
from tests.vault_kit import Home

TAUGHT: Final = "SELECT what, count(*) FROM taught GROUP BY what ORDER BY what"
SECOND: Final = timedelta(seconds=1)


def coat(index: int) -> NDArray[np.uint8]:
    """Return a striped white coat; a pixel far away tells the pictures apart."""
    image = np.full((240, 320, 3), 90, np.uint8)
    image[60:180, 100:160] = 255
    image[63:177:9, 103:157] = 20
    image[66:172, 103:157:27] = 20
    image[:8, :8] = index % 200
    return image


def swaying(index: int) -> NDArray[np.uint8]:
    """Return the coat, shaken by the wind."""
    return np.roll(coat(index), (0, 12, 24, 30, 24, 12)[index % 6], axis=1)


def example(confidence: float = 0.6, look: int = 1, left: float = 0.1) -> Example:
    values = np.zeros(128, np.float32)
    values[look] = 1
    return Example(Kind.PERSON, Box(left, 0.1, left + 0.1, 0.5), values, confidence)


def result(*believed: Example, candidate: Example | None = None) -> AnalysisResult:
    return AnalysisResult(
        verdict=Verdict.NOTHING,
        reason=ResultReason.NOTHING_FOUND,
        failure=None,
        kinds={},
        count=0,
        confidence=0.0,
        trigger=None,
        best=None,
        frames=5,
        source="still",
        timings=Timings(0.0, None, None, None, None, 1.0),
        inference_s=0.0,
        examples=believed,
        candidate=candidate,
    )


def remember(camera: Any, *alert_ids: str) -> None:
    """Let a camera have had a motion that it can learn from."""
    seen = (example(),), example(look=2, left=0.5)
    camera.learning.motions = (
        MotionExamples(secrets.token_hex(8), dt_util.utcnow(), alert_ids, *seen),
    )
    camera.taught.async_changed()


def learning_of(home: Home, camera: str = "front") -> Any:
    return home.cameras[camera].learning


async def teach(
    hass: HomeAssistant, home: Home, number: int = 1, camera: str = "front"
) -> tuple[Lesson, ...]:
    """Let a camera have a motion about which somebody says that there was nothing."""
    learning = learning_of(home, camera)
    at = NOW - timedelta(minutes=20) + number * SECOND
    seen = example(look=number, left=number / 50)
    learning.async_note(at, (f"secret-{number}",), result(seen, candidate=example(look=99)))
    taught: tuple[Lesson, ...] = learning.async_false_alarm(f"secret-{number}")
    await hass.async_block_till_done()
    return taught


def ids(home: Home, camera: str = "front") -> list[str]:
    """Return the ids of all lessons."""
    return [one.id for one in learning_of(home, camera).lessons]
