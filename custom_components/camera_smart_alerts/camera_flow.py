"""Add a camera, or change one: pick it, say what to look for and whom to tell, look through it.

Whatever goes wrong on the way, the person's answers stay: an error shows the same form with what
was entered, and a camera that gives no picture ends in a menu, not in an abort.
"""

import asyncio
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er, selector
import probatio

from .camera_check import (
    SAMPLE,
    async_check,
    async_stored_values,
    async_to_store,
    is_known_entity,
)
from .camera_form import (
    async_first_values,
    async_schema,
    entities_of_platform,
    flatten,
)
from .camera_look import Look, async_look, async_motion_hint
from .const import CONF_CAMERA, DOMAIN, SUBENTRY_CAMERA
from .followed import entity_key

CONF_NEXT: Final = "next"
NEXT_SAVE: Final = "save"
NEXT_AGAIN: Final = "again"
NEXT_CHANGE: Final = "change"

_VARIABLES: Final = ", ".join(f"`{{{{ {name} }}}}`" for name in SAMPLE)


class CameraSubentryFlow(ConfigSubentryFlow):
    """One flow for a new camera and for changing an enrolled one."""

    def __init__(self) -> None:
        """Start with nothing chosen."""
        self._camera_key = ""
        self._name = ""
        self._values: dict[str, Any] = {}
        self._task: asyncio.Task[Look] | None = None
        self._look = Look()

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Pick the camera."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        enrolled = self._enrolled()
        hidden = [*entities_of_platform(self.hass, DOMAIN), *enrolled]
        if user_input is not None:
            picked = user_input[CONF_CAMERA]
            if picked in enrolled:
                return self.async_abort(reason="already_configured")
            if picked.startswith("camera.") and is_known_entity(self.hass, picked):
                self._async_pick(picked)
                return await self.async_step_settings()
        elif not set(self.hass.states.async_entity_ids("camera")).difference(hidden):
            return self.async_abort(reason="no_cameras")
        picker = selector.EntitySelector(
            {"filter": {"domain": "camera"}, "exclude_entities": hidden}
        )
        return self.async_show_form(
            step_id="user",
            data_schema=probatio.Schema({probatio.Required(CONF_CAMERA): picker}),
            errors={} if user_input is None else {CONF_CAMERA: "unknown_camera"},
            last_step=False,
        )

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Begin to change an enrolled camera; which camera it is stays as it was."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        subentry = self._get_reconfigure_subentry()
        self._camera_key = subentry.data[CONF_CAMERA]
        self._name = subentry.title
        self._values = async_stored_values(self.hass, subentry.data)
        return await self.async_step_settings()

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say what to look for and whom to tell."""
        errors: dict[str, str] = {}
        detail = ""
        if user_input is not None:
            self._values = flatten(user_input)
            problems = async_check(self.hass, self._values)
            if not problems:
                return await self.async_step_test()
            for field, problem in problems.items():
                # The messages share one placeholder, so only one of them may need it.
                if not (detail and problem.detail):
                    errors[field] = problem.error
                    detail = detail or problem.detail
        return self.async_show_form(
            step_id="settings",
            data_schema=async_schema(self.hass, self._values, errors),
            errors=errors,
            description_placeholders={
                "camera": self._name,
                "detail": detail,
                "hint": await async_motion_hint(self.hass, self._camera_entity_id),
                "variables": _VARIABLES,
            },
            last_step=False,
        )

    async def async_step_test(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Look through the camera once, while the person waits."""
        if self._task is None:
            # Not eager: the flow manager would hand the submitted form on to the next step.
            self._task = self.hass.async_create_task(
                async_look(self.hass, self._get_entry(), self._camera_entity_id, self._values),
                f"{DOMAIN} test of a camera",
                eager_start=False,
            )
        if not self._task.done():
            return self.async_show_progress(
                step_id="test",
                progress_action="look",
                description_placeholders={"camera": self._name},
                progress_task=self._task,
            )
        self._look, self._task = self._task.result(), None
        return self.async_show_progress_done(
            next_step_id="failed" if self._look.failure else "seen"
        )

    async def async_step_seen(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show what the camera sees, and let the person decide."""
        if user_input is not None:
            if user_input[CONF_NEXT] == NEXT_AGAIN:
                return await self.async_step_test()
            if user_input[CONF_NEXT] == NEXT_CHANGE:
                return await self.async_step_settings()
            return self._async_save()
        choice = selector.SelectSelector(
            {
                "options": [NEXT_SAVE, NEXT_AGAIN, NEXT_CHANGE],
                "translation_key": CONF_NEXT,
                "mode": selector.SelectSelectorMode.LIST,
            }
        )
        return self.async_show_form(
            step_id="seen",
            data_schema=probatio.Schema({probatio.Required(CONF_NEXT, default=NEXT_SAVE): choice}),
            description_placeholders={
                "camera": self._name,
                "picture": self._look.picture,
                "seconds": f"{self._look.seconds:.1f}",
                "seen": self._look.seen,
            },
        )

    async def async_step_failed(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Explain why there is no picture, and let the person decide."""
        return self.async_show_menu(
            step_id="failed",
            menu_options=["test", "settings", "add_anyway"],
            description_placeholders={"camera": self._name, "reason": self._look.failure},
        )

    async def async_step_add_anyway(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Save although the camera gave no picture."""
        return self._async_save()

    @property
    def _camera_entity_id(self) -> str | None:
        """None when the camera's entity is gone."""
        return er.async_resolve_entity_id(er.async_get(self.hass), self._camera_key)

    def _enrolled(self) -> list[str]:
        registry = er.async_get(self.hass)
        keys = [
            subentry.data[CONF_CAMERA]
            for subentry in self._get_entry().get_subentries_of_type(SUBENTRY_CAMERA)
        ]
        return [er.async_resolve_entity_id(registry, key) or key for key in keys]

    @callback
    def _async_pick(self, entity_id: str) -> None:
        entry = er.async_get(self.hass).async_get(entity_id)
        state = self.hass.states.get(entity_id)
        known_as = entry and (entry.name or entry.original_name)
        self._camera_key = entity_key(self.hass, entity_id)
        self._name = state.name if state else known_as or entity_id
        self._values = async_first_values(self.hass, entity_id)

    @callback
    def _async_save(self) -> SubentryFlowResult:
        data = async_to_store(self.hass, self._camera_key, self._values)
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(), self._get_reconfigure_subentry(), data=data
            )
        return self.async_create_entry(title=self._name, data=data, unique_id=self._camera_key)
