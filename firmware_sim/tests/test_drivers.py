from __future__ import annotations

import random
import re
from array import array
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from firmware_sim.chips import lsm6dso as lsm6dso_chip
from firmware_sim.chips import max30102 as max30102_chip
from firmware_sim.firmware.drivers.ticks import Ticks
from firmware_sim.testing.mcu_rig import FlatWorld, Rig, full_world
from firmware_sim.world.base import ECG, MOTION, PPG, FloatArray

MV = 1e-3 * 6 / 2.42 * 0x7FFFFF  # counts of a mV


def read_ecg(rig: Rig, limit: int = 128) -> list[int]:
    out = array("i", [0] * limit)
    return list(out[: rig.board.sensors["ecg"].read(out, limit)])


def driver_at(name: str, rate_hz: int) -> ModuleType:
    """The driver as `make gen` leaves it where the front end has another rate."""
    path = Path(import_module(f"firmware_sim.firmware.drivers.{name}").__file__ or "")
    text, count = re.subn(r"^(_RATE_HZ = const\()\d+", rf"\g<1>{rate_hz}", path.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1
    module = ModuleType(name)
    module.__package__ = "firmware_sim.firmware.drivers"
    exec(compile(text, path, "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("rate_hz", [50, 100, 200, 400])
def test_ppg_registers_follow_the_rate_of_the_front_end(rate_hz: int) -> None:
    registers: dict[int, bytes] = {}

    class Bus:
        def writeto_mem(self, address: int, register: int, data: bytes) -> None:
            registers[register] = bytes(data)

    driver_at("max30102", rate_hz).Max30102(
        Bus(), Ticks(lambda: 0, int.__sub__, lambda ms: None, lambda us: None)
    ).control.reset()
    (setting,) = registers[0x0A]
    assert max30102_chip.RATES_HZ[setting >> 2 & 7] == rate_hz <= max30102_chip.FASTEST_HZ[setting & 3]
    assert setting & 0xE3 == 0x23


@pytest.mark.parametrize("rate_hz", [26, 52, 104, 208, 417, 833])
def test_imu_registers_follow_the_rate_of_the_front_end(rate_hz: int) -> None:
    driver = driver_at("lsm6dso", rate_hz)
    accel, gyro = driver._CONTROL
    (batch,) = driver._BATCH
    rates = [lsm6dso_chip.RATES_HZ[code] for code in (accel >> 4, gyro >> 4, batch >> 4, batch & 15)]
    assert rates == [rate_hz] * 4
    assert (accel & 15, gyro & 15) == (0x04, 0x0C)


@pytest.mark.parametrize(
    ("driver", "rate_hz"), [("max30102", 99), ("max30102", 800), ("lsm6dso", 100), ("ads1292r", 256)]
)
def test_a_rate_that_the_chip_lacks_is_refused(driver: str, rate_hz: int) -> None:
    with pytest.raises(ValueError, match=r"not in tuple"):
        driver_at(driver, rate_hz)


def test_ecg_samples_are_the_world_at_their_ticks() -> None:
    rig = Rig(FlatWorld(**{ECG: lambda t: t}))
    ecg = rig.board.sensors["ecg"]
    ecg.start()
    rig.wait(200)
    first = read_ecg(rig, 20)
    tick = ecg.tick_us
    second = read_ecg(rig)
    assert len(first) == 20
    assert len(second) == 27
    assert ecg.tick_us == tick + 20 * 4000
    for samples, at in ((first, tick), (second, ecg.tick_us)):
        expected = [round((at / 1e6 + 0.004 * i) * MV) for i in range(len(samples))]
        assert np.abs(np.array(samples) - expected).max() <= 1
    assert read_ecg(rig) == []


def test_ecg_ring_overrun_is_counted_and_comes_before_the_block() -> None:
    rig = Rig(FlatWorld(**{ECG: lambda t: t}))
    ecg = rig.board.sensors["ecg"]
    ecg.start()
    rig.wait(16 - 4 + 4 * 200)
    samples = read_ecg(rig)
    assert len(samples) == 127
    assert ecg.overruns == 73
    assert samples[0] == pytest.approx(ecg.tick_us / 1e6 * MV, abs=1)


def test_ecg_lead_off_and_saturation_of_the_block() -> None:
    def lead(t: FloatArray) -> FloatArray:
        return np.where(t < 1.0, 0.1, np.where(t < 2.0, np.nan, np.where(t < 3.0, -900.0, 0.1)))

    rig = Rig(FlatWorld(**{ECG: lead}))
    ecg = rig.board.sensors["ecg"]
    ecg.start()
    seen = []
    for _ in range(36):
        rig.wait(100)
        read_ecg(rig)
        seen.append((ecg.lead_off, ecg.saturated))
    assert [k for i, k in enumerate(seen) if i == 0 or seen[i - 1] != k] == [
        (False, False), (True, True), (False, True), (False, False),
    ]  # fmt: skip


def test_ecg_stops_and_starts_with_an_empty_ring() -> None:
    rig = Rig(full_world())
    ecg = rig.board.sensors["ecg"]
    ecg.start()
    rig.wait(100)
    ecg.stop()
    rig.wait(100)
    assert len(read_ecg(rig)) == 22
    ecg.start()
    rig.wait(30)
    assert len(read_ecg(rig)) == 4


def test_ppg_reads_counts_and_follows_its_current() -> None:
    rig = Rig(full_world())
    ppg = rig.board.sensors["ppg"]
    ppg.start()
    started = rig.board.now_us()
    rig.wait(105)
    out = array("i", [0] * 64)
    assert ppg.read(out, 32) == 10
    assert list(out[:4]) == [round(300 * 7.2 / 0.015625) + 30, round(400 * 7.2 / 0.015625) + 30] * 2
    assert abs(ppg.tick_us - (started + 10_000)) <= 5_000
    ppg.set_steps(bytes((18, 0)))
    rig.wait(20)
    assert ppg.read(out, 32) == 2
    assert list(out[2:4]) == [round(300 * 3.6 / 0.015625) + 30, 30]
    ppg.stop()
    rig.wait(100)
    assert ppg.read(out, 32) == 0


@pytest.mark.parametrize(("wait_ms", "count", "lost"), [(325, 32, 0), (405, 32, 8), (3005, 32, 268), (5, 0, 0)])
def test_ppg_fifo_full_and_overrun(wait_ms: int, count: int, lost: int) -> None:
    rig = Rig(full_world())
    ppg = rig.board.sensors["ppg"]
    ppg.start()
    rig.wait(wait_ms)
    out = array("i", [0] * 64)
    assert ppg.read(out, 32) == count
    assert ppg.overruns == lost
    assert ppg.read(out, 32) == 0


def test_ppg_limit_leaves_the_rest() -> None:
    rig = Rig(full_world())
    rig.board.sensors["ppg"].start()
    rig.wait(205)
    out = array("i", [0] * 64)
    assert [rig.board.sensors["ppg"].read(out, 8) for _ in range(4)] == [8, 8, 4, 0]


def test_imu_reads_pairs() -> None:
    rig = Rig(full_world())
    imu = rig.board.sensors["imu"]
    imu.start()
    rig.wait(1000)
    accel, gyro = array("h", [0] * 300), array("h", [0] * 300)
    assert imu.read(accel, gyro, 40) == 40
    assert imu.read(accel, gyro, 100) == 64
    assert list(accel[189:192]) == [0, 1025, 2049]
    assert list(gyro[:3]) == [143, 0, -286]
    assert imu.overruns == 0
    imu.stop()
    rig.wait(100)
    assert imu.read(accel, gyro, 100) == 0


def test_imu_overrun_is_counted_and_the_newest_kept() -> None:
    rig = Rig(FlatWorld(**{MOTION: lambda t: np.stack([t] * 6, axis=1)}))
    imu = rig.board.sensors["imu"]
    imu.start()
    rig.wait(4000)
    accel, gyro = array("h", [0] * 900), array("h", [0] * 900)
    assert imu.read(accel, gyro, 300) == 256
    assert abs(imu.overruns - (416 - 256)) <= 1
    assert accel[765] == pytest.approx(4.0 / 0.488e-3, rel=0.04)
    rig.wait(100)
    assert imu.read(accel, gyro, 300) in (10, 11)


@pytest.mark.parametrize("ppm", [-20_000.0, 0.0, 20_000.0])
@pytest.mark.parametrize("name", ["imu", "ppg"])
def test_a_chip_whose_clock_is_off_misses_nothing_however_late_it_is_read(name: str, ppm: float) -> None:
    rig = Rig(full_world(), ppm=ppm)
    sensor, chance = rig.board.sensors[name], random.Random(3)
    sensor.start()
    room = [array("h" if name == "imu" else "i", [0] * 900) for _ in range(1 + (name == "imu"))]
    total = 0
    for _ in range(200):
        rig.wait(chance.choice((20, 100, 100, 300)))
        total += sensor.read(*room, 32)
        total += sensor.read(*room, 300)
    assert sensor.overruns == 0
    assert total > 2000


def ppg_off(rig: Rig, off_ms: int) -> None:
    """The chip stops by itself for a while."""
    chip: Any = rig.mcu.i2c(0).chips[0x57]
    chip.write(b"\x09\x83")
    rig.wait(off_ms)
    chip.write(b"\x09\x03")


@pytest.mark.parametrize("off_ms", [45, 130, 600])
def test_ppg_counts_what_was_not_taken(off_ms: int) -> None:
    rig = Rig(full_world())
    ppg = rig.board.sensors["ppg"]
    ppg.start()
    out, taken = array("i", [0] * 64), []
    for step in range(20):
        if step == 9:
            ppg_off(rig, off_ms % 100)
        elif 9 < step <= 9 + off_ms // 100:
            ppg_off(rig, 100)
        else:
            rig.wait(100)
        taken.append(ppg.read(out, 32))
    assert ppg.overruns == pytest.approx(off_ms / 10, abs=2)
    assert max(taken) <= 16


def test_imu_finds_pairs_again_after_a_lost_word() -> None:
    rig = Rig(full_world())
    imu = rig.board.sensors["imu"]
    imu.start()
    rig.wait(100)
    chip: Any = rig.mcu.i2c(0).chips[0x6A]
    chip.write(b"\x78")
    chip.read(7)
    accel, gyro = array("h", [0] * 300), array("h", [0] * 300)
    total = imu.read(accel, gyro, 100)
    for _ in range(3):
        rig.wait(100)
        total += imu.read(accel, gyro, 100)
        assert list(accel[:3]) == [0, 1025, 2049]
        assert list(gyro[:3]) == [143, 0, -286]
    assert total in (40, 39, 38)


def test_gauge_reads_millivolt_and_permille() -> None:
    assert Rig(full_world()).board.sensors["gauge"].read() == (4099, 899)


def test_missing_groups_leave_chips_out() -> None:
    board = Rig(FlatWorld(**{PPG: [1.0, 1.0, 0.0]})).board
    assert set(board.sensors) == {"ppg", "gauge"}


def test_a_wrong_part_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_sim.chips.ads1292r.RESET_VALUES", bytes((0x53,)) + bytes(11))
    monkeypatch.setattr(max30102_chip, "PART_ID", 0x11)
    monkeypatch.setattr(lsm6dso_chip, "WHO_AM_I", 0x6A)
    monkeypatch.setattr("firmware_sim.chips.max17048.CHIP_VERSION", 0x0003)
    assert not {"ecg", "ppg", "imu", "gauge"} & set(Rig(full_world()).board.sensors)


def test_a_chip_lost_while_running_raises() -> None:
    rig = Rig(full_world())
    rig.board.sensors["ppg"].start()
    rig.mcu.i2c(0).detach(0x57)
    rig.wait(100)
    with pytest.raises(OSError, match="ENODEV"):
        rig.board.sensors["ppg"].read(array("i", [0] * 64), 32)


def test_time_begins_where_the_world_does() -> None:
    rig = Rig(FlatWorld(**{ECG: lambda t: t}), begin_us=1_000_000)
    rig.board.sensors["ecg"].start()
    samples: dict[int, int] = {}
    for _ in range(12):
        rig.wait(100)
        samples |= {rig.board.sensors["ecg"].tick_us + 4000 * i: value for i, value in enumerate(read_ecg(rig))}
    before = [value for tick, value in samples.items() if tick < 1_000_000]
    after = [(tick, value) for tick, value in samples.items() if tick >= 1_000_000]
    assert set(before) == {0x7FFFFF}
    assert len(after) > 80
    assert all(value == pytest.approx((tick - 1_000_000) / 1e6 * MV, abs=1) for tick, value in after)
    assert rig.world.requested[ECG][0] == pytest.approx(0.0, abs=0.004)


def test_wide_ticks_pass_the_wrap() -> None:
    raw = [0]
    period = 1 << 30

    def diff(a: int, b: int) -> int:
        return (a - b + period // 2) % period - period // 2

    ticks = Ticks(lambda: raw[0] % period, diff, lambda ms: None, lambda us: None)
    for _ in range(10):
        raw[0] += 400_000_000
        assert ticks.now_us() == raw[0]
    stamp = raw[0] % period
    raw[0] += 5_000
    assert ticks.widen(stamp) == raw[0] - 5_000
