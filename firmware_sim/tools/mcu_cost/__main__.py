"""`python -m firmware_sim.tools.mcu_cost IMAGE`: instructions, garbage and heap of the whole device, by host and link.

IMAGE is a MicroPython of the QEMU port for MPS2_AN385 that has the package `firmware` and `guest.py` frozen in.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from firmware_sim.world.wearer import PRESETS, Wearer

from .emulated import FRAMES_AT, INSTRUCTIONS_A_TICK, execute
from .frames import record

#: (name, host on the cable, host by radio)
LINKS = (("alone", False, False), ("serial", True, False), ("ble", False, True))
_WARM_S = 12
_TIMEOUT_S = 600

_CODE = """
import gc
from uctypes import bytearray_at
import guest
gc.collect(); empty = gc.mem_alloc()
bench = guest.Bench(bytearray_at({at}, {size}), {serial}, {ble}, guest.emulated_ticks())
gc.collect(); built = gc.mem_alloc()
bench.run({warm})
ticks = bench.run({seconds})
gc.collect(); live = gc.mem_alloc()
garbage = guest.garbage(bench)
gc.collect()
found = guest.stages(bench, {seconds}) if {staged} else {{}}
print(dict(stages=found, ticks=ticks, empty=empty, built=built - empty, live=live - empty, garbage=garbage))
"""


def measure(image: Path, frames: bytes, serial: bool, ble: bool, seconds: int, staged: bool) -> dict[str, Any]:
    """Figures of one run: instructions a second, bytes of heap at start and later, bytes of garbage a second."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(frames)
        file.flush()
        code = _CODE.format(
            at=FRAMES_AT, size=len(frames), serial=serial, ble=ble, warm=_WARM_S, seconds=seconds, staged=staged
        )
        figures: dict[str, Any] = eval(execute(image, Path(file.name), code, _TIMEOUT_S), {}, {"dict": dict})
    figures["stages"] = {
        name: (ticks * INSTRUCTIONS_A_TICK // seconds, calls / seconds)
        for name, (ticks, calls) in figures["stages"].items()
    }
    return {"instructions_per_s": figures.pop("ticks") * INSTRUCTIONS_A_TICK // seconds, **figures}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="mcu_cost", description=__doc__)
    parser.add_argument("image", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--wearer", choices=sorted(PRESETS), default="resting")
    parser.add_argument("--stages", action="store_true", help="instructions a second and calls a second of each stage")
    asked = parser.parse_args()
    frames = record(Wearer(PRESETS[asked.wearer], seed=3), 2 * asked.seconds + _WARM_S + 2)
    for name, serial, ble in LINKS:
        figures = measure(asked.image, frames, serial, ble, asked.seconds, asked.stages)
        found = figures.pop("stages")
        print(json.dumps({"host": name, **figures}), flush=True)
        for stage, (instructions, calls) in sorted(found.items(), key=lambda item: -item[1][0]):
            print(f"  {stage:40} {instructions:10} {calls:8.1f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
