"""`machine` of the emulated board: what drivers use of MicroPython's own; chips and peripherals are the simulator's."""

import bridge
from bridge import transfer
from bridged import ops
from bridged.link import call, event_handlers
from bridged.ops import I2C_READ, I2C_WRITE, UART_ANY, UART_READ, UART_WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Writable = bytearray | memoryview
    Readable = bytes | bytearray | memoryview

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5


class Pin:
    """A pin; two objects of the same number are the same line. Its objects are the board's own, in C."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __new__(cls, id: int, mode: int = -1, pull: "int | None" = -1, *, value: "int | None" = None) -> "Any":
        """A pin, set up."""
        pin = bridge.Pin(id)
        pin_init(pin, mode, pull, value=value)
        return pin


def pin_init(pin: "Any", mode: int = -1, pull: "int | None" = -1, *, value: "int | None" = None) -> None:
    """Set direction, pull and level."""
    call("pin.init", pin.number(), mode, pull, value=value)


def pin_irq(
    pin: "Any", handler: "Callable[[Any], object] | None" = None, trigger: int = 3, *, hard: bool = False
) -> None:
    """Call `handler(pin)` on edges."""
    pin.serve(handler)
    call("pin.irq", pin.number(), bool(handler), trigger)


class I2C:
    """Controller of one I2C bus."""

    def __init__(self, id: int, *, scl: "Pin | None" = None, sda: "Pin | None" = None, freq: int = 400_000) -> None:
        self._id = id
        call("i2c.init", id, freq)

    def scan(self) -> "list[int]":
        """Addresses that answer."""
        return list(call("i2c.scan", self._id))

    def readfrom_mem_into(self, addr: int, memaddr: int, buf: "Writable") -> None:
        """Write a register address, then read as many bytes as `buf` holds."""
        transfer(I2C_READ, self._id, addr << 16 | memaddr, None, buf)

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
        """Write a register address, then read."""
        buf = bytearray(nbytes)
        transfer(I2C_READ, self._id, addr << 16 | memaddr, None, buf)
        return bytes(buf)

    def writeto_mem(self, addr: int, memaddr: int, buf: "Readable") -> None:
        """Write a register address and bytes in one transfer."""
        transfer(I2C_WRITE, self._id, addr << 16 | memaddr, buf, None)

    def readfrom(self, addr: int, nbytes: int, stop: bool = True) -> bytes:
        """Read bytes."""
        return call("i2c.readfrom", self._id, addr, nbytes)

    def readfrom_into(self, addr: int, buf: "Writable", stop: bool = True) -> None:
        """Read as many bytes as `buf` holds."""
        buf[:] = self.readfrom(addr, len(buf))

    def writeto(self, addr: int, buf: "Readable", stop: bool = True) -> int:
        """Write bytes; the count of acknowledged ones."""
        return call("i2c.writeto", self._id, addr, buf)


class SPI:
    """Controller of one SPI bus. Its objects are the board's own, in C."""

    MSB = 0
    LSB = 1

    def __new__(cls, id: int, baudrate: int = 1_000_000, *, polarity: int = 0, phase: int = 0, **_: "Any") -> "Any":
        """A bus, set up."""
        bus = bridge.SPI(id)
        spi_init(bus, baudrate, polarity=polarity, phase=phase)
        return bus


def spi_init(bus: "Any", baudrate: int = 1_000_000, *, polarity: int = 0, phase: int = 0) -> None:
    """Set clock and mode."""
    call("spi.init", bus.number(), baudrate, polarity, phase)


class UART:
    """The firmware's end of a UART: never waits."""

    IRQ_RX = 1
    IRQ_RXIDLE = 2

    def __init__(self, id: int, baudrate: int = 9600, bits: int = 8, parity: "int | None" = None, stop: int = 1,
                 **more: "Any") -> None:  # fmt: skip
        self._id = id
        call("uart.init", id, baudrate, more.get("rxbuf", 256), more.get("timeout", 0))

    def any(self) -> int:
        """Bytes that can be read now."""
        size = bytearray(2)
        transfer(UART_ANY, self._id, 0, None, size)
        return size[0] | size[1] << 8

    def readinto(self, buf: "Writable", nbytes: int = 1 << 16) -> "int | None":
        """Received bytes into `buf`; their count, None when there are none."""
        if nbytes < len(buf):
            buf = memoryview(buf)[:nbytes]
        return transfer(UART_READ, self._id, 0, None, buf) or None

    def read(self, nbytes: "int | None" = None) -> "bytes | None":
        """Up to `nbytes` (all) received bytes, None when there are none."""
        buf = bytearray(self.any() if nbytes is None else nbytes)
        n = self.readinto(buf) if buf else None
        return bytes(memoryview(buf)[:n]) if n else None

    def write(self, buf: "Readable") -> int:
        """Send; the count of bytes taken."""
        transfer(UART_WRITE, self._id, 0, buf, None)
        return len(buf)

    def irq(self, handler: "Callable[[UART], object] | None" = None, trigger: int = 0, hard: bool = False) -> None:
        """Call `handler(uart)` when bytes have come in."""
        name = "uart%d" % self._id
        if handler:
            event_handlers[name] = lambda: handler(self)
        call("uart.irq", self._id, bool(handler and trigger), name)


class RTC:
    """The calendar."""

    def __init__(self, id: int = 0) -> None:
        pass

    def datetime(self, datetimetuple: "tuple[int, ...] | None" = None) -> "tuple[int, ...] | None":
        """(year, month, day, weekday, hours, minutes, seconds, microseconds), or set it."""
        return call("rtc.datetime", datetimetuple)


class WDT:
    """A watchdog: once started it cannot be stopped, and starved it resets the MCU."""

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        call("wdt.start", timeout)

    def feed(self) -> None:
        """Feed the watchdog."""
        bridge.post(ops.FEED, 0, 0)


class Timer:
    """A virtual timer."""

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id: int = -1, **how: "Any") -> None:
        self._handle = call("timer.new")
        if how:
            self.init(**how)

    def init(self, *, mode: int = PERIODIC, freq: int = -1, period: int = -1,
             callback: "Callable[[Timer], object] | None" = None) -> None:  # fmt: skip
        """Start: `period` in ms, or `freq` in Hz instead."""
        name = "timer%d" % self._handle
        if callback:
            event_handlers[name] = lambda: callback(self)
        call("timer.init", self._handle, mode, freq, period, name)

    def deinit(self) -> None:
        """Stop."""
        call("timer.deinit", self._handle)


def reset() -> None:
    """The reset button."""
    call("machine.reset")


def soft_reset() -> None:
    """Start MicroPython anew."""
    call("machine.soft_reset")


def reset_cause() -> int:
    """Why it started."""
    return call("machine.reset_cause")


def unique_id() -> bytes:
    """Eight bytes that no other chip has."""
    return call("machine.unique_id")


def freq(hz: "int | None" = None) -> "int | None":
    """Clock in Hz, or set it."""
    return call("machine.freq", hz)


def idle() -> None:
    """Nothing to do until something happens."""
    bridge.wait(ops.IDLE, 1000)


def lightsleep(time_ms: int = 1) -> None:
    """Nothing to do for `time_ms`."""
    bridge.wait(ops.SLEEP, time_ms * 1000)


def disable_irq() -> bool:
    """Interrupts come only while the firmware waits: there is nothing to hold off."""
    return True


def enable_irq(state: bool) -> None:
    """See `disable_irq`."""
