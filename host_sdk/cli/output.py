"""What a command writes to stdout: JSON objects, one a line, and what happens when it cannot."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

_LONGEST = 600
EXIT_FAILED = 1
EXIT_PIPE_CLOSED = 128 + 13


def print_json(thing: dict[str, Any]) -> None:
    """One object on one line of stdout, at once; what a terminal would obey is written as its number."""
    try:
        text = json.dumps(thing, ensure_ascii=False, allow_nan=False)
        if not text.isprintable():
            text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
        print(text, file=sys.stdout, flush=True)
    except OSError as error:
        end_output(error)


def one_line(text: object) -> str:
    """Words for one line of a terminal: nothing in them that it would obey, and of a long text both ends.

    >>> one_line("no\\n such \\x1b[31m"), len(one_line("a" * 5000))
    ('no such ?[31m', 600)
    """
    plain = "".join(c if c.isprintable() else "?" for c in " ".join(str(text).split()))
    if len(plain) <= _LONGEST:
        return plain
    return f"{plain[: _LONGEST // 2]} … {plain[len(plain) - _LONGEST // 2 + 3 :]}"


def end_output(error: OSError) -> NoReturn:
    """Leave the program because stdout or the file that `error` names failed: quietly where a reader had enough."""
    silence_stdout()
    # This runs in callbacks of other people's event handlers, which catch every Exception: only an exit gets through.
    if isinstance(error, BrokenPipeError):
        raise SystemExit(EXIT_PIPE_CLOSED) from None
    what = "cannot write to standard output" if error.filename is None else error.filename
    print(f"vitalband: {what}: {error.strerror or error}", file=sys.stderr)
    raise SystemExit(EXIT_FAILED) from None


def silence_stdout() -> None:
    """Nothing more may be written to a pipe that nobody reads, at exit neither."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def with_u95(value: float, u95: float | None, digits: int) -> str:
    """A number with its expanded uncertainty, `382 ± 14`; both get a digit more where that is under 1.

    >>> with_u95(382.2, 13.8, 0), with_u95(72.0, 0.4, 0), with_u95(97.0, None, 0)
    ('382 ± 14', '72.0 ± 0.4', '97')
    """
    if u95 is None:
        return f"{value:.{digits}f}"
    digits = max(digits, 1) if u95 < 1 else digits
    return f"{value:.{digits}f} ± {u95:.{digits}f}"
