"""The promises of the history, over whatever happens to it in whatever order.

A home lives through alerts, answers, kills, clocks that jump, old files and old keys put back, lost
keys and deletions; after each of them, nobody reads what is too old, nothing lies open on the disk,
and what was taught is there until it is taken back.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
import tempfile
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.camera_smart_alerts import database
from custom_components.camera_smart_alerts.vision.style import PictureStyle
from tests.vault_world import CAMERAS, World

STEPS = st.one_of(
    st.tuples(st.just("see"), st.integers(0, 5), st.sampled_from(CAMERAS)),
    st.tuples(st.just("preview"), st.integers(0, 5), st.sampled_from(CAMERAS)),
    st.tuples(st.just("show"), st.sampled_from(CAMERAS), st.sampled_from(PictureStyle)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("jump"), st.integers(-100, 100)),
    st.tuples(st.just("tidy")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("kill")),
    st.tuples(st.just("copy")),
    st.tuples(st.just("put back")),
    st.tuples(st.just("put keys back")),
    st.tuples(st.just("lose keys")),
    st.tuples(st.just("find keys")),
    st.tuples(st.just("start over")),
    st.tuples(st.just("delete picture"), st.integers(0, 5)),
    st.tuples(st.just("delete camera"), st.sampled_from(CAMERAS)),
    st.tuples(st.just("delete visit"), st.integers(0, 5)),
    st.tuples(st.just("delete everything")),
    st.tuples(st.just("teach"), st.integers(0, 5), st.sampled_from(CAMERAS)),
    st.tuples(st.just("take back"), st.integers(0, 5), st.sampled_from(CAMERAS)),
    st.tuples(st.just("take all back"), st.sampled_from(CAMERAS)),
)


@contextmanager
def world(hass: HomeAssistant) -> Iterator[World]:
    """Give every example a disk and a clock of its own."""
    with tempfile.TemporaryDirectory() as root, ExitStack() as stack:
        one = World(hass, Path(root))
        stack.enter_context(patch.object(hass.config, "cache_path", one.cache_path))
        stack.enter_context(patch.object(hass.config, "path", one.path))
        stack.enter_context(patch.object(dt_util, "utcnow", lambda: one.clock))
        stack.enter_context(patch.object(database, "monotonic", one.monotonic))
        yield one


@pytest.mark.usefixtures("real_storage")
async def test_what_was_promised_holds_whatever_happens(hass: HomeAssistant) -> None:
    loop = asyncio.get_running_loop()

    async def live(steps: list[tuple[Any, ...]]) -> None:
        with world(hass) as one:
            await one.start()
            try:
                for step in steps:
                    await one.step(*step)
                    await one.check()
            finally:
                await one.stop()

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(st.lists(STEPS, max_size=10))
    def examples(steps: list[tuple[Any, ...]]) -> None:
        asyncio.run_coroutine_threadsafe(live(steps), loop).result()

    await hass.async_add_executor_job(examples)
