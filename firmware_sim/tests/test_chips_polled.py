from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.chips.lsm6dso import Lsm6dso
from firmware_sim.chips.max17048 import Max17048
from firmware_sim.chips.max30102 import Max30102
from firmware_sim.chips.sampler import Sampler
from firmware_sim.mcu import Clock
from firmware_sim.testing.mcu_rig import FlatWorld
from firmware_sim.world.base import ECG, MOTION, PPG


class Optical:
    """A MAX30102 driven by hand."""

    def __init__(self, world: FlatWorld) -> None:
        self.clock = Clock()
        self.chip = Max30102(self.clock, world)

    def get(self, register: int, count: int = 1) -> bytes:
        self.chip.write(bytes((register,)))
        return self.chip.read(count)

    def pointers(self) -> tuple[int, ...]:
        return tuple(self.get(0x04, 3))

    def run(self, ms: int) -> None:
        self.clock.run_until(self.clock.now + ms * 1000)


def optical(*rows: float, config: int = 0x1F, spo2: int = 0x27, mode: int = 3) -> Optical:
    rig = Optical(FlatWorld(**{PPG: rows or (300.0, 400.0, 0.0)}))
    rig.chip.write(bytes((0x08, config)))
    rig.chip.write(bytes((0x0C, 50, 25)))
    rig.chip.write(bytes((0x09, mode, spo2)))
    return rig


def triplets(data: bytes) -> list[int]:
    return [int.from_bytes(data[i : i + 3], "big") for i in range(0, len(data), 3)]


@pytest.mark.parametrize("mode", [0, 1, 7])
def test_a_chip_without_a_mode_or_a_slot_has_no_sample_to_read(mode: int) -> None:
    rig = optical(mode=mode)
    rig.run(55)
    assert rig.pointers() == (0, 0, 0)
    assert rig.get(0x07, 7) == bytes(7)


def test_fifo_fills_at_the_rate_and_counts_current() -> None:
    rig = optical()
    rig.run(55)
    assert rig.pointers() == (5, 0, 0)
    # 10 mA of 300 nA/mA and 5 mA of 400 nA/mA at 15.625 pA a count, and the dark current
    assert triplets(rig.get(0x07, 12)) == [192_030, 128_030] * 2
    assert rig.pointers() == (5, 0, 2)


def test_fifo_data_stays_on_its_register_and_others_move_on() -> None:
    rig = optical()
    rig.run(25)
    seven = rig.get(0x07, 7)
    assert seven[6:] + rig.chip.read(5) == seven[:6]  # a reading goes on within a sample
    assert rig.pointers() == (2, 0, 2)
    assert rig.get(0x07, 6) == bytes(6)  # empty: whatever is in the next slot, and the pointers stay
    assert rig.pointers() == (2, 0, 2)
    assert rig.get(0xFF) == b"\x15"
    assert rig.get(0x08, 3) == b"\x1f\x03\x27"


def test_overflow_rolls_over_or_stops() -> None:
    rolling = optical()
    rolling.run(10 * (32 + 5))
    assert rolling.pointers() == (5, 5, 5)
    rolling.get(0x07, 6)
    assert rolling.pointers() == (5, 0, 6)
    rolling.run(10_000)
    assert rolling.pointers()[1] == 31
    stopping = optical(config=0x0F)
    stopping.run(10 * (32 + 5))
    assert stopping.pointers() == (0, 5, 0)


def test_flags_clear_by_reading() -> None:
    rig = optical()
    assert rig.get(0x00) == b"\x01"
    rig.run(165)
    assert rig.get(0x00) == b"\x40"
    rig.run(10)
    assert rig.get(0x00) == b"\xc0"
    assert rig.get(0x00) == b"\x00"


@pytest.mark.parametrize(("spo2", "mask"), [(0x24, 0x3FFF8), (0x25, 0x3FFFC), (0x26, 0x3FFFE), (0x27, 0x3FFFF)])
def test_short_pulses_give_fewer_bits(spo2: int, mask: int) -> None:
    rig = optical(300.005, 400.0, 0.0, spo2=spo2)
    rig.run(15)
    red, infrared = triplets(rig.get(0x07, 6))
    assert red & ~mask == 0
    assert abs(red - 192_033) < 8
    assert abs(infrared - 128_030) < 8


def test_dark_without_skin_bright_at_the_rail_and_too_much_sun() -> None:
    dark = optical(np.nan, np.nan, np.nan)
    dark.run(15)
    assert triplets(dark.get(0x07, 6)) == [30, 30]
    bright = optical(1000.0, 100.0, 250_000.0)
    bright.run(15)
    assert triplets(bright.get(0x07, 6)) == [0x3FFFF, 0x3FFFF]
    assert bright.get(0x00)[0] & 0x20


def test_rate_averaging_modes_shutdown_and_reset() -> None:
    averaged = optical(config=0x30)
    averaged.run(105)
    assert averaged.pointers()[0] == 5
    red = optical(mode=2)
    red.run(25)
    assert triplets(red.get(0x07, 6)) == [192_030] * 2
    red.chip.write(b"\x09\x83")
    red.run(100)
    assert red.pointers() == (2, 0, 2)
    red.chip.write(b"\x09\x40")
    assert red.get(0x08, 3) == bytes(3)
    assert red.pointers() == (0, 0, 0)


def test_current_changes_apply_to_later_samples() -> None:
    rig = optical()
    rig.run(25)
    rig.chip.write(b"\x0c\x64")
    rig.run(10)
    red = triplets(rig.get(0x07, 18))[::2]
    assert red == [192_030, 192_030, 0x3FFFF]


