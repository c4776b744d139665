"""The reference board: which pins and buses the chips are on, and what the firmware gets of the port."""

import gc
import os
import time

import machine  # type: ignore[import-not-found]

from ..drivers.ads1292r import Ads1292r
from ..drivers.lsm6dso import Lsm6dso
from ..drivers.max17048 import Max17048
from ..drivers.max30102 import Max30102
from ..drivers.nor_flash import NorFlash
from ..drivers.ticks import Ticks
from ..drivers.tmp117 import Tmp117
from ..flash_storage import FlashStorage
from ..storage import Storage, VolatileStorage

try:
    from hashlib import sha256
except ImportError:
    sha256 = None  # type: ignore[assignment]
try:
    from cryptolib import aes  # type: ignore[import-not-found]
except ImportError:
    aes = None
else:  # not on ports without it, where it would take heap for nothing
    from ..services.log.sealing import Sealer
try:
    from vfs import VfsLfs2  # type: ignore[import-not-found]
except ImportError:
    VfsLfs2 = None
try:
    import bluetooth  # type: ignore[import-not-found]
except ImportError:
    bluetooth = None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..drivers.wiring import Calendar, Watchdog

WATCHDOG_MS = 8000


def _sleep_us(us: int) -> None:
    """Wait in the midst of a step; `time.sleep_us` is for the end of one, for it may return early."""
    time.sleep(us / 1_000_000)


class Wiring:
    """Numbers of pins and buses; a board that is wired otherwise derives from this one."""

    sda = 4
    scl = 5
    sck = 7
    mosi = 8
    miso = 9
    ecg_cs = 10
    ecg_start = 11
    ecg_drdy = 12
    flash_sck = 13
    flash_mosi = 14
    flash_miso = 15
    flash_cs = 16
    i2c_sensors = 0
    spi_ecg = 0
    spi_flash = 1
    uart_host = 0
    uart_baud = 921600
    uart_more: "dict[str, int]" = {"rxbuf": 1024}


class Board:
    """Everything a role is handed: the port's parts, and in `sensors`, by name, the drivers of the chips that answer.

    In `silent` are those of the chips that did not, which may yet: whoever uses one sets it up first.

    The watchdog runs from here on: feed `wdt` at least every 8 s.
    """

    wiring = Wiring
    #: For management: the board, and the core on it, where it is always the same.
    name = "reference"
    processor = "unknown"
    #: Whether bonds and settings may be files of the port's own where no NOR flash answers.
    has_own_files = False
    #: Sensors on the I2C bus by the names that roles know them by, and the one on SPI: the ECG's front end.
    spi_sensor = "ecg"
    i2c_sensors: "tuple[tuple[str, Callable[[Any, Ticks], Any]], ...]" = (
        ("ppg", Max30102),
        ("imu", Lsm6dso),
        ("skin", Tmp117),
        ("gauge", Max17048),
    )

    def __init__(self) -> None:
        self.ticks = Ticks(time.ticks_us, time.ticks_diff, time.sleep_ms, _sleep_us)  # type: ignore[attr-defined]
        #: µs since start; does not wrap.
        self.now_us = self.ticks.now_us
        self.wdt = self._make_watchdog()
        self.rtc = self._make_calendar()
        wiring = self.wiring
        self.uart = machine.UART(wiring.uart_host, wiring.uart_baud, **wiring.uart_more)
        self.ble = bluetooth.BLE() if bluetooth else None
        self.make_uuid: "Callable[[bytes], object]" = bluetooth.UUID if bluetooth else bytes
        #: Begins a SHA-256; None on a port without it.
        self.sha256 = sha256
        own = Storage(open, os.rename)
        #: The port's own files; None once a device is made that does not need them.
        self.own_storage: "Storage | None" = own
        #: Encrypts recordings, by a key that is not on the flash with them; None on a port without AES.
        self.sealer = Sealer(aes, own) if aes else None
        self.unique_id = machine.unique_id()
        i2c = machine.I2C(wiring.i2c_sensors, scl=machine.Pin(wiring.scl), sda=machine.Pin(wiring.sda), freq=400000)
        self.sensors: "dict[str, Any]" = {}
        self.silent: "dict[str, Any]" = {}
        self._fit(self.spi_sensor, self._make_spi_sensor())
        for name, driver in self.i2c_sensors:
            self._fit(name, driver(i2c, self.ticks))
        #: The NOR flash (`flash_regions`); None where no such chip answers.
        self.flash: "NorFlash | None" = self._make_flash()
        #: What is kept on it; files only on ports with littlefs.
        self.flash_storage = FlashStorage(self.flash, VfsLfs2) if self.flash else None
        #: Where bonds are kept.
        self.storage: "Storage | VolatileStorage" = VolatileStorage()
        if self.flash_storage and VfsLfs2:
            self.storage = self.flash_storage
        elif self.has_own_files:
            self.storage = own

    def _fit(self, name: str, driver: "Any") -> None:
        """Keep the driver, and whether its chip answers."""
        try:
            driver.configure()
            self.sensors[name] = driver
        except OSError:
            self.silent[name] = driver

    def has_sensor(self, name: str) -> bool:
        """Whether the board is built with this sensor; `sensors` has those whose chip answers today."""
        return name == self.spi_sensor or name in [sensor for sensor, _ in self.i2c_sensors]

    def _make_watchdog(self) -> "Watchdog":
        return machine.WDT(timeout=WATCHDOG_MS)  # type: ignore[no-any-return]

    def _make_calendar(self) -> "Calendar":
        return machine.RTC()  # type: ignore[no-any-return]

    def _make_spi_sensor(self) -> "Any":
        pin = machine.Pin
        wiring = self.wiring
        lines = {"sck": pin(wiring.sck), "mosi": pin(wiring.mosi), "miso": pin(wiring.miso)}
        spi = machine.SPI(wiring.spi_ecg, 1000000, polarity=0, phase=1, **lines)
        cs = pin(wiring.ecg_cs, pin.OUT, value=1)
        start = pin(wiring.ecg_start, pin.OUT, value=0)
        return Ads1292r(spi, cs, start, pin(wiring.ecg_drdy, pin.IN), self.ticks)

    def _make_flash(self) -> "NorFlash | None":
        """On a bus of its own, because an interrupt uses the ECG's at any time."""
        pin = machine.Pin
        wiring = self.wiring
        lines = {"sck": pin(wiring.flash_sck), "mosi": pin(wiring.flash_mosi), "miso": pin(wiring.flash_miso)}
        spi = machine.SPI(wiring.spi_flash, 8000000, polarity=0, phase=0, **lines)
        flash = NorFlash(spi, pin(wiring.flash_cs, pin.OUT, value=1), self.ticks)
        try:
            flash.configure()
        except OSError:
            self.silent["flash"] = flash
            return None
        return flash

    def idle(self, us: int) -> None:
        """Nothing to do for so many µs, if any."""
        time.sleep_us(max(us, 0))  # type: ignore[attr-defined]

    def heap_free(self) -> int:
        """Free bytes of the heap."""
        return gc.mem_free()  # type: ignore[attr-defined, no-any-return]

    def heap_used(self) -> int:
        """Bytes of the heap in use."""
        return gc.mem_alloc()  # type: ignore[attr-defined, no-any-return]

    def entropy(self, count: int) -> bytes:
        """Random bytes, other ones after every start."""
        return os.urandom(count)

    def reset(self) -> None:
        """Start anew; does not return."""
        machine.reset()
