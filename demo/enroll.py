"""Sets up Camera Smart Alerts as a person does: through its own config flow, over REST."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .api import Api
from .home import DemoCamera, HomeError

DOMAIN = "camera_smart_alerts"
ENGINES = ("automatic", "onnxruntime", "ncnn")
"""Values of the hub's option; first the one that it has when nobody chooses."""
_FLOW = "/api/config/config_entries/flow"
_OPTIONS_FLOW = "/api/config/config_entries/options/flow"
_CAMERA_FLOW = "/api/config/config_entries/subentries/flow"
_LOOK_TIMEOUT_S = 40


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A camera that was added, and what the flow said about it."""

    title: str
    motion: Sequence[str]
    """Entity ids that the form had selected by itself."""
    seen: str
    """What the flow saw through the camera."""
    picture: bool
    """Whether it showed a picture of it."""


async def add_hub(api: Api) -> str:
    """Add the integration and return the id of its config entry."""
    form = await api.post(_FLOW, {"handler": DOMAIN})
    if form["type"] != "form":
        raise HomeError(f"The hub cannot be added: {_said(form)}")
    done = await api.post(f"{_FLOW}/{form['flow_id']}", {})
    if done.get("step_id") == "two_step":
        # The demo's people log in with a password only, and say so.
        done = await api.post(f"{_FLOW}/{form['flow_id']}", {"continue_without": True})
    if done["type"] != "create_entry":
        raise HomeError(f"The hub was not added: {_said(done)}")
    if next_flow := done.get("next_flow"):
        # The dialog of the first camera, which opens by itself. We open our own.
        await api.delete(f"{_CAMERA_FLOW}/{next_flow[1]}")
    entry_id: str = done["result"]["entry_id"]
    return entry_id


async def choose_engine(api: Api, entry_id: str, engine: str) -> None:
    """Set the option of the hub, leaving the others as they are. The hub then starts over.

    Args:
        api: An administrator's connection.
        entry_id: Config entry of the hub.
        engine: One of ``ENGINES``.

    Raises:
        HomeError: The form refused.
    """
    menu = await api.post(_OPTIONS_FLOW, {"handler": entry_id})
    form = await api.post(f"{_OPTIONS_FLOW}/{menu['flow_id']}", {"next_step_id": "settings"})
    filled = _fill_in(form["data_schema"], {"engine": engine})
    done = await api.post(f"{_OPTIONS_FLOW}/{form['flow_id']}", filled)
    if done["type"] != "create_entry":
        raise HomeError(f"The engine was not chosen: {_said(done)}")


async def check_engine(api: Api, entry_id: str, chosen: str) -> str:
    """Return what runs the network, as the diagnostics of the integration say it.

    Raises:
        HomeError: It is not the one that was chosen.
    """
    found = (await api.get(f"/api/diagnostics/config_entry/{entry_id}"))["data"]["engine"]
    engine = str(found["running"]) if found else "nothing"
    if chosen not in (ENGINES[0], engine):
        raise HomeError(f"The network should run on {chosen}, but runs on {engine}")
    return engine


async def add_camera(
    api: Api, entry_id: str, camera: DemoCamera, answers: Mapping[str, Any]
) -> Enrolled:
    """Add a camera, keeping what the form suggests except for ``answers``.

    Args:
        api: An administrator's connection.
        entry_id: Config entry of the hub.
        camera: What to add.
        answers: Fields of the form, without the sections that they lie in.

    Raises:
        HomeError: The flow refused, or could not look through the camera.
    """
    picker = await open_picker(api, entry_id)
    path = f"{_CAMERA_FLOW}/{picker['flow_id']}"
    # A flow that has ended names its id, too; there is nothing to go on with.
    is_open = picker["type"] == "form"
    form = await api.post(path, {"camera": camera.entity_id}) if is_open else picker
    if form["type"] != "form" or form["errors"]:
        raise HomeError(f"{camera.name} cannot be added: {_said(form)}")
    filled = _fill_in(form["data_schema"], answers)
    step = await api.post(path, filled)
    step = await _look(api, path, step)
    if step["type"] != "form" or step["step_id"] != "seen":
        raise HomeError(f"{camera.name} was not added: {_said(step)}")
    shown = step["description_placeholders"]
    done = await api.post(path, {"next": "save"})
    if done["type"] != "create_entry":
        raise HomeError(f"{camera.name} was not added: {_said(done)}")
    await _until_watched(api, entry_id, done["title"])
    return Enrolled(done["title"], filled["motion"], shown["seen"], bool(shown["picture"]))


async def open_picker(api: Api, entry_id: str) -> dict[str, Any]:
    """Begin to add a camera, once the hub is loaded: it starts over after every change."""
    async with asyncio.timeout(_LOOK_TIMEOUT_S):
        while True:
            picker: dict[str, Any] = await api.post(_CAMERA_FLOW, {"handler": [entry_id, "camera"]})
            if picker["type"] != "abort" or picker["reason"] != "not_loaded":
                return picker
            await asyncio.sleep(0.1)


async def _until_watched(api: Api, entry_id: str, title: str) -> None:
    """Wait until the hub has started over with the new camera, and watches it."""
    async with asyncio.timeout(_LOOK_TIMEOUT_S):
        while True:
            entry = await api.ask("config_entries/get_single", entry_id=entry_id)
            if entry["config_entry"]["state"] == "loaded" and await entities_of(api, title):
                return
            await asyncio.sleep(0.1)


async def _look(api: Api, path: str, step: dict[str, Any]) -> dict[str, Any]:
    """Wait while the flow looks through the camera."""
    async with asyncio.timeout(_LOOK_TIMEOUT_S):
        while step["type"] in ("progress", "progress_done"):
            await asyncio.sleep(0.1)
            step = await api.get(path)
    return step


def _fill_in(schema: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a form that a person leaves as it is, except for ``answers``."""
    values: dict[str, Any] = {}
    for field in schema:
        name = field["name"]
        if field.get("type") == "expandable":
            values[name] = _fill_in(field["schema"], answers)
        elif name in answers:
            values[name] = answers[name]
        elif "suggested_value" in (field.get("description") or {}):
            values[name] = field["description"]["suggested_value"]
    return values


def _said(step: Mapping[str, Any]) -> str:
    """Return what a flow step says about itself, for an error message."""
    keys = ("type", "step_id", "reason", "errors", "description_placeholders", "message")
    return ", ".join(f"{key}: {step[key]}" for key in keys if step.get(key))


async def phone_device(api: Api, name: str) -> str:
    """Return the device id of a registered phone."""
    for device in await api.ask("config/device_registry/list"):
        if device["name"] == name:
            device_id: str = device["id"]
            return device_id
    raise HomeError(f"The phone {name!r} has no device")


async def entities_of(api: Api, camera_title: str) -> dict[str, str]:
    """Return the entities of an enrolled camera: translation key or domain to entity id."""
    devices = {
        device["id"]
        for device in await api.ask("config/device_registry/list")
        if device["name"] == camera_title
    }
    return {
        f"{entity['entity_id'].partition('.')[0]}.{entity['translation_key']}": entity["entity_id"]
        for entity in await api.ask("config/entity_registry/list")
        if entity["platform"] == DOMAIN and entity["device_id"] in devices
    }
