"""A machine of the test's making: which engines it has, and what can be installed."""

import asyncio

from homeassistant.core import HomeAssistant

from custom_components.camera_smart_alerts.vision.errors import EngineMissingError, ModelError
from custom_components.camera_smart_alerts.vision.runtime import Engine
from tests.common import WhiteSquareDetector

ONNX, NCNN = Engine.ONNX_RUNTIME, Engine.NCNN


class Machine:
    """What can be loaded here, what is on disk, and what an installation would do."""

    def __init__(self) -> None:
        self.problems: dict[Engine, ModelError] = {}
        self.is_alpine = False
        self.has_onnx_runtime = True
        self.installing: BaseException | None = None
        self.install_s = 0.0
        self.installed: list[list[str]] = []
        self.loaded: list[tuple[Engine, int]] = []

    def find(self, name: str) -> object:
        assert name == "onnxruntime"
        return object() if self.has_onnx_runtime else None

    async def install(
        self, _hass: HomeAssistant, _name: str, requirements: list[str], *, is_built_in: bool
    ) -> None:
        assert not is_built_in
        self.installed.append(requirements)
        await asyncio.sleep(self.install_s)
        if self.installing is not None:
            raise self.installing

    def load(self, engine: Engine, threads: int) -> WhiteSquareDetector:
        if engine in self.problems:
            raise self.problems[engine]
        self.loaded.append((engine, threads))
        return WhiteSquareDetector()


def is_missing(engine: Engine) -> EngineMissingError:
    return EngineMissingError(f"{engine.label} is not installed")
