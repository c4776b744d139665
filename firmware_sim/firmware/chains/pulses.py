"""Single intervals between pulses, each a reading at the time of the pulse that ends it."""

import micropython
from micropython import const

from ..dsp.result import Measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dsp.result import PpgWindow
    from .publisher import Publisher

_KIND = const(23)  # wire: READING_KIND_PULSE_INTERVAL
_TRACKED = const(26)  # wire: REASON_TRACKED
#: µs and 0.1 ms of a Q8 sample, times 256.
_US_Q8 = const(10_000)  # frontends.ppg: PERIOD_US
_MS_X10_Q8 = const(100)
#: Of errors against RR of the ECG 95 % are smaller (0.1 ms): BIDMC, 20 of the people, pooled (median person 16 ms).
_U95_X10 = const(260)


class PulsePublisher:
    """Publishes the intervals of a window where it has a pulse rate from single pulses, else why there are none."""

    def __init__(self, publisher: "Publisher") -> None:
        self._publisher = publisher
        self._measure = Measure()

    @micropython.native
    def publish(self, window: "PpgWindow", tick_us: int) -> None:
        """Those of `window`, whose last sample was at `tick_us`."""
        rate = window.pulse_rate
        measure = self._measure
        publish = self._publisher.reading
        if rate.value is None or rate.reason == _TRACKED or window.interval_reason:
            measure.refuse(rate.reason or window.interval_reason)
            publish(_KIND, tick_us, 0, measure)
            return
        intervals = window.intervals
        before = intervals[window.n_intervals]
        n = 0
        while n < window.n_intervals and intervals[n]:  # a gap is as long as nobody knows
            before += intervals[n]
            n += 1
        while n > 0:
            n -= 1
            before -= intervals[n]
            value = intervals[n] * _MS_X10_Q8 >> 8
            measure.set(value, rate.quality, rate.reason, _U95_X10)
            publish(_KIND, tick_us - (before * _US_Q8 >> 8), value // 10, measure)
