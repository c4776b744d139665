"""The NOR flash as the bootloader works on it: each call returns when the chip is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

SECTOR, BLOCK, PAGE = 4096, 1 << 16, 256
BLANK = 0xFF
_BUSY, _ENABLED = 0x01, 0x02
_WAKE_US = 50
#: Time between two looks at a busy chip: an eighth of what passed already, µs.
_FIRST_POLL_US = 50
#: A chip that is busy for longer than any data sheet says is broken, µs.
_LONGEST_US = 4_000_000


class Chip(Protocol):
    """Its serial interface."""

    def exchange(self, mosi: bytes) -> bytes:
        """Shift bytes through a command."""
        ...

    def deselect(self) -> None:
        """End the command."""


class ChipFlash:
    """Reads, programs and erases a chip; `wait_us` lets its time pass. OSError where it does not answer or keep."""

    def __init__(self, chip: Chip, wait_us: Callable[[int], object]) -> None:
        self._chip = chip
        self._wait_us = wait_us

    def is_there(self) -> bool:
        """Whether a chip answers, and takes commands; one that sleeps is woken, one that is busy still waited for."""
        for _ in range(2):
            try:
                if _BUSY <= self._command(b"\x05", 1)[0] < BLANK:
                    self.wait()
            except OSError:
                return False
            maker, _, power = identity = self._command(b"\x9f", 3)
            if maker not in (0, BLANK) and 16 <= power <= 24 and self._command(b"\x9f", 3) == identity:
                return self._takes_commands()
            self._command(b"\xab")
            self._wait_us(_WAKE_US)
        return False

    def _takes_commands(self) -> bool:
        """Whether its status follows a write enable and a write disable."""
        self._command(b"\x06")
        enabled = self._command(b"\x05", 1)[0]
        self._command(b"\x04")
        return enabled & (_ENABLED | _BUSY) == _ENABLED and not self._command(b"\x05", 1)[0] & (_ENABLED | _BUSY)

    def wait(self, most_ms: int = 0) -> None:
        """Until no operation is under way, a foreign one neither, however long: a reset does not stop the chip."""
        waited = 0
        while self._command(b"\x05", 1)[0] & _BUSY:
            if waited > _LONGEST_US:
                raise OSError("the flash chip stays busy")
            poll_us = max(_FIRST_POLL_US, waited >> 3)
            self._wait_us(poll_us)
            waited += poll_us

    def read(self, address: int, out: bytearray | memoryview) -> None:
        """Fill `out`."""
        out[:] = self.bytes_at(address, len(out))

    def bytes_at(self, address: int, count: int) -> bytes:
        """`count` bytes."""
        return self._command(b"\x03" + address.to_bytes(3, "big"), count)

    def program(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Let bits fall within a page."""
        self._change(b"\x02" + address.to_bytes(3, "big") + bytes(data))

    def erase(self, address: int, size: int = SECTOR) -> None:
        """Erase a sector, or a BLOCK."""
        self._change((b"\xd8" if size == BLOCK else b"\x20") + address.to_bytes(3, "big"))

    def copy(self, source: int, target: int) -> None:
        """Copy a sector over another one, and read it back."""
        self.write(target, self.bytes_at(source, SECTOR))

    def write(self, address: int, data: bytes) -> None:
        """Erase the sector that starts there, have it begin with `data`, and read it back."""
        self.erase(address)
        for at in range(0, len(data), PAGE):
            page = data[at : at + PAGE]
            if page.strip(bytes([BLANK])):
                self.program(address + at, page)
        if self.bytes_at(address, len(data)) != data:
            raise OSError(f"the flash does not keep what is written at 0x{address:x}")

    def _change(self, command: bytes) -> None:
        self._command(b"\x06")
        self._command(command)
        self.wait()

    def _command(self, command: bytes, answer: int = 0) -> bytes:
        self._chip.exchange(command)
        out = self._chip.exchange(bytes(answer)) if answer else b""
        self._chip.deselect()
        return out
