"""Is it a pulse? What blood does to light has one steep rise and a slower fall, and neither corners nor one tone only.

Limits: own, on made-up light of every kind and on BIDMC, where 99 % of windows lie on the right side of each.
"""

from micropython import const

from ...kernels import fold_waves, normalise, ppg_sharpness, unroll, wave_shape
from ..fixed import isqrt
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .channel import MASK, PULSE_DELAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .channel import PpgChannel
    from .pulse_beats import PulseBeats

#: What a wave is found to be: a pulse, perhaps one, none.
PULSE = const(0)
UNCERTAIN = const(1)
NO_PULSE = const(2)

#: Where what a mean wave of 32 phases is made of lies behind it in `SHAPE`.
_FIRST = const(32)
_SECOND = const(33)
_THIRD = const(34)
_SLOPE_SQUARE = const(35)
_SLOPE_CUBE = const(36)
#: Percent of the power of all waves in their mean from which on that shows what each one is, and under which they are
#: not one wave that repeats.
_COHERENT_PERCENT = const(80)
_INCOHERENT_PERCENT = const(50)
#: The most upstrokes between which the mean wave does not say what each one is.
_FEW_UPSTROKES = const(3)
#: Power of bends by that of slopes (sixteenths) above which a wave has corners or spikes, and from which on it may have
#: them: no window of BIDMC with a mean wave has, but noise at low perfusion does (3 of 44 of OxiWear). Of the fastest
#: pulses the filter flattens the slopes more.
_SHARP_Q4 = const(32)
_PERHAPS_SHARP_Q4 = const(25)
_SHARP_FASTEST_Q4 = const(52)
#: The same of a wave that rises as it falls (percent of skewness), as a square wave whose corners the converter rounds.
_SHARP_BOTH_WAYS_Q4 = const(18)
_AS_STEEP_PERCENT = const(25)
#: Bits of the perfusion (0.01 %) beyond which bends and slopes are shifted to fit.
_FINE_X100 = const(64)
#: Squares of harmonics by that of the first one: a vibration beyond the rates of pulses has more than 2.5 times the
#: second or twice the third; a tone with one overtone at most has less than 2 % of the third (under 60 a minute 4 %).
#: At fast rates (periods in Q8 values: 150 and 190 a minute) the filter leaves little of it (0.8 %), and of the fastest
#: only the second (5 %), which tells a pulse from a pure tone and from no other: these are uncertain. A tone with its
#: overtone, swaying, has less than 1/512 of the second in the third.
_LEAST_THIRD_Q16 = const(26)
_LEAST_THIRD_FAST_Q16 = const(4)
_LEAST_THIRD_SLOW_Q16 = const(100)
_THIRD_OF_SECOND = const(9)
_LEAST_SECOND_FASTEST = const(400)
_FAST_Q8 = const(2560)
_SLOW_Q8 = const(6400)
_FASTEST_Q8 = const(2021)
#: Period under which (from 165 a minute on) pulses can be as round as a tone, which is then uncertain and not refused
#: where one wave has nearly all of the power (percent): of steps that hide a pulse it has less.
_ROUND_Q8 = const(2327)
_ROUND_COHERENT_PERCENT = const(96)
#: The wave rises as it falls where the skewness (percent) of the slope is as good as none, and where it is small and
#: there is less than 18 % of the second harmonic and 7 % of the third, which pulses with two humps have: of 40 people
#: (BIDMC) one has pulses of less than the first, in half the windows. At fast rates the filter leaves less of all.
_EVEN_LEAN = const(20)
_SYMMETRIC_SECOND = const(30)
_SYMMETRIC_THIRD = const(200)
_SYMMETRIC_LEAN = const(60)
_SYMMETRIC_SECOND_FAST = const(100)
_SYMMETRIC_LEAN_FAST = const(30)
#: Phases of a slow wave (32nds) in which nothing of a pulse rises, behind its second wave (0.48 s after the upstroke,
#: as phases times the period in Q8 values) and before the next foot, and the least (parts of the wave) that is a weak
#: pulse between two others. The filter swings back behind a slow pulse, by up to 30 % of it; before the filter pulses
#: rise by 6 % at most, the slowest (Q8 values: under 42 a minute) by 7.5 %, beside weak ones of a tenth by 7 to 14 %.
_BEHIND_SECOND = const(11)
_BEHIND_SECOND_Q8 = const(12 * 256 * 32)
_BEFORE_NEXT = const(25)
_WEAK = const(16)
_WEAK_SLOWEST = const(13)
_SLOWEST_Q8 = const(9143)
#: A period of the cosine, 128 + 127 times it.
_COSINES = (
    b"\xff\xfd\xf5\xea\xda\xc7\xb1\x99\x80\x67\x4f\x39\x26\x16\x0b\x03"
    b"\x01\x03\x0b\x16\x26\x39\x4f\x67\x80\x99\xb1\xc7\xda\xea\xf5\xfd"
)


