"""Maxim MAX30102 pulse oximeter (data sheet 19-7740): red and infrared, rate of frontends.ppg, 18 bit."""

import micropython
from micropython import const

from ..kernels import decode_ppg
from .light_control import LightControl
from .ticks import Pace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from .ticks import Ticks
    from .wiring import I2C

PERIOD_US = const(10000)  # frontends.ppg: PERIOD_US
_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: By SPO2_SR: rates at which two LEDs have pulses of 411 µs; a rate that is missing is a ValueError on import.
_RATES_HZ = (50, 100, 200, 400)
DEPTH = const(32)
_ADDRESS = const(0x57)
_STATUS = const(0x00)
_WR_PTR = const(0x04)
_FIFO_DATA = const(0x07)
_FIFO_CONFIG = const(0x08)
_MODE = const(0x09)
_SPO2_CONFIG = const(0x0A)
_LED1_PA = const(0x0C)
_PART_ID = const(0xFF)
_ID = const(0x15)
_MODE_RESET = const(0x40)
_MODE_SHUTDOWN = b"\x83"
_ROLL_OVER = b"\x10"  # no averaging; a full FIFO loses its oldest
#: SPO2_ADC_RGE, SPO2_SR and LED_PW of SpO2 Configuration: where they begin.
_RANGE_SHIFT = const(5)
_RATE = _RATES_HZ.index(_RATE_HZ) << 2
#: Interrupt Status 1: ambient light cancellation has reached its limit; cleared by reading.
_ALC_OVF = const(0x20)
_LOST_MOST = const(0x1F)
_SAMPLE = const(6)
#: Samples of a burst: what comes in the 100 ms between two polls, and what makes up any other number.
_BURSTS = (11, 10, 9, 4, 2, 1)
#: The most of them.
LONGEST = const(11)
_ENODEV = const(19)


def bursts(sample: int) -> "tuple[memoryview, ...]":
    """Room for the longest burst of 0 to `LONGEST` samples of so many bytes: a view that is cut off anew is garbage."""
    room = memoryview(bytearray(LONGEST * sample))
    views: "list[memoryview]" = []
    for count in range(LONGEST + 1):
        views.append(room[: count * sample] if count in _BURSTS or not count else views[-1])
    return tuple(views)


class Max30102:
    """Polled FIFO of red and infrared counts, whose light `control` keeps within the converter's range.

    `tick_us` is the time of the first sample last read, within half a period; `overruns` counts samples lost
    in the FIFO or not taken, always just before a block; past the chip's own counter (31) the clock says how many.
    """

    #: Mode Configuration while it converts: SpO2 mode.
    MODE = b"\x03"

    def __init__(self, i2c: "I2C", ticks: "Ticks") -> None:
        self.overruns = 0
        self._i2c = i2c
        self._ticks = ticks
        self._pace = Pace(ticks, PERIOD_US)
        self._state = bytearray(_FIFO_DATA - _STATUS)
        self._bursts = bursts(_SAMPLE)
        self.control = LightControl(self)

    @property
    def tick_us(self) -> int:
        """Device time of the first sample last read, within half a period."""
        return self._pace.first_us()

    def configure(self) -> None:
        """Check the part, reset and set up; OSError where no such chip answers."""
        if self._i2c.readfrom_mem(_ADDRESS, _PART_ID, 1)[0] != _ID:
            raise OSError(_ENODEV)
        self._write(_MODE, bytes((_MODE_RESET,)))
        self._ticks.await_low(self._i2c, _ADDRESS, _MODE, _MODE_RESET)
        self._write(_MODE, _MODE_SHUTDOWN)
        self._write(_FIFO_CONFIG, _ROLL_OVER)
        self.control.reset()

    def start(self) -> None:
        """Begin to convert with an empty FIFO."""
        self._write(_WR_PTR, bytes(3))
        self._write(_MODE, self.MODE)
        self._pace.restart()

    def stop(self) -> None:
        """LEDs off; what is in the FIFO stays."""
        self._write(_MODE, _MODE_SHUTDOWN)

    def set_steps(self, steps: "bytes | bytearray") -> None:
        """LED currents of red and infrared in steps of 0.2 mA (LED Pulse Amplitude: 255 is 51 mA)."""
        self._write(_LED1_PA, steps)

    def set_adc(self, adc_range: int, pulse: int) -> None:
        """Full scale 2048 nA shifted left by `adc_range` (0 to 3); `pulse` 0 to 3: lit for 69, 118, 215, 411 µs."""
        self._write(_SPO2_CONFIG, bytes((adc_range << _RANGE_SHIFT | _RATE | pulse,)))

    @micropython.native
    def regulate(self, samples: "array[int]", n: int) -> bool:
        """Set the light by the `n` pairs that were just read, each 300 ms; True: what comes next has another level."""
        return self.control.update(samples, n, 0)

    @micropython.native
    def read(self, out: "array[int]", limit: int) -> int:
        """Move up to `limit` samples (red, ir) into `out`; how many samples."""
        available = self._available()
        count = min(limit, len(out) // 2)
        if count > available:
            count = available
        missing = self._pace.note(available, available - count)
        if missing:
            self.overruns += missing
        done = 0
        while done < count:
            n = count - done
            burst = self._bursts[n if n < LONGEST else LONGEST]
            n = len(burst) // _SAMPLE
            self._i2c.readfrom_mem_into(_ADDRESS, _FIFO_DATA, burst)
            decode_ppg(burst, n * 2, out, done * 2)
            done += n
        return done

    @micropython.native
    def _available(self) -> int:
        """Samples in the FIFO; what was lost is counted."""
        state = self._state
        self._i2c.readfrom_mem_into(_ADDRESS, _STATUS, state)
        if state[_STATUS] & _ALC_OVF:
            self.control.see_ambient()  # at each reading, which clears it
        lost = state[_WR_PTR + 1]
        count = (state[_WR_PTR] - state[_WR_PTR + 2]) & (DEPTH - 1)
        return count if count and not lost else self._by_clock(count, lost)

    def _by_clock(self, count: int, lost: int) -> int:
        """Samples in the FIFO, where the chip's own `count` and `lost` do not say enough; what was lost is counted."""
        expected = self._pace.expected()
        if lost:
            by_clock = self._pace.overrun(DEPTH)
            self.overruns += max(lost, by_clock) if lost >= _LOST_MOST else lost
        # equal pointers mean empty or full
        if count == 0 and (lost or expected > DEPTH // 2):
            count = DEPTH
        return count

    def _write(self, register: int, data: "bytes | bytearray") -> None:
        self._i2c.writeto_mem(_ADDRESS, register, data)
