"""What hassfest would say: the manifest, the actions and their icons fit the code."""

import ast
from collections.abc import Mapping
import json
from pathlib import Path
import re
from typing import Any

from awesomeversion import AwesomeVersion
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.yaml import load_yaml_dict
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.condition import CONDITIONS
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.trigger import TRIGGERS
from tests.sources import PACKAGE, modules

pytest_plugins = ("tests.camera_dialog_fixtures",)

REQUIRED = {
    *("codeowners", "config_flow", "documentation", "domain", "integration_type", "iot_class"),
    *("issue_tracker", "name", "requirements", "version"),
}
ALLOWED = REQUIRED | {
    *("after_dependencies", "dependencies", "import_executor", "loggers", "single_config_entry"),
}
TARGETS = {"area_id", "device_id", "entity_id", "floor_id", "label_id", "metadata"}
"""What every action on entities takes; the last comes from the editor of automations."""
FIELDS = {"behavior", "for", "kind"}
"""What our triggers and conditions take."""
WORKFLOWS = sorted((PACKAGE.parents[1] / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def manifest() -> Any:
    return json.loads((PACKAGE / "manifest.json").read_text())


def test_the_manifest_has_the_keys_it_needs_in_order_and_no_others(manifest: Any) -> None:
    keys = list(manifest)
    assert set(keys) >= REQUIRED
    assert set(keys) <= ALLOWED
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_the_values_of_the_manifest_are_ones_that_home_assistant_knows(manifest: Any) -> None:
    assert manifest["domain"] == DOMAIN == PACKAGE.name
    assert AwesomeVersion(manifest["version"]).valid
    assert manifest["integration_type"] in {"hub", "service", "device", "helper", "entity"}
    assert re.fullmatch(
        r"(local|cloud)_(push|polling)|assumed_state|calculated", manifest["iot_class"]
    )
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert manifest["documentation"].startswith("https://")
    assert manifest["issue_tracker"].startswith("https://")
    for requirement in manifest["requirements"]:
        assert re.fullmatch(r"[\w-]+==[\w.]+", requirement), "hassfest wants a pinned version"
    for key in ("after_dependencies", "dependencies", "loggers", "requirements"):
        assert len(manifest[key]) == len(set(manifest[key]))


async def test_every_integration_that_is_named_exists(hass: HomeAssistant, manifest: Any) -> None:
    for domain in [*manifest["dependencies"], *manifest["after_dependencies"]]:
        assert (await async_get_integration(hass, domain)).is_built_in, domain


def components(stem: str, tree: ast.Module) -> set[str]:
    """Return the integrations of Home Assistant that a module imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "homeassistant.components":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= set(re.findall(r"^homeassistant\.components\.(\w+)", node.module))
    # A platform of another integration is imported by that integration only.
    return names - {stem}


def test_every_integration_that_is_imported_is_named(manifest: Any) -> None:
    named = {*manifest["dependencies"], *manifest["after_dependencies"], *Platform}
    for stem, tree in modules():
        assert components(stem, tree) <= named, stem


async def test_every_action_is_described_translated_and_pictured(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    english = json.loads((PACKAGE / "translations" / "en.json").read_text())["services"]
    icons = json.loads((PACKAGE / "icons.json").read_text())["services"]
    described = load_yaml_dict(PACKAGE / "services.yaml")
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert set(described) == set(registered) == set(english) == set(icons)
    for name, service in registered.items():
        words, details = english[name], described[name] or {}
        assert set(words) - {"fields"} == {"name", "description"}
        assert icons[name]["service"].startswith("mdi:")
        fields = details.get("fields", {})
        accepted = accepted_by(service.schema) - (TARGETS if "target" in details else set())
        assert set(fields) == set(words.get("fields", {})) == accepted
        for key, field in fields.items():
            assert set(words["fields"][key]) == {"name", "description"}
            assert len(field["selector"]) == 1


@pytest.mark.parametrize(
    ("file", "category", "known"),
    [("triggers", "trigger", TRIGGERS), ("conditions", "condition", CONDITIONS)],
    ids=["triggers", "conditions"],
)
def test_what_automations_use_is_described_translated_and_pictured(
    file: str, category: str, known: Mapping[str, Any]
) -> None:
    english = json.loads((PACKAGE / "translations" / "en.json").read_text())[file]
    icons = json.loads((PACKAGE / "icons.json").read_text())[file]
    described = load_yaml_dict(PACKAGE / f"{file}.yaml")
    described = {key: value for key, value in described.items() if not key.startswith(".")}
    assert set(described) == set(known) == set(english) == set(icons)
    for name, details in described.items():
        words = english[name]
        assert set(words) == {"name", "description", "fields"}
        assert icons[name] == {category: icons[name][category]}
        assert icons[name][category].startswith("mdi:")
        assert set(details["fields"]) == set(words["fields"])
        assert details["fields"].keys() == accepted_by(known[name]._schema) & FIELDS
        assert all(set(words) == {"name", "description"} for words in words["fields"].values())


def accepted_by(schema: Any) -> set[str]:
    """Return the fields that a schema takes, also one among several validators."""
    inner = getattr(schema, "schema", None)
    if isinstance(inner, dict):
        nested = (probatio.Schema(one) for one in inner.values() if isinstance(one, dict))
        return {str(marker) for marker in inner} | {
            name for one in nested for name in accepted_by(one)
        }
    return {
        name
        for one in (*getattr(schema, "validators", ()), *([inner] if inner is not None else ()))
        for name in accepted_by(one)
    }


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_of_a_workflow_is_pinned_to_a_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text())
    assert used
    for one in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # \S+", one), one