class Motion:
    """An LSM6DSO driven by hand."""

    def __init__(self, world: FlatWorld, continuous: int = 6) -> None:
        self.clock = Clock()
        self.chip = Lsm6dso(self.clock, world)
        self.chip.write(bytes((0x09, 0x44, continuous)))
        self.chip.write(b"\x10\x44\x4c")

    def get(self, register: int, count: int = 1) -> bytes:
        self.chip.write(bytes((register,)))
        return self.chip.read(count)

    def words(self) -> int:
        low, high = self.get(0x3A, 2)
        return low | (high & 3) << 8


def motion(row: tuple[float, ...] = (0.0, 0.5, 1.0, 10.0, 0.0, -20.0), continuous: int = 6) -> Motion:
    return Motion(FlatWorld(**{MOTION: row}), continuous)


def test_fifo_words_carry_tag_slot_and_parity() -> None:
    rig = motion()
    rig.clock.run_until(50_000)
    assert rig.words() == 10
    burst = rig.get(0x78, 70)
    tags = burst[::7]
    assert [tag >> 3 for tag in tags] == [1, 2] * 5
    assert [tag >> 1 & 3 for tag in tags[::2]] == [0, 1, 2, 3, 0]
    assert all(tag.bit_count() % 2 == 0 for tag in tags)
    assert np.frombuffer(burst[1:7], "<i2").tolist() == [143, 0, -286]
    assert np.frombuffer(burst[8:14], "<i2").tolist() == [0, 1025, 2049]
    assert rig.words() == 0
    assert rig.get(0x78, 7) == bytes(7)


def test_byte_wise_reading_gives_the_same_words() -> None:
    one, two = motion(), motion()
    for rig in (one, two):
        rig.clock.run_until(50_000)
    burst = one.get(0x78, 28)
    two.chip.write(b"\x78")
    assert b"".join(two.chip.read(1) for _ in range(28)) == burst


def test_overrun_keeps_the_newest_or_stops_when_full() -> None:
    rig = motion()
    rig.clock.run_until(3_000_000)
    assert rig.words() == 512
    rig.clock.run_until(3_010_000)
    status = rig.get(0x3B)[0]
    assert status & 0x68 == 0x68
    assert not rig.get(0x3B)[0] & 0x08  # latched one clears by reading
    full = motion(continuous=1)
    full.clock.run_until(3_000_000)
    assert full.get(0x78)[0] >> 1 & 3 == 0  # its oldest is still the first slot
    assert full.words() == 511


def test_silent_sensor_leaves_the_fifo_empty() -> None:
    rig = motion((np.nan,) * 6)
    rig.clock.run_until(500_000)
    assert rig.words() == 0
    assert rig.get(0x1E) == b"\x00"


def test_output_registers_clip_at_full_scale() -> None:
    rig = motion((20.0, -20.0, 1.0, 0.0, 3000.0, 0.0))
    rig.clock.run_until(20_000)
    assert rig.get(0x1E) == b"\x03"
    out = np.frombuffer(rig.get(0x22, 12), "<i2").tolist()
    assert out == [0, 32767, 0, 32767, -32768, 2049]


def test_bypass_different_rates_and_software_reset() -> None:
    rig = motion()
    rig.chip.write(b"\x09\x34")  # gyroscope batched at half the rate
    rig.clock.run_until(100_000)
    tags = rig.get(0x78, 7 * rig.words())[::7]
    assert [tag >> 3 for tag in tags[:6]] == [1, 2, 2, 1, 2, 2]
    rig.clock.run_until(200_000)
    rig.chip.write(b"\x0a\x00")
    assert rig.words() == 0
    rig.chip.write(b"\x12\x05")
    assert rig.get(0x0F, 4) == b"\x6c\x00\x00\x04"


def test_gauge_discharges_over_time() -> None:
    clock = Clock()
    chip = Max17048(clock, charge=0.5, runtime_h=10.0)

    def word(register: int) -> int:
        chip.write(bytes((register,)))
        return int.from_bytes(chip.read(2), "big")

    assert word(0x08) == 0x0012
    assert word(0x04) == 50 * 256
    before = word(0x02)
    clock.run_until(3_600_000_000)
    assert word(0x04) == 40 * 256
    assert 3.27 / 78.125e-6 < word(0x02) < before
    assert word(0x16) == 0x10000 - round(10 / 0.208)
    clock.run_until(360_000_000_000)
    assert (word(0x04), word(0x16)) == (0, 0)
    chip.write(b"\x0c\x12\x34")
    assert word(0x0C) == 0x1234
    chip.write(b"\xfe\x54\x00")
    assert word(0x0C) == 0x971C


def test_sample_times_increase_even_over_restarts() -> None:
    world = FlatWorld(**{ECG: lambda t: t})
    clock = Clock()
    sampler = Sampler(clock, world, ECG, begin_us=100_000, ppm=50.0)
    values: list[float] = []
    for rate in (250.0, 125.0, 500.0):
        sampler.start(rate)
        clock.run_until(clock.now + 130_000)
        for _ in range(sampler.due()):
            if not sampler.left:
                sampler.refill()
            values.append(float(sampler.raw[sampler.take(1)][0, 0]))
    assert np.all(np.diff(world.requested[ECG]) > 0)
    assert world.requested[ECG][0] >= 0
    known = np.array([v for v in values if not np.isnan(v)])
    assert np.all(np.diff(known) > 0)
    assert known[-1] == pytest.approx(0.29, abs=0.005)
    assert np.isnan(values[0])
