"""`python -m firmware_sim.tools.mcu_cost IMAGE`: instructions, garbage and heap of the whole device, by host and link.

IMAGE is a MicroPython of the QEMU port for MPS2_AN385 that has the package `firmware` and `guest.py` frozen in.
"""

from __future__ import annotations

import argparse
import ast
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.world.wearer import PRESETS, Wearer

from .emulated import FRAMES_AT, INSTRUCTIONS_A_TICK, execute
from .frames import record

#: (name, host on the cable, host by radio)
LINKS = (("alone", False, False), ("serial", True, False), ("ble", False, True), ("both", True, True))
_WARM_S = 12
_TIMEOUT_S = 600

_DEVICE = """
import gc
from uctypes import bytearray_at
gc.collect()
empty = gc.mem_alloc()
import guest
gc.collect()
imported = gc.mem_alloc()
bench = guest.Bench(bytearray_at({at}, {size}), {serial}, {ble}, guest.emulated_ticks())
gc.collect()
built = gc.mem_alloc()
bench.run({warm})
"""
_COST = (
    _DEVICE
    + """
ticks = bench.run({seconds})
gc.collect()
live = gc.mem_alloc()
figures = dict(ticks=ticks, imported=imported - empty, built=built - empty, live=live - empty)
print(dict(figures, garbage_per_s=guest.garbage(bench)))
"""
)
_STAGES = {
    "instructions": _DEVICE + "print(guest.stages(bench, {seconds}))",
    "bytes": _DEVICE + "print(guest.stages_memory(bench))",
}


class Target:
    """An image and the frames its device sees."""

    def __init__(self, image: Path, frames: Path) -> None:
        self._image = image
        self._frames = frames
        self._size = frames.stat().st_size

    def _run(self, code: str, serial: bool, ble: bool, seconds: int) -> str:
        filled = code.format(at=FRAMES_AT, size=self._size, serial=serial, ble=ble, warm=_WARM_S, seconds=seconds)
        return execute(self._image, self._frames, filled, _TIMEOUT_S)

    def cost(self, serial: bool, ble: bool, seconds: int) -> dict[str, int]:
        """Instructions a second over `seconds`; heap (bytes) after imports, after start and later; garbage a second.

        The heap is what the firmware and the bench (4 kB) have taken, without the interpreter and this code.
        """
        figures: dict[str, int] = ast.literal_eval(self._run(_COST, serial, ble, seconds))
        return {"instructions_per_s": figures.pop("ticks") * INSTRUCTIONS_A_TICK // seconds, **figures}

    def stages(self, unit: str, serial: bool, ble: bool, seconds: int) -> dict[str, tuple[int, float]]:
        """(`instructions` or `bytes`, calls) a second of each watched method, without the watched ones it calls."""
        found: dict[str, tuple[int, int]] = ast.literal_eval(self._run(_STAGES[unit], serial, ble, seconds))
        scale, span = (INSTRUCTIONS_A_TICK, seconds) if unit == "instructions" else (1, 1)
        return {name: (taken * scale // span, calls / span) for name, (taken, calls) in found.items()}


@contextmanager
def target(image: Path, wearer: str, seconds: int) -> Iterator[Target]:
    """`image` with a named wearer's frames for runs of `seconds`."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(record(Wearer(PRESETS[wearer], seed=3), seconds + _WARM_S + 2))
        file.flush()
        yield Target(image, Path(file.name))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="mcu_cost", description=__doc__)
    parser.add_argument("image", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--wearer", choices=sorted(PRESETS), default="resting")
    parser.add_argument("--stages", choices=sorted(_STAGES), help="what each stage takes a second")
    asked = parser.parse_args()
    with target(asked.image, asked.wearer, asked.seconds) as on:
        for name, serial, ble in LINKS:
            print(json.dumps({"host": name, **on.cost(serial, ble, asked.seconds)}), flush=True)
            if asked.stages:
                found = on.stages(asked.stages, serial, ble, asked.seconds)
                for stage, (taken, calls) in sorted(found.items(), key=lambda item: -item[1][0]):
                    print(f"  {stage:40} {taken:10} {calls:8.1f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
