from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from firmware_sim.chips.ads1292r import Ads1292r
from firmware_sim.mcu import Clock, Mcu, modules_of
from firmware_sim.testing.mcu_rig import FlatWorld
from firmware_sim.world.base import ECG


class Bench:
    """The chip alone on a bus, driven by hand."""

    def __init__(self, world: FlatWorld, baudrate: int = 1_000_000) -> None:
        self.clock = Clock()
        mcu = Mcu(self.clock)
        self.drdy = mcu.pin(12)
        self.chip = Ads1292r(self.clock, world, self.drdy, mcu.pin(11))
        mcu.spi(0).attach(10, self.chip)
        machine: ModuleType = modules_of(mcu)["machine"]
        self.cs = machine.Pin(10, machine.Pin.OUT, value=1)
        self.start = machine.Pin(11, machine.Pin.OUT, value=0)
        self.spi = machine.SPI(0, baudrate, polarity=0, phase=1)

    def send(self, data: bytes) -> bytes:
        got = bytearray(len(data))
        self.cs(0)
        self.spi.write_readinto(data, got)
        self.cs(1)
        return bytes(got)

    def register(self, number: int) -> int:
        return self.send(bytes((0x20 | number, 0, 0)))[2]

    def write(self, number: int, value: int) -> None:
        self.send(bytes((0x40 | number, 0, value)))

    def frame(self) -> bytes:
        return self.send(bytes(9))


def bench(mv: float = 1.0) -> Bench:
    return Bench(FlatWorld(**{ECG: [mv]}))


def channel(frame: bytes) -> int:
    return int.from_bytes(frame[3:6], "big", signed=True)


def test_registers_are_deaf_until_sdatac() -> None:
    b = bench()
    assert b.register(0) == 0
    b.send(b"\x11")
    assert b.register(0) == 0x73
    assert b.register(1) == 0x02
    b.write(1, 0xFF)
    assert b.register(1) == 0x87  # fixed bits stay
    b.write(0, 0x12)
    assert b.register(0) == 0x73
    b.send(b"\x06")
    assert b.register(0) == 0  # reset: reads data continuously again


def test_commands_of_several_bytes_need_a_slow_clock() -> None:
    b = Bench(FlatWorld(**{ECG: [1.0]}), baudrate=4_000_000)
    b.send(b"\x11")
    assert b.register(0) == 0


def test_a_command_is_forgotten_when_cs_rises() -> None:
    b = bench()
    b.send(b"\x11")
    b.send(b"\x41\x00")
    b.send(b"\x01")
    assert b.register(1) == 0x02


def test_data_ready_comes_at_the_rate_and_clears_by_reading() -> None:
    b = bench()
    b.send(b"\x11\x41\x00\x01"[:1])
    b.write(1, 0x01)
    b.write(2, 0xA0)
    b.send(b"\x10")
    falls: list[int] = []
    b.drdy.watch(lambda level: None if level else falls.append(b.clock.now))
    b.start(1)
    b.clock.run_until(30_000)
    assert falls == [16_000, 20_000, 24_000, 28_000]
    assert b.drdy.level == 0
    assert channel(b.frame()) == round(1e-3 * 6 / 2.42 * 0x7FFFFF)
    assert b.drdy.level == 1
    assert b.frame() == bytes(9)  # shifted out once
    b.start(0)
    b.clock.run_until(100_000)
    assert len(falls) == 4


def test_data_by_command_start_command_and_standby() -> None:
    b = bench()
    b.send(b"\x11")
    b.write(2, 0xA0)
    b.send(b"\x08")
    b.clock.run_until(8_000)
    assert b.frame() == bytes(9)  # not asked for
    reply = b.send(b"\x12" + bytes(9))
    assert channel(reply[1:]) > 0
    b.send(b"\x04")
    b.clock.run_until(20_000)
    assert b.drdy.level == 1
    b.send(b"\x02")
    b.clock.run_until(40_000)
    assert b.drdy.level == 0
    b.send(b"\x0a")
    assert b.drdy.level == 1


@pytest.mark.parametrize(
    ("mv", "code"), [(500.0, 0x7FFFFF), (-500.0, -0x800000), (0.0, 0), (403.0, round(0.403 * 6 / 2.42 * 0x7FFFFF))]
)
def test_saturation(mv: float, code: int) -> None:
    b = bench(mv)
    b.send(b"\x11")
    b.write(2, 0xA0)
    b.send(b"\x10")
    b.start(1)
    b.clock.run_until(20_000)
    assert channel(b.frame()) == code


def test_gain_reference_and_power_down_matter() -> None:
    b = bench(10.0)
    b.send(b"\x11")
    codes = []
    for config2, ch1set in ((0xA0, 0x00), (0xA0, 0x60), (0xB0, 0x00), (0x80, 0x00), (0xA0, 0x81)):
        b.write(2, config2)
        b.write(4, ch1set)
        b.send(b"\x08")
        b.clock.run_until(b.clock.now + 50_000)
        codes.append(channel(b.send(b"\x12" + bytes(9))[1:]))
    full = 0x7FFFFF
    assert codes == [round(0.06 / 2.42 * full), round(0.12 / 2.42 * full), round(0.06 / 4.033 * full), full, 0]


def test_lead_off_shows_only_through_its_comparator() -> None:
    b = bench(np.nan)
    b.send(b"\x11")
    b.write(2, 0xA0)
    b.send(b"\x10")
    b.start(1)
    b.clock.run_until(20_000)
    assert (b.frame()[:3], b.drdy.level) == (b"\xc0\x00\x00", 1)
    b.send(b"\x11")
    b.write(2, 0xE0)
    b.write(7, 0x03)
    b.send(b"\x10")
    b.clock.run_until(24_000)
    frame = b.frame()
    assert frame[:3] == b"\xc0\x80\x00"
    assert channel(frame) == 0x7FFFFF
    b.send(b"\x11")
    assert b.register(8) == 0x01
