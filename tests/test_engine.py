"""Which engine runs the network: chosen, installed, replaced, and said."""

from pathlib import Path
import subprocess
import sys
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.requirements import RequirementsNotFound
import pytest

from custom_components.camera_smart_alerts import ISSUE_ENGINE, ISSUE_MODEL, engine as module
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.engine import (
    RUNTIME_REQUIREMENT,
    NoRuntimeError,
    usable_threads,
)
from custom_components.camera_smart_alerts.inference import InferenceThread
from custom_components.camera_smart_alerts.vision.errors import EngineMissingError, ModelError
from custom_components.camera_smart_alerts.vision.runtime import Engine
from tests.common import enrol
from tests.engine_kit import NCNN, ONNX, Machine, is_missing

pytest_plugins = ("tests.engine_fixtures",)


MODULE = module.__name__


@pytest.mark.parametrize(
    ("wish", "threads", "runs"),
    [
        (None, 1, NCNN),
        (None, 2, ONNX),
        (None, 4, ONNX),
        (NCNN, 2, NCNN),
        (ONNX, 1, ONNX),
    ],
)
async def test_the_faster_engine_runs_unless_the_user_chose(
    hass: HomeAssistant, machine: Machine, wish: Engine | None, threads: int, runs: Engine
) -> None:
    inference = InferenceThread(hass, threads, wish)
    running = await inference.async_start()
    assert running is inference.running
    assert (running.engine, running.threads, running.passed_over) == (runs, threads, None)
    assert machine.loaded == [(runs, threads)]
    assert machine.installed == []
    await inference.async_stop()
    assert inference.running is None


async def test_a_missing_onnx_runtime_is_installed(hass: HomeAssistant, machine: Machine) -> None:
    machine.has_onnx_runtime = False
    inference = InferenceThread(hass, 2)
    assert (await inference.async_start()).engine is ONNX
    assert machine.installed == [[RUNTIME_REQUIREMENT]]
    await inference.async_stop()


async def test_where_one_thread_is_allowed_nothing_is_installed(
    hass: HomeAssistant, machine: Machine
) -> None:
    machine.has_onnx_runtime = False
    inference = InferenceThread(hass, 1)
    assert (await inference.async_start()).engine is NCNN
    assert machine.installed == []
    await inference.async_stop()


@pytest.mark.parametrize("wish", [None, ONNX], ids=["automatic", "chosen"])
async def test_alpine_is_not_asked_for_an_onnx_runtime_that_it_cannot_have(
    hass: HomeAssistant, machine: Machine, wish: Engine | None
) -> None:
    machine.has_onnx_runtime, machine.is_alpine = False, True
    inference = InferenceThread(hass, 2, wish)
    running = await inference.async_start()
    assert running.engine is NCNN
    assert "no build for Alpine Linux" in str(running.passed_over)
    assert machine.installed == []
    await inference.async_stop()


async def test_an_onnx_runtime_that_somebody_brought_to_alpine_is_used(
    hass: HomeAssistant, machine: Machine
) -> None:
    machine.is_alpine = True
    inference = InferenceThread(hass, 2)
    assert (await inference.async_start()).engine is ONNX
    await inference.async_stop()


@pytest.mark.parametrize(
    ("error", "takes_s", "says"),
    [
        (RequirementsNotFound(DOMAIN, [RUNTIME_REQUIREMENT]), 0, "could not be installed"),
        (None, 5, "takes too long to install"),
    ],
    ids=["refused", "slow"],
)
async def test_where_it_cannot_be_installed_ncnn_runs(
    hass: HomeAssistant,
    machine: Machine,
    error: BaseException | None,
    takes_s: float,
    says: str,
) -> None:
    machine.has_onnx_runtime = False
    machine.installing, machine.install_s = error, takes_s
    inference = InferenceThread(hass, 2)
    with patch.object(module, "INSTALL_TIMEOUT_S", 0.05):
        running = await inference.async_start()
    assert running.engine is NCNN
    assert says in str(running.passed_over)
    await inference.async_stop()


@pytest.mark.parametrize("wish", [None, *Engine])
@pytest.mark.parametrize("broken", Engine)
async def test_an_engine_that_cannot_be_loaded_is_replaced_by_the_other(
    hass: HomeAssistant, machine: Machine, wish: Engine | None, broken: Engine
) -> None:
    machine.problems[broken] = is_missing(broken)
    inference = InferenceThread(hass, 2, wish)
    running = await inference.async_start()
    assert {running.engine, broken} == set(Engine)
    assert (running.passed_over is None) == ((wish or ONNX) is not broken)
    await inference.async_stop()


async def test_without_any_engine_both_reasons_are_said(
    hass: HomeAssistant, machine: Machine
) -> None:
    machine.has_onnx_runtime, machine.is_alpine = False, True
    machine.problems[NCNN] = is_missing(NCNN)
    inference = InferenceThread(hass, 2)
    with pytest.raises(NoRuntimeError) as caught:
        await inference.async_start()
    assert "no build for Alpine Linux, and ncnn is not installed" in str(caught.value)
    assert inference.running is None
    await inference.async_stop()


