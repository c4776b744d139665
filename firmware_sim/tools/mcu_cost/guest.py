"""The whole device on recorded chip frames; runs on MicroPython on the emulated core, MicroPython unix and CPython.

`Bench(frames, mode)` builds a `Device` on a board whose buses serve the frames; `run` steps it. Everything a driver
asks of a bus is left out of the figures, all else is in them. One tick of the emulated timer is 40 instructions.
"""

import gc
from array import array
from binascii import crc32
from struct import pack, unpack_from

import micropython

try:
    from firmware.device import Device  # type: ignore[import-not-found]
    from firmware.drivers.ads1292r import Ads1292r  # type: ignore[import-not-found]
    from firmware.drivers.lsm6dso import Lsm6dso  # type: ignore[import-not-found]
    from firmware.drivers.max17048 import Max17048  # type: ignore[import-not-found]
    from firmware.drivers.max30102 import Max30102  # type: ignore[import-not-found]
    from firmware.drivers.ticks import Ticks  # type: ignore[import-not-found]
    from firmware.viper import ptr8, ptr32  # type: ignore[import-not-found]
except ImportError:
    from firmware_sim.firmware.device import Device
    from firmware_sim.firmware.drivers.ads1292r import Ads1292r
    from firmware_sim.firmware.drivers.lsm6dso import Lsm6dso
    from firmware_sim.firmware.drivers.max17048 import Max17048
    from firmware_sim.firmware.drivers.max30102 import Max30102
    from firmware_sim.firmware.drivers.ticks import Ticks
    from firmware_sim.firmware.viper import ptr8, ptr32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

STEP_US = 20_000
#: An hour after start: times no longer fit the small integers, as on any device that is worn.
START_US = 3_600_000_000
#: `subscribe` to all streams and results, and it as the serial link frames it.
SUBSCRIBE = b"\x41\x00\x00\x0f\x0f"
_WRAP = 0x3FFFFFFF
_CONNECTION = 1
_REQUEST = "vitalband_request"
_MTU = 247


@micropython.viper
def copy(out: ptr8, source: ptr8, at: int, n: int) -> object:
    """Copy `n` bytes from index `at` on; a slice would make garbage."""
    for i in range(n):
        out[i] = source[at + i]
    return None


#: The board's microsecond ticks, which wrap at 2^30.
_CLOCK = array("i", [0])


@micropython.viper
def ticks_us() -> int:
    """As `time.ticks_us`, about as quick as a port's."""
    return int(ptr32(_CLOCK)[0])


@micropython.viper
def ticks_diff(new: int, old: int) -> int:
    """As `time.ticks_diff`."""
    return ((new - old + 0x20000000) & 0x3FFFFFFF) - 0x20000000


def _no_ticks() -> int:
    return 0


#: Registers of the emulated timer; what a chip select takes, in C as a port's pin is.
_TIMER: "Any" = array("i", [0, 0, 0])
SELECT = bool
#: ECG frames, and where the next one begins.
_ECG: "Any" = b""
_ECG_AT = array("i", [0])


@micropython.viper
def read_ecg(buf: ptr8) -> object:
    """As `SPI.readinto`: the next ECG frame, about as quick as a port's without the bus."""
    frames = ptr8(_ECG)
    at = ptr32(_ECG_AT)[0]
    for i in range(9):
        buf[i] = frames[at + i]
    ptr32(_ECG_AT)[0] = at + 9
    return None


@micropython.viper
def _start(top: int) -> object:
    registers = ptr32(_TIMER)
    registers[2] = top
    registers[1] = top
    registers[0] = 1
    return None


@micropython.viper
def _emulated() -> int:
    return 0x3FFFFFFF - int(ptr32(_TIMER)[1])


def emulated_ticks() -> "Callable[[], int]":
    """Start the CMSDK timer of the emulated board, counting down 30 bits; returns what reads it counting up."""
    global _TIMER
    from uctypes import bytearray_at  # type: ignore[import-not-found]

    _TIMER = bytearray_at(0x40000000, 12)
    _start(_WRAP)
    return _emulated


class Meter:
    """Ticks spent outside the firmware."""

    def __init__(self, ticks: "Callable[[], int]") -> None:
        self.ticks = ticks
        self.outside = 0

    def leave(self, since: int) -> None:
        """The firmware was left at `since` and is entered again now."""
        self.outside += (self.ticks() - since) & _WRAP


