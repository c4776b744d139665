"""What is known of one window while it fills, and whether that is enough to say anything."""

from array import array

import micropython
from micropython import const

from ...wire_gen import REASON_NO_SIGNAL, REASON_NOISE, REASON_SATURATED, REASON_TOO_FEW_BEATS
from .intervals import RR, Intervals
from .quality import QUALITY, STEADY
from .rhythm import Rhythm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat
    from .quality import EcgQuality

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_LSB_NANO = const(48_081)  # frontends.ecg: LSB_NANO
#: Peak-to-peak of a signal that is flat (20 µV).
_FLAT_COUNTS = const((20_000_000 + _LSB_NANO // 2) // _LSB_NANO)
#: Beats without which nothing is measured.
MIN_BEATS = const(3)
#: Mean energy over that of a usual beat (Q8) that is reached only in noise, where it lasts (4 s).
_CROWDED_Q8 = const(128)
_CROWDED_SAMPLES = const(_RATE_HZ * 4)

#: Agreement of beats with their templates under which shapes mean nothing, and where none comes early or late.
_FEW_SIMILAR = const(55)
_SIMILAR = const(84)

# Indices of the totals: samples, those at a rail, lowest and highest count, sum of mean energies / 64, blocks; of the
# beats the sum of their qualities; what the first one's lacks; energy of usual beats before they became far lower.
_SAMPLES = const(0)
_RAILED = const(1)
_LOWEST = const(2)
_HIGHEST = const(3)
_ENERGY = const(4)
_BLOCKS = const(5)
_BEAT_QUALITY = const(6)
_FIRST_LACKS = const(7)
_HIGHER = const(8)
_TOTALS = const(9)


class Statistics:
    """What is known of one window while it fills."""

    def __init__(self, runs: "array[int]") -> None:
        self.intervals = Intervals()
        self.rhythm = Rhythm(runs)
        self.start = 0
        #: As `block_statistics` has them, then of the beats the sum of their qualities.
        self.totals = array("i", bytes(4 * _TOTALS))
        self.clear(0)

    def clear(self, start: int) -> None:
        """Begin at sample `start`."""
        self.start = start
        for i in range(_TOTALS):
            self.totals[i] = 0
        self.intervals.clear()
        self.rhythm.clear()

    @micropython.native
    def add(self, beat: "Beat", intervals: "array[int]", wide: bool, first: bool) -> None:
        """Take a beat with its intervals as intervals.py has them, the `first` of a signal or another.

        `wide`: its shape is that of a wide complex.
        """
        self.intervals.add(beat, intervals)
        self.rhythm.add(beat, wide)
        self.totals[_BEAT_QUALITY] += beat.quality
        if first:
            self.totals[_FIRST_LACKS] = 100 - beat.quality

    def keep_higher(self, beat_energy: int) -> None:
        """Usual beats had this energy in a part of the window, and have far less now."""
        self.totals[_HIGHER] = max(self.totals[_HIGHER], beat_energy)

    def judge(self, quality: "EcgQuality", end: int, later: int, beat_energy: int) -> int:
        """Quality of a window of enough beats that ends at `end`, after which `later` beats came.

        `beat_energy` is the energy of a usual beat.
        """
        totals = self.totals
        intervals = self.intervals
        beats = intervals.beats
        beat_energy = max(beat_energy, totals[_HIGHER])
        energy = totals[_ENERGY] // totals[_BLOCKS]
        agreement = totals[_BEAT_QUALITY] // beats
        others = self._agreement()
        if others >= STEADY:
            agreement = others
        quality.judge(self.start, end, later, beats, intervals.series, agreement, energy, beat_energy >> 6)
        return quality.state[QUALITY]

    def _agreement(self) -> int:
        """How well beats agree with their template (0 to 100), but for the first of a signal, which has none."""
        return (self.totals[_BEAT_QUALITY] + self.totals[_FIRST_LACKS]) // self.intervals.beats

    def shapes_vary(self) -> bool:
        """Do the shapes of beats that come in time vary like those in movement, or in noise, so that they mean nothing?

        A beat of the ventricles is early or has a shape that comes again.
        """
        agreement = self._agreement()
        return agreement < _FEW_SIMILAR or (agreement < _SIMILAR and self.intervals.is_even())

    def reason(self, beat_energy: int) -> int:
        """Why nothing can be said whatever the quality, 0 if it can; `beat_energy` is the energy of a usual beat."""
        totals = self.totals
        if totals[_RAILED] * 10 > totals[_SAMPLES]:
            return REASON_SATURATED
        if totals[_HIGHEST] - totals[_LOWEST] < _FLAT_COUNTS:
            return REASON_NO_SIGNAL
        beats = self.intervals.beats
        if beats >= MIN_BEATS:
            # where every interval may hide a beat, none is known
            return 0 if self.intervals.series.n[RR] else REASON_NOISE
        if totals[_SAMPLES] < _CROWDED_SAMPLES:
            return REASON_TOO_FEW_BEATS
        crowded = beat_energy and totals[_ENERGY] // totals[_BLOCKS] << 8 > (beat_energy >> 6) * _CROWDED_Q8
        return REASON_NOISE if crowded else REASON_TOO_FEW_BEATS
