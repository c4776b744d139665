"""The NOR flash: chip against its data sheet (W25Q64JV revision I), torn cells, driver against chip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware_sim.chips import w25q64jv
from firmware_sim.chips.nor_cells import NorCells
from firmware_sim.chips.w25q64jv import BUSY, PROGRAM_US, SECTOR, SECTOR_US, WEL, W25q64jv
from firmware_sim.firmware.drivers.nor_flash import NorFlash
from firmware_sim.firmware.drivers.ticks import Ticks
from firmware_sim.mcu import Clock, Mcu
from firmware_sim.mcu.modules import modules_of
from firmware_sim.mcu.reset import PWRON_RESET, McuReset

CS = 17


class Bench:
    """A chip driven by hand."""

    def __init__(self, **more: Any) -> None:
        self.clock = Clock()
        self.chip = W25q64jv(self.clock, **more)

    def send(self, *command: int, answer: int = 0) -> bytes:
        """One command; `answer` bytes read behind it."""
        self.chip.exchange(bytes(command))
        out = self.chip.exchange(bytes(answer)) if answer else b""
        self.chip.deselect()
        return out

    def run_us(self, us: int) -> None:
        self.clock.run_until(self.clock.now + us)

    def status(self) -> int:
        return self.send(0x05, answer=1)[0]

    def read(self, address: int, count: int) -> bytes:
        return self.send(0x03, *address.to_bytes(3, "big"), answer=count)

    def program(self, address: int, data: bytes) -> None:
        self.send(0x06)
        self.send(0x02, *address.to_bytes(3, "big"), *data)

    def erase(self, address: int, code: int = 0x20) -> None:
        self.send(0x06)
        self.send(code, *address.to_bytes(3, "big"))


def test_identification_of_table_8_1_1() -> None:
    bench = Bench(seed=7)
    assert bench.send(0x9F, answer=3) == b"\xef\x40\x17"
    assert bench.send(0x90, 0, 0, 0, answer=4) == b"\xef\x16\xef\x16"
    assert bench.send(0xAB, 0, 0, 0, answer=1) == b"\x16"
    assert bench.send(0x4B, 0, 0, 0, 0, answer=8) == (7).to_bytes(8, "big")


def test_a_program_takes_its_time_and_only_lets_bits_fall() -> None:
    bench = Bench()
    assert bench.read(0x1234, 2) == b"\xff\xff"
    bench.send(0x06)
    assert bench.status() == WEL
    bench.send(0x02, 0x00, 0x12, 0x34, 0xF0)
    assert bench.status() == BUSY
    bench.run_us(PROGRAM_US - 1)
    assert bench.status() == BUSY
    assert bench.read(0x1234, 1) == b"\xff", "no array reads while busy: the output floats"
    bench.run_us(1)
    assert bench.status() == 0
    bench.program(0x1234, b"\x3c")
    bench.run_us(PROGRAM_US)
    assert bench.read(0x1233, 3) == b"\xff\x30\xff"


def test_a_program_without_write_enable_changes_nothing() -> None:
    bench = Bench()
    bench.send(0x02, 0, 0, 0, 0x00)
    bench.send(0x06)
    bench.send(0x04)
    bench.send(0x20, 0, 0, 0)
    assert bench.status() == 0
    assert bench.read(0, 1) == b"\xff"


def test_data_beyond_a_page_goes_on_at_its_beginning_and_the_last_256_bytes_count() -> None:
    bench = Bench()
    bench.program(0x0FE, b"abcd")
    bench.run_us(PROGRAM_US)
    assert bench.read(0x0FE, 3) == b"ab\xff"
    assert bench.read(0x000, 3) == b"cd\xff"
    bench.program(0x200, bytes(300) + bytes(range(256)))
    bench.run_us(PROGRAM_US)
    page = bytes((at + 212) % 256 for at in range(256))
    assert bench.read(0x200, 256) == page


@pytest.mark.parametrize(
    ("code", "size", "us"),
    [(0x20, 4096, SECTOR_US), (0x52, 1 << 15, w25q64jv.BLOCK_32K_US), (0xD8, 1 << 16, w25q64jv.BLOCK_64K_US)],
)
def test_an_erase_raises_the_whole_block_that_holds_its_address(code: int, size: int, us: int) -> None:
    bench = Bench()
    for address in (size - 1, size, 2 * size - 1, 2 * size):
        bench.program(address, b"\x00")
        bench.run_us(PROGRAM_US)
    bench.erase(size + 5, code)
    bench.run_us(us - 1)
    assert bench.status() == BUSY
    bench.run_us(1)
    assert [bench.read(at, 1)[0] for at in (size - 1, size, 2 * size - 1, 2 * size)] == [0, 0xFF, 0xFF, 0]
    assert bench.chip.cells.wear.sum() == size // SECTOR


def test_a_chip_erase_needs_no_address() -> None:
    bench = Bench()
    bench.program(5, b"\x00")
    bench.run_us(PROGRAM_US)
    bench.send(0x06)
    bench.send(0xC7)
    bench.run_us(w25q64jv.CHIP_US)
    assert bench.read(5, 1) == b"\xff"


@pytest.mark.parametrize("command", [(0x20, 0, 0), (0x20, 0, 0, 0, 0), (0x02, 0, 0, 0), (0x02, 0, 0)])
def test_a_command_of_the_wrong_length_is_not_executed(command: tuple[int, ...]) -> None:
    bench = Bench()
    bench.send(0x06)
    bench.send(*command)
    assert bench.status() == WEL


def test_reading_runs_on_round_the_end() -> None:
    bench = Bench()
    bench.program(0, b"first")
    bench.run_us(PROGRAM_US)
    assert bench.read(w25q64jv.SIZE - 2, 7) == b"\xff\xfffirst"


@pytest.mark.parametrize(
    ("status", "protected"),  # data sheet tables 7.1.14 (CMP 0): BP2-0 in bits 2 to 4, TB 0x20, SEC 0x40
    [
        (0x00, ()),
        (0x04, (0x7FFFFF, 0x7E0000)),
        (0x24, (0x000000, 0x01FFFF)),
        (0x18, (0x7FFFFF, 0x400000)),
        (0x1C, (0x000000, 0x400000, 0x7FFFFF)),
        (0x44, (0x7FF000,)),
        (0x70, (0x000000, 0x007FFF)),
    ],
)
def test_block_protection_keeps_what_the_tables_say(status: int, protected: tuple[int, ...]) -> None:
    bench = Bench()
    bench.send(0x06)
    bench.send(0x01, status)
    bench.run_us(w25q64jv.STATUS_US)
    for address in (0x000000, 0x007FFF, 0x01FFFF, 0x020000, 0x3FFFFF, 0x400000, 0x7E0000, 0x7FF000, 0x7FFFFF):
        bench.program(address, b"\x00")
        bench.run_us(PROGRAM_US)
        if address in protected:
            assert bench.read(address, 1) == b"\xff", hex(address)
    free = next(at for at in (0x020000, 0x3FFFFF) if at not in protected)
    assert bench.read(free, 1) == (b"\xff" if status == 0x1C else b"\x00")


def test_status_that_was_written_volatile_is_gone_after_the_supply_was() -> None:
    bench = Bench()
    bench.send(0x50)
    bench.send(0x01, 0x1C)
    assert bench.status() == 0x1C
    bench.chip.power_off()
    assert bench.send(0x05, answer=1) == b"\xff"
    bench.chip.power_on()
    assert bench.status() == 0


def test_power_down_takes_only_its_release() -> None:
    bench = Bench()
    bench.send(0xB9)
    assert bench.send(0x9F, answer=3) == b"\xff\xff\xff"
    bench.send(0xAB)
    bench.run_us(w25q64jv.WAKE_US)
    assert bench.send(0x9F, answer=1) == b"\xef"


def test_a_reset_in_an_erase_leaves_the_sector_half_done() -> None:
    bench = Bench()
    bench.program(0, bytes(256))
    bench.run_us(PROGRAM_US)
    bench.erase(0)
    bench.run_us(SECTOR_US // 2)
    bench.send(0x66)
    bench.send(0x99)
    bench.run_us(w25q64jv.RESET_US)
    assert bench.status() == 0
    half = bench.read(0, 4096)
    assert half not in (bytes(256) + b"\xff" * 3840, b"\xff" * 4096)
    bench.erase(0)
    bench.run_us(SECTOR_US)
    assert bench.read(0, 4096) == b"\xff" * 4096


# ------------------------------------------------------------------ cells


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.3, 0.7, 0.95, 1.0])
def test_a_cut_program_changes_no_bit_that_was_not_to_fall(fraction: float) -> None:
    for seed in range(20):
        cells = NorCells(8192, 4096, seed)
        cells.program(0, b"\x0f" * 64)
        cells.program_cut(0, b"\x3c" * 64, fraction)
        reads = [cells.read(0, 64) for _ in range(8)]
        for byte in (b for read in reads for b in read):
            assert byte & ~0x0F == 0
            assert byte & 0x0C == 0x0C
        if fraction == 0.0:
            assert set(reads) == {b"\x0f" * 64}
        if fraction == 1.0:
            assert set(reads) == {b"\x0c" * 64}
        if fraction == 0.3:
            assert len(set(reads)) > 1, "bits near the threshold read differently"
        assert cells.read(64, 32) == b"\xff" * 32


def test_bits_that_are_programmed_again_are_firm_and_others_stay_unstable() -> None:
    cells = NorCells(8192, 4096, seed=3)
    cells.program_cut(0, bytes(64), 0.5)
    cells.program(0, b"\xf0" * 64)
    reads = [cells.read(0, 64) for _ in range(16)]
    assert all(byte & 0x0F == 0 for read in reads for byte in read)
    assert len({bytes(b & 0xF0 for b in read) for read in reads}) > 1
    cells.program(0, bytes(64))
    assert cells.read(0, 64) == bytes(64)


@pytest.mark.parametrize("fraction", [0.0, 0.02, 0.09, 0.11, 0.5, 0.9, 1.0])
def test_a_cut_erase_is_mended_by_an_erase(fraction: float) -> None:
    for seed in range(10):
        cells = NorCells(8192, 4096, seed)
        cells.program(0, b"\x55" * 4096)
        cells.program(4096, b"next")
        cells.erase_cut(0, 4096, fraction)
        if fraction == 0.0:
            assert cells.read(0, 4096) == b"\x55" * 4096
        if fraction == 1.0:
            assert cells.read(0, 4096) == b"\xff" * 4096
        cells.erase(0, 4096)
        assert cells.read(0, 4100) == b"\xff" * 4096 + b"next"


def test_a_worn_sector_keeps_bits_down_and_its_neighbour_does_not() -> None:
    cells = NorCells(8192, 4096, endurance=10)
    for _ in range(10):
        cells.erase(0, 4096)
    assert cells.read(0, 4096) == b"\xff" * 4096
    for _ in range(10):
        cells.erase(0, 4096)
    assert cells.read(0, 4096) != b"\xff" * 4096
    assert cells.read(4096, 4096) == b"\xff" * 4096
    assert list(cells.wear) == [20, 0]


def test_a_flash_that_is_a_file_outlives_the_program(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    first = NorCells(1 << 16, 4096, backing=path)
    first.erase(4096, 4096)
    first.program(4096, b"kept")
    again = NorCells(1 << 16, 4096, backing=path)
    assert again.read(4094, 8) == b"\xff\xffkept\xff\xff"
    assert again.wear[1] == 1
    with pytest.raises(ValueError, match=r"flash\.bin: .* bytes, a flash of 131072 bytes"):
        NorCells(1 << 17, 4096, backing=path)


# ------------------------------------------------------------------ driver


class Wired:
    """The driver on a simulated MCU's SPI."""

    def __init__(self, **more: Any) -> None:
        self.clock = Clock()
        mcu = Mcu(self.clock)
        self.chip = W25q64jv(self.clock, **more)
        self.bus = mcu.spi(1)
        self.bus.attach(CS, self.chip)
        machine, time = (modules_of(mcu)[name] for name in ("machine", "time"))
        ticks = Ticks(time.ticks_us, time.ticks_diff, time.sleep_ms, time.sleep_us)
        self.spi = machine.SPI(1, 8_000_000)
        self.flash = NorFlash(self.spi, machine.Pin(CS, machine.Pin.OUT, value=1), ticks)

    def read(self, address: int, count: int) -> bytes:
        out = bytearray(count)
        self.flash.read(address, out)
        return bytes(out)


