"""Runs code on MicroPython unix, 32 bits wide, with the firmware's sources in reach."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: `firmware`, the kernels' cases, and the bench.
_FOLDERS = (ROOT, ROOT / "tests", ROOT / "tools/mcu_cost")


def execute(code: str, timeout_s: float = 60) -> str:
    """What `code` prints; the test is skipped where there is no such MicroPython."""
    binary = os.environ.get("VITALBAND_MICROPYTHON")
    if not binary:
        pytest.skip("VITALBAND_MICROPYTHON names no MicroPython unix binary")
    done = subprocess.run(
        [binary, "-X", "heapsize=4M", "-c", code],
        env={"MICROPYPATH": ":".join(map(str, _FOLDERS))},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
