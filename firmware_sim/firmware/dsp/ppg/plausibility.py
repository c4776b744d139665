"""Is it a pulse? What blood does to light has one steep rise and a slower fall, and neither corners nor one tone only.

Limits: own, on made-up light of every kind and on BIDMC, where 99 % of windows lie on the right side of each.
"""

from micropython import const

from ...kernels import fold_waves, ppg_sharpness, wave_shape
from ..fixed import isqrt
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .channel import PULSE_DELAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .channel import PpgChannel
    from .pulse_beats import PulseBeats

#: What a wave is found to be: a pulse, perhaps one, none.
PULSE = const(0)
DOUBTED = const(1)
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
#: Power of bends by that of slopes (sixteenths) above which a wave has corners or spikes; of the fastest pulses the
#: filter flattens the slopes more.
_SHARP_Q4 = const(32)
_SHARP_FASTEST_Q4 = const(52)
#: Harmonics in permille of the first one: a vibration beyond the rates of pulses has more, a tone with at most one
#: overtone less of the third. At fast rates (periods in Q8 values: 130 and 190 a minute) the filter leaves little of
#: it, of the fastest only the second one, which tells a pulse from a pure tone and from no other: these are doubted.
_MOST_SECOND = const(2500)
_MOST_THIRD = const(2000)
_LEAST_THIRD = const(20)
_LEAST_THIRD_FAST = const(8)
_LEAST_SECOND_FASTEST = const(50)
_FAST_Q8 = const(2954)
_FASTEST_Q8 = const(2021)
#: Second harmonic under which, and skewness of the slope (percent) up to which, the wave rises as it falls.
_SYMMETRIC_SECOND = const(100)
_SYMMETRIC_LEAN = const(30)
#: A period of the cosine, 128 + 127 times it.
_COSINES = (
    b"\xff\xfd\xf5\xea\xda\xc7\xb1\x99\x80\x67\x4f\x39\x26\x16\x0b\x03"
    b"\x01\x03\x0b\x16\x26\x39\x4f\x67\x80\x99\xb1\xc7\xda\xea\xf5\xfd"
)


class PulseWave:
    """The mean wave of a window and what it is; its attributes describe the latest one."""

    def __init__(self) -> None:
        #: Percent of the power of all waves that is in their mean.
        self.coherence = 0
        self.verdict = PULSE

    @works_in("SHAPE")
    def look(self, beats: "PulseBeats", infrared: "PpgChannel", end: int, n: int) -> None:
        """Judge the waves between `beats` in `SIGNAL`, which are the `n` values of `infrared` before number `end`."""
        self.coherence = coherence = fold_waves(SIGNAL, beats.indices_q8, beats.count, SHAPE)
        wave_shape(SHAPE, _COSINES)
        period_q8 = beats.period()
        fastest = 0 < period_q8 < _FASTEST_Q8
        most = _SHARP_FASTEST_Q4 if fastest else _SHARP_Q4
        sharp = ppg_sharpness(infrared.relative, infrared.pulses, end, n, PULSE_DELAY) > most
        if coherence >= _COHERENT_PERCENT:
            none = sharp or _vibrates() or _is_tone(period_q8)
            self.verdict = NO_PULSE if none else DOUBTED if fastest else PULSE
        elif beats.count >= 3 and _vibrates():
            self.verdict = NO_PULSE
        else:
            self.verdict = DOUBTED if sharp or coherence < _INCOHERENT_PERCENT else PULSE


def _vibrates() -> bool:
    """Is the first harmonic not the strongest by far?"""
    first = isqrt(SHAPE[_FIRST])
    return isqrt(SHAPE[_SECOND]) * 1000 > first * _MOST_SECOND or isqrt(SHAPE[_THIRD]) * 1000 > first * _MOST_THIRD


def _is_tone(period_q8: int) -> bool:
    """Is it a tone with one overtone at most, or a wave that falls as it rises?"""
    first = isqrt(SHAPE[_FIRST])
    second = isqrt(SHAPE[_SECOND])
    if period_q8 < _FASTEST_Q8:
        tone = second * 1000 < first * _LEAST_SECOND_FASTEST
    else:
        tone = isqrt(SHAPE[_THIRD]) * 1000 < first * (_LEAST_THIRD_FAST if period_q8 < _FAST_Q8 else _LEAST_THIRD)
    if tone:
        return True
    square = SHAPE[_SLOPE_SQUARE]
    lean = abs(SHAPE[_SLOPE_CUBE]) // max(1, square * isqrt(square) // 100)
    return lean < _SYMMETRIC_LEAN and second * 1000 < first * _SYMMETRIC_SECOND
