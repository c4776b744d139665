from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from firmware_sim.mcu import Clock, Mcu, McuReset, modules_of


@pytest.fixture
def mcu() -> Mcu:
    return Mcu(Clock(), seed=3)


@pytest.fixture
def machine(mcu: Mcu) -> ModuleType:
    return modules_of(mcu)["machine"]


def test_pin_interrupts_on_its_edges_only(mcu: Mcu, machine: ModuleType) -> None:
    pin = machine.Pin(5, machine.Pin.IN)
    seen: list[int] = []
    pin.irq(lambda p: seen.append(p.value()), machine.Pin.IRQ_FALLING)
    line = mcu.pin(5)
    for level in (1, 1, 0, 0, 1, 0):
        line.drive(level)
    assert seen == [0, 0]
    pin.irq(None)
    line.drive(1)
    line.drive(0)
    assert len(seen) == 2


def test_interrupts_wait_while_disabled_and_come_once(mcu: Mcu, machine: ModuleType) -> None:
    pin = machine.Pin(5)
    seen: list[int] = []
    pin.irq(lambda p: seen.append(1), machine.Pin.IRQ_RISING)
    state = machine.disable_irq()
    for _ in range(3):
        mcu.pin(5).drive(1)
        mcu.pin(5).drive(0)
    assert seen == []
    machine.enable_irq(state)
    assert seen == [1]


def test_pin_drives_and_reads(mcu: Mcu, machine: ModuleType) -> None:
    pin = machine.Pin(7, machine.Pin.OUT, value=1)
    assert mcu.pin(7).level == 1
    pin.off()
    assert pin() == 0
    pin(1)
    assert machine.Pin(7).value() == 1
    pin.toggle()
    assert mcu.pin(7).level == 0
    assert machine.Pin(8, machine.Pin.IN, machine.Pin.PULL_UP).value() == 1


def test_timers(mcu: Mcu, machine: ModuleType) -> None:
    seen: list[tuple[str, int]] = []
    clock = mcu.clock
    periodic = machine.Timer(-1, period=10, callback=lambda t: seen.append(("p", clock.now)))
    machine.Timer(-1, mode=machine.Timer.ONE_SHOT, period=15, callback=lambda t: seen.append(("o", clock.now)))
    clock.run_until(30_000)
    periodic.deinit()
    clock.run_until(60_000)
    assert seen == [("p", 10_000), ("o", 15_000), ("p", 20_000), ("p", 30_000)]
    fast: list[int] = []
    machine.Timer(0, freq=1000, callback=lambda t: fast.append(clock.now))
    clock.run_until(63_000)
    assert fast == [61_000, 62_000, 63_000]
    with pytest.raises(ValueError, match="period"):
        machine.Timer().init(callback=None)


def test_a_starved_watchdog_resets_the_mcu(mcu: Mcu, machine: ModuleType) -> None:
    watchdog = machine.WDT(timeout=100)
    machine.Pin(3).irq(lambda p: None)
    ticking: list[int] = []
    machine.Timer(-1, period=30, callback=lambda t: ticking.append(1))
    mcu.clock.run_until(90_000)
    watchdog.feed()
    mcu.clock.run_until(180_000)
    with pytest.raises(McuReset) as caught:
        mcu.clock.run_until(10_000_000)
    assert caught.value.cause == machine.WDT_RESET
    assert mcu.clock.now == 190_000
    assert machine.reset_cause() == machine.WDT_RESET
    assert mcu.pin(3).handler is None
    count = len(ticking)
    mcu.clock.run_until(5_000_000)
    assert len(ticking) == count  # timers and the watchdog itself are gone
    assert mcu.resets == 1


def test_a_starved_watchdog_bites_through_a_sleep(mcu: Mcu, machine: ModuleType) -> None:
    machine.WDT(timeout=100)
    with pytest.raises(McuReset):
        modules_of(mcu)["time"].sleep_ms(500)


def test_reset_restarts_ticks_and_keeps_the_calendar(mcu: Mcu, machine: ModuleType) -> None:
    time = modules_of(mcu)["time"]
    machine.RTC().datetime((2026, 3, 1, 6, 12, 0, 0, 0))
    mcu.clock.run_until(2_500_000)
    assert time.ticks_ms() == 2500
    with pytest.raises(McuReset):
        machine.reset()
    assert machine.reset_cause() == machine.HARD_RESET
    assert time.ticks_us() == 0
    assert machine.RTC().datetime() == (2026, 3, 1, 6, 12, 0, 2, 500_000)
    with pytest.raises(McuReset):
        machine.soft_reset()
    assert machine.reset_cause() == machine.SOFT_RESET