@pytest.mark.parametrize("missing", Engine)
async def test_damaged_weights_are_no_missing_engine(
    hass: HomeAssistant, machine: Machine, missing: Engine
) -> None:
    for engine in Engine:
        machine.problems[engine] = ModelError("damaged")
    machine.problems[missing] = is_missing(missing)
    inference = InferenceThread(hass, 2)
    with pytest.raises(ModelError, match="damaged") as caught:
        await inference.async_start()
    assert not isinstance(caught.value, NoRuntimeError | EngineMissingError)
    await inference.async_stop()


# Threads


@pytest.mark.parametrize(
    ("cores", "limit", "threads"),
    [
        (8, None, 4),
        (2, None, 2),
        (None, None, 1),
        (8, "max 100000", 4),
        (8, "200000 100000", 2),
        (8, "150000 100000", 1),
        (8, "20000 100000", 1),
        (2, "800000 100000", 2),
        (8, "nonsense", 4),
    ],
)
def test_there_are_no_more_threads_than_cores_that_we_may_use(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    cores: int | None,
    limit: str | None,
    threads: int,
) -> None:
    monkeypatch.setattr("os.process_cpu_count", lambda: cores)
    if limit is not None:
        module._CPU_LIMIT.write_text(f"{limit}\n")
    assert usable_threads(4) == threads
    assert usable_threads(1) == 1


async def test_on_one_core_the_engine_is_chosen_for_one_thread(
    hass: HomeAssistant, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.process_cpu_count", lambda: 1)
    inference = InferenceThread(hass, 2)
    running = await inference.async_start()
    assert (running.engine, running.threads) == (NCNN, 1)
    await inference.async_stop()


# What the user is told


@pytest.mark.parametrize(
    ("options", "issue"),
    [
        ({}, None),
        ({"engine": "automatic"}, None),
        (
            {"engine": "onnxruntime"},
            {
                "chosen": "ONNX Runtime",
                "reason": "ONNX Runtime is not installed",
                "used": "ncnn",
            },
        ),
        ({"engine": "ncnn"}, None),
    ],
)
async def test_only_a_choice_that_cannot_be_heeded_is_a_repair_issue(
    hass: HomeAssistant,
    machine: Machine,
    options: dict[str, Any],
    issue: dict[str, str] | None,
) -> None:
    machine.problems[ONNX] = is_missing(ONNX)
    entry = await enrol(hass, options=options)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.inference.running.engine is NCNN
    registry = ir.async_get(hass)
    found = registry.async_get_issue(DOMAIN, ISSUE_ENGINE)
    assert (found and found.translation_placeholders) == issue
    assert registry.async_get_issue(DOMAIN, ISSUE_MODEL) is None
    hass.config_entries.async_update_entry(entry, options={"engine": "automatic"})
    await hass.async_block_till_done()
    assert registry.async_get_issue(DOMAIN, ISSUE_ENGINE) is None


async def test_without_any_engine_set_up_succeeds_and_a_repair_issue_says_why(
    hass: HomeAssistant, machine: Machine
) -> None:
    machine.problems = {engine: is_missing(engine) for engine in Engine}
    entry = await enrol(hass)
    assert entry.state is ConfigEntryState.LOADED
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ISSUE_MODEL)
    assert issue is not None
    assert issue.translation_key == "no_runtime"
    assert issue.translation_placeholders == {
        "reason": "ONNX Runtime is not installed, and ncnn is not installed"
    }


# Each where the other cannot be imported

IN_ITS_OWN_PROCESS = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor

sys.modules[sys.argv[1]] = None
from PIL import Image
import numpy as np
from homeassistant.core import HomeAssistant
from custom_components.camera_smart_alerts import engine
from custom_components.camera_smart_alerts.services import TEST_PICTURE

engine._is_alpine = lambda: True
engine.importlib.util.find_spec = lambda name: sys.modules.get(name, True)


async def main():
    hass = HomeAssistant(sys.argv[2])
    with ThreadPoolExecutor(1) as thread:
        running = await engine.async_load(hass, thread, None, int(sys.argv[3]))
        seen = running.detector.examine(np.asarray(Image.open(TEST_PICTURE)), 0.5)
    print(running.engine, [(one.kind.value, round(one.confidence, 2)) for one in seen])
    await hass.async_stop(force=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("absent", "threads", "runs"), [(ONNX, 2, NCNN), (NCNN, 1, ONNX)], ids=["ncnn", "ONNX Runtime"]
)
def test_the_person_in_the_test_picture_is_seen_on_either_engine(
    tmp_path: Path, absent: Engine, threads: int, runs: Engine
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_ITS_OWN_PROCESS, absent, tmp_path, str(threads)],
        check=False,
        capture_output=True,
        cwd=Path(__file__).parents[1],
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{runs} [('person', 0.92)]\n"