class Frames:
    """Chip frames in memory and how far each chip has come."""

    def __init__(self, memory: "Any") -> None:
        self.memory = memoryview(memory)
        self.seconds, self.ecg, self.light, self.motion = unpack_from("<4I", memory)
        self.now_us = START_US
        _CLOCK[0] = 0
        self.lights = 0
        self.motions = 0
        self._motion_rest = 0

    def advance(self) -> None:
        """Light and motion of the next step."""
        self.now_us += STEP_US
        self.lights += 2
        self._motion_rest += 104 * STEP_US // 1000
        self.motions += self._motion_rest // 1000
        self._motion_rest %= 1000


class Spi:
    """Serves one ECG frame a read, and the registers that were written."""

    def __init__(self, frames: Frames) -> None:
        global _ECG
        _ECG = frames.memory
        _ECG_AT[0] = frames.ecg
        self.readinto = read_ecg
        self._registers = bytearray(32)
        self._registers[0] = 0x73

    def write(self, buf: bytes) -> None:
        """A command; register writes are kept."""
        if buf[0] & 0xE0 == 0x40:
            first = buf[0] & 0x1F
            self._registers[first : first + len(buf) - 2] = buf[2:]

    def write_readinto(self, out: bytes, answer: bytearray) -> None:
        """Registers."""
        first = out[0] & 0x1F
        answer[2:] = self._registers[first : first + len(answer) - 2]


class I2c:
    """Light, motion and gauge chips on one bus."""

    def __init__(self, frames: Frames, meter: Meter) -> None:
        self._frames = frames
        self._meter = meter
        self._light = 0
        self._motion = 0

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
        """Identities; resets are done at once."""
        known = {(0x57, 0xFF): b"\x15", (0x6A, 0x0F): b"\x6c", (0x36, 0x08): b"\x00\x10"}
        return known.get((addr, memaddr), bytes(nbytes))

    def writeto_mem(self, addr: int, memaddr: int, buf: bytes) -> None:
        """Settings."""

    def readfrom_mem_into(self, addr: int, memaddr: int, buf: "Any") -> None:
        """FIFO levels and FIFO contents."""
        since = self._meter.ticks()
        frames = self._frames
        if memaddr == 0x00:
            buf[4] = frames.lights & 31
            buf[5] = 0
            buf[6] = self._light & 31
        elif memaddr == 0x07:
            copy(buf, frames.memory, frames.light + 6 * self._light, len(buf))
            self._light += len(buf) // 6
        elif memaddr == 0x3A:
            words = 2 * (frames.motions - self._motion)
            buf[0] = words & 0xFF
            buf[1] = words >> 8
        elif memaddr == 0x78:
            copy(buf, frames.memory, frames.motion + 14 * self._motion, len(buf))
            self._motion += len(buf) // 14
        else:
            buf[:] = b"\xc0\x00\x50\x00"
        self._meter.leave(since)


class Pin:
    """A line; the interrupt handler set on it can be called."""

    IRQ_FALLING = 2

    def __init__(self) -> None:
        self.handler: Any = None

    def irq(self, handler: "Any" = None, trigger: int = 0, hard: bool = False) -> None:
        """Set the handler."""
        self.handler = handler


class Sink:
    """Where bytes leave: counts them, and digests them when asked to."""

    def __init__(self, meter: Meter, digests: bool) -> None:
        self._meter = meter
        self._digests = digests
        self.bytes = 0
        self.digest = 0

    def take(self, buf: "Any") -> None:
        """Bytes that left."""
        since = self._meter.ticks()
        self.bytes += len(buf)
        if self._digests:
            self.digest = crc32(buf, self.digest)
        self._meter.leave(since)


