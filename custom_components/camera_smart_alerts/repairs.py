"""The one repair issue with a choice: pictures and lessons whose key is gone."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant

from .data import loaded
from .vault import Vault


class KeysLostFlow(RepairsFlow):
    """Bring the keys back, or give up what they open."""

    async def async_step_init(self, _input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask which."""
        if self._vault() is None:
            return self.async_abort(reason="not_loaded")
        return self.async_show_menu(step_id="init", menu_options=["restore", "start_over"])

    async def async_step_restore(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Explain how to bring the keys back; look again on submit."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if (vault := self._vault()) is None:
                return self.async_abort(reason="not_loaded")
            if await vault.async_recheck():
                return self.async_create_entry(data={})
            errors["base"] = "still_lost"
        return self.async_show_form(step_id="restore", errors=errors)

    async def async_step_start_over(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Destroy what nobody can open, on confirmation."""
        if user_input is None:
            return self.async_show_form(step_id="start_over")
        if (vault := self._vault()) is None:
            return self.async_abort(reason="not_loaded")
        await vault.async_start_over()
        return self.async_create_entry(data={})

    def _vault(self) -> Vault | None:
        runtime = loaded(self.hass)
        return None if runtime is None else runtime.vault


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, _data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the flow of the one issue that can be fixed by a click."""
    return KeysLostFlow()
