"""How the demo talks to its reader: one line per step, times in front, colour on a terminal."""

import json
import sys
from typing import Any

_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


class Paper:
    """Prints the story."""

    def __init__(self) -> None:
        """Use colour only where somebody sees it."""
        self._colour = sys.stdout.isatty()

    def _paint(self, text: str, *styles: str) -> str:
        if not self._colour:
            return text
        codes = ";".join(_COLOURS[style] for style in styles)
        return f"\033[{codes}m{text}\033[0m"

    def title(self, text: str) -> None:
        """Begin a chapter."""
        print(f"\n{self._paint(text, 'bold')}", flush=True)

    def step(self, what: str, detail: str, seconds: float) -> None:
        """Tell that a preparation is done."""
        mark = self._paint("✓", "green")
        took = self._paint(f"{seconds:5.1f} s", "dim")
        print(f"  {mark} {took}  {what:<16}{detail}", flush=True)

    def moment(self, at_s: float, what: str, detail: str = "") -> None:
        """Tell what happened at a moment after the motion."""
        print(f"  {at_s:7.2f} s  {what:<16}{detail}".rstrip(), flush=True)

    def note(self, text: str) -> None:
        """Add something below the last line."""
        for line in text.splitlines():
            print(f"{'':13}{self._paint(line, 'dim')}", flush=True)

    def payload(self, payload: dict[str, Any]) -> None:
        """Show a notification as it arrived, without what belongs to the push service."""
        shown = {key: payload[key] for key in ("title", "message", "data") if key in payload}
        self.note(json.dumps(shown, indent=2, ensure_ascii=False))

    def good(self, text: str) -> None:
        """End well."""
        print(f"  {self._paint('✓', 'green', 'bold')} {text}", flush=True)

    def bad(self, text: str) -> None:
        """Say what went wrong."""
        first, *rest = text.splitlines() or [""]
        print(f"  {self._paint('✗', 'red', 'bold')} {first}", flush=True)
        for line in rest:
            print(f"    {line}", flush=True)

    def plain(self, text: str = "") -> None:
        """Print a line as it is."""
        print(text, flush=True)
