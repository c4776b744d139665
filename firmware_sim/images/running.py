"""Runs the tools of a build."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from .errors import BuildError

_TAIL_LINES = 25
_LONGEST_S = 1200


def run(command: Sequence[str], log: Path, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Run a command with its output appended to `log`; BuildError with the end of it where it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        out.write(f"$ {' '.join(command)}\n".encode())
        out.flush()
        start = out.tell()
        try:
            result = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, cwd=cwd, env=env, timeout=_LONGEST_S, check=False
            )
        except FileNotFoundError:
            raise BuildError(f"{command[0]} is not installed") from None
        except subprocess.TimeoutExpired:
            raise BuildError(f"{command[0]} did not end within {_LONGEST_S} s; see {log}") from None
    if result.returncode:
        raise BuildError(f"{command[0]} failed ({result.returncode}); {log} ends with:\n{_tail(log, start)}")


def output(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
    """What a command prints; BuildError where it fails."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)
    except FileNotFoundError:
        raise BuildError(f"{command[0]} is not installed") from None
    if result.returncode:
        raise BuildError(f"{command[0]} failed: {result.stderr.strip()}")
    return result.stdout


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One at a time in this folder, over all processes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        flock(file, LOCK_EX)
        yield


def _tail(log: Path, start: int) -> str:
    text = log.read_bytes()[start:].decode(errors="replace")
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