class Uart:
    """The serial cable."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.request = b""

    def readinto(self, buf: bytearray) -> "int | None":
        """A request that waits."""
        n = len(self.request)
        if not n:
            return None
        buf[:n] = self.request
        self.request = b""
        return n

    def write(self, buf: "Any") -> int:
        """All is taken."""
        self._sink.take(buf)
        return len(buf)


class Radio:
    """`bluetooth.BLE` with one central that can connect."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._handles = 0
        self._value = b""
        self.irq_handler: Any = None

    def irq(self, handler: "Any") -> None:
        """Set the handler of the stack's events."""
        self.irq_handler = handler

    def active(self, on: bool) -> None:
        """On."""

    def config(self, *_: "Any", **__: "Any") -> bytes:
        """Settings."""
        return b""

    def gap_advertise(self, *_: "Any", **__: "Any") -> None:
        """Advertise."""

    def gap_disconnect(self, *_: "Any") -> None:
        """Disconnect."""

    def gatts_register_services(self, services: "Any") -> "list[tuple[int, ...]]":
        """Handles from 1 on."""
        registered = []
        for _uuid, members in services:
            first = self._handles
            self._handles += len(members)
            registered.append(tuple([first + i + 1 for i in range(len(members))]))
        return registered

    def gatts_write(self, *_: "Any") -> None:
        """Set a value."""

    def gatts_set_buffer(self, *_: "Any") -> None:
        """Room for a value."""

    def gatts_read(self, handle: int) -> bytes:
        """What the central wrote."""
        return self._value

    def gatts_notify(self, connection: int, handle: int, value: "Any") -> None:
        """Notify the central."""
        self._sink.take(value)

    def connect(self, handle: int, request: bytes) -> None:
        """A central comes, agrees on an MTU, encrypts and writes a request."""
        self.irq_handler(1, (_CONNECTION, 0, b"\x00" * 6))
        self.irq_handler(21, (_CONNECTION, _MTU))
        self.irq_handler(28, (_CONNECTION, True, False, True, 16))
        self._value = request
        self.irq_handler(3, (_CONNECTION, handle))


class Rtc:
    """A clock that stands."""

    def datetime(self, *_: "Any") -> "tuple[int, ...]":
        """Always the same."""
        return (2024, 1, 1, 0, 0, 0, 0, 0)


class Board:
    """What the application is handed."""

    def __init__(self, frames: Frames, meter: Meter, serial: Sink, radio: "Sink | None") -> None:
        self._frames = frames
        self.ticks = Ticks(ticks_us, ticks_diff, self._sleep)
        self.ticks._then[1] = START_US
        self.drdy = Pin()
        i2c = I2c(frames, meter)
        self.ecg = Ads1292r(Spi(frames), SELECT, SELECT, self.drdy, self.ticks)
        self.ppg = Max30102(i2c, self.ticks)
        self.imu = Lsm6dso(i2c, self.ticks)
        self.gauge = Max17048(i2c)
        for driver in (self.ecg, self.ppg, self.imu, self.gauge):
            driver.configure()
        self.uart = Uart(serial)
        self.radio = Radio(radio or serial)
        self.ble = self.radio if radio else None
        self.make_uuid = bytes
        self.rtc = Rtc()
        self.wdt = self
        self.storage = self
        self.unique_id = b"\x01\x02\x03\x04\x05\x06\x07\x08"

    def _sleep(self, ms: int) -> None:
        pass

    def feed(self) -> None:
        """The watchdog."""

    def get(self, name: str) -> None:
        """Empty storage."""

    def put(self, name: str, data: bytes) -> None:
        """Storage that forgets."""

    def now_us(self) -> int:
        """Stands still during a step."""
        return self._frames.now_us

    def heap(self) -> "tuple[int, int]":
        """Not what differs between targets."""
        return 0, 0


def framed(frame: bytes) -> bytes:
    """A short request as the serial link carries it."""
    raw = frame + pack("<I", crc32(frame) & 0xFFFFFFFF)
    out = b"\x00"
    for part in raw.split(b"\x00"):
        out += bytes((len(part) + 1,)) + part
    return out + b"\x00"


