"""``scripts/requirements`` finds what some system of our users could not install.

Most tests bring a package index of their own, a folder, and need no network.
"""

from collections.abc import Callable
import io
import json
import os
from pathlib import Path
import subprocess
import tarfile
import zipfile

import pytest

ROOT = Path(__file__).parents[1]
EVERYWHERE = "py3-none-any"
GLIBC = "cp314-cp314-manylinux_2_28_x86_64.manylinux_2_28_aarch64"
UNREACHABLE = 75
BROKEN_BUILD = {
    "pyproject.toml": """
        [build-system]
        requires = []
        build-backend = "broken"
        backend-path = ["."]
        """.replace(" " * 8, ""),
    "broken.py": "def build_wheel(*_): raise OSError('no compiler')",
}

type Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Run the script on a manifest, with environment variables of the test only."""

    def run(*requirements: str, **variables: str) -> subprocess.CompletedProcess[str]:
        manifest = tmp_path / "manifest.json"
        manifest.write_text(json.dumps({"requirements": requirements}))
        return subprocess.run(
            [ROOT / "scripts" / "requirements", manifest],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


class Index:
    """A package index in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._config = folder / "uv.toml"
        self._config.write_text(f"no-index = true\nfind-links = ['{folder}']\n")

    @property
    def variables(self) -> dict[str, str]:
        """What makes uv ask this index, and no other."""
        return {"UV_CONFIG_FILE": str(self._config), "UV_CACHE_DIR": str(self._folder / "cache")}

    def wheel(self, name: str, version: str, tag: str, *, needs: str = "") -> None:
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(self._folder / f"{name}-{version}-{tag}.whl", "w") as archive:
            archive.writestr(f"{info}/METADATA", _metadata(name, version, needs))
            archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
            archive.writestr(f"{info}/RECORD", "")

    def source(self, name: str, version: str, files: dict[str, str]) -> None:
        files = {"PKG-INFO": _metadata(name, version), **files}
        with tarfile.open(self._folder / f"{name}-{version}.tar.gz", "w:gz") as archive:
            for path, text in files.items():
                entry = tarfile.TarInfo(f"{name}-{version}/{path}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))


def _metadata(name: str, version: str, needs: str = "") -> str:
    wanted = f"Requires-Dist: {needs}\n" if needs else ""
    return f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n{wanted}"


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index")


def test_what_every_system_can_install_passes(check: Check, index: Index) -> None:
    index.wheel("pure", "1.0", EVERYWHERE, needs="helper")
    index.wheel("helper", "2.0", EVERYWHERE)
    done = check("pure==1.0", **index.variables)
    assert done.returncode == 0, done.stderr
    assert "Every system can install pure==1.0" in done.stderr


def test_a_package_without_a_wheel_for_alpine_is_named_with_the_systems_that_lack_it(
    check: Check, index: Index
) -> None:
    index.wheel("pure", "1.0", EVERYWHERE)
    index.wheel("compiled", "1.0", GLIBC)
    done = check("pure==1.0", "compiled==1.0", **index.variables)
    assert done.returncode == 1
    for platform in ("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"):
        assert f"No wheel for {platform}: compiled==1.0" in done.stderr
    assert "No wheel for x86_64-manylinux" not in done.stderr
    assert ": pure==1.0" not in done.stderr


def test_a_release_that_only_its_source_has_is_not_excused_by_an_older_wheel(
    check: Check, index: Index
) -> None:
    index.wheel("pure", "1.0", EVERYWHERE, needs="helper")
    index.wheel("helper", "2.0", EVERYWHERE)
    index.source("helper", "2.1", {"pyproject.toml": ""})
    done = check("pure==1.0", **index.variables)
    assert done.returncode == 1
    assert "No wheel for aarch64-unknown-linux-musl: helper==2.1 (needed by pure)" in done.stderr


def test_requirements_that_contradict_each_other_are_all_named(check: Check, index: Index) -> None:
    index.wheel("one", "1.0", EVERYWHERE, needs="helper<2")
    index.wheel("two", "1.0", EVERYWHERE, needs="helper>=2")
    index.wheel("helper", "1.0", EVERYWHERE)
    index.wheel("helper", "2.0", EVERYWHERE)
    done = check("one==1.0", "two==1.0", **index.variables)
    assert done.returncode == 1
    for requirement in ("one==1.0", "two==1.0"):
        assert f"No wheel for x86_64-unknown-linux-musl: {requirement}" in done.stderr


def test_the_one_package_that_may_be_built_must_build_without_a_compiler(
    check: Check, index: Index
) -> None:
    index.source("google_crc32c", "0.0.1", BROKEN_BUILD)
    done = check("google-crc32c==0.0.1", **index.variables)
    assert done.returncode == 1
    assert "google-crc32c==0.0.1 cannot be built without a compiler" in done.stderr
    assert "no compiler" in done.stderr


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"UV_OFFLINE": "1"}, id="offline"),
        pytest.param(
            {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"},
            id="nobody-listens",
        ),
    ],
)
def test_without_an_index_it_says_so_and_blames_no_package(
    check: Check, tmp_path: Path, variables: dict[str, str]
) -> None:
    done = check("pure==1.0", UV_CACHE_DIR=str(tmp_path / "cache"), **variables)
    assert done.returncode == UNREACHABLE
    assert "could not be asked" in done.stderr
    assert "No wheel" not in done.stderr
    assert "127.0.0.1" not in done.stderr


def test_onnx_runtime_would_keep_the_integration_from_loading_on_alpine(check: Check) -> None:
    done = check("onnxruntime==1.31.1")
    if done.returncode == UNREACHABLE:
        pytest.skip("no package index can be reached")
    assert done.returncode == 1
    assert "No wheel for x86_64-unknown-linux-musl: onnxruntime==1.31.1" in done.stderr
    assert "No wheel for aarch64-unknown-linux-musl: onnxruntime==1.31.1" in done.stderr
    assert "manylinux_2_28:" not in done.stderr
