"""`vitalband`: finds the commands, runs one, and turns what goes wrong into one line and an exit code."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from ..errors import VitalbandError
from .output import EXIT_FAILED, end_output

GROUP = "vitalband.commands"
OWN = ("scan", "stream", "record", "replay")

EXIT_INTERRUPTED = 128 + signal.SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0 only when what was asked for was done."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:  # the shell's >&-
        print("vitalband: standard output is closed", file=sys.stderr)
        return EXIT_FAILED
    parser = _parser(arguments)
    args = parser.parse_args(arguments)
    try:
        code = int(args.handler(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except OSError as error:
        end_output(error)
    except VitalbandError as error:
        print(f"vitalband {args.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_FAILED
    return code


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vitalband",
        description="Wearable that measures ECG intervals, pulse and SpO2: simulate, watch, record, replay.",
        epilog="Addresses: sim:, sim:tcp:HOST:PORT, ble:NAME-or-ADDRESS, serial:PORT, replay:PATH",
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in OWN:
        import_module(f".{name}", __package__).command(subparsers)
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    if wanted not in OWN:
        _add_found(subparsers)
    return parser


def _add_found(subparsers: Any) -> None:
    """Commands of other packages; they are not loaded for a command of our own."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            register = entry.load()
        except ImportError as error:
            print(f"vitalband: command {entry.name!r} cannot be loaded: {error}", file=sys.stderr)
            continue
        register(subparsers)


if __name__ == "__main__":
    sys.exit(main())
