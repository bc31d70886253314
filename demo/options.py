"""What ``scripts/demo`` can be told on the command line."""

import argparse
from pathlib import Path

from .enroll import ENGINES
from .footage import ROOT


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    options = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Starts a real Home Assistant with pretended devices, shows a person and then "
        "nobody to a camera, and prints what happens. Exit status 0: the phone got the alert about "
        "the person, and nothing about nobody.",
    )
    options.add_argument("--clip", type=Path, help="your own video of a person, any format")
    options.add_argument("--clips", action="store_true", help="run over the development clips")
    options.add_argument(
        "--engine", choices=ENGINES, default=ENGINES[0], help="what runs the network"
    )
    options.add_argument(
        "--quick", action="store_true", help="show the person only, not the half minute of nobody"
    )
    options.add_argument("--serve", action="store_true", help="leave Home Assistant running")
    options.add_argument(
        "--timeout", type=float, default=60, help="seconds that one motion may take (default 60)"
    )
    options.add_argument(
        "--folder", type=Path, default=ROOT / ".demo", help="where everything goes (default .demo)"
    )
    return options
