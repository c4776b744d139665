"""The reference board: which pins and buses the chips are on, and what the firmware gets of the port."""

import gc
import os
import time

import machine  # type: ignore[import-not-found]

from .drivers.ads1292r import Ads1292r
from .drivers.lsm6dso import Lsm6dso
from .drivers.max17048 import Max17048
from .drivers.max30102 import Max30102
from .drivers.ticks import Ticks

try:
    import bluetooth  # type: ignore[import-not-found]
except ImportError:
    bluetooth = None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, TypeVar

    _Driver = TypeVar("_Driver", Ads1292r, Lsm6dso, Max17048, Max30102)

PIN_SDA = 4
PIN_SCL = 5
PIN_SCK = 7
PIN_MOSI = 8
PIN_MISO = 9
PIN_ECG_CS = 10
PIN_ECG_START = 11
PIN_ECG_DRDY = 12
I2C_SENSORS = 0
SPI_ECG = 0
UART_HOST = 0
UART_BAUD = 921600
UART_RXBUF = 1024
WATCHDOG_MS = 8000


class Board:
    """Everything the application is handed; `ecg`, `ppg`, `imu` and `gauge` are None where no chip answers.

    The watchdog runs from here on: feed `wdt` at least every 8 s.
    """

    def __init__(self) -> None:
        self.ticks = Ticks(time.ticks_us, time.ticks_diff, time.sleep_ms)  # type: ignore[attr-defined]
        self.wdt = machine.WDT(timeout=WATCHDOG_MS)
        self.rtc = machine.RTC()
        self.uart = machine.UART(UART_HOST, UART_BAUD, rxbuf=UART_RXBUF)
        self.ble = bluetooth.BLE() if bluetooth else None
        self.make_uuid: "Callable[[bytes], object]" = bluetooth.UUID if bluetooth else bytes
        self.storage = Storage()
        self.unique_id = machine.unique_id()
        i2c = machine.I2C(I2C_SENSORS, scl=machine.Pin(PIN_SCL), sda=machine.Pin(PIN_SDA), freq=400000)
        self.ecg = _fitted(self._make_ecg())
        self.ppg = _fitted(Max30102(i2c, self.ticks))
        self.imu = _fitted(Lsm6dso(i2c, self.ticks))
        self.gauge = _fitted(Max17048(i2c))

    def _make_ecg(self) -> Ads1292r:
        pin = machine.Pin
        spi = machine.SPI(
            SPI_ECG, 1000000, polarity=0, phase=1, sck=pin(PIN_SCK), mosi=pin(PIN_MOSI), miso=pin(PIN_MISO)
        )
        cs = pin(PIN_ECG_CS, pin.OUT, value=1)
        start = pin(PIN_ECG_START, pin.OUT, value=0)
        return Ads1292r(spi, cs, start, pin(PIN_ECG_DRDY, pin.IN), self.ticks)

    def now_us(self) -> int:
        """µs since start; does not wrap."""
        return self.ticks.now_us()

    def idle(self, us: int) -> None:
        """Nothing to do for so many µs, if any."""
        time.sleep_us(max(us, 0))  # type: ignore[attr-defined]

    def heap_free(self) -> int:
        """Free bytes of the heap."""
        return gc.mem_free()  # type: ignore[attr-defined, no-any-return]

    def entropy(self, count: int) -> bytes:
        """Random bytes, other ones after every start."""
        return os.urandom(count)

    def reset(self) -> None:
        """Start anew; does not return."""
        machine.reset()


class Storage:
    """Small files: a `put` that power loss cuts short leaves the old one."""

    def get(self, name: str) -> "bytes | None":
        """A file's bytes, None when there is none."""
        try:
            with open(name, "rb") as file:
                return file.read()
        except OSError:
            return None

    def put(self, name: str, data: bytes) -> None:
        """Make or replace a file; OSError when it cannot be written."""
        fresh = name + ".new"
        with open(fresh, "wb") as file:
            file.write(data)
        os.rename(fresh, name)  # in one step on LittleFS


def _fitted(driver: "_Driver") -> "_Driver | None":
    try:
        driver.configure()
    except OSError:
        return None
    return driver
