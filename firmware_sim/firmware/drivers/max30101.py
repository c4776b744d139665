"""Maxim MAX30101 (from its data sheet): a MAX30102 with a green LED, read in multi-LED mode.

Its part ID is that of a MAX30102: a board says which one it has.
"""

from array import array

import micropython
from micropython import const

from ..kernels import decode_ppg_green
from .light_control import LightControl
from .max30102 import DEPTH, LONGEST, Max30102, bursts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ticks import Ticks
    from .wiring import I2C

_ADDRESS = const(0x57)
_FIFO_DATA = const(0x07)
_SLOTS = const(0x11)
_LEDS = const(3)
_SAMPLE = const(9)
#: Multi-LED Mode Control: slots 1 to 3 are LED1 (red), LED2 (infrared) and LED3 (green), slot 4 is off.
_RED_INFRARED_GREEN = b"\x21\x03"


class Max30101(Max30102):
    """As a `Max30102`, and `green` has the green counts of the samples last read."""

    #: Mode Configuration while it converts: multi-LED mode.
    MODE = b"\x07"

    def __init__(self, i2c: "I2C", ticks: "Ticks") -> None:
        super().__init__(i2c, ticks)
        self._bursts = bursts(_SAMPLE)
        self.green = array("i", [0] * DEPTH)
        self.control = LightControl(self, _LEDS)

    def configure(self) -> None:
        """Check the part, reset and set up; OSError where no such chip answers."""
        super().configure()
        self._write(_SLOTS, _RED_INFRARED_GREEN)

    @micropython.native
    def regulate(self, samples: "array[int]", n: int) -> bool:
        """See `Max30102.regulate`."""
        return self.control.update(samples, n, self.green[n - 1])

    @micropython.native
    def read(self, out: "array[int]", limit: int) -> int:
        """Move up to `limit` samples (red, ir) into `out`, and their green into `green`; how many samples."""
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
            decode_ppg_green(burst, n, out, self.green, done)
            done += n
        return done