def test_time_wraps_and_sleeps(mcu: Mcu) -> None:
    time = modules_of(mcu)["time"]
    assert time.ticks_diff(time.ticks_add((1 << 30) - 5, 10), (1 << 30) - 5) == 10
    assert time.ticks_diff(3, 8) == -5
    time.sleep_ms(5)
    time.sleep_us(7)
    time.sleep(0.5)
    assert mcu.clock.now == 505_007
    mcu.clock.run_until((1 << 30) + 4)
    assert time.ticks_us() == 4
    assert time.gmtime(0) == (2000, 1, 1, 0, 0, 0, 5, 1)
    assert time.mktime(time.gmtime(800_000_000)) == 800_000_000
    assert time.time() == (1 << 30) // 1_000_000


def test_uart_loses_what_its_buffer_cannot_hold(mcu: Mcu, machine: ModuleType) -> None:
    cable = mcu.uart(1)
    cable.feed(b"nobody listens")
    uart = machine.UART(1, 115200, rxbuf=8)
    assert uart.read() is None
    cable.feed(b"abc\nef")
    cable.feed(b"ghij")
    assert (uart.any(), cable.overruns) == (8, 2)
    assert uart.readline() == b"abc\n"
    buf = bytearray(3)
    assert uart.readinto(buf) == 3
    assert bytes(buf) == b"efg"
    assert uart.read(5) == b"h"
    assert uart.readinto(buf) is None


def test_uart_sends_and_interrupts(mcu: Mcu, machine: ModuleType) -> None:
    sent: list[bytes] = []
    mcu.uart(0).on_output = sent.append
    uart = machine.UART(0, 921600)
    assert uart.write(b"hello") == 5
    got: list[Any] = []
    uart.irq(lambda u: got.append(u.read()), machine.UART.IRQ_RX)
    mcu.uart(0).feed(b"x")
    assert (sent, got) == ([b"hello"], [b"x"])
    uart.deinit()
    with pytest.raises(OSError, match="not initialised"):
        uart.write(b"late")


class Echo:
    """An I2C chip of 256 registers."""

    def __init__(self) -> None:
        self.memory = bytearray(256)
        self.at = 0

    def write(self, data: bytes) -> None:
        self.at = data[0]
        self.memory[self.at : self.at + len(data) - 1] = data[1:]

    def read(self, count: int) -> bytes:
        return bytes(self.memory[self.at : self.at + count])


def test_i2c_reaches_chips_by_address(mcu: Mcu, machine: ModuleType) -> None:
    mcu.i2c(0).attach(0x20, Echo())
    bus = machine.I2C(0, freq=400_000)
    assert bus.scan() == [0x20]
    bus.writeto_mem(0x20, 4, b"\x11\x22")
    assert bus.readfrom_mem(0x20, 4, 2) == b"\x11\x22"
    assert bus.writeto(0x20, b"\x05") == 1
    buf = bytearray(1)
    bus.readfrom_into(0x20, buf)
    assert buf == b"\x22"
    with pytest.raises(OSError, match="ENODEV") as caught:
        bus.readfrom(0x21, 1)
    assert caught.value.errno == 19
    with pytest.raises(ValueError, match="taken"):
        mcu.i2c(0).attach(0x20, Echo())
    mcu.i2c(0).detach(0x20)
    assert bus.scan() == []


class Loop:
    """An SPI chip that answers what it hears."""

    mode = (0, 1)
    baudrate = 0

    def __init__(self) -> None:
        self.deselected = 0

    def exchange(self, mosi: bytes) -> bytes:
        return mosi

    def deselect(self) -> None:
        self.deselected += 1


def test_spi_needs_select_and_the_right_mode(mcu: Mcu, machine: ModuleType) -> None:
    chip = Loop()
    mcu.spi(0).attach(10, chip)
    cs = machine.Pin(10, machine.Pin.OUT, value=1)
    spi = machine.SPI(0, 1_000_000, polarity=0, phase=1)
    assert spi.read(2, 0x5A) == b"\xff\xff"
    cs(0)
    assert spi.read(2, 0x5A) == b"\x5a\x5a"
    buf = bytearray(3)
    spi.write_readinto(b"\x01\x02\x03", buf)
    assert buf == b"\x01\x02\x03"
    assert chip.baudrate == 1_000_000
    spi.init(2_000_000, polarity=0, phase=0)
    assert spi.read(2, 0x80) == (0x8080 >> 2).to_bytes(2, "big")
    cs(1)
    assert chip.deselected == 1


def test_schedule_runs_soon_and_overflows(mcu: Mcu) -> None:
    schedule = modules_of(mcu)["micropython"].schedule
    seen: list[int] = []
    for i in range(8):
        schedule(seen.append, i)
    assert seen == []
    with pytest.raises(RuntimeError, match="queue full"):
        schedule(seen.append, 9)
    mcu.clock.run_until(0)
    assert seen == list(range(8))


def test_idle_and_lightsleep_wait_for_events(mcu: Mcu, machine: ModuleType) -> None:
    mcu.clock.call_at(1234, lambda: None)
    machine.idle()
    assert mcu.clock.now == 1234
    machine.lightsleep(2)
    assert mcu.clock.now == 3234
    assert machine.freq() == mcu.frequency
