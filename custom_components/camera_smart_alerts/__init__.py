"""Camera Smart Alerts: motion becomes an alert only when somebody is really there.

Set-up in short: one shared ``InferenceThread``, one ``StateStore``, one ``Vault`` of pictures, one
``CameraCoordinator`` per camera subentry. A network that cannot be loaded does not stop the set-up:
motions are still recorded (as inconclusive) and a repair issue says what to do.
"""

import asyncio
import logging
from typing import Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv, issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.typing import ConfigType

from .answers import async_follow_phones
from .const import DOMAIN, SUBENTRY_CAMERA
from .coordinator import CameraCoordinator
from .data import RuntimeData, SmartAlertsConfigEntry
from .database import Database
from .engine import NoRuntimeError
from .home_mode import HomeMode
from .inference import InferenceThread
from .issues import async_create_issue, async_delete_issue
from .keeper import VisitKeeper
from .keys import KeyRing
from .ledger import Ledger
from .links import Links
from .panel import async_hide_page, async_serve_page, async_show_page
from .pictures import PICTURES, PictureShelf, async_pictures
from .report import Reports
from .sealing import ISSUE_KEYS
from .sentences import async_teach
from .services import async_setup_services
from .settings import CameraSettings, HubSettings
from .state import SIGNAL_CHANGED
from .store import StateStore
from .upkeep import Upkeep
from .vault import Vault
from .views import LinkView, PictureView, ReportView
from .vision.errors import ModelError
from .websocket import async_setup_commands

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CAMERA,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]

ISSUE_ENGINE: Final = "engine_unusable"
ISSUE_MODEL: Final = "model_unusable"


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what exists once: the shelf of pictures, the views, actions, commands, the page."""
    hass.data[PICTURES] = PictureShelf()
    hass.http.register_view(PictureView())
    hass.http.register_view(LinkView())
    hass.http.register_view(ReportView())
    async_setup_services(hass)
    async_setup_commands(hass)
    await async_serve_page(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SmartAlertsConfigEntry) -> bool:
    """Set up the hub and all of its cameras."""
    hub = HubSettings.from_options(entry.options)
    cameras = [
        CameraSettings.from_subentry(s) for s in entry.get_subentries_of_type(SUBENTRY_CAMERA)
    ]
    store = StateStore(hass)
    await store.async_load([settings.subentry_id for settings in cameras])
    home = HomeMode(hass, hub.presence, store.home, store.async_changed)
    inference = InferenceThread(hass, hub.threads, hub.engine)
    database, coordinators = Database(hass, hub), dict[str, CameraCoordinator]()
    vault = Vault(hass, database, coordinators)
    ledger = Ledger(hass, database, coordinators)
    await asyncio.gather(_async_start_inference(hass, inference, hub), database.async_open())
    runtime = entry.runtime_data = RuntimeData(
        hub=hub,
        inference=inference,
        store=store,
        home=home,
        database=database,
        vault=vault,
        ledger=ledger,
        links=Links(hass, ledger),
        upkeep=Upkeep(hass, vault),
        keeper=VisitKeeper(hass, database),
        reports=Reports(hass),
        cameras=coordinators,
    )
    async_pictures(hass).retention = hub.retention
    runtime.cameras.update(
        (settings.subentry_id, CameraCoordinator(hass, entry, settings, runtime))
        for settings in cameras
    )
    try:
        await vault.async_load()
        await vault.async_hide()
        await runtime.keeper.async_load()
        await asyncio.gather(*(camera.async_load() for camera in runtime.cameras.values()))
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await _async_stop(entry.runtime_data)
        # Of a reload. Whoever disables what is not loaded is not waited for.
        async_hide_page(hass)
        raise
    for camera in entry.runtime_data.cameras.values():
        camera.async_start()
    entry.async_on_unload(home.async_start())
    runtime.keeper.async_start(runtime.cameras)
    runtime.upkeep.async_start()

    async def stop(_event: Event) -> None:
        # Entries are not unloaded when Home Assistant stops.
        await _async_stop(entry.runtime_data)

    if cameras:
        # Half a second, several on a small machine, that the first motion should not wait for.
        entry.async_create_background_task(
            hass, async_import_module(hass, "aiortc"), f"{DOMAIN} import of aiortc"
        )
    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stop))
    async_follow_phones(hass, entry)
    entry.async_on_unload(await async_teach(hass, runtime.cameras))
    entry.async_on_unload(entry.add_update_listener(_async_updated))
    await async_show_page(hass)
    async_dispatcher_send(hass, SIGNAL_CHANGED)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SmartAlertsConfigEntry) -> bool:
    """Stop everything; no thread, stream or peer connection is left behind."""
    await _async_stop(entry.runtime_data)
    if entry.disabled_by is not None:
        # Else it comes back in a moment, and nobody is to be thrown off the page meanwhile.
        async_hide_page(hass)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, _entry: SmartAlertsConfigEntry) -> None:
    """Leave nothing behind, on disk or in the sidebar."""
    async_hide_page(hass)
    await StateStore(hass).async_remove()
    await Database(hass).async_remove()
    await KeyRing(hass).async_remove()
    for issue_id in (ISSUE_ENGINE, ISSUE_MODEL, ISSUE_KEYS):
        async_delete_issue(hass, issue_id)


async def _async_updated(hass: HomeAssistant, entry: SmartAlertsConfigEntry) -> None:
    """Start over when an option or a camera was changed."""
    hass.config_entries.async_schedule_reload(entry.entry_id)


async def _async_start_inference(
    hass: HomeAssistant, inference: InferenceThread, hub: HubSettings
) -> None:
    async_delete_issue(hass, ISSUE_ENGINE)
    try:
        running = await inference.async_start()
    except ModelError as err:
        _LOGGER.warning("The network cannot be used, so no picture is analysed: %s", err)
        no_runtime = isinstance(err, NoRuntimeError)
        async_create_issue(
            hass,
            ISSUE_MODEL,
            severity=ir.IssueSeverity.ERROR,
            translation_key="no_runtime" if no_runtime else ISSUE_MODEL,
            translation_placeholders={"reason": str(err)},
        )
        return
    async_delete_issue(hass, ISSUE_MODEL)
    # Nobody has to know that the automatic choice fell on the other one: it sees the same.
    if hub.engine is not None and running.passed_over is not None:
        async_create_issue(
            hass,
            ISSUE_ENGINE,
            translation_key=ISSUE_ENGINE,
            translation_placeholders={
                "chosen": hub.engine.label,
                "reason": str(running.passed_over),
                "used": running.engine.label,
            },
        )


async def _async_stop(runtime: RuntimeData) -> None:
    runtime.reports.async_stop()
    await asyncio.gather(*(camera.async_stop() for camera in runtime.cameras.values()))
    await runtime.keeper.async_stop()
    await runtime.upkeep.async_stop()
    await runtime.vault.async_stop()
    await asyncio.gather(runtime.inference.async_stop(), runtime.database.async_close())
    await runtime.store.async_save()
