"""Runs MicroPython code on the emulated core by its raw REPL, where one nanosecond is one instruction."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from threading import Timer

#: Where frames lie in the emulated memory (PSRAM of the MPS2 board), and instructions a tick of the timer at 25 MHz.
FRAMES_AT = 0x21000000
INSTRUCTIONS_A_TICK = 40
_RAW_REPL = b"\r\x03\x03\x01"
_END = b"\x04"
_ACCEPTED = b"OK"


class GuestError(Exception):
    """The code on the emulated core failed, or its image did not come up."""


def execute(image: Path, frames: Path, code: str, timeout_s: float) -> str:
    """Run `code` on a fresh core with `image`, the file `frames` in its memory; returns what it printed.

    Raises GuestError for an exception on the core, and when it has not ended within `timeout_s`.
    """
    command = [
        *("qemu-system-arm", "-machine", "mps2-an385", "-display", "none", "-monitor", "none", "-semihosting"),
        *("-serial", "stdio", "-icount", "shift=0,sleep=off", "-kernel", str(image)),
        *("-device", f"loader,file={frames},addr={FRAMES_AT:#x},force-raw=on"),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        limit = Timer(timeout_s, process.kill)
        limit.start()
        try:
            answer = _talk(process, _RAW_REPL + code.encode() + _END)
        finally:
            limit.cancel()
            process.kill()
    printed, raised, *rest = [*answer.partition(_ACCEPTED)[2].split(_END), b""]
    if raised.strip() or not rest:
        raise GuestError((raised or b"no end: " + answer).decode(errors="replace"))
    return printed.decode()


def _talk(process: subprocess.Popen[bytes], script: bytes) -> bytes:
    """Send; what came back until the code has ended, or the core has."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(script)
    process.stdin.flush()
    answer = b""
    while answer.partition(_ACCEPTED)[2].count(_END) < 2:
        more = os.read(process.stdout.fileno(), 4096)
        if not more:
            break
        answer += more
    return answer
