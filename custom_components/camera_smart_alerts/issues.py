"""Repair issues: ours are translated. The one that can be fixed by a click: ``repairs.py``."""

from typing import TypedDict, Unpack

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


class IssueWords(TypedDict):
    """What an issue says."""

    translation_key: str
    translation_placeholders: dict[str, str]


@callback
def async_create_issue(
    hass: HomeAssistant,
    issue_id: str,
    *,
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    is_fixable: bool = False,
    **words: Unpack[IssueWords],
) -> None:
    """Show a repair issue, or bring what it says up to date."""
    ir.async_create_issue(hass, DOMAIN, issue_id, is_fixable=is_fixable, severity=severity, **words)


@callback
def async_delete_issue(hass: HomeAssistant, issue_id: str) -> None:
    """Take a repair issue back; one that is not there is no error."""
    ir.async_delete_issue(hass, DOMAIN, issue_id)
