"""No allocation in the sample path: on MicroPython, with the heap locked, drivers read any number of samples."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from firmware_sim.testing.unix_micropython import run_micropython

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
#: A bus with a chip's FIFO, and a clock that goes on by the time of what comes into it.
_SCRIPT = """
import micropython
from array import array
from firmware.drivers.ticks import Ticks
from firmware.drivers.{module} import {name}

class Bus:
    def __init__(self):
        self.fifo = [0, {first}]  # how much is in it, and number of what is read next

    def readfrom_mem(self, address, register, count):
        return b"{identity}" if register == {identity_at} else b"\\0"

    def writeto_mem(self, address, register, data):
        pass

    def readfrom_mem_into(self, address, register, out):
{fill}

now_us = [0]
bus = Bus()
driver = {name}(bus, Ticks(lambda: now_us[0], lambda a, b: a - b, lambda ms: None, lambda us: None))
driver.configure()
driver.start()
{out}
found = []
for count in {counts}:
    bus.fifo[0] += count
    now_us[0] += count * {period_us}
    micropython.heap_lock()
    try:
        n = driver.read({arguments})
    finally:
        micropython.heap_unlock()
    found.append((n, {values}))
print((found, driver.overruns))
"""
#: Of a MAX30102: each sample has its number in the low 16 bits of all fields, and the field in those above.
_LIGHT = """
        if register == 0:
            for i in range(len(out)):
                out[i] = 0
            out[4] = self.fifo[0] & 31
            return
        for at in range(0, len(out), {fields} * 3):
            for field in range({fields}):
                out[at + 3 * field] = field
                out[at + 3 * field + 1] = self.fifo[1] >> 8
                out[at + 3 * field + 2] = self.fifo[1] & 255
            self.fifo[0] -= 1
            self.fifo[1] += 1
"""
#: Of a LSM6DSO: words of rate of turn and of acceleration in turn, each with the number of its pair as x and y.
_MOTION = """
        if register == 0x3A:
            out[0] = self.fifo[0]
            out[1] = 0
            return
        for at in range(0, len(out), 7):
            out[at] = (1 + (self.fifo[1] & 1)) << 3
            for axis in range(3):
                out[at + 1 + 2 * axis] = self.fifo[1] >> 1 & 255 if axis < 2 else 0
                out[at + 2 + 2 * axis] = self.fifo[1] >> 9 if axis < 2 else 1 + (self.fifo[1] & 1)
            self.fifo[0] -= 1
            self.fifo[1] += 1
"""


@pytest.mark.qemu
@pytest.mark.parametrize(
    ("module", "name", "fields", "green"),
    [("max30102", "Max30102", 2, "[]"), ("max30101", "Max30101", 3, "list(driver.green[:n])")],
)
def test_light_is_read_without_allocation(module: str, name: str, fields: int, green: str) -> None:
    counts = [*range(1, 33), 10, 9, 11]
    found, overruns = _read(
        module=module,
        name=name,
        identity=r"\x15",
        identity_at=0xFF,
        first=0,
        fill=_LIGHT.format(fields=fields),
        out="out = array('i', bytes(4 * 64))",
        counts=counts,
        period_us=10_000,
        arguments="out, 32",
        values=f"list(out[: 2 * n]), {green}",
    )
    assert overruns == 0
    assert [n for n, *_ in found] == counts
    pairs = [value for _, values, _ in found for value in values]
    assert pairs == [field << 16 | number for number in range(sum(counts)) for field in range(2)]
    thirds = [value for _, _, values in found for value in values]
    assert thirds == [2 << 16 | number for number in range(sum(counts)) if fields == 3]


@pytest.mark.qemu
@pytest.mark.parametrize("first", [0, 1])
def test_motion_is_read_without_allocation(first: int) -> None:
    """Also where the first word has lost its partner, and those of all others come with the reading after theirs."""
    counts = [*range(1, 61), 20, 21, 22, 21]
    found, overruns = _read(
        module="lsm6dso",
        name="Lsm6dso",
        identity="l",
        identity_at=0x0F,
        first=first,
        fill=_MOTION,
        out="accel = array('h', bytes(2 * 96)); gyro = array('h', bytes(2 * 96))",
        counts=counts,
        period_us=4_808,
        arguments="accel, gyro, 32",
        values="list(accel[: 3 * n]), list(gyro[: 3 * n])",
    )
    assert overruns == 0
    assert max(n for n, *_ in found) == 30
    pairs = sum(n for n, *_ in found)
    assert (sum(counts) - first) // 2 - pairs in (0, first)
    accel = [value for _, values, _ in found for value in values]
    gyro = [value for _, _, values in found for value in values]
    for read, tag in ((accel, 2), (gyro, 1)):
        assert read == [value for pair in range(first, first + pairs) for value in (pair, pair, tag << 8)]


def _read(**parts: object) -> tuple[list[tuple[int, list[int], list[int]]], int]:
    """What was read of each filling, and how many samples the driver takes for lost."""
    found, overruns = ast.literal_eval(run_micropython(_SCRIPT.format(**parts), (FIRMWARE.parent,)))
    return found, overruns
