"""`machine.UART`."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from .mcu import Mcu


class UART:
    """The firmware's end of a UART: never waits, as with `timeout=0`."""

    IRQ_RX: ClassVar[int] = 1
    IRQ_RXIDLE: ClassVar[int] = 2
    mcu: ClassVar[Mcu]

    def __init__(
        self,
        id: int,
        baudrate: int = 9600,
        bits: int = 8,
        parity: int | None = None,
        stop: int = 1,
        *,
        rxbuf: int = 256,
        txbuf: int = 256,
        timeout: int = 0,
        timeout_char: int = 0,
        tx: object = None,
        rx: object = None,
    ) -> None:
        self._port = self.mcu.uart(id)
        self.init(baudrate, bits, parity, stop, rxbuf=rxbuf, timeout=timeout)

    def init(
        self,
        baudrate: int = 9600,
        bits: int = 8,
        parity: int | None = None,
        stop: int = 1,
        *,
        rxbuf: int = 256,
        timeout: int = 0,
    ) -> None:
        """Set up; only a `timeout` of 0 exists, since a blocking read would stop the simulation."""
        if timeout:
            raise ValueError("only timeout=0 is supported")
        self._port.open(baudrate, rxbuf)

    def deinit(self) -> None:
        """Switch off."""
        self._port.close()

    def any(self) -> int:
        """Bytes that can be read now."""
        return self._port.available()

    def read(self, nbytes: int | None = None) -> bytes | None:
        """Up to `nbytes` (all) received bytes, None when there are none."""
        data = self._port.take(self._port.available() if nbytes is None else nbytes)
        return data or None

    def readinto(self, buf: bytearray | memoryview, nbytes: int | None = None) -> int | None:
        """Received bytes into `buf`; their count, None when there are none."""
        size = len(buf) if nbytes is None else min(nbytes, len(buf))
        data = self._port.take(size)
        buf[: len(data)] = data
        return len(data) or None

    def readline(self) -> bytes | None:
        """A received line with its end, or what there is of one."""
        end = self._port.peek().find(b"\n")
        return self.read(None if end < 0 else end + 1)

    def write(self, buf: bytes | bytearray | memoryview) -> int | None:
        """Send; the count of bytes taken."""
        return self._port.send(bytes(buf))

    def txdone(self) -> bool:
        """Whether everything was sent: always, the cable has no pace."""
        return True

    def flush(self) -> None:
        """Wait until everything was sent."""

    def irq(self, handler: Callable[[UART], object] | None = None, trigger: int = 0, hard: bool = False) -> None:
        """Call `handler(uart)` when bytes have come in."""
        if handler is None or not trigger & (UART.IRQ_RX | UART.IRQ_RXIDLE):
            self._port.on_receive(None)
            return
        interrupts = self.mcu.interrupts

        def serve() -> None:
            handler(self)

        def received() -> None:
            if interrupts.enabled:
                serve()
            else:
                interrupts.defer(serve)

        self._port.on_receive(received)
