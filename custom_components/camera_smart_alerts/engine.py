"""Which engine runs the network, with how many threads, and how it gets onto this machine.

Both engines see the same. ncnn comes with the integration everywhere; ONNX Runtime is installed
here, while we start. What a reader would get wrong: what the user chose is a wish. An engine that
cannot be loaded is replaced by the other one, so that a wrong choice costs no alert.
"""

import asyncio
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
import importlib.util
import logging
import os
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.requirements import RequirementsNotFound, async_process_requirements
from packaging import tags

from .const import DOMAIN
from .vision.detector import Detector
from .vision.errors import EngineMissingError, ModelError
from .vision.runtime import Engine

_LOGGER = logging.getLogger(__name__)

# Not a requirement of the manifest: it has no wheel for Alpine Linux, and one requirement that
# cannot be installed keeps the whole integration from loading.
RUNTIME_REQUIREMENT: Final = "onnxruntime==1.31.1"
INSTALL_TIMEOUT_S: Final = 120
"""Longer than 24 MB take on a slow connection, and short enough for a start."""

_CPU_LIMIT: Final = Path("/sys/fs/cgroup/cpu.max")
"""In a container: microseconds of processor time, and the period in which it may use them."""


class NoRuntimeError(ModelError):
    """Nothing on this machine can run a network."""


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A network that is loaded, and what runs it."""

    detector: Detector
    engine: Engine
    threads: int
    """For one inference; at most the cores that we may use."""
    passed_over: ModelError | None = None
    """Why the engine that was to be used is not."""


async def async_load(
    hass: HomeAssistant, executor: Executor, wish: Engine | None, threads: int
) -> Running:
    """Return the loaded network, on the other engine where the first choice cannot be used.

    Args:
        hass: Home Assistant.
        executor: The thread in which the network will run.
        wish: The engine that the user chose, None for the faster one.
        threads: How many threads the user allows.

    Raises:
        NoRuntimeError: There is no engine on this machine, and none can be installed.
        ModelError: The weights are missing or altered.
    """
    threads = await hass.async_add_executor_job(usable_threads, threads)
    first = wish or faster_engine(threads)
    try:
        detector = await _async_load_on(hass, executor, first, threads)
    except ModelError as err:
        problem = err
    else:
        return Running(detector, first, threads)
    (second,) = set(Engine) - {first}
    _LOGGER.info("%s instead of %s: %s", second.label, first.label, problem)
    try:
        detector = await _async_load_on(hass, executor, second, threads)
    except EngineMissingError as err:
        if isinstance(problem, EngineMissingError):
            raise NoRuntimeError(f"{problem}, and {err}") from err
        raise problem from err
    return Running(detector, second, threads, problem)


def faster_engine(threads: int) -> Engine:
    """Return the engine that takes less time with so many threads; docs/performance.md."""
    return Engine.ONNX_RUNTIME if threads > 1 else Engine.NCNN


def usable_threads(allowed: int) -> int:
    """Return how many threads keep a core of their own busy, at most ``allowed``. Blocking.

    Two threads on one core wait for each other at every layer of the network.
    """
    cores: float = os.process_cpu_count() or 1
    # Most systems set no limit: there is no such file, or "max" in it, which is no number.
    with suppress(OSError, ValueError):
        quota, period = map(int, _CPU_LIMIT.read_text().split())
        cores = min(cores, quota / period)
    return max(1, min(allowed, int(cores)))


async def _async_load_on(
    hass: HomeAssistant, executor: Executor, engine: Engine, threads: int
) -> Detector:
    """Return the network on one engine.

    Raises:
        EngineMissingError: The engine is not on this machine, and cannot be installed.
        ModelError: The weights are missing or altered.
    """
    if engine is Engine.ONNX_RUNTIME:
        await _async_install(hass)
    return await hass.loop.run_in_executor(executor, partial(Detector.load, engine, threads))


async def _async_install(hass: HomeAssistant) -> None:
    """Install ONNX Runtime, unless it is there.

    Raises:
        EngineMissingError: There is none for this machine, or it cannot be fetched.
    """
    name = Engine.ONNX_RUNTIME.label
    if await hass.async_add_executor_job(importlib.util.find_spec, Engine.ONNX_RUNTIME.value):
        return
    if await hass.async_add_executor_job(_is_alpine):
        raise EngineMissingError(f"{name} has no build for Alpine Linux")
    try:
        async with asyncio.timeout(INSTALL_TIMEOUT_S):
            await async_process_requirements(hass, DOMAIN, [RUNTIME_REQUIREMENT], is_built_in=False)
    except TimeoutError as err:
        raise EngineMissingError(f"{name} takes too long to install") from err
    except RequirementsNotFound as err:
        raise EngineMissingError(f"{name} could not be installed") from err
    importlib.invalidate_caches()


def _is_alpine() -> bool:
    """Return whether this system, like Home Assistant OS, takes musl wheels. Blocking.

    Asking the package index there would only hold up every start.
    """
    return any(tag.startswith("musllinux") for tag in tags.platform_tags())
