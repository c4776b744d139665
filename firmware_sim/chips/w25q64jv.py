"""Winbond W25Q64JV serial NOR flash (data sheet revision I): commands, status registers, busy times, power loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from .draw import Draw
from .nor_cells import NorCells

WINBOND, FAMILY, DEVICE_ID = 0xEF, 0x40, 0x16
SIZE = 1 << 23
SECTOR, BLOCK_32K, BLOCK_64K = 4096, 1 << 15, 1 << 16
PAGE = 256
BUSY, WEL = 0x01, 0x02
#: Typical times, µs (section 9.6, AC electrical characteristics).
PROGRAM_US, SECTOR_US, BLOCK_32K_US, BLOCK_64K_US = 400, 45_000, 120_000, 150_000
CHIP_US, STATUS_US = 20_000_000, 10_000
WAKE_US, RESET_US = 3, 30

_WRITE_STATUS_1 = 0x01
_PROGRAM = 0x02
_READ = 0x03
_WRITE_DISABLE = 0x04
_READ_STATUS_1 = 0x05
_WRITE_ENABLE = 0x06
_FAST_READ = 0x0B
_WRITE_STATUS_3 = 0x11
_READ_STATUS_3 = 0x15
_ERASE_SECTOR = 0x20
_WRITE_STATUS_2 = 0x31
_READ_STATUS_2 = 0x35
_UNIQUE_ID = 0x4B
_VOLATILE_ENABLE = 0x50
_ERASE_BLOCK_32K = 0x52
_ERASE_CHIP_60 = 0x60
_RESET_ENABLE = 0x66
_MANUFACTURER_ID = 0x90
_RESET = 0x99
_JEDEC_ID = 0x9F
_WAKE = 0xAB
_POWER_DOWN = 0xB9
_ERASE_CHIP = 0xC7
_ERASE_BLOCK_64K = 0xD8
_STATUS_WRITES = {_WRITE_STATUS_1: 0, _WRITE_STATUS_2: 1, _WRITE_STATUS_3: 2}
_STATUS_READS = {_READ_STATUS_1: 0, _READ_STATUS_2: 1, _READ_STATUS_3: 2}
_STATUS_WRITABLE = (0xFC, 0x43, 0x64)
_ERASES = {
    _ERASE_SECTOR: (SECTOR, SECTOR_US),
    _ERASE_BLOCK_32K: (BLOCK_32K, BLOCK_32K_US),
    _ERASE_BLOCK_64K: (BLOCK_64K, BLOCK_64K_US),
    _ERASE_CHIP: (SIZE, CHIP_US),
    _ERASE_CHIP_60: (SIZE, CHIP_US),
}


FIDELITY = Fidelity(
    part="W25Q64JV",
    sheet="Winbond revision I",
    component="flash",
    aspects=(
        Aspect("identification", "8.1.1", "test_identification_of_table_8_1_1"),
        Aspect(
            "page program: time, bits only fall",
            "Page program; AC characteristics",
            "test_a_program_takes_its_time_and_only_lets_bits_fall",
        ),
        Aspect("write enable", "Write enable", "test_a_program_without_write_enable_changes_nothing"),
        Aspect(
            "roll-over within a page",
            "Page program",
            "test_data_beyond_a_page_goes_on_at_its_beginning_and_the_last_256_bytes_count",
        ),
        Aspect(
            "erase of sector and blocks",
            "Sector erase, block erase",
            "test_an_erase_raises_the_whole_block_that_holds_its_address",
        ),
        Aspect("chip erase", "Chip erase", "test_a_chip_erase_needs_no_address"),
        Aspect("lengths of commands", "Instructions", "test_a_command_of_the_wrong_length_is_not_executed"),
        Aspect("reading over the end", "Read data", "test_reading_runs_on_round_the_end"),
        Aspect("block protection", "7.1", "test_block_protection_keeps_what_the_tables_say"),
        Aspect(
            "volatile status",
            "Write enable for volatile status register",
            "test_status_that_was_written_volatile_is_gone_after_the_supply_was",
        ),
        Aspect("power-down", "Power-down", "test_power_down_takes_only_its_release"),
        Aspect(
            "software reset in an operation",
            "Enable reset, reset device",
            "test_a_reset_in_an_erase_leaves_the_sector_half_done",
        ),
        Aspect("loss of supply in any operation", "own assumption", "test_the_supply_can_fail_inside_any_operation"),
        Aspect("wear", "own assumption", "test_a_worn_sector_keeps_bits_down_and_its_neighbour_does_not"),
    ),
    registers=(
        Register("STATUS1", 0x05, 0x00, 0xFC),
        Register("STATUS2", 0x35, 0x00, 0x43),
        Register("STATUS3", 0x15, 0x60, 0x64),
    ),
    left_out=(
        "dual and quad transfers",
        "suspend and resume",
        "SFDP and security registers",
        "single locks",
        "/WP and /HOLD",
        "scatter of times: all are typical",
    ),
)


@dataclass
class Operation:
    """A program (`data`) or an erase (None) that is under way."""

    address: int
    count: int
    data: bytes | None
    begin_us: int
    end_us: int


class W25q64jv:
    """The chip: `exchange` is its SPI, `deselect` ends a command and begins what it asks for.

    `operations` counts programs and erases begun. `cut_power_in(n, fraction, then)` makes the supply fail inside one. A
    smaller `size` (a power of two, bytes) is a sibling of the family.
    """

    mode = (0, 0)

    def __init__(
        self, clock: Clock, seed: int = 0, endurance: int = 100_000, backing: Path | None = None, size: int = SIZE
    ) -> None:
        self.baudrate = 0
        self.draw = Draw(clock, "w25q64jv")
        self.cells = NorCells(size, SECTOR, seed, endurance, backing)
        self.operations = 0
        self.powered = True
        self._clock = clock
        self._seed = seed
        self._stored_status = bytearray((0x00, 0x00, 0x60))
        self._cut: tuple[int, float, Callable[[], object]] | None = None
        self._operation: Operation | None = None
        self.power_on()

    # ------------------------------------------------------------------ supply

    def power_on(self) -> None:
        """The supply is back: what is volatile is as at the first start."""
        self.powered = True
        self._status = bytearray(self._stored_status)
        self._write_enabled = False
        self._volatile_enabled = False
        self._asleep = False
        self._reset_enabled = False
        self._ready_us = self._clock.now
        self._command = bytearray()
        self.draw.enter("standby")

    def power_off(self) -> None:
        """The supply fails now; an operation that is under way stays half done."""
        self._abandon()
        self.powered = False
        self.draw.enter("off")

    def cut_power_in(self, operations: int, fraction: float, then: Callable[[], object]) -> None:
        """Have the supply fail when `fraction` (0 to 1) of a later operation is done, then call `then`.

        `operations` is how many pass before it; a fraction of 1 is the moment after its end.
        """
        self._cut = (self.operations + operations, fraction, then)

    def cut_power_never(self) -> None:
        """A failure that was to come does not."""
        self._cut = None

    def _fail(self, then: Callable[[], object]) -> None:
        self.power_off()
        then()

    def _abandon(self) -> None:
        """Stop an operation where it is."""
        operation = self._finish()
        if operation is None:
            return
        fraction = (self._clock.now - operation.begin_us) / max(operation.end_us - operation.begin_us, 1)
        if operation.data is None:
            self.cells.erase_cut(operation.address, operation.count, fraction)
        else:
            self.cells.program_cut(operation.address, operation.data, fraction)
        self._operation = None

    # ------------------------------------------------------------------ serial interface

    def exchange(self, mosi: bytes) -> bytes:
        """Shift bytes of a command in and its answer out; 0xFF where the chip does not drive its output."""
        before = len(self._command)
        if not self.powered:
            return b"\xff" * len(mosi)
        if self.baudrate:
            self.draw.add("read", 8e6 * len(mosi) / self.baudrate)
        # the bytes of a long read are not needed any more
        self._command += mosi if self._reading() is None else b"\0" * len(mosi)
        return self._answer(before, len(mosi))

    def deselect(self) -> None:
        """/CS high: the command is complete."""
        command = bytes(self._command)
        self._command = bytearray()
        if command and self.powered:
            self._execute(command)

    def _accepts(self, code: int) -> bool:
        """Whether the chip listens to this command now."""
        if self._asleep:
            return code == _WAKE
        if self._busy():
            return code in (_READ_STATUS_1, _READ_STATUS_2, _READ_STATUS_3, _RESET_ENABLE, _RESET)
        return True

    def _reading(self) -> int | None:
        """Bytes before the data of a read command that is complete, else None."""
        if not self._command:
            return None
        head = {_READ: 4, _FAST_READ: 5}.get(self._command[0])
        return head if head and len(self._command) >= head else None

    def _answer(self, before: int, count: int) -> bytes:
        code = self._command[0]
        silent = b"\xff" * count
        if not self._accepts(code):
            return silent
        head, source = self._source(code)
        if source is None or before + count <= head:
            return silent
        first = max(before, head)
        return silent[: first - before] + source(first - head, before + count - first)

    def _source(self, code: int) -> tuple[int, Callable[[int, int], bytes] | None]:
        """(bytes that a command takes before it answers, what gives bytes `first`, `count` of the answer)."""
        if code in (_READ, _FAST_READ):
            address = int.from_bytes(self._command[1:4], "big")
            return self._reading() or len(self._command), lambda at, n: self.cells.read(address + at, n)
        if code in _STATUS_READS:
            return 1, _repeated(bytes((self._read_status(_STATUS_READS[code]),)))
        answers = {
            _JEDEC_ID: (1, bytes((WINBOND, FAMILY, self.cells.size.bit_length() - 1))),
            _MANUFACTURER_ID: (4, bytes((WINBOND, DEVICE_ID))),
            _WAKE: (4, bytes((DEVICE_ID,))),
            _UNIQUE_ID: (5, self._seed.to_bytes(8, "big", signed=True)),
        }
        head, answer = answers.get(code, (0, b""))
        return head, _repeated(answer) if answer else None

    def _read_status(self, register: int) -> int:
        value = self._status[register]
        if register == 0:
            value |= BUSY * self._busy() | WEL * self._write_enabled
        return value

    # ------------------------------------------------------------------ commands

    def _execute(self, command: bytes) -> None:
        code = command[0]
        if not self._accepts(code):
            return
        reset_enabled, self._reset_enabled = self._reset_enabled, code == _RESET_ENABLE
        if code == _WRITE_ENABLE:
            self._write_enabled = True
        elif code == _WRITE_DISABLE:
            self._write_enabled = False
        elif code == _VOLATILE_ENABLE:
            self._volatile_enabled = True
        elif code == _RESET and reset_enabled:
            self._abandon()
            self.power_on()
            self._ready_us = self._clock.now + RESET_US
        elif code == _POWER_DOWN and len(command) == 1:
            self._asleep = True
            self.draw.enter("power_down")
        elif code == _WAKE and self._asleep:
            self._asleep = False
            self.draw.enter("standby")
            self._ready_us = self._clock.now + WAKE_US
        elif code in _STATUS_WRITES and len(command) in (2, 3):
            self._write_status(_STATUS_WRITES[code], command[1:])
        elif self._write_enabled and (code == _PROGRAM or code in _ERASES):
            self._change(command)

    def _write_status(self, register: int, values: bytes) -> None:
        """One register; a second byte behind register 1 is for register 2."""
        if not (self._write_enabled or self._volatile_enabled):
            return
        for number, value in enumerate(values[: 2 if register == 0 else 1], register):
            mask = _STATUS_WRITABLE[number]
            self._status[number] = self._status[number] & ~mask | value & mask
        if not self._volatile_enabled:
            self._stored_status[:] = self._status
            self._ready_us = self._clock.now + STATUS_US
        self._volatile_enabled = self._write_enabled = False

    def _change(self, command: bytes) -> None:
        """Begin a program or an erase; a protected place or an incomplete command changes nothing."""
        code = command[0]
        whole = code in (_ERASE_CHIP, _ERASE_CHIP_60)
        if len(command) < (1 if whole else 4) or (code == _PROGRAM and len(command) == 4):
            return
        if code != _PROGRAM and len(command) != (1 if whole else 4):
            return  # /CS must go high after the last address bit
        address = int.from_bytes(command[1:4], "big") % self.cells.size
        if code == _PROGRAM:
            first, data = address & -PAGE, _page(address % PAGE, command[4:])
            count, time_us = PAGE, PROGRAM_US
        else:
            count, time_us = _ERASES[code]
            count = min(count, self.cells.size)
            first, data = 0 if whole else address & -count, None
        self._write_enabled = False
        if not self._protected(first, count):
            now = self._clock.now
            self._begin(Operation(first, count, data, now, now + time_us))

    def _protected(self, first: int, count: int) -> bool:
        """Whether block protection covers any of it (tables of section 7.1)."""
        status = self._status[0]
        bits = status >> 2 & 7
        by_sector, at_bottom = status & 0x40, status & 0x20
        size = self.cells.size
        if bits == 7:
            length = size
        elif by_sector:
            length = min(SECTOR << bits >> 1, BLOCK_32K) if bits else 0
        else:
            length = size >> (7 - bits) if bits else 0
        low, high = (0, length) if at_bottom else (size - length, size)
        if self._status[1] & 0x40:  # CMP: the rest is protected
            return first < low or first + count > high
        return first < high and first + count > low

    # ------------------------------------------------------------------ what takes time

    def _busy(self) -> bool:
        return self._finish() is not None or self._clock.now < self._ready_us

    def _begin(self, operation: Operation) -> None:
        self._operation = operation
        self.operations += 1
        self.draw.add("erase" if operation.data is None else "program", operation.end_us - operation.begin_us)
        if self._cut is not None and self.operations > self._cut[0]:
            _, fraction, then = self._cut
            self._cut = None
            length = operation.end_us - operation.begin_us
            self._clock.call_at(operation.begin_us + round(fraction * length), lambda: self._fail(then))

    def _finish(self) -> Operation | None:
        """Complete an operation whose time is over; what is still under way."""
        operation = self._operation
        if operation is None or self._clock.now < operation.end_us:
            return operation
        self._operation = None
        if operation.data is None:
            self.cells.erase(operation.address, operation.count)
        else:
            self.cells.program(operation.address, operation.data)
        return None


def _repeated(answer: bytes) -> Callable[[int, int], bytes]:
    return lambda at, count: bytes(answer[i % len(answer)] for i in range(at, at + count))


def _page(offset: int, data: bytes) -> bytes:
    """A page's bytes: data that runs over the page's end goes on at its beginning, the last 256 bytes count."""
    page = bytearray(b"\xff" * PAGE)
    for i, byte in enumerate(data[-PAGE:], len(data) - len(data[-PAGE:])):
        page[(offset + i) % PAGE] = byte
    return bytes(page)
