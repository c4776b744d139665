"""What the core asks for over the bridge, done with the simulated MCU's own modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...mcu import Mcu, modules_of
from .channel import Request
from .guest.bridged import ops
from .guest.bridged.values import Uuid, decode, encoded

_FLAGS = ("FLAG_READ", "FLAG_WRITE_NO_RESPONSE", "FLAG_WRITE", "FLAG_NOTIFY", "FLAG_INDICATE")
#: What the firmware is told as the exception that it is, and what as a ValueError.
_REPORTED = (OSError, ValueError, TypeError, RuntimeError)
_REPORTED_AS_VALUES = (AttributeError, LookupError)
_MOST_HANDLES = 255
_EBADF = 9
_EMFILE = 24


class Peripherals:
    """Serves one core. The hot requests have codes of their own; every other one is a `CALL` with a name.

    `interrupt(pin)` and `event(name, *args)` have the core serve an edge of a pin and an event.
    """

    def __init__(self, mcu: Mcu, interrupt: Callable[[int], None], event: Callable[..., Any]) -> None:
        self._mcu = mcu
        self._interrupt = interrupt
        self._event = event
        self._machine: Any = modules_of(mcu)["machine"]
        self._objects: dict[int, Any] = {}
        self._watchdog: Any = None
        self._uart: dict[int, Any] = {}
        self._hot: dict[int, Callable[[Request], bytes | None]] = {
            ops.PIN: self._drive,
            ops.PIN_LEVEL: lambda r: bytes([mcu.pin(r.handle).level]),
            ops.SPI: self._spi_exchange,
            ops.I2C_READ: self._i2c_read,
            ops.I2C_WRITE: self._i2c_write,
            ops.UART_READ: lambda r: self._uart[r.handle].read(_wanted(r)) or b"",
            ops.UART_WRITE: lambda r: _written(self._uart[r.handle], r),
            ops.UART_ANY: lambda r: int(self._uart[r.handle].any()).to_bytes(2, "little"),
            ops.FILE_READ: lambda r: bytes(self._held(r.handle).read(_wanted(r))),
            ops.FILE_WRITE: lambda r: _written(self._held(r.handle), r),
            ops.NOTIFY: self._notify,
            ops.FEED: self._feed,
            ops.CALL: self._call,
        }
        self._named = self._named_calls()

    def serve(self, request: Request) -> bytes | None:
        """Do what is asked; None where nobody waits for an answer.

        OSError as the port would raise it; KeyError, IndexError or ValueError for what is no request.
        """
        return self._hot[request.op](request)

    # Pins and buses

    def _drive(self, request: Request) -> None:
        self._mcu.pin(request.handle).drive(1 if request.arg else 0)

    def _feed(self, _request: Request) -> None:
        if self._watchdog is None:
            raise ValueError("there is no watchdog to feed")
        self._watchdog.feed()

    def _spi_exchange(self, request: Request) -> bytes:
        payload = request.payload
        if request.arg == ops.SPI_WRITES:
            return self._mcu.spi(request.handle).exchange(payload)
        return self._mcu.spi(request.handle).exchange(bytes([request.arg & 0xFF]) * _wanted(request))

    def _i2c_read(self, request: Request) -> bytes:
        chip = self._mcu.i2c(request.handle).chip(request.arg >> 16)
        chip.write(bytes([request.arg & 0xFF]))
        return chip.read(_wanted(request))

    def _i2c_write(self, request: Request) -> bytes:
        chip = self._mcu.i2c(request.handle).chip(request.arg >> 16)
        chip.write(bytes([request.arg & 0xFF]) + request.payload)
        return b""

    def _notify(self, request: Request) -> bytes:
        ble: Any = modules_of(self._mcu)["bluetooth"]
        ble.BLE().gatts_notify(request.handle, request.arg, request.payload)
        return b""

    def _held(self, handle: int) -> Any:
        """What a handle means; OSError(EBADF) for one that is not, or no longer, given out."""
        if handle not in self._objects:
            raise OSError(_EBADF, "closed")
        return self._objects[handle]

    # Everything else, by name

    def _call(self, request: Request) -> bytes:
        name, args, named = _parts(decode(request.payload, self._uuid))
        answer: tuple[Any, ...]
        try:
            call = self._named.get(name) or self._radio_call(name)
            answer = (True, call(*args, **named))
        except (*_REPORTED, *_REPORTED_AS_VALUES) as error:
            answer = (False, *_reported(error))
        return bytes(encoded(answer))

    def _uuid(self, data: bytes) -> Any:
        bluetooth = modules_of(self._mcu).get("bluetooth")
        return bluetooth.UUID(data) if bluetooth is not None else Uuid(data)

    def _radio_call(self, name: str) -> Callable[..., Any]:
        room, _, method = name.partition(".")
        bluetooth = modules_of(self._mcu).get("bluetooth")
        if room != "ble" or method.startswith("_") or bluetooth is None:
            raise ValueError(f"there is nothing called {name}")
        return getattr(bluetooth.BLE(), method)  # type: ignore[no-any-return]

    def _named_calls(self) -> dict[str, Callable[..., Any]]:
        modules: dict[str, Any] = modules_of(self._mcu)
        machine, time, os = modules["machine"], modules["time"], modules["os"]
        rtc = machine.RTC()
        return {
            "pin.init": lambda number, mode, pull, value: self._void(machine.Pin(number, mode, pull, value=value)),
            "pin.irq": self._pin_irq,
            "i2c.init": lambda number, freq: self._void(machine.I2C(number, freq=freq)),
            "i2c.scan": lambda number: tuple(machine.I2C(number).scan()),
            "i2c.readfrom": lambda number, addr, count: machine.I2C(number).readfrom(addr, count),
            "i2c.writeto": lambda number, addr, data: machine.I2C(number).writeto(addr, data),
            "spi.init": lambda n, baud, polarity, phase: self._mcu.spi(n).configure(baud, polarity, phase),
            "uart.init": self._uart_init,
            "uart.irq": self._uart_irq,
            "rtc.datetime": rtc.datetime,
            "wdt.start": self._start_watchdog,
            "timer.new": lambda: self._keep(machine.Timer()),
            "timer.init": self._timer_init,
            "timer.deinit": lambda handle: self._held(handle).deinit(),
            "machine.reset": machine.reset,
            "machine.soft_reset": machine.soft_reset,
            "machine.reset_cause": machine.reset_cause,
            "machine.unique_id": machine.unique_id,
            "machine.freq": machine.freq,
            **{f"time.{name}": getattr(time, name) for name in ("ticks_ms", "time", "time_ns", "gmtime", "mktime")},
            **{f"os.{name}": getattr(os, name) for name in ("listdir", "remove", "rename", "stat", "urandom")},
            "file.open": lambda name, mode: self._keep(self._mcu.files.open(name, mode.replace("b", "") + "b")),
            "file.flush": lambda handle: self._held(handle).flush(),
            "file.close": lambda handle: self._objects.pop(handle).close(),
            "ble.fitted": lambda: "bluetooth" in modules,
            "ble.flags": lambda: tuple(getattr(modules["bluetooth"], name) for name in _FLAGS),
            "ble.irq": self._radio_irq,
        }

    @staticmethod
    def _void(_value: object) -> None:
        return None

    def _keep(self, thing: Any) -> int:
        handle = next((number for number in range(1, _MOST_HANDLES + 1) if number not in self._objects), None)
        if handle is None:
            raise OSError(_EMFILE, "too many open files and timers")
        self._objects[handle] = thing
        return handle

    def _pin_irq(self, number: int, on: bool, trigger: int) -> None:
        handler = (lambda _pin: self._interrupt(number)) if on else None
        self._machine.Pin(number).irq(handler, trigger)

    def _uart_init(self, number: int, baudrate: int, rxbuf: int, timeout: int) -> None:
        self._uart[number] = self._machine.UART(number, baudrate, rxbuf=rxbuf, timeout=timeout)

    def _uart_irq(self, number: int, on: bool, name: str) -> None:
        uart = self._uart[number]
        uart.irq((lambda _uart: self._event(name)) if on else None, uart.IRQ_RX)

    def _start_watchdog(self, timeout: int) -> None:
        self._watchdog = self._machine.WDT(timeout=timeout)

    def _timer_init(self, handle: int, mode: int, freq: float, period: int, name: str) -> None:
        self._objects[handle].init(mode=mode, freq=freq, period=period, callback=lambda _t: self._event(name))

    def _radio_irq(self, on: bool) -> None:
        ble: Any = modules_of(self._mcu)["bluetooth"]
        ble.BLE().irq((lambda event, data: self._event("ble", event, _portable(data))) if on else None)


def _portable(data: tuple[Any, ...]) -> tuple[Any, ...]:
    """An event's data with UUIDs as they cross the bridge."""
    return tuple(value if isinstance(value, (int, str, bytes, type(None))) else Uuid(bytes(value)) for value in data)


def _wanted(request: Request) -> int:
    """How many bytes the core wants."""
    if len(request.payload) != 2:
        raise ValueError("a read without its length")
    return int.from_bytes(request.payload, "little")


def _written(stream: Any, request: Request) -> bytes:
    stream.write(request.payload)
    return b""


def _parts(value: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """(name, arguments, named arguments) of a call; ValueError where it is none."""
    if not (isinstance(value, tuple) and len(value) == 3 and isinstance(value[1], tuple)):
        raise ValueError("no call")
    name, args, named = value
    return str(name), args, dict(named)


def _reported(error: Exception) -> tuple[str, tuple[int | str, ...]]:
    """What the firmware is told of an exception: the name of its class there, its arguments."""
    kind = next((kind for kind in _REPORTED if isinstance(error, kind)), ValueError)
    return kind.__name__, tuple(a for a in error.args if isinstance(a, (int, str)))