@pytest.mark.parametrize("size", [1 << 16, 1 << 20, 1 << 23])
def test_driver_learns_the_size_and_writes_what_it_reads(size: int) -> None:
    wired = Wired(size=size)
    flash = wired.flash
    flash.configure()
    assert flash.size == size
    flash.program(size - 256, b"top")
    assert not flash.ready()
    flash.wait()
    assert wired.read(size - 256, 4) == b"top\xff"
    flash.erase(size - 4096)
    flash.wait()
    assert wired.read(size - 256, 4) == b"\xff" * 4


def test_driver_of_a_chip_that_does_not_answer() -> None:
    wired = Wired()
    wired.chip.power_off()
    with pytest.raises(OSError, match="19"):
        wired.flash.configure()


def test_driver_wakes_a_chip_and_ends_what_a_reset_left_running() -> None:
    wired = Wired()
    wired.flash.configure()
    wired.flash.erase(0)
    wired.flash.configure()
    assert wired.flash.ready()
    wired.flash.sleep()
    wired.flash.configure()
    assert wired.flash.size == w25q64jv.SIZE


def test_driver_refuses_what_leaves_a_page_or_the_chip_and_changes_nothing() -> None:
    wired = Wired(size=1 << 16)
    flash = wired.flash
    flash.configure()
    for address, data in ((-1, b"x"), (255, b"xy"), (1 << 16, b"x")):
        with pytest.raises(ValueError, match="leave the page or the chip"):
            flash.program(address, data)
    for address in (-4096, 1, 4095, 1 << 16):
        with pytest.raises(ValueError, match=r"leave the page or the chip|of 4096 bytes to erase starts"):
            flash.erase(address)
    with pytest.raises(ValueError, match="leave"):
        flash.read((1 << 16) - 1, bytearray(2))
    assert wired.chip.operations == 0