class PulseWave:
    """The mean wave of a window."""

    def __init__(self) -> None:
        #: Percent of the power of all waves that is in their mean, and whether the window has corners or spikes.
        self.coherence = 0
        self.sharp = False

    @works_in("SHAPE")
    def look(self, beats: "PulseBeats", infrared: "PpgChannel", end: int, n: int, perfusion: int) -> int:
        """Judge the waves between `beats` in `SIGNAL`, which are the `n` values of `infrared` before number `end`.

        `perfusion` in 0.01 %; returns PULSE, UNCERTAIN or NO_PULSE. Only of coherent waves `SIGNAL` may be lost.
        """
        self.coherence = coherence = fold_waves(SIGNAL, beats.indices_q8, beats.count, SHAPE)
        wave_shape(SHAPE, _COSINES)
        period_q8 = beats.period()
        fastest = 0 < period_q8 < _FASTEST_Q8
        shift = 0
        while perfusion >> shift > _FINE_X100:
            shift += 1
        sharp = ppg_sharpness(infrared.relative, infrared.pulses, end, n, PULSE_DELAY, shift)
        self.sharp = is_sharp = sharp > (_SHARP_FASTEST_Q4 if fastest else _PERHAPS_SHARP_Q4)
        if _vibrates():
            return NO_PULSE
        is_tone = _is_tone(period_q8)
        if coherence < _COHERENT_PERCENT:
            return UNCERTAIN if is_sharp or is_tone or coherence < _INCOHERENT_PERCENT else PULSE
        if is_sharp and (fastest or sharp > _SHARP_Q4):
            return NO_PULSE
        if sharp > _SHARP_BOTH_WAYS_Q4 and not fastest and _skewness() < _AS_STEEP_PERCENT:
            return NO_PULSE
        if is_tone:
            return UNCERTAIN if period_q8 < _ROUND_Q8 and coherence >= _ROUND_COHERENT_PERCENT else NO_PULSE
        if is_sharp or fastest or beats.count <= _FEW_UPSTROKES or _is_symmetric(period_q8):
            return UNCERTAIN
        if period_q8 <= _SLOW_Q8 or not _rises_again(period_q8, _WEAK):
            return PULSE
        # so does the filter's swing behind a slow pulse: what rises before it?
        unroll(infrared.relative, end - n - PULSE_DELAY, n, MASK, SIGNAL)
        normalise(SIGNAL, n)
        fold_waves(SIGNAL, beats.indices_q8, beats.count, SHAPE)
        return UNCERTAIN if _rises_again(period_q8, _WEAK_SLOWEST if period_q8 > _SLOWEST_Q8 else _WEAK) else PULSE


def _vibrates() -> bool:
    """Is the first harmonic not the strongest by far?"""
    first = SHAPE[_FIRST]
    return SHAPE[_THIRD] >> 2 > first or SHAPE[_SECOND] // 25 << 2 > first


def _is_tone(period_q8: int) -> bool:
    """Is it a tone with one overtone at most?"""
    first = SHAPE[_FIRST]
    if period_q8 < _FASTEST_Q8:
        return SHAPE[_SECOND] < first // _LEAST_SECOND_FASTEST
    least = _LEAST_THIRD_Q16
    if period_q8 < _FAST_Q8:
        if SHAPE[_THIRD] < SHAPE[_SECOND] >> _THIRD_OF_SECOND:
            return True
        least = _LEAST_THIRD_FAST_Q16
    elif period_q8 > _SLOW_Q8:
        least = _LEAST_THIRD_SLOW_Q16
    return SHAPE[_THIRD] < (first >> 16) * least


def _is_symmetric(period_q8: int) -> bool:
    """Does it fall as it rises? Pulses with a reflected wave at their middle do, and triangles and rectified mains."""
    first = SHAPE[_FIRST]
    lean = _SYMMETRIC_LEAN
    if period_q8 < _FAST_Q8:
        lean = _SYMMETRIC_LEAN_FAST
        is_round = SHAPE[_SECOND] < first // _SYMMETRIC_SECOND_FAST
    else:
        is_round = SHAPE[_SECOND] < first // _SYMMETRIC_SECOND and SHAPE[_THIRD] < first // _SYMMETRIC_THIRD
    return _skewness() < (lean if is_round else _EVEN_LEAN)


def _rises_again(period_q8: int, weak: int) -> bool:
    """Is there a weak pulse between two others, as in bigeminy, so that the rate may be half of the heart's?

    It has at least one part in `weak` of the wave.
    """
    sign = 1 if SHAPE[1] > SHAPE[_FIRST - 1] else -1
    behind = min(_BEHIND_SECOND, _BEHIND_SECOND_Q8 // period_q8)
    lowest = highest = low = sign * SHAPE[0]
    rise = 0
    for phase in range(1, _FIRST):
        value = sign * SHAPE[phase]
        lowest = min(lowest, value)
        highest = max(highest, value)
        # the lowest since the second wave, up to the next foot
        low = min(low, value) if phase > behind else value
        if phase < _BEFORE_NEXT:
            rise = max(rise, value - low)
    return rise * weak > highest - lowest


def _skewness() -> int:
    """Of the slopes of the mean wave, percent, whichever way up it is."""
    square = SHAPE[_SLOPE_SQUARE]
    return abs(SHAPE[_SLOPE_CUBE]) // max(1, square * isqrt(square) // 100)
