"""What the way from world to driver costs: `python -m firmware_sim.tests.input_cost` prints µs a sample.

Time in the clock, the simulated chip and bus, the interrupt handler and the driver, polled every 100 ms;
the world itself costs next to nothing here.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from time import perf_counter

import numpy as np

from firmware_sim.testing.mcu_rig import FlatWorld, Rig
from firmware_sim.world.base import COLUMNS, ECG, MOTION, PPG, FloatArray

SECONDS = 300


def measure(group: str) -> float:
    """µs a sample of one sensor over five minutes."""
    ready = np.ones((1000, len(COLUMNS[group])))
    rig = Rig(_Ready(group, ready))
    read = _reader(rig, group)
    count = 0
    start = perf_counter()
    for _ in range(SECONDS * 10):
        rig.wait(100)
        count += read()
    return (perf_counter() - start) / count * 1e6


class _Ready(FlatWorld):
    def __init__(self, group: str, ready: FloatArray) -> None:
        super().__init__(**{group: ready})
        self._ready = ready

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        return self._ready[: len(t)]


def _reader(rig: Rig, group: str) -> Callable[[], int]:
    board = rig.board
    wide, short, other = array("i", [0] * 64), array("h", [0] * 96), array("h", [0] * 96)
    readers: dict[str, Callable[[], int]] = {
        ECG: lambda: board.sensors["ecg"].read(wide, 64),
        PPG: lambda: board.sensors["ppg"].read(wide, 32),
        MOTION: lambda: board.sensors["imu"].read(short, other, 32),
    }
    {ECG: board.sensors["ecg"], PPG: board.sensors["ppg"], MOTION: board.sensors["imu"]}[group].start()
    return readers[group]


if __name__ == "__main__":
    for name in (ECG, PPG, MOTION):
        print(f"{name}: {measure(name):.1f} µs a sample")
