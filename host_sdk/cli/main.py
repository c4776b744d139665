"""`vitalband`: runs one command, and turns what goes wrong into one line and an exit code.

Nothing is imported before `main` that takes time, so that Ctrl-C is heeded from the first moment on.
"""

from __future__ import annotations

import io
import os
import signal
import sys

TYPE_CHECKING = False  # `typing` would take its time
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import FrameType

EXIT_INTERRUPTED = 128 + signal.SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0 only when what was asked for was done."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _give_stderr()
    if sys.stdout is None:  # the shell's >&-
        print("vitalband: standard output is closed", file=sys.stderr)
        return 1
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a path's bytes need not be text, nor has every terminal every letter
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _run(arguments: Sequence[str]) -> int:
    heeding = _end_at_once()
    try:
        args = _parse(arguments)
    finally:
        if heeding:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    from ..errors import MissingExtra, VitalbandError
    from ..extras import missing_extra
    from .commands import COMMAND_EXTRAS
    from .output import end_output

    try:
        code = int(args.handler(args))
        sys.stdout.flush()
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


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What is to be done; raises SystemExit where nothing is, or nothing can be."""
    from ..errors import MissingExtra
    from .commands import parse, wanted_of
    from .output import end_output

    try:
        return parse(arguments)
    except OSError as error:
        end_output(error)
    except MissingExtra as error:
        raise SystemExit(_fail(wanted_of(arguments) or "", error)) from error


def _give_stderr() -> None:
    """Where stderr is closed (the shell's 2>&-), what goes there is lost: it goes into no other file, and ends nothing.

    Without this `print` writes to stdout instead, and the next file that is opened gets the number 2.
    """
    if sys.stderr is not None:
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.fstat(2)
    except OSError:
        os.dup2(null, 2)
    sys.stderr = open(null, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as the program runs


def _end_at_once() -> bool:
    """From now on Ctrl-C ends the program without further ado; False: a parent ignores it, or somebody else heeds it.

    While modules load there is nothing to be taken down, and a KeyboardInterrupt could be lost there: not everything
    that runs meanwhile lets exceptions pass.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return False
    try:
        signal.signal(signal.SIGINT, _end)
    except ValueError:  # only the main thread may
        return False
    return True


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(EXIT_INTERRUPTED)


def _fail(command: str, error: Exception) -> int:
    from .output import one_line

    print(f"vitalband {command}: {one_line(error)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
