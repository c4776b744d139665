"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import StreamNotFound, VitalbandError
from ..records.read_options import NAMES, ReadOptions
from ..stream_names import chosen_streams
from ..wire_gen import Sex, Stream


def duration(text: str) -> float:
    """A length of time in seconds, above zero."""
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a length of time in seconds")
    return value


def since(text: str) -> float:
    """A time in seconds, from zero on."""
    value = float(text)
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a time in seconds")
    return value


def folder(text: str) -> Path:
    """A folder by its path; that of the shell's own is `.` and not nothing."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a folder has a name; this one is named `.`")
    return Path(text)


def streams(text: str) -> frozenset[Stream]:
    """Streams by name, joined by commas."""
    try:
        return chosen_streams([name.strip() for name in text.split(",") if name.strip()] or [text])
    except StreamNotFound as error:
        raise argparse.ArgumentTypeError(f"{error}, joined by commas") from error


def sex(text: str) -> Sex:
    """A sex by name."""
    names = {choice.name.lower(): choice for choice in Sex}
    if text not in names:
        raise argparse.ArgumentTypeError(f"{text!r}: sex is {', '.join(names)}")
    return names[text]


def add_wait(parser: argparse.ArgumentParser) -> None:
    """Add `--wait`."""
    words = "try for S seconds to reach a device that is not there yet (default: one try)"
    parser.add_argument("--wait", type=since, default=0.0, metavar="S", help=words)


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
    group.add_argument("--decimal", metavar="MARK", help="CSV: comma or point in numbers")


def read_options(args: argparse.Namespace) -> ReadOptions:
    """What was said; raises VitalbandError naming the option that cannot be."""
    given = {name: getattr(args, name) for name in NAMES}
    said = {name: [value] if isinstance(value, str) else value for name, value in given.items() if value is not None}
    try:
        return ReadOptions.parse(said)
    except ValueError as error:
        raise VitalbandError(f"--{error}") from None
