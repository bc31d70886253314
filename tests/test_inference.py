"""The one inference thread, and one look at a camera. How an engine gets there: test_engine."""

import ctypes
import os
import subprocess
import sys
import threading
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from custom_components.camera_smart_alerts.inference import (
    InferenceThread,
    async_look_once,
)
from custom_components.camera_smart_alerts.vision.datatypes import Frame, Kind
from custom_components.camera_smart_alerts.vision.errors import (
    ModelError,
    SourceError,
    SourceFailure,
)
from tests.camera_peer import PeerCamera
from tests.common import WhiteSquareDetector

MODULE = "custom_components.camera_smart_alerts.inference"


async def test_the_network_that_ships_loads_and_looks_in_its_own_thread(
    hass: HomeAssistant,
) -> None:
    inference = InferenceThread(hass, threads=1)
    await inference.async_start()
    image = np.full((240, 320, 3), 90, np.uint8)
    observation = await inference.looker()(lambda: Frame(image, 1.0))
    assert observation is not None
    assert observation.detections == ()
    assert observation.inference_s > 0
    still = await inference.async_examine(Frame(image, 1.0))
    assert still.inference_s > 0
    assert await inference.looker()(lambda: None) is None
    names = {thread.name for thread in threading.enumerate()}
    assert any(name.startswith("camera_smart_alerts_inference") for name in names)
    await inference.async_stop()


async def test_before_it_is_loaded_it_looks_at_nothing(hass: HomeAssistant) -> None:
    inference = InferenceThread(hass, threads=1)
    with pytest.raises(ModelError, match="not loaded"):
        await inference.looker()(lambda: None)
    with pytest.raises(ModelError, match="not loaded"):
        await inference.async_examine(Frame(np.zeros((8, 8, 3), np.uint8), 0.0))
    await inference.async_stop()


async def test_one_look_tells_what_a_camera_shows_now(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    inference = InferenceThread(hass, threads=1)
    await inference.async_start()
    look = await async_look_once(hass, inference, still_camera.entity_id)
    assert look.source == "still"
    assert [detection.kind for detection in look.observation.detections] == [Kind.PERSON]
    assert look.took_ms >= 0
    await inference.async_stop()


async def test_one_look_gives_up_on_a_camera_that_never_answers(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    still_camera.fault = "still_hangs"
    inference = InferenceThread(hass, threads=1)
    await inference.async_start()
    with pytest.raises(SourceError) as error:
        await async_look_once(hass, inference, still_camera.entity_id, timeout_s=0.3)
    assert error.value.failure is SourceFailure.TIMEOUT
    await inference.async_stop()


async def test_one_look_does_not_take_the_picture_of_yesterday(
    hass: HomeAssistant, still_camera: PeerCamera, network: WhiteSquareDetector
) -> None:
    still_camera.fault = "still_frozen"
    inference = InferenceThread(hass, threads=1)
    await inference.async_start()
    with (
        patch("custom_components.camera_smart_alerts.still_source.FROZEN_S", 0.3),
        pytest.raises(SourceError) as error,
    ):
        await async_look_once(hass, inference, still_camera.entity_id)
    assert error.value.failure is SourceFailure.FROZEN
    await inference.async_stop()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not the GNU C library")
def test_memory_that_motions_have_freed_goes_back_to_the_system() -> None:
    # In a process of its own: in this one, earlier tests have left gaps that are filled first.
    code = f"""
from concurrent.futures import ThreadPoolExecutor
import os
from {MODULE} import _release_memory
from demo.load import resident_mb
with ThreadPoolExecutor(1) as thread:
    kept = thread.submit(lambda: [bytes([1]) * 2000 for _ in range(50_000)][::1000]).result()
before = resident_mb(os.getpid())
_release_memory()
assert resident_mb(os.getpid()) < before - 50
"""
    paths = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": paths})


async def test_a_c_library_that_gives_memory_back_by_itself_is_left_alone(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    inference = InferenceThread(hass, threads=1)
    await inference.async_start()
    with patch(f"{MODULE}.ctypes.CDLL", return_value=object()) as library:
        inference.async_rest()
        await inference.looker()(lambda: None)  # comes after it
    await inference.async_stop()
    library.assert_called_once_with(None)


async def test_memory_stays_while_a_camera_is_looked_at(
    hass: HomeAssistant, network: WhiteSquareDetector
) -> None:
    inference = InferenceThread(hass, threads=1)
    inference.async_rest()  # There is no network yet, and nothing to give back.
    await inference.async_start()
    taken, may_go_on = threading.Event(), threading.Event()

    def take() -> None:
        taken.set()
        may_go_on.wait()

    looking = hass.async_create_task(inference.looker()(take))
    await hass.async_add_executor_job(taken.wait)
    with patch(f"{MODULE}.ctypes.CDLL") as library:
        inference.async_rest()
        may_go_on.set()
        await looking
        await inference.looker()(lambda: None)  # comes after it
    library.assert_not_called()
    await inference.async_stop()