def test_driver_does_not_disturb_an_operation() -> None:
    wired = Wired()
    flash = wired.flash
    flash.configure()
    flash.program(0, b"one")
    with pytest.raises(OSError, match="5"):
        flash.program(0, b"\0")
    with pytest.raises(OSError, match="5"):
        flash.erase(0)
    with pytest.raises(OSError, match="5"):
        flash.read(0, bytearray(1))
    flash.wait()
    assert wired.read(0, 4) == b"one\xff"


def test_driver_gives_up_on_a_chip_that_stays_busy() -> None:
    wired = Wired()
    wired.flash.configure()
    wired.chip.exchange = lambda mosi: b"\xff" * len(mosi)  # type: ignore[method-assign]
    with pytest.raises(OSError, match="19"):
        wired.flash.wait()


@pytest.mark.parametrize("fraction", [0.0, 0.4, 1.0])
def test_the_supply_can_fail_inside_any_operation(fraction: float) -> None:
    wired = Wired(seed=2)
    flash = wired.flash
    flash.configure()

    def reset() -> None:
        raise McuReset(PWRON_RESET)

    wired.chip.cut_power_in(1, fraction, reset)
    flash.program(0, b"whole")
    flash.wait()
    with pytest.raises(McuReset):  # noqa: PT012 - the supply fails while it waits
        flash.program(256, b"torn!")
        flash.wait()
    wired.chip.power_on()
    flash.configure()
    assert wired.read(0, 5) == b"whole"
    assert (wired.read(256, 5) == b"torn!") == (fraction == 1.0)
    assert (wired.read(256, 5) == b"\xff" * 5) == (fraction == 0.0)
