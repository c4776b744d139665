"""The command line: finds the commands, this package's and others', and reads the arguments."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..extras import check_versions, lacks, missing_extra
from ..transports.address import FORMS

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

GROUP = "vitalband.commands"
OWN = ("scan", "stream", "record", "replay", "log", "alarm", "flash")
#: Commands that need an extra.
COMMAND_EXTRAS = {
    "sim": "sim",
    "demo": "sim",
    "build-image": "sim",
    "hil": "hil",
    "bench": "evaluate",
    "evaluate": "evaluate",
    "calibrate": "evaluate",
}


class _Notes(logging.Handler):
    """What is odd about a record, and does not keep it from being read, as a line on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print it; where stderr is now, which a progress bar may have moved."""
        from .output import one_line

        print(f"vitalband: {one_line(record.getMessage())}", file=sys.stderr)


_NOTES = _Notes(logging.WARNING)


class _Parser(argparse.ArgumentParser):
    """Help that cannot be written is an error, unlike argparse's; a command reports its own wrong words.

    Every command takes `--verbose`, before its name or behind it.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        words = "say on stderr what happens on the way"
        self.add_argument("-v", "--verbose", action="store_true", default=argparse.SUPPRESS, help=words)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Known arguments; what is left over is an error of this parser, not of the one above it."""
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            near = get_close_matches(rest[0].partition("=")[0], self._option_string_actions, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            self.error(f"unrecognized arguments: {' '.join(rest)}{meant}")
        return known, rest

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """A value as the command has it; argparse would name the function that made it."""
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            if error.message.startswith("invalid "):
                whole = "whole number" if _is_number(arg_string) else "number"
                error.message = f"{arg_string!r} is no {whole}"
            raise

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """A choice that is none says what was probably meant."""
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            near = get_close_matches(str(value), map(str, action.choices or ()), 1)
            error.message += f"; did you mean {near[0]}?" if near else ""
            raise

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Write the help; raises OSError."""
        (file or sys.stdout).write(self.format_help())
        sys.stdout.flush()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What is to be done, by `handler`; raises SystemExit after help or wrong usage, MissingExtra, OSError."""
    args = parser_for(wanted_of(arguments)).parse_args(arguments)
    # it has log lines that make the root logger write to stderr, whoever asked for that
    logging.getLogger("bumble").propagate = args.verbose
    if args.verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format="%(asctime)s %(name)s: %(message)s")
        logging.getLogger("bumble").setLevel(logging.WARNING)
    else:
        logging.getLogger("host_sdk.records").addHandler(_NOTES)  # the same one again does nothing
    return args


def wanted_of(arguments: Sequence[str]) -> str | None:
    """The command that is asked for, if any is."""
    return next((word for word in arguments if not word.startswith("-")), None)


def parser_for(wanted: str | None) -> argparse.ArgumentParser:
    """The parser of a command line, with the commands that it may want."""
    parser = _Parser(
        prog="vitalband",
        description="Wearable that measures ECG intervals, pulse and SpO2: simulate, watch, record, replay.",
        epilog=_epilog() if wanted is None else None,
    )
    parser.add_argument("--version", action="version", version=f"vitalband {__version__}")
    parser.set_defaults(verbose=False)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in OWN:
        import_module(f".{name}", __package__).command(subparsers)
    if wanted not in OWN:
        found = {entry.name: entry for entry in entry_points(group=GROUP)}
        for name in [wanted] if wanted in found else sorted(found):
            _add_found(subparsers, found[name], wanted)
    return parser


def _epilog() -> str:
    addresses = f"Addresses: {FORMS}"
    needed = {**COMMAND_EXTRAS, "replay": "sim"}
    lacking = [f"{name} (pip install '.[{extra}]')" for name, extra in needed.items() if lacks(extra)]
    return "; ".join([addresses, *(["packages are missing of " + ", ".join(lacking)] if lacking else [])])


def _add_found(subparsers: Any, entry: EntryPoint, wanted: str | None) -> None:
    """A command of another package; loaded only where it may be wanted. Raises MissingExtra where it is wanted."""
    if entry.name == wanted and entry.name in COMMAND_EXTRAS:
        check_versions(COMMAND_EXTRAS[entry.name], "bleak")
    try:
        register = entry.load()
    except ImportError as error:
        missing = missing_extra(error, COMMAND_EXTRAS.get(entry.name))
        if missing is not None and entry.name == wanted:
            raise missing from error
        print(f"vitalband: command {entry.name!r} {missing or f'cannot be loaded: {error}'}", file=sys.stderr)
        return
    register(subparsers)
