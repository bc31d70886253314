"""The dialog that makes a file for a bug report: choose, see what is in it, fetch it.

What a reader would get wrong: the file lies in memory only, and ends with the dialog. Who goes on
with a dialog must be who began it: its links are for that login alone.
"""

from collections.abc import Iterable
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.core import callback
from homeassistant.helpers import selector
import probatio

from .access import async_asking_login, async_asking_user, async_signed
from .asking import Asker
from .data import loaded
from .report import FACTS, README, ZIP, Report, Treatment, report_path
from .report_making import (
    Motion,
    UnknownCameraError,
    async_make_report,
    async_newest_motions,
)
from .vision.errors import ModelError

CONF_ABOUT: Final = "about"
CONF_LEAVE_OUT: Final = "leave_out"
CONF_TREATMENT: Final = "report_pictures"


class ReportFlow(OptionsFlow):
    """The steps about the file; ``config_flow.py`` puts them behind a menu."""

    _motions: list[Motion]
    """What could be chosen."""
    _report_id = ""

    async def async_step_report(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose what it is about, and what becomes of pictures."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        user, login = async_asking_user(), async_asking_login()
        if user is None or login is None or not user.is_admin:
            return self.async_abort(reason="report_not_yours")
        asker, errors = Asker(self.hass, self.config_entry.runtime_data, user), dict[str, str]()
        if user_input is not None:
            about = user_input.get(CONF_ABOUT)
            motion = None if about is None else self._motions[int(about)]
            treatment = Treatment(user_input[CONF_TREATMENT])
            try:
                report = await async_make_report(asker, self.config_entry, login, motion, treatment)
            except ModelError:
                errors["base"] = "report_no_network"
            except UnknownCameraError:
                errors["base"] = "report_camera_gone"
            else:
                return self._async_show(report)
        found = await async_newest_motions(asker)
        self._motions = [motion for motion, _ in found]
        return self.async_show_form(
            step_id="report",
            data_schema=_choice(title for _, title in found),
            errors=errors,
            last_step=False,
        )

    async def async_step_report_preview(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show everything that is in the file; again, where something is left out."""
        if (report := self._async_held()) is None:
            return self.async_abort(reason="report_forgotten")
        if user_input is None:
            return self._async_show(report)
        if left_out := user_input.get(CONF_LEAVE_OUT):
            return self._async_show(report.without(left_out))
        return await self.async_step_report_done()

    async def async_step_report_done(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer the file; forget it when the person is done."""
        if (report := self._async_held()) is None or user_input is not None:
            return self.async_abort(reason="report_forgotten")
        self._async_hold(report)
        return self.async_show_form(
            step_id="report_done",
            data_schema=probatio.Schema({}),
            description_placeholders={
                # The frontend would take a plain link of its own address for one of its pages.
                "link": f'<a href="{self._async_link(report, ZIP)}" target="_blank">{ZIP}</a>'
            },
        )

    @callback
    @override
    def async_remove(self) -> None:
        """Forget the file: the dialog was closed, or is over."""
        if (runtime := loaded(self.hass)) is not None:
            runtime.reports.async_forget(self._report_id)

    @callback
    def _async_show(self, report: Report) -> ConfigFlowResult:
        """Show every file that a report consists of, as it is."""
        self._async_hold(report)
        files = report.files()
        return self.async_show_form(
            step_id="report_preview",
            data_schema=_leave_out(report.pictures),
            description_placeholders={
                "files": "\n".join(
                    f"- `{name}`: {len(data)} bytes" for name, data in files.items()
                ),
                "readme": _block(files[README]),
                "facts": _block(files[FACTS]),
                "pictures": "\n\n".join(
                    f"`{name}`\n\n![]({self._async_link(report, name)})" for name in report.pictures
                ),
            },
            last_step=False,
        )

    @callback
    def _async_held(self) -> Report | None:
        """Return the report of this dialog to who began it; None once it is forgotten."""
        runtime = loaded(self.hass)
        report = None if runtime is None else runtime.reports.get(self._report_id)
        return None if report is None or report.login != async_asking_login() else report

    @callback
    def _async_hold(self, report: Report) -> None:
        """Hold a report in place of the one that was shown before."""
        reports = self.config_entry.runtime_data.reports
        reports.async_forget(self._report_id)
        self._report_id = reports.async_hold(report)

    @callback
    def _async_link(self, report: Report, file: str) -> str:
        return async_signed(self.hass, report_path(self._report_id, file), report.login)


def _choice(titles: Iterable[str]) -> probatio.Schema:
    motions = [_option(str(number), title) for number, title in enumerate(titles)]
    about = selector.SelectSelector(
        {"options": motions, "mode": selector.SelectSelectorMode.DROPDOWN}
    )
    treatment = selector.SelectSelector(
        {
            "options": [*Treatment],
            "translation_key": CONF_TREATMENT,
            "mode": selector.SelectSelectorMode.LIST,
        }
    )
    return probatio.Schema(
        {
            probatio.Optional(CONF_ABOUT): about,
            probatio.Required(CONF_TREATMENT, default=Treatment.COVERED): treatment,
        }
    )


def _leave_out(pictures: Iterable[str]) -> probatio.Schema:
    if not (names := [_option(name, name) for name in pictures]):
        return probatio.Schema({})
    several = selector.SelectSelector(
        {"options": names, "multiple": True, "mode": selector.SelectSelectorMode.LIST}
    )
    return probatio.Schema({probatio.Optional(CONF_LEAVE_OUT): several})


def _option(value: str, label: str) -> selector.SelectOptionDict:
    return selector.SelectOptionDict(value=value, label=label)


def _block(text: bytes) -> str:
    """Return a text as Markdown shows it letter by letter."""
    return f"````\n{text.decode()}\n````"
