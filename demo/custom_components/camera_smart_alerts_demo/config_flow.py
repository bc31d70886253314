"""The demo devices come from configuration.yaml; nobody adds them by hand."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult


class DemoConfigFlow(ConfigFlow, domain="camera_smart_alerts_demo"):
    """Imports what configuration.yaml lists."""

    async def async_step_import(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Create the one entry."""
        return self.async_create_entry(title="Demo devices", data=data)

    async def async_step_user(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - Home Assistant's name
    ) -> ConfigFlowResult:
        """Refuse: there is nothing to ask."""
        return self.async_abort(reason="single_instance_allowed")