class Bench:
    """A device with a host that wants everything on the cable (`serial`), by radio (`ble`), or on none."""

    def __init__(
        self, memory: "Any", serial: bool, ble: bool, ticks: "Callable[[], int]" = _no_ticks, digests: bool = False
    ) -> None:
        self.meter = Meter(ticks)
        self.frames = Frames(memory)
        self.serial = Sink(self.meter, digests)
        self.radio = Sink(self.meter, digests)
        self.board = Board(self.frames, self.meter, self.serial, self.radio if ble else None)
        self.device = Device(self.board)
        if serial:
            self.board.uart.request = framed(SUBSCRIBE)
        if ble:
            self.board.radio.connect(self.device.ble._handles[_REQUEST], SUBSCRIBE)

    def run(self, seconds: int) -> int:
        """Let `seconds` pass; ticks spent in the firmware."""
        frames = self.frames
        ticks = self.meter.ticks
        spent = 0
        for _ in range(seconds * 1_000_000 // STEP_US):
            frames.advance()
            self.meter.outside = 0
            since = ticks()
            for _ in range(STEP_US // 4000):
                _CLOCK[0] = (_CLOCK[0] + 4000) & _WRAP
                self.board.drdy.handler(self.board.drdy)
            self.device.step(frames.now_us)
            spent += ((ticks() - since) & _WRAP) - self.meter.outside
        return spent


def garbage(bench: Bench) -> int:
    """Bytes that a second of running allocates."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()  # type: ignore[attr-defined]
    bench.run(1)
    after = gc.mem_alloc()  # type: ignore[attr-defined]
    gc.enable()
    return int(after - before)


class Stages:
    """Ticks spent in single methods, without what watched ones among them call, and how often they ran."""

    def __init__(self, meter: Meter) -> None:
        self.spent: dict[str, int] = {}
        self.calls: dict[str, int] = {}
        self._meter = meter
        self._inside = 0
        #: What a watched call costs its caller beside itself.
        self._overhead = 0
        self.watch(self, "_nothing", "overhead")
        since = meter.ticks()
        for _ in range(100):
            self._nothing()
        self._overhead = (((meter.ticks() - since) & _WRAP) - self._inside) // 100
        self.clear()

    def _nothing(self) -> None:
        pass

    def clear(self) -> None:
        """Begin to count."""
        for name in self.spent:
            self.spent[name] = self.calls[name] = 0

    def watch(self, owner: "Any", method: str, name: str) -> None:
        """Count `owner.method` as `name`."""
        called = getattr(owner, method)
        meter = self._meter
        self.spent[name] = self.calls[name] = 0

        def timed(*arguments: "Any") -> "Any":
            before = self._inside
            outside = meter.outside
            self._inside = 0
            since = meter.ticks()
            result = called(*arguments)
            took = ((meter.ticks() - since) & _WRAP) - (meter.outside - outside)
            self.spent[name] += took - self._inside
            self.calls[name] += 1
            self._inside = before + took + self._overhead
            return result

        setattr(owner, method, timed)


#: What is watched: path from the device, method.
WATCHED = (
    ("ecg.driver", "read"),
    ("ecg.blocks", "add"),
    ("ecg._dsp._conditioner", "block"),
    ("ecg._dsp._filter", "block"),
    ("ecg._dsp._detector.peaks", "block"),
    ("ecg._dsp._detector", "decide"),
    ("ecg._dsp._locator", "locate"),
    ("ecg._dsp._maker", "finish"),
    ("ecg._dsp._maker._delineator", "find"),
    ("ecg._dsp._windows", "advance"),
    ("ecg._dsp._windows", "observe"),
    ("ecg._dsp", "push"),
    ("ecg", "_publish"),
    ("ecg", "poll"),
    ("ppg.driver", "read"),
    ("ppg.blocks", "add"),
    ("ppg._dsp", "_value"),
    ("ppg._dsp._pulse", "find"),
    ("ppg._dsp._pulse.beats", "find"),
    ("ppg._dsp._oxygen", "find"),
    ("ppg._dsp._respiration", "find"),
    ("ppg._dsp", "_close_second"),
    ("ppg._dsp", "push"),
    ("ppg", "_publish"),
    ("ppg", "poll"),
    ("imu.driver", "read"),
    ("imu.accel_blocks", "add"),
    ("imu.gyro_blocks", "add"),
    ("imu._dsp._steps", "add"),
    ("imu._dsp._steps", "_close"),
    ("imu._dsp", "_decide"),
    ("imu._dsp._activity", "find"),
    ("imu._dsp", "push"),
    ("imu", "_publish"),
    ("imu", "poll"),
    ("serial", "poll"),
    ("serial", "send"),
    ("ble", "poll"),
    ("", "_every_second"),
    ("", "step"),
)


def stages(bench: Bench, seconds: int) -> "dict[str, tuple[int, int]]":
    """Run with everything in `WATCHED` counted: (ticks, calls) by name."""
    found = Stages(bench.meter)
    for path, method in WATCHED:
        owner: Any = bench.device
        for part in path.split(".") if path else ():
            owner = getattr(owner, part)
        if owner is not None:
            found.watch(owner, method, path + "." + method)
    if bench.device.ble:
        for link in bench.device.ble.links:
            found.watch(link, "send", "link.send")
    for session in bench.device._sessions:
        found.watch(session, "poll", "session.poll")
    found.clear()
    bench.run(seconds)
    return {name: (found.spent[name], found.calls[name]) for name in found.spent}


def stages_memory(bench: Bench) -> "dict[str, tuple[int, int]]":
    """As `stages` of one second, but (bytes allocated, calls)."""
    gc.collect()
    gc.disable()
    bench.meter.ticks = gc.mem_alloc  # type: ignore[attr-defined]
    found = stages(bench, 1)
    gc.enable()
    return found
