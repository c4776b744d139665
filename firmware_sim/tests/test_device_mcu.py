"""The whole firmware says the same on CPython and on MicroPython, to the byte, on the cable and by radio."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from firmware_sim.tools.mcu_cost.frames import record
from firmware_sim.tools.mcu_cost.guest import Bench
from firmware_sim.world.wearer import PRESETS, Wearer

from .micropython_unix import execute

SECONDS = 36
_SCRIPT = """
import guest
with open({path!r}, "rb") as file:
    frames = file.read()
bench = guest.Bench(frames, True, True, digests=True)
bench.run({seconds})
print((bench.serial.bytes, bench.serial.digest, bench.radio.bytes, bench.radio.digest))
"""


@pytest.mark.parametrize("wearer", ["ectopy", "accident", "walking"])
def test_the_same_bytes_leave_on_both_links(wearer: str, tmp_path: Path) -> None:
    path = tmp_path / "frames.bin"
    path.write_bytes(record(Wearer(PRESETS[wearer], seed=3), SECONDS))
    bench = Bench(path.read_bytes(), True, True, digests=True)
    bench.run(SECONDS)
    sent = (bench.serial.bytes, bench.serial.digest, bench.radio.bytes, bench.radio.digest)
    assert bench.serial.bytes > 3000 * SECONDS
    assert sent == ast.literal_eval(execute(_SCRIPT.format(path=str(path), seconds=SECONDS)))
