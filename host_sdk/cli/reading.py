"""Arguments that say what a record does not say itself."""

from __future__ import annotations

import argparse

from ..errors import VitalbandError
from ..records.read_options import NAMES, ReadOptions


def add_read_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `ReadOptions`."""
    group = parser.add_argument_group("what a record does not say", "docs/records.md has an example of each.")
    group.add_argument("--fs", metavar="HZ", help="samples a second (CSV, NPZ)")
    group.add_argument(
        "--unit", nargs="+", action="extend", metavar="UNIT", help="of ECG, acceleration …; CHANNEL=UNIT: of that one"
    )
    group.add_argument(
        "--scale", nargs="+", action="extend", metavar="X", help="multiply values with X; CHANNEL=X: those of that one"
    )
    group.add_argument(
        "--column",
        nargs="+",
        action="extend",
        metavar="C",
        help="use only the column, array or channel with this name or number (from 1); C=ECG: and call it so; "
        "C=time, C=index: it says where rows of a CSV stand",
    )
    group.add_argument("--skip", metavar="N", help="CSV: lines before the headings")
    group.add_argument("--decimal", metavar=", or .", help="CSV: mark in numbers")


def read_options(args: argparse.Namespace) -> ReadOptions:
    """What was said; raises VitalbandError naming the option that cannot be."""
    given = {name: getattr(args, name) for name in NAMES}
    said = {name: [value] if isinstance(value, str) else value for name, value in given.items() if value is not None}
    try:
        return ReadOptions.parse(said)
    except ValueError as error:
        raise VitalbandError(f"--{error}") from None
