"""MicroPython for this computer, as `make firmware` builds it: 32 bits wide, with the kernels in C beside viper's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from firmware_sim.images.building import built
from firmware_sim.images.recipe import IMAGES

_LONGEST_S = 110


def run_micropython(code: str, paths: Sequence[Path], heap: str = "2M") -> str:
    """What `code` prints with modules from `paths`; skips where the image is not built, raises where the code fails."""
    image = IMAGES["unix-c"]
    if built(image) is None:
        pytest.skip("no image unix-c: run `make firmware`")
    result = subprocess.run(
        [str(image.program), "-X", f"heapsize={heap}", "-c", code],
        env={**os.environ, "MICROPYPATH": ":".join(map(str, paths))},
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
