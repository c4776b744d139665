"""A UART with both ends: registers and FIFO for the firmware, bytes for whoever holds the cable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .fidelity import Aspect, Fidelity

FIDELITY = Fidelity(
    part="UART",
    sheet="MicroPython's machine.UART",
    aspects=(
        Aspect("a buffer that overflows", "machine.UART", "test_uart_loses_what_its_buffer_cannot_hold"),
        Aspect("output and interrupt", "machine.UART.irq", "test_uart_sends_and_interrupts"),
    ),
    left_out=("time of a byte", "parity and framing errors", "flow control"),
)


class UartChip(Protocol):
    """A chip at the other end of a UART."""

    #: Set where it is attached: what it says goes in here.
    send: Callable[[bytes], object]

    def receive(self, data: bytes) -> None:
        """Take what the firmware sends."""


class SimUart:
    """The cable end: `on_output` gets what the firmware sends, `feed` is what the other side sends.

    The receive buffer is bounded as in hardware: what does not fit is lost and counted in `overruns`.
    """

    def __init__(self) -> None:
        self.on_output: Callable[[bytes], None] | None = None
        #: The chip at the other end, if it is one.
        self.chip: UartChip | None = None
        self.overruns = 0
        self.baudrate = 0
        self._received = bytearray()
        self._size = 0
        self._notify: Callable[[], object] | None = None

    def feed(self, data: bytes) -> None:
        """Bytes arrive at the firmware's end; a UART that is not set up hears nothing."""
        room = self._size - len(self._received)
        taken = data[: max(room, 0)]
        if self._size:
            self.overruns += len(data) - len(taken)
        self._received += taken
        if taken and self._notify is not None:
            self._notify()

    def attach(self, chip: UartChip) -> None:
        """Put a chip at the other end; one that is there is taken off."""
        self.chip = chip
        chip.send = self.feed
        self.on_output = chip.receive

    def open(self, baudrate: int, size: int) -> None:
        """Set up by the firmware with a receive buffer of `size` bytes."""
        self.baudrate = baudrate
        self._size = size
        del self._received[size:]

    def close(self) -> None:
        """Switched off by the firmware or a reset: what was received is gone."""
        self._size = 0
        self.baudrate = 0
        self._received.clear()
        self._notify = None

    def on_receive(self, fn: Callable[[], object] | None) -> None:
        """Have `fn` called when bytes have come in."""
        self._notify = fn

    def available(self) -> int:
        """Bytes received and not read."""
        return len(self._received)

    def take(self, count: int) -> bytes:
        """Up to `count` received bytes."""
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    def peek(self) -> bytes:
        """All received bytes, left in place."""
        return bytes(self._received)

    def send(self, data: bytes) -> int:
        """Firmware sends; with no cable plugged in the bytes are lost."""
        if not self._size:
            raise OSError(5, "UART is not initialised")
        if self.on_output is not None:
            self.on_output(bytes(data))
        return len(data)
