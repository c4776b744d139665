"""`vitalband`: finds the commands, runs one, and turns what goes wrong into one line and an exit code."""

from __future__ import annotations

import argparse
import io
import logging
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ..errors import MissingExtra, VitalbandError
from ..extras import lacks, missing_extra
from ..transports.address import FORMS
from .output import EXIT_FAILED, end_output

GROUP = "vitalband.commands"
OWN = ("scan", "stream", "record", "replay")
#: Commands that need an extra.
COMMAND_EXTRAS = {"sim": "sim", "demo": "sim", "bench": "evaluate", "evaluate": "evaluate"}

EXIT_INTERRUPTED = 128 + signal.SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0 only when what was asked for was done."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:  # the shell's >&-
        print("vitalband: standard output is closed", file=sys.stderr)
        return EXIT_FAILED
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a path's bytes need not be text, nor has every terminal every letter
            stream.reconfigure(errors="backslashreplace")
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    try:
        args = _parser(wanted).parse_args(arguments)
    except MissingExtra as error:
        return _fail(wanted or "", error)
    if args.verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format="%(asctime)s %(name)s: %(message)s")
        logging.getLogger("bumble").setLevel(logging.WARNING)
    try:
        code = int(args.handler(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except OSError as error:
        end_output(error)
    except ImportError as error:
        missing = missing_extra(error, COMMAND_EXTRAS.get(args.command))
        if missing is None:
            raise
        return _fail(args.command, missing)
    except MissingExtra as error:
        # a command's extra spares a second try
        extra = COMMAND_EXTRAS.get(args.command)
        return _fail(args.command, error if extra is None else error.of(extra))
    except VitalbandError as error:
        return _fail(args.command, error)
    return code


def _fail(command: str, error: Exception) -> int:
    print(f"vitalband {command}: {' '.join(str(error).split())}", file=sys.stderr)
    return EXIT_FAILED


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vitalband",
        description="Wearable that measures ECG intervals, pulse and SpO2: simulate, watch, record, replay.",
        epilog=_epilog() if wanted is None else None,
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="say on stderr what happens on the way")
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
    lacking = [f"{name} (pip install '.[{extra}]')" for name, extra in COMMAND_EXTRAS.items() if lacks(extra)]
    return "; ".join([addresses, *(["packages are missing of " + ", ".join(lacking)] if lacking else [])])


def _add_found(subparsers: Any, entry: EntryPoint, wanted: str | None) -> None:
    """A command of another package; loaded only where it may be wanted. Raises MissingExtra where it is wanted."""
    try:
        register = entry.load()
    except ImportError as error:
        missing = missing_extra(error, COMMAND_EXTRAS.get(entry.name))
        if missing is not None and entry.name == wanted:
            raise missing from error
        print(f"vitalband: command {entry.name!r} {missing or f'cannot be loaded: {error}'}", file=sys.stderr)
        return
    register(subparsers)


if __name__ == "__main__":
    sys.exit(main())
